/* One entry of a Fluent Forward message as a log record; between forward.c and forward_record.c. */
#ifndef PLEACH_STORE_FORWARD_RECORD_H
#define PLEACH_STORE_FORWARD_RECORD_H
#include "store/forward.h"

struct forward_origin { struct str tag, host; const struct time_window *window; };
/* entry: time and record, one behind the other. */
void forward_record(struct forward_decoder *d, const struct forward_origin *origin, struct str entry, struct batch_builder *b);
#endif
