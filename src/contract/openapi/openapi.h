/* Private to contract/openapi: the model that OpenAPI 3 and Swagger 2.0 are read into, and the steps of comparing two of them.
 *
 * read*.c makes a `struct openapi` of each description of a source; swagger.c reads what Swagger 2.0 writes differently into the same structures. Parts that
 * are shared by `$ref` (parameters, bodies, responses) are one object here, whatever number of operations have them: identity is the node. Everything
 * lives in the model's arena and in the schema set's documents.
 *
 * compare.c pairs descriptions, paths and operations; compare_*.c judge one aspect each; what they see goes to `struct causes`, so a shared part gives one
 * change. Schemas are handed to schema_compare as roots. Direction: requests go to the API; of webhooks and callbacks the description's author is
 * the caller, so their requests are what others receive (`inbound` false turns every judgement round). */
#ifndef PLEACH_CONTRACT_OPENAPI_H
#define PLEACH_CONTRACT_OPENAPI_H
#include "contract/cause.h"
#include "contract/format.h"
#include "contract/schema/schema.h"

enum openapi_version { OPENAPI_SWAGGER_2, OPENAPI_30, OPENAPI_31 /* and 3.2 */ };
enum openapi_in { OPENAPI_PATH, OPENAPI_QUERY, OPENAPI_HEADER, OPENAPI_COOKIE, OPENAPI_QUERYSTRING };
enum openapi_stability { STABILITY_NONE, STABILITY_DRAFT, STABILITY_ALPHA, STABILITY_BETA, STABILITY_STABLE, STABILITY_INVALID };
enum openapi_kind { OPENAPI_OPERATION, OPENAPI_WEBHOOK, OPENAPI_CALLBACK };
enum {
	OPENAPI_CALLBACK_DEPTH_MAX = 8,  /* callbacks of callbacks */
	OPENAPI_OPERATIONS_MAX = 50000,  /* in one description */
	OPENAPI_PATH_SLOTS_MAX = 64      /* {parameters} in one path */
};

/* Until when something stays. */
struct openapi_life {
	bool deprecated;
	struct doc_spot sunset; /* node: x-sunset as written; NULL: none */
	struct doc_spot stability; /* likewise x-stability-level */
};
struct openapi_media {
	struct str type;             /* lower case, without parameters: "application/json", "application/ *" */
	struct doc_spot spot;
	const struct schema *schema; /* NULL: anything */
	const struct doc *encoding;  /* of forms; NULL: none */
};
struct openapi_medias { struct openapi_media *items; size_t count, capacity; };
struct openapi_parameter {
	struct str name;
	enum openapi_in in;
	bool required, explode, allow_reserved, allow_empty;
	struct str style;            /* the default of its place where none is written */
	struct str media;            /* of `content`; empty where a schema says what it is */
	struct doc_spot spot;
	const struct schema *schema; /* NULL: anything */
	const struct doc *fallback;  /* default of the schema; NULL: none */
	struct openapi_life life;
	bool of_path;                /* stands at the path, for all of its operations */
	struct str shared;           /* the `$ref` by which it was found first; empty where it stands in its place */
};
struct openapi_parameters { struct openapi_parameter **items; size_t count, capacity; };
struct openapi_body { struct doc_spot spot; struct str shared; bool required; struct openapi_medias medias; };
struct openapi_header { struct str name; struct doc_spot spot; struct str shared; bool required; const struct schema *schema; };
struct openapi_headers { struct openapi_header *items; size_t count, capacity; };
struct openapi_response_body { struct doc_spot spot; struct str shared; struct openapi_medias medias; struct openapi_headers headers; };
struct openapi_response { struct str status; /* "200", "2XX", "default" */ struct doc_spot spot; /* its key in the operation */ const struct openapi_response_body *body; };
struct openapi_responses { struct openapi_response *items; size_t count, capacity; };

/* Alternatives, each a set of schemes that are needed together. */
struct openapi_demand { struct str scheme; const struct doc *scopes; };
struct openapi_alternative { struct openapi_demand *items; size_t count, capacity; };
struct openapi_security {
	struct doc_spot spot;        /* the list; node NULL: nothing is demanded */
	struct openapi_alternative *items;
	size_t count, capacity;
};
struct openapi_scheme { struct str name; struct doc_spot spot; };
struct openapi_schemes { struct openapi_scheme *items; size_t count, capacity; };

struct openapi_path {
	struct str path;             /* as written; of a webhook its name, of a callback "name expression" */
	struct str key;              /* with each {parameter} as {}, without a slash at the end */
	struct doc_spot spot;
	enum openapi_kind kind;
	size_t operations;           /* how many it has */
	bool matched;                /* the other side has an operation at this path (of one comparison) */
};
struct openapi_operation {
	struct openapi_path *path;
	struct str method;           /* upper case */
	struct str label;            /* "POST /orders", "webhook shipped POST", "POST /orders callback done POST {$url}" */
	struct doc_spot spot;        /* its method's key */
	struct str id;
	bool inbound;                /* the API receives the requests */
	struct openapi_life life;
	struct openapi_parameters parameters;
	const struct openapi_body *body; /* NULL: none */
	struct openapi_responses responses;
	const struct openapi_security *security;
	struct doc_spot servers;     /* of its own, or of its path; node NULL: those of the description */
	const struct openapi_operation *parent; /* of a callback */
};
struct openapi_operations { struct openapi_operation **items; size_t count, capacity; };
struct openapi_server { struct str url; struct doc_spot spot; };
struct openapi_servers { struct openapi_server *items; size_t count, capacity; };

struct openapi {
	struct doc_file *file;
	enum openapi_version version;
	struct str title;
	struct openapi_servers servers;
	struct str base;             /* the path of the first server's URL: "/v1"; empty for "/" */
	struct openapi_schemes schemes;
	const struct openapi_security *security;
	struct openapi_operations operations;
};
struct openapi_model {
	struct contract_model model;
	struct arena arena;
	const struct source *source;
	struct schema_set *set;
	struct openapi **items;
	size_t count, capacity;
};

/* Reading: the state of one description's reading. Functions return false with e set (file, line, column, remedy). */
struct openapi_memo;
struct openapi_reader {
	struct openapi_model *model;
	struct openapi *api;
	struct arena *arena;
	struct openapi_memo *memo;   /* shared parts by node */
	struct err *e;
	const struct doc *stack[OPENAPI_CALLBACK_DEPTH_MAX]; /* path items being read: a callback that leads back to one ends there */
	size_t depth;
	struct swagger_form *form;   /* room for one operation's form parameters */
};
bool openapi_recognises(const struct source_file *f);
struct contract_model *openapi_read(const struct source *s, struct err *e);
void openapi_free(struct contract_model *m);
/* The path with each {parameter} as {}, without a slash at the end: what two spellings of it have in common. p NULL: the arena is full. */
struct str openapi_path_key(struct arena *a, struct str path);
bool openapi_read_paths(struct openapi_reader *r);
bool openapi_read_parameter(struct openapi_reader *r, struct doc_spot at, bool of_path, struct openapi_parameter **out);
bool openapi_read_body(struct openapi_reader *r, struct doc_spot at, const struct openapi_body **out);
bool openapi_read_responses(struct openapi_reader *r, struct openapi_operation *op, struct doc_spot at);
bool openapi_read_content(struct openapi_reader *r, struct doc_spot at, struct openapi_medias *out);
bool openapi_read_headers(struct openapi_reader *r, struct doc_spot at, struct openapi_headers *out);
bool openapi_read_security(struct openapi_reader *r, struct doc_spot at, const struct openapi_security **out);
bool openapi_read_schema(struct openapi_reader *r, struct doc_spot at, const struct schema **out);
bool openapi_read_servers(struct openapi_reader *r, struct doc_spot root);
struct openapi_life openapi_read_life(struct doc_spot at);
/* Swagger 2.0. */
bool swagger_read_servers(struct openapi_reader *r, struct doc_spot root);
/* own, then the path's list. */
bool swagger_read_parameters(struct openapi_reader *r, struct openapi_operation *op, const struct doc_spot lists[2], struct doc_spot operation);
bool swagger_read_parameter(struct openapi_reader *r, struct doc_spot at, struct openapi_parameter *p);
bool swagger_read_content(struct openapi_reader *r, struct doc_spot response, struct doc_spot operation, struct openapi_medias *out);
bool swagger_read_header_schema(struct openapi_reader *r, struct doc_spot at, const struct schema **out);
/* A part that was read before (shared by `$ref`), by its node and what it was read as; put returns false when memory is full. */
void *openapi_known(struct openapi_reader *r, const struct doc *node, const void *as);
bool openapi_know(struct openapi_reader *r, const struct doc *node, const void *as, void *part);
/* Where a `$ref` leads; the place stays that of the target. */
bool spot_follow(struct openapi_reader *r, struct doc_spot *at);
bool openapi_fault(struct openapi_reader *r, struct doc_spot at, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool openapi_full(struct openapi_reader *r);
/* The node must be an object (an array); false with e where it is something else. */
bool openapi_demand_object(struct openapi_reader *r, struct doc_spot at, const char *what);
bool openapi_demand_array(struct openapi_reader *r, struct doc_spot at, const char *what);

const char *openapi_in_name(enum openapi_in in);
struct str openapi_media_name(struct arena *a, struct str written);
/* Whether the range ("application/ *") covers the type. */
bool openapi_media_covers(struct str range, struct str type);
enum openapi_stability openapi_stability_of(const struct openapi_life *life);

bool openapi_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options,
	struct changes *out, struct err *e);
void openapi_describe(const struct contract_model *m, struct json_out *o);
#endif
