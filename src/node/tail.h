/* The last lines of an instance's output, so that a crash can be explained by its own words. Whole lines, oldest dropped first; a long line
 * keeps its beginning. Raw text in memory; secrets are replaced when it is shown. */
#ifndef PLEACH_NODE_TAIL_H
#define PLEACH_NODE_TAIL_H
#include "base/arena.h"
#include "base/buf.h"
enum { TAIL_MAX_BYTES = 2048, TAIL_MAX_LINE = 512 };
struct tail { struct buf lines; };
void tail_init(struct tail *t);
void tail_release(struct tail *t);
void tail_clear(struct tail *t);
void tail_add(struct tail *t, struct str line);
/* Without secrets, colours and broken UTF-8, at most TAIL_MAX_BYTES, lines joined by '\n'; in the arena. */
struct str tail_text(const struct tail *t, struct arena *a);
#endif
