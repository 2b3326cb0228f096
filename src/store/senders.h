/* The newest acknowledged batch number of each sender, so that a repeat after a lost acknowledgement is dropped, also after a restart: the
 * table goes into every segment, and the log's records carry the rest. When full, the sender that was heard longest ago is forgotten. */
#ifndef PLEACH_STORE_SENDERS_H
#define PLEACH_STORE_SENDERS_H
#include "store/batch.h"

enum { SENDERS_MAX = 1024 };
struct sender { uint64_t sender, number, turn; };
struct sender_table { struct sender *items; uint32_t count, capacity; uint64_t turn; };
/* True when this batch, or a later one of its sender, was acknowledged. */
bool senders_repeated(const struct sender_table *t, struct batch_id id);
void senders_note(struct sender_table *t, struct batch_id id);
/* False when memory is short; `to` is then empty. */
bool senders_copy(struct sender_table *to, const struct sender_table *from);
void senders_release(struct sender_table *t);
void senders_encode(struct sender_table *t, struct buf *out);
bool senders_decode(struct sender_table *t, struct str section);
#endif
