/* A row: a log record or a span as the store keeps it, the same bytes in the write-ahead log, in memory and in segments
 * (docs/store-format.md, "Rows"). A row does not hold its resource: it stands beside it as a number in the resource table of the batch,
 * memtable or segment. Encoded once at ingest; everything afterwards reads fields out of the bytes without copying. */
#ifndef PLEACH_STORE_ROW_H
#define PLEACH_STORE_ROW_H
#include "base/arena.h"
#include "model/record.h"
#include "store/bytes.h"

enum row_kind { ROW_LOG = 1, ROW_SPAN = 2 };
enum {
	ROW_MAX_BYTES = 1 << 20,   /* a longer body or value is cut and counted; names may carry a row to at most ROW_HARD_BYTES */
	ROW_HARD_BYTES = 4 << 20,
	ROW_MAX_ATTRS = 1000,      /* per record, event, link or resource; more are dropped and counted */
	ROW_MAX_KEY = 1024,        /* bytes of an attribute's, event's or resource's name, of a link's state */
	ROW_MAX_TEXT = 32 << 10,   /* bytes of a name, scope, state or status message */
	ROW_MAX_EVENTS = 1000,     /* events, and links, of a span */
	ROW_HEAD = 11              /* kind, time, severity or status, flags */
};
enum { ROW_HAS_TRACE = 1, ROW_HAS_SPAN = 2, ROW_HAS_OBSERVED = 4 }; /* flags */

/* Encodes; *cut is counted up when something was over its limit and lost a part. */
void row_encode_log(struct buf *out, const struct log_record *r, uint64_t *cut);
void row_encode_span(struct buf *out, const struct span *s, uint64_t *cut);
void resource_encode(struct buf *out, const struct resource *r, uint64_t *cut);

/* The head of a row: cheap, no matter how long the row is. */
struct row_head {
	enum row_kind kind;
	int64_t time;            /* a span's start */
	uint8_t severity;        /* log records; spans: 0 */
	enum span_status status; /* spans */
	bool has_trace, has_span;
	struct trace_id trace;
	struct span_id span;
};
bool row_head(struct str row, struct row_head *h);

/* The whole, borrowing from the row; arrays are made in the arena. resource is left as it was. False when malformed or the arena is full. */
bool row_log(struct str row, struct arena *a, struct log_record *r);
bool row_span(struct str row, struct arena *a, struct span *s);
/* attrs in the arena; service, version and instance borrowed. */
bool resource_decode(struct str bytes, struct arena *a, struct resource *r);
/* Only the three names. */
bool resource_names(struct str bytes, struct resource *r);

/* Attributes one by one, without memory: `while (attrs_next(&it, &a))`. */
struct attrs { struct bytes r; uint64_t left; };
bool attrs_next(struct attrs *it, struct attr *a);
/* The parts of a row that searches look at, without memory. False when malformed. */
struct row_parts {
	struct row_head head;
	struct str body;            /* a span's name */
	struct str state, scope, status_message; /* spans */
	struct span_id parent;
	int64_t duration;           /* spans: end - start, never negative */
	enum span_kind kind;
	struct attrs attrs;
	/* as they are in the row, for those who write it anew */
	uint8_t flags, raw_kind;    /* ROW_HAS_… */
	uint32_t span_flags;
	int64_t observed, end;      /* observed: with its flag */
	const uint8_t *attrs_start; /* where the number of attributes stands */
};
bool row_parts(struct str row, struct row_parts *p);
/* The encoded attributes (with their number), and what follows them: a span's events and links. Walks the attributes. */
void row_ends(struct str row, const struct row_parts *p, struct str *attrs, struct str *tail);
bool resource_attrs(struct str bytes, struct attrs *it);
#endif
