/* The state file of the log files that are followed: one line that says what follows, JSON with the sender, the batch's number and every file's
 * position, and the batch itself as it is sent.
 *
 *   pleach-files 1 <bytes of JSON> <bytes of the batch> <XXH3 of both, 16 hex digits>\n<JSON><batch> */
#ifndef PLEACH_NODE_LOGFILE_STATE_H
#define PLEACH_NODE_LOGFILE_STATE_H
#include "base/json.h"

enum { LOGFILE_STATE_MAX = 16 << 20 };
void logfile_state_frame(struct buf *out, struct str json, struct str batch);
/* Borrowed from `file`. False with e when it is not whole. */
bool logfile_state_unframe(struct str file, struct str *json, struct str *batch, struct err *e);
#endif
