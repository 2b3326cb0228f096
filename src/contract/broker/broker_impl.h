/* What the files of the broker share. Nobody outside of this folder includes it (but its own tests and bench).
 *
 * The model: a *pacticipant* has *versions* in the order in which they became known. A version is in branches, has tags, and is deployed or released in
 * environments. A consumer's version publishes a *pact* with a provider; consumer and provider make a *pair*. Pacts of equal meaning (broker_content.c)
 * have one *content*, and *verifications* belong to a content and a provider's version: so a new version with an old content is verified at once.
 *
 * All of it is in memory: objects in one arena, pointing at each other, never moved; lists sorted as said below. A handler changes the file and the memory
 * together within a transaction (broker_begin … broker_commit); if that cannot be committed, or something is deleted, the memory is read anew from the file.
 *
 * Files: broker_db.c asks SQLite, broker_load.c reads all of it at start, broker_model.c adds to both, broker_http.c finds a request's handler (rows of
 * tbl/broker_routes.h), broker_hal.c writes links; the other files hold the handlers. */
#ifndef PLEACH_CONTRACT_BROKER_IMPL_H
#define PLEACH_CONTRACT_BROKER_IMPL_H
#include "base/arena.h"
#include "base/check.h"
#include "base/json.h"
#include "base/map.h"
#include "contract/broker/broker.h"
#include "net/loop.h"
#include <sqlite3.h>

#define LIST(type) struct { type *items; size_t count, capacity; }
/* False when the memory of the broker is used up (then b->memory.full). */
#define LIST_ADD(b, list, item) (ARENA_PUSH_ROOM(&(b)->memory, (list).items, (list).count, (list).capacity) ? ((list).items[(list).count++] = (item), true) : false)

struct participant;
struct version;
struct branch;
struct pair;
struct content;
struct pact;
struct verification;
struct environment;
struct deployment;
struct webhook;

/* The first member of each is its row's id, which grows; lists of all are sorted by it. */
struct participant {
	int64_t id;
	struct str name, display, main_branch, repository_url, repository_name, repository_namespace;
	int64_t created, updated;
	LIST(struct str) labels;
	LIST(struct version *) versions;     /* in the order in which they became known */
	struct map by_number;
	LIST(struct branch *) branches;
	LIST(struct pair *) consumes, provides; /* pairs in which it is the consumer, the provider */
	LIST(struct deployment *) current;   /* what is deployed or released now */
};
struct tag { struct str name; int64_t created; };
struct version {
	int64_t id;
	struct participant *participant;
	struct str number, build_url;
	int64_t created;
	uint32_t order;                      /* place in the participant's versions */
	LIST(struct branch *) branches;
	LIST(struct tag) tags;               /* names are interned: equal names have equal p */
	LIST(struct pact *) pacts;           /* that it published as a consumer */
};
struct branch {
	int64_t id;
	struct participant *participant;
	struct str name;
	int64_t created;
	LIST(struct version *) versions;     /* the last is the head */
};
struct pair {
	struct participant *consumer, *provider;
	LIST(struct pact *) pacts;           /* by the consumer version's order */
	LIST(struct content *) contents;
};
enum { SHA_HEX = 40 };
struct content {
	int64_t id;
	struct pair *pair;
	char sha[SHA_HEX];                   /* of its meaning */
	int64_t created;
	LIST(struct verification *) results; /* by id */
	LIST(struct verification *) latest;  /* of each provider version the last; by the version's order */
};
struct pact {
	int64_t id;
	struct version *version;
	struct pair *pair;
	struct content *content;
	int64_t revision, created;
};
struct verification {
	int64_t id;
	struct content *content;
	struct version *version;             /* the provider's */
	int64_t number;                      /* of this content, from 1 */
	int64_t created;
	bool success, wip;                   /* wip: the pact was verified as work in progress, which proves nothing about a pending one */
	struct str build_url;
};
enum { UUID_TEXT = 36 };
struct environment {
	int64_t id;
	struct str uuid, name, display, contacts /* JSON */;
	bool production;
	int64_t created, updated;
};
struct deployment {
	int64_t id;
	struct str uuid;
	struct version *version;
	struct environment *environment;
	bool released;                       /* else deployed */
	struct str instance;                 /* of a deployment: which of several */
	int64_t created, ended;              /* ended 0: current */
};
struct webhook {
	int64_t id;
	struct str uuid, description;
	struct participant *consumer, *provider; /* NULL: any */
	struct str consumer_label, provider_label; /* empty: any */
	uint32_t events;                     /* bit of enum broker_event */
	bool enabled;
	struct str method, url, username, password;
	struct str headers;                  /* JSON object */
	struct str body;                     /* JSON text, or text where it was given as a string; empty: none */
	int64_t created, updated;
};
enum broker_event {
#define EVENT_ROW(symbol, name, meaning) EVENT_##symbol,
#include "tbl/broker_events.h"
#undef EVENT_ROW
	EVENT_COUNT
};
extern const struct str broker_events[EVENT_COUNT];

struct deliveries;
struct broker {
	struct loop *loop;
	sqlite3 *db;                         /* NULL: it could not be opened; `trouble` says why */
	char file[1024];
	char trouble[512];
	struct arena memory;
	struct map names;                    /* participants */
	struct map interned;                 /* tags: to themselves */
	LIST(struct participant *) participants;
	LIST(struct version *) versions;
	LIST(struct branch *) branches;
	LIST(struct content *) contents;
	LIST(struct pact *) pacts;
	LIST(struct verification *) verifications;
	LIST(struct environment *) environments;
	LIST(struct deployment *) deployments;
	LIST(struct webhook *) webhooks;
	struct deliveries *deliveries;       /* broker_deliver.c */
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *ctx;
};

enum { CALL_PARAMETERS_MAX = 4 };
struct call {
	struct broker *broker;
	struct http_exchange *x;             /* NULL within a bench */
	struct arena *arena;
	struct str base;                     /* "http://host/pact-broker" */
	struct str parameters[CALL_PARAMETERS_MAX]; /* of the path, decoded */
	const struct json *body;             /* NULL: there was none */
	struct buf out;
	struct json_out json;
	int status;                          /* of the answer; 200 */
	struct str content_type;             /* empty: HAL */
	struct str headers;
	bool failed;                         /* `out` is the error's */
	bool wrote;                          /* a transaction is open */
	bool stale;                          /* the memory must be read anew: something was deleted */
	bool later;                          /* the answer comes later, from somewhere else */
	LIST(struct happening *) happened;   /* events for webhooks; in the call's arena */
};
/* Always false. The first fault stays. The answer is {"error": …}. */
bool broker_fault(struct call *c, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* 400 {"errors": {field: [message]}} */
bool broker_invalid(struct call *c, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- database ------------------------------------------------------------------------------------------------------------------------------------------ */
bool broker_open(struct broker *b, struct str file, struct err *e);
/* A statement with its parameters: 's' struct str, 'i' int64_t, 'b' struct str as bytes. NULL with a fault. Ended by broker_end. */
sqlite3_stmt *broker_query(struct call *c, const char *sql, const char *types, ...);
bool broker_row(struct call *c, sqlite3_stmt *s);
void broker_end(sqlite3_stmt *s);
struct str broker_column(struct arena *a, sqlite3_stmt *s, int column); /* p NULL: the arena is full */
#define broker_do(c, ...) broker_done(c, broker_query(c, __VA_ARGS__))
bool broker_done(struct call *c, sqlite3_stmt *s);
int64_t broker_last_id(struct call *c);
/* Idempotent within a request. */
bool broker_begin(struct call *c);
bool broker_commit(struct call *c);
void broker_rollback(struct call *c);
/* Everything from the file into memory, anew. False: b->trouble says why, and b->db is closed. */
bool broker_load(struct broker *b);
void broker_forget(struct broker *b);    /* all memory */

/* --- the model: finding; NULL where there is none ---------------------------------------------------------------------------------------------------- */
struct participant *broker_participant(const struct broker *b, struct str name);
struct version *broker_version(const struct participant *p, struct str number);
struct branch *broker_branch(const struct participant *p, struct str name);
struct pair *broker_pair(const struct participant *consumer, const struct participant *provider);
struct content *broker_content(const struct pair *p, struct str sha);
struct pact *broker_pact_of(const struct version *consumer, const struct pair *p);
struct environment *broker_environment(const struct broker *b, struct str uuid_or_name);
struct deployment *broker_deployment(const struct broker *b, struct str uuid);
struct verification *broker_latest_by(const struct content *k, const struct version *provider);
static inline struct version *branch_head(const struct branch *b) { return b->versions.count ? b->versions.items[b->versions.count - 1] : NULL; }
bool version_has_tag(const struct version *v, struct str name);
bool version_on_branch(const struct version *v, const struct branch *b);
/* The newest version that has a pact of the pair and (tag.p: the tag). */
struct pact *pair_latest(const struct pair *p, struct str tag);
/* The newest on the branch of this name that has a pact of the pair. */
struct pact *pair_latest_on_branch(const struct pair *p, struct str branch);

/* --- the model: adding, in file and memory, within a transaction that they begin. Find what is there; NULL or false with a fault. ------------------- */
bool broker_name_valid(struct call *c, const char *field, struct str name);
struct participant *add_participant(struct call *c, struct str name);
struct version *add_version(struct call *c, struct participant *p, struct str number);
struct branch *add_branch(struct call *c, struct participant *p, struct str name);
bool add_to_branch(struct call *c, struct branch *b, struct version *v);
bool add_tag(struct call *c, struct version *v, struct str name);
bool set_build_url(struct call *c, struct version *v, struct str url);
struct pair *add_pair(struct call *c, struct participant *consumer, struct participant *provider);
struct content *add_content(struct call *c, struct pair *p, const char sha[SHA_HEX], struct str text);
/* The pact of a version with a provider; replaces its content. */
struct pact *add_pact(struct call *c, struct version *consumer, struct pair *p, struct content *k);
struct verification *add_verification(struct call *c, struct content *k, struct version *provider, bool success, bool wip, struct str build_url, struct str details);
struct environment *add_environment(struct call *c, struct str uuid, struct str name, struct str display, bool production, struct str contacts);
struct deployment *add_deployment(struct call *c, struct version *v, struct environment *e, bool released, struct str instance);
bool end_deployment(struct call *c, struct deployment *d);
struct str broker_intern(struct broker *b, struct str name);
struct str broker_keep(struct broker *b, struct str text); /* a copy in the broker's memory */
int64_t broker_now(void);               /* ms since 1970 */
struct str broker_uuid(struct arena *a);

/* What loading and adding share: an object with its links to others. False: memory is full. */
bool link_version(struct broker *b, struct version *v);
bool link_pact(struct broker *b, struct pact *p);
bool link_verification(struct broker *b, struct verification *v);
bool link_deployment(struct broker *b, struct deployment *d);

/* --- contents: broker_content.c ------------------------------------------------------------------------------------------------------------------------ */
/* The identity of a pact's meaning. False with a fault. */
bool content_sha(struct call *c, const struct json *pact, char sha[SHA_HEX]);
/* The pact with an `_id` in each interaction, into the call's answer as members of the open object. */
void content_members(struct call *c, const struct json *pact);
/* The text of a content as it was published; p NULL with a fault. */
struct str content_text(struct call *c, const struct content *k);
/* Interactions of a pact of any version: "interactions" and "messages". */
enum { CONTENT_LISTS = 2 };
extern const struct str content_lists[CONTENT_LISTS];
/* Both pacts' interactions in one; false with a fault where they contradict each other. */
bool content_merge(struct call *c, const struct json *old, const struct json *next, struct str *text);

/* A pact as it is answered: its text, ids, links. pact: of which version; meta: of the URL, or NULL. */
struct pact_meta;
void put_pact(struct call *c, const struct content *k, const struct pact *p, const struct pact_meta *meta);

/* --- HAL: broker_hal.c ----------------------------------------------------------------------------------------------------------------------------------- */
struct str esc(struct call *c, struct str component); /* percent-encoded */
void hal_begin(struct call *c);          /* "_links": { */
void hal_end(struct call *c);
/* A link. title and name may be empty. format: the path below the base. */
void hal_link(struct call *c, const char *rel, struct str title, struct str name, const char *format, ...) __attribute__((format(printf, 5, 6)));
void hal_list(struct call *c, const char *rel); /* "rel": [ */
void hal_item(struct call *c, struct str title, struct str name, const char *format, ...) __attribute__((format(printf, 4, 5)));
void hal_list_end(struct call *c);
void hal_curies(struct call *c);
void hal_embedded(struct call *c, const char *name); /* "_embedded": { "name": [ */
void hal_embedded_end(struct call *c);
void put_time(struct call *c, const char *key, int64_t ms);
struct str path_participant(struct call *c, const struct participant *p);
struct str path_version(struct call *c, const struct version *v);
struct str path_pair(struct call *c, const struct pair *p);   /* /pacts/provider/P/consumer/C */
struct str path_pact(struct call *c, const struct pact *p);   /* …/version/V */
struct str path_content(struct call *c, const struct content *k); /* …/pact-version/SHA */
struct str path_verification(struct call *c, const struct verification *v);
struct str path_branch(struct call *c, const struct branch *b);
/* A query parameter, decoded; p NULL: not there. */
struct str broker_parameter(struct call *c, const char *name);
/* Found by the path's parameter i, else a fault of status 404. */
struct participant *path_participant_at(struct call *c, size_t i);
struct version *path_version_at(struct call *c, size_t participant, size_t version);
struct pair *path_pair_at(struct call *c, size_t provider, size_t consumer);
/* One version as a member of an array or of `_embedded`: number and self link. */
void put_version_brief(struct call *c, const struct version *v);
void put_participant_brief(struct call *c, const struct participant *p);
/* One entry of a list of pacts: names, version, links. */
void put_pact_brief(struct call *c, const struct pact *p);
void put_environment_members(struct call *c, const struct environment *e);
void put_version_members(struct call *c, const struct version *v);
void put_version_answer(struct call *c, const struct version *v);

/* --- selecting ------------------------------------------------------------------------------------------------------------------------------------------- */
/* Where a version of a participant is, as environments know it. environment NULL: any. */
bool version_in_environment(const struct version *v, const struct environment *e, bool deployed, bool released);
/* The metadata of a pact's URL: "cv=1&p=true&w=true" in base64. */
struct pact_meta { struct str consumer_version; bool pending, wip; };
struct str meta_write(struct call *c, const struct pact_meta *m);
bool meta_read(struct call *c, struct str text, struct pact_meta *m);

/* --- the matrix: broker_matrix.c. One question; all that it points at lives in the arena or the model. ---------------------------------------------- */
enum latest_by { LATEST_BY_NONE, LATEST_BY_CVP, LATEST_BY_CVPV };
struct selector {
	struct str participant, version, tag, branch, environment;
	bool latest, main_branch;
	/* resolved */
	const struct participant *p;
	bool limited;                        /* only `versions`; else any */
	bool each;                           /* they run side by side: every one of them must fit, not just some */
	bool inferred;                       /* not asked for: what is to be deployed beside */
	struct version **versions;           /* by order */
	size_t count;
};
struct matrix_question {
	struct selector selectors[BROKER_SELECTORS_MAX], ignored[BROKER_SELECTORS_MAX];
	size_t count, ignored_count;
	struct selector to;                  /* of what is beside: tag, branch, environment, latest, main_branch */
	bool has_to;
	enum latest_by latest_by;
	bool only_success[3];                /* rows of these results only: failed, succeeded, unknown; all false: any */
	bool only;
	size_t limit;                        /* rows answered */
};
struct matrix_row {
	const struct pact *pact;
	const struct version *provider;      /* NULL: no version has verified it */
	const struct verification *verification; /* NULL: none by that version */
	bool ignored;
};
/* A pair that matters to the question. required: the consumer is to be deployed, so its provider must be there and fit. */
struct integration { const struct pair *pair; const struct selector *consumer, *provider; bool required, ignored, has_row; };
enum reason_kind { REASON_SUCCESS, REASON_ERROR, REASON_WARNING };
struct reason { enum reason_kind kind; struct str text; };
struct matrix_answer {
	struct matrix_row *rows;
	size_t count, capacity;
	bool cut;                            /* there were more than BROKER_ROWS_MAX */
	struct integration *integrations;
	size_t integrations_count, integrations_capacity;
	int deployable;                      /* 1, 0, -1: not known */
	size_t success, failed, unknown, ignored;
	struct reason *reasons;
	size_t reasons_count, reasons_capacity;
};
/* False only when the arena is full. */
bool matrix_answer(const struct broker *b, struct arena *a, struct matrix_question *q, struct matrix_answer *out);
/* What may be wrong with a question before it is asked: an unknown pacticipant or environment, a selector that contradicts itself. NULL: nothing. */
const char *matrix_fault(const struct broker *b, struct arena *a, const struct matrix_question *q);
bool matrix_reasons(const struct broker *b, struct arena *a, const struct matrix_question *q, struct matrix_answer *out);
/* The question of a query string: every form that clients use. False with e: field and words. */
bool matrix_parse(struct arena *a, struct str query, struct matrix_question *q, struct err *e);
void put_matrix(struct call *c, const struct matrix_question *q, const struct matrix_answer *m);

/* --- webhooks -------------------------------------------------------------------------------------------------------------------------------------------- */
struct happening { enum broker_event event; const struct pact *pact; const struct verification *verification; };
/* Remembers that it happened: webhooks' deliveries are kept with what the request changed, or not at all. */
void broker_happened(struct call *c, enum broker_event event, const struct pact *p, const struct verification *v);
bool webhook_listens(const struct webhook *w, const struct happening *h);
/* The text with ${pactbroker.…} filled in. json: as within a JSON string. */
void webhook_fill(struct call *c, struct str text, const struct happening *h, bool json, struct buf *out);
bool webhook_read(struct call *c, struct webhook *w);
void put_webhook(struct call *c, const struct webhook *w);

/* --- deliveries: broker_deliver.c --------------------------------------------------------------------------------------------------------------------- */
bool deliveries_start(struct broker *b, struct err *e);
void deliveries_stop(struct broker *b);
/* Queues a delivery for each webhook that listens, within the request's transaction. */
void deliveries_add(struct call *c, const struct happening *h);
/* Goes on with what waits: after a commit. */
void deliveries_wake(struct broker *b);
/* Sends it once, now, outside of the queue, and answers the request with what came back (later: c->later). */
void deliveries_try(struct call *c, const struct webhook *w, const struct happening *h);
/* How a webhook's deliveries went since the start, for people; `words` of the last. */
struct delivered { int64_t webhook; uint64_t sent, failed, waiting; int64_t last_ms; int last_status; char words[200]; };
const struct delivered *deliveries_of(const struct broker *b, int64_t webhook); /* NULL: none */

typedef void broker_handler(struct call *c);
#define ROUTE_ROW(part, method, path, id, summary, parameters, schema) extern broker_handler id;
#include "tbl/broker_routes.h"
#undef ROUTE_ROW
#endif
