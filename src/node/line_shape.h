/* What can be done with a text line before it is known what it says: cutting one that is too long, and reading the time that it begins with. */
#ifndef PLEACH_NODE_LINE_SHAPE_H
#define PLEACH_NODE_LINE_SHAPE_H
#include "base/str.h"
/* The beginning of a line that is longer than LINE_MAX_BYTES (node/line.h), given that many bytes of it: not ended within a character. */
struct str line_cut(struct str beginning);
/* The time that a text begins with, in RFC 3339 with a zone, perhaps in brackets: without a zone nobody can tell what it means. False also when
 * it is more than ten years before, or a day after, it was read: a clock that is so far off tells nothing. */
bool line_time(struct str s, int64_t observed, int64_t *wall);
#endif
