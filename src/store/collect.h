/* The best rows of a scan: the newest (or oldest) `limit` after a place, kept in a heap. A page's order is (time, segment, position), which
 * never changes, so paging by the last row's key is exact. Also limited in bytes: a page of large rows has fewer of them. */
#ifndef PLEACH_STORE_COLLECT_H
#define PLEACH_STORE_COLLECT_H
#include "store/scan.h"

enum { COLLECT_MAX = 1000, COLLECT_BYTES = 8 << 20 };
struct row_key { int64_t time; uint64_t segment; uint32_t position; };
int row_key_compare(const struct row_key *a, const struct row_key *b);
/* "<time>.<segment>.<position>" */
bool row_key_parse(struct row_key *k, struct str text);
struct str row_key_text(const struct row_key *k, char out[64]);
/* "s<segment>-<position>" of a row's id; time is left 0. */
bool row_id_parse(struct row_key *k, struct str text);

struct collected { struct row_key key; char *data; size_t resource, row; /* lengths; resource first */ };
struct collector {
	bool oldest_first, bounded; /* bounded: only rows beyond `after` */
	struct row_key after;
	size_t limit, bytes;
	struct collected *items;    /* heap, the worst first, at most limit + 1; sorted after collect_finish */
	size_t count;
	bool more, failed;
};
bool collect_init(struct collector *c, size_t limit, bool oldest_first);
void collect_release(struct collector *c);
void collect_row(struct collector *c, const struct scan_row *r);
bool collect_wants(const struct collector *c, int64_t min_time, int64_t max_time);
/* Sorts, best first, and drops the one too many: `more` says whether there was one. */
void collect_finish(struct collector *c);
static inline struct str collected_resource(const struct collected *i) { return (struct str){ i->data, i->resource }; }
static inline struct str collected_row(const struct collected *i) { return (struct str){ i->data + i->resource, i->row }; }
#endif
