/* Text for a person's terminal: made safe, measured, wrapped. */
#ifndef PLEACH_BASE_TEXT_H
#define PLEACH_BASE_TEXT_H
#include "base/buf.h"
/* Control characters of what somebody else wrote are made visible: text must not steer a terminal. */
void text_safe(struct buf *b, struct str s);
/* Number of terminal columns of UTF-8 text (combining and wide characters count as one). */
size_t text_columns(struct str s);
/* Wrapped at `width` columns. It begins in column `indent` (from 0), where the caller stands, and lines after the first are indented by it; ends with a line end. */
void text_wrapped(struct buf *b, struct str text, int indent, int width);
#endif
