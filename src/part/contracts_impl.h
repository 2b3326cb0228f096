/* Between the files of contracts*.c only (contracts.h). */
#ifndef PLEACH_PART_CONTRACTS_IMPL_H
#define PLEACH_PART_CONTRACTS_IMPL_H
#include "base/json.h"
#include "base/sha256.h"
#include "contract/versions/transform_check.h"
#include "part/contracts.h"
#include "part/side.h"

struct digest { char hex[SHA256_HEX]; }; /* of a contract's files: their paths and their SHA-256 */
static inline struct str digest_str(const struct digest *d) { return str_from(d->hex, sizeof(d->hex)); }

/* A version that was seen, in the order in which they were. */
struct kept { struct str service, version; struct digest digest; int64_t since; };
struct numbers { size_t files, operations, types; char formats[128]; };
struct operation_list { struct arena arena; struct operation *items; size_t count, capacity; };
/* A schema that a service names. Texts live in the arena of `entries`. */
struct entry {
	struct str service, version, route, schema, path; /* path: absolute */
	uint64_t fingerprint;      /* of the files when they were last read; 0: not yet */
	int64_t checked;           /* monotonic ns at which that was */
	bool loading, known;       /* known: digest and numbers are those of the newest readable files */
	struct digest digest;
	struct numbers numbers;
	struct operation_list *operations; /* of those files; owned; NULL: not known */
	struct err problem;
};
struct contracts {
	struct loop *loop;
	struct str state;          /* folder of ours, absolute */
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
	struct arena arena;        /* of what lives as long as this, and the index */
	struct arena entries_arena;
	struct str root;           /* of the fleet; in entries_arena */
	struct entry *entries;
	size_t entries_count;
	struct kept *kept;
	size_t kept_count, kept_capacity;
	struct timer watch;
	void (*on_operations)(void *ctx); /* NULL: nobody asks */
	void *on_operations_ctx;
	bool (*consumers)(void *ctx, struct str service, struct str version, struct buf *out); /* NULL: nobody knows them */
	void *consumers_ctx;
	struct contracts_check *checks; /* transforms that are checked (contracts_transforms.c) */
	struct contracts_pair *pairs; /* versions that are compared (contracts_between.c) */
	size_t jobs;               /* under way */
	void (*closed)(void *ctx); /* set: frees itself when the last job is done */
	void *closed_ctx;
};

/* One piece of work off the thread, with memory of its own. */
struct contract_job {
	struct loop_job job;
	struct contracts *owner;
	struct arena arena;
	bool (*work)(struct contract_job *j, struct err *e);
	struct http_exchange *x;   /* to be answered with `out`; NULL: it is gone, or nobody asked */
	struct buf out;
	struct err err;
	bool ok;
	/* inputs and results, as the work needs them */
	struct str service, version, path, file, from, to;
	struct str old_route, new_route;
	struct str text;           /* of a transform */
	struct arena verdict_arena;
	struct transform_verdict verdict;
	struct changes *changes;
	struct digest digest, other;
	struct str consumers;      /* JSON; empty: not known */
	int64_t since;
	struct numbers numbers;
	struct str route;          /* the path under which it is served */
	struct operation_list *operations;
	uint64_t fingerprint;
};
struct contract_job *contracts_job(struct contracts *c, bool (*work)(struct contract_job *j, struct err *e), struct http_exchange *x);
void contracts_job_start(struct contract_job *j, void (*done)(struct loop_job *j));
/* At the end of each `done`; frees the job. */
void contracts_job_end(struct contract_job *j);

/* The schema that a service names for a version; NULL: none. */
const struct entry *contracts_entry(const struct contracts *c, struct str service, struct str version);

/* contracts_load.c: in the worker: reads a schema's files, keeps a new version on disk, counts what is in it. */
bool contracts_load(struct contract_job *j, struct err *e);
/* contracts_operations.c: from the documents of side_describe; NULL where there is no memory. */
struct operation_list *operation_list_new(const struct json *documents, struct str service, struct str route);
void operation_list_free(struct operation_list *l);
/* Of the files below (or at) a path, without reading them. */
uint64_t contracts_fingerprint(struct str path);
/* contracts_between.c */
void contracts_pairs_free(struct contracts *c);
void contracts_checks_free(struct contracts *c);
/* contracts_keep.c */
bool contracts_index_read(struct contracts *c, struct err *e);
void contracts_index_write(struct contracts *c);
/* The newest version of a service's API is this one: appended when it is another than before. */
void contracts_seen(struct contracts *c, struct str service, struct str version, const struct digest *d);
/* The newest kept one; with a prefix of a digest that one. NULL: none. `before`: the one that was seen before it, NULL: none. */
const struct kept *contracts_find(const struct contracts *c, struct str service, struct str version, struct str digest);
const struct kept *contracts_before(const struct contracts *c, const struct kept *k);
struct str contracts_lock_path(struct arena *a, struct str state, const struct digest *d);
#endif
