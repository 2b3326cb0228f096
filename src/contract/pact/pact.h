/* Pact files: what a consumer expects of a provider, one example an interaction with rules that say how far an answer may differ from it. Versions 1 to 4 of the
 * specification are read into one model, whatever each calls things.
 *
 * A pact lives, whole, in the arena that it was read into; the text must outlive it (bodies and names point into it where they can). Nothing is changed
 * after reading, so a pact may be compared with many messages; one thread at a time (regular expressions keep scratch memory).
 *
 * Reading refuses what is no pact, with file, line, column and remedy. What is wrong in one rule (an unknown matcher, a regular expression that does not compile)
 * refuses nothing: a broker keeps such pacts, and whoever compares gets the fault as a mismatch (`fault` of the matcher). pact_faults lists them. */
#ifndef PLEACH_CONTRACT_PACT_H
#define PLEACH_CONTRACT_PACT_H
#include "contract/doc/doc.h"

enum {
	PACT_TEXT_MAX = 32 << 20,          /* bytes of a pact file; larger ones are refused */
	PACT_INTERACTIONS_MAX = 20000,     /* in one pact */
	PACT_RULES_MAX = 20000,            /* in one category of one message */
	PACT_STEPS_MAX = 64,               /* of one path expression */
	PACT_NESTED_MAX = 4,               /* rules within rules (eachKey, arrayContains) */
	PACT_PATTERN_MAX = 16384           /* bytes of a regular expression */
};
enum pact_version { PACT_V1, PACT_V1_1, PACT_V2, PACT_V3, PACT_V4 };
enum pact_kind {
	PACT_HTTP,
	PACT_MESSAGE,                      /* one message, sent by the provider: responses[0] is what the consumer expects */
	PACT_CALL                          /* a request message and one or more response messages (gRPC and the like) */
};

enum pact_matcher_kind {
#define PACT_MATCHER_ROW(symbol, ...) PACT_##symbol,
#include "tbl/pact_matchers.h"
#undef PACT_MATCHER_ROW
	PACT_MATCHER_UNKNOWN,              /* `fault` says so */
	PACT_MATCHER_COUNT = PACT_MATCHER_UNKNOWN
};
enum pact_generator_kind {
#define PACT_GENERATOR_ROW(symbol, ...) PACT_GENERATOR_##symbol,
#include "tbl/pact_generators.h"
#undef PACT_GENERATOR_ROW
	PACT_GENERATOR_UNKNOWN,
	PACT_GENERATOR_COUNT = PACT_GENERATOR_UNKNOWN
};

/* A path expression: $.a['b c'][0][*].* – without the "$" and, in version 2, without the part's name. */
enum pact_step_kind { PACT_STEP_NAME, PACT_STEP_INDEX, PACT_STEP_ANY_NAME /* .* */, PACT_STEP_ANY_INDEX /* [*] */ };
struct pact_step { enum pact_step_kind kind; uint32_t index; struct str name; };
struct pact_path { struct str text; const struct pact_step *steps; uint32_t count; };

struct pact_rules;
struct pact_regex;                         /* compiled; lives in the pact's arena */
struct pact_variant { uint32_t index; const struct pact_rules *rules; const struct doc *generators; };
struct pact_matcher {
	enum pact_matcher_kind kind;
	bool has_min, has_max;
	uint64_t min, max;                 /* of TYPE */
	struct str text;                   /* REGEX: the expression; INCLUDE: the text; CONTENT_TYPE: the type; dates: the format, empty for the default;
	                                    * STATUS_CODE: the class ("success") */
	const struct pact_regex *regex;    /* of REGEX */
	const struct pact_variant *variants; /* of ARRAY_CONTAINS */
	const struct pact_matcher *inner;  /* of EACH_KEY and EACH_VALUE: all must fit */
	uint32_t variants_count, inner_count;
	const struct doc *node;            /* as written */
	struct str fault;                  /* why it can never fit, in words; empty: nothing is wrong */
};
struct pact_rule {
	struct pact_path path;             /* of headers and metadata: the name, as one step */
	const struct pact_matcher *matchers;
	uint32_t count;
	bool any;                          /* one of the matchers is enough ("combine": "OR") */
};
struct pact_rules { const struct pact_rule *items; uint32_t count; };
enum pact_category { PACT_RULES_PATH, PACT_RULES_QUERY, PACT_RULES_HEADER, PACT_RULES_STATUS, PACT_RULES_BODY, PACT_RULES_METADATA, PACT_CATEGORIES };

struct pact_generator {
	enum pact_generator_kind kind;
	struct pact_path path;
	const struct doc *node;            /* its members */
};
struct pact_generators { const struct pact_generator *items; uint32_t count; };

/* A header or query parameter with all its values; of metadata the value is any JSON. */
struct pact_field { struct str name; const struct str *values; uint32_t count; const struct doc *node; };
struct pact_fields { const struct pact_field *items; uint32_t count; };
const struct pact_field *pact_field(const struct pact_fields *f, struct str name);    /* by exact name; NULL: none */
const struct pact_field *pact_field_ci(const struct pact_fields *f, struct str name); /* ASCII case does not matter, as in headers */

enum pact_body_state {
	PACT_BODY_MISSING,                 /* nothing is said: any body will do */
	PACT_BODY_NULL,                    /* null is said: there must be none (or null) */
	PACT_BODY_EMPTY,                   /* there must be an empty one */
	PACT_BODY_PRESENT
};
struct pact_body {
	enum pact_body_state state;
	struct str type;                   /* content type: as said with the body, by the headers or metadata, or guessed from the bytes; without parameters, lower case */
	struct str bytes;                  /* as they go over the wire; base64 undone. JSON: without white space, numbers as written */
	const struct doc *json;            /* the value, where the type is JSON and the bytes are; else NULL */
};

/* A request, a response, or the content of a message. */
struct pact_part {
	enum pact_version version;         /* by whose rules it is compared */
	struct str method, path;           /* of requests; empty method: any */
	uint16_t status;                   /* of responses; 0: any */
	struct pact_fields query, headers; /* of HTTP */
	struct str query_text;             /* the query as written where a pact has it as one text (versions 1 and 2); p NULL: it has not */
	struct pact_fields metadata;       /* of messages */
	struct pact_body body;
	struct pact_rules rules[PACT_CATEGORIES];
	struct pact_generators generators[PACT_CATEGORIES];
	const struct doc *node;            /* as written; NULL: it is not there */
};
struct pact_state { struct str name; const struct doc *params; /* object, or NULL */ };
struct pact_interaction {
	enum pact_kind kind;
	struct str id;                     /* `_id` that a broker puts there; empty: none */
	struct str key;                    /* of version 4; empty: none */
	struct str description;
	const struct pact_state *states;
	uint32_t states_count;
	bool pending;
	struct pact_part request;          /* of PACT_HTTP and PACT_CALL */
	const struct pact_part *responses; /* one, of PACT_CALL any number */
	uint32_t responses_count;
	struct str transport;              /* "grpc", …; empty: by kind */
	const struct doc *comments, *plugin; /* comments; pluginConfiguration; NULL: none */
	const struct doc *markup;          /* interactionMarkup; NULL: none */
	const struct doc *node;
};
struct pact {
	enum pact_version version;
	struct str consumer, provider;
	const struct pact_interaction *interactions;
	uint32_t count;
	const struct doc *metadata, *plugins; /* NULL: none. plugins: metadata.plugins, what made the interactions that have plugin data */
	struct doc_file *file;             /* for places: doc_place(file, node->offset) */
	struct arena *arena;
};
/* NULL with e: ERR_FILE_INVALID with the place, ERR_TOO_LARGE over a limit. `path` is how errors name the file. Every value of the file stays reachable by `node`. */
const struct pact *pact_read(struct arena *a, struct str path, struct str text, struct err *e);
/* One request, response or message content that stands alone (of a test, a draft, a plugin): by the rules of `version`. */
bool pact_read_part(struct arena *a, struct doc_file *f, const struct doc *node, enum pact_version version, enum pact_kind kind, struct pact_part *out, struct err *e);
/* "HTTP GET /orders/1", "message", "call": what an interaction is about, for people; in `a`. */
struct str pact_interaction_title(struct arena *a, const struct pact_interaction *i);
/* What is wrong in rules and generators, one call each, with its place; returns how many. */
size_t pact_faults(const struct pact *p, void (*told)(void *ctx, struct text_place at, struct str sentence), void *ctx);
struct str pact_matcher_name(enum pact_matcher_kind k);
struct str pact_generator_name(enum pact_generator_kind k);
const char *pact_version_name(enum pact_version v); /* "1.0.0" … */

/* What a pact says, whoever wrote the file and however: SHA-256 in hex over its interactions, sorted, and the version of the specification. The order of keys and
 * interactions, white space, `_id`, `key`, comments, metadata, names of consumer and provider change nothing; 1 and 1.0 are two (a matcher can tell them apart). */
enum { PACT_CONTENT_ID = 64 };
bool pact_content_id(const struct pact *p, char out[PACT_CONTENT_ID]);
/* The same of one interaction, for a broker's `_id` and for what has changed between two pacts. */
bool pact_interaction_id(const struct pact *p, const struct pact_interaction *i, char out[PACT_CONTENT_ID]);
#endif
