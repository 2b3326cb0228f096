/* What can be read from a log line that is plain text: its level, and the text itself as people should see it. Called for lines of services'
 * output and for whatever comes to the store as text. */
#ifndef PLEACH_MODEL_LOG_TEXT_H
#define PLEACH_MODEL_LOG_TEXT_H
#include "base/arena.h"

/* The level that a text line names (a leading word, one in brackets, one in capitals among the first words, or level=…), SEVERITY_NONE when
 * it names none. */
uint8_t log_text_level(struct str s);
/* Without terminal colours, with U+FFFD for what is not UTF-8 or a NUL: s itself where nothing had to change, else a copy in the arena (empty when
 * that is full). */
struct str log_text_clean(struct arena *a, struct str s);
#endif
