/* Times that are not kept. A record from before the store's retention would be gone at once, one from the far future would never go: both are kept
 * under the time of their arrival, and say their own in an attribute. For senders that cannot be told. */
#ifndef PLEACH_STORE_RETIME_H
#define PLEACH_STORE_RETIME_H
#include "model/log_fields.h"

struct time_window { int64_t now, oldest, newest; }; /* wall ns */
#define TIME_AHEAD (INT64_C(86400) * 1000000000)     /* how far clocks of senders may run ahead */
/* keep: ns back from now. */
struct time_window time_window(int64_t now, int64_t keep);
/* True when the record's time was replaced. Its attributes are f's, and get one more: `key`. */
bool retime(const struct time_window *w, struct log_fields *f, struct log_record *r, struct str key);
#endif
