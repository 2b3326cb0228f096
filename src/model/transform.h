/* Declared transforms between two versions of an API: callers of the old version are served by a provider that has the new one only. Requests go
 * from old to new, answers from new to old. The file's form is docs/versions.md; its steps are rows of tbl/transform_steps.h.
 *
 * The gateway applies a transform (gateway/shift.c), src/contract/versions checks it against both contracts. Everything here is a pure function of
 * its arguments; what is made lives in the arena that was given. Steps are done in their order, each on what the one before it left. */
#ifndef PLEACH_MODEL_TRANSFORM_H
#define PLEACH_MODEL_TRANSFORM_H
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum {
	TRANSFORM_TEXT_MAX = 256 << 10,    /* bytes of a file */
	TRANSFORM_OPERATIONS_MAX = 1000,
	TRANSFORM_STEPS_MAX = 500,         /* of one list, with those that it uses */
	TRANSFORM_PATH_MAX = 16,           /* parts of a path into a body */
	TRANSFORM_SLOTS_MAX = 32,          /* {parameters} of an operation's path */
	TRANSFORM_VALUES_MAX = 1000,       /* of one `map` */
	TRANSFORM_QUERY_MAX = 256,         /* parameters of a query */
	TRANSFORM_BODY_MAX = 1 << 20,      /* bytes of a body, before and after */
	TRANSFORM_MEMORY_MAX = 64 << 20    /* of one body's trees */
};

enum transform_verb {
#define TRANSFORM_STEP(symbol, name, needs, may, meaning) TRANSFORM_##symbol,
#include "tbl/transform_steps.h"
#undef TRANSFORM_STEP
	TRANSFORM_VERB_COUNT
};
/* A path into a body: "items[].price" is items, each, price. */
struct transform_part { struct str name; bool each; /* all elements of an array; no name then */ };
struct transform_path { struct str text; struct transform_part *parts; size_t count; };
struct transform_pair { struct str from; const struct json *to; }; /* from: a text, or a number, boolean or null as JSON */
struct transform_step {
	enum transform_verb verb;           /* MOVE is read as RENAME; USE does not occur */
	struct transform_path at, to;       /* RENAME: at -> to; SPLIT: at; JOIN: to; others: at */
	struct transform_path *several;     /* SPLIT: into; JOIN: from */
	size_t several_count;
	struct str by;                      /* SPLIT, JOIN */
	const struct json *value;           /* DEFAULT, SET; MAP: otherwise, or NULL */
	struct transform_pair *pairs;       /* MAP */
	size_t pairs_count;
	bool to_number;                     /* CONVERT */
	uint32_t line, column;
};
struct transform_steps { struct transform_step *items; size_t count; };
struct transform_status { int from, to; };
struct transform_operation {
	struct str old_method, old_path, new_method, new_path; /* paths as the service sees them, with {parameters} */
	struct transform_steps query, request, response /* of answers 2xx */, failure /* of others */;
	struct transform_status *status;    /* of answers: what the provider gave, what the caller gets */
	size_t status_count;
	uint32_t line, column;
};
struct transform {
	struct str file;                    /* as messages name it */
	struct transform_operation *operations;
	size_t count;
};
/* Reads a file. NULL with e: file, line, column and remedy of the first fault. */
const struct transform *transform_read(struct arena *a, struct str file, struct str text, struct err *e);

/* What the {parameters} of an operation's old path stand for; points into the path. */
struct transform_slots { struct str values[TRANSFORM_SLOTS_MAX]; size_t count; };
/* The operation that a call is: that with the most literal segments. NULL: none, then only the beginning of the path changes. */
const struct transform_operation *transform_find(const struct transform *t, struct str method, struct str path, struct transform_slots *slots);
/* The path that the provider sees. */
void transform_target(const struct transform_operation *op, const struct transform_slots *slots, struct buf *out);
/* A query ("a=1&b=2", without "?"), escapes and order of what is not touched kept. False when it has more than TRANSFORM_QUERY_MAX parameters. */
bool transform_query(const struct transform_steps *s, struct str query, struct buf *out);
/* The body as it is after the steps; `in` is left alone. NULL when the arena is full. */
const struct json *transform_body(const struct transform_steps *s, struct arena *a, const struct json *in);
/* The same from text to text. False with e: not JSON (ERR_INPUT), too large (ERR_TOO_LARGE). */
bool transform_text(const struct transform_steps *s, struct str in, struct buf *out, struct err *e);
int transform_answer_status(const struct transform_operation *op, int status);
/* The steps for an answer of this status. */
static inline const struct transform_steps *transform_of_answer(const struct transform_operation *op, int status)
{
	return status >= 200 && status < 300 ? &op->response : &op->failure;
}
/* A scalar as `map` sees it, or as JSON; {NULL,0} of an object or array. */
struct str transform_scalar(struct arena *a, const struct json *j);
#endif
