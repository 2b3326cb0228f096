/* Private to contract/openapi: a comparison under way, and the steps that judge one aspect each. */
#ifndef PLEACH_CONTRACT_OPENAPI_COMPARE_H
#define PLEACH_CONTRACT_OPENAPI_COMPARE_H
#include "base/map.h"
#include "contract/openapi/openapi.h"

struct openapi_comparison {
	const struct openapi_model *old_model, *new_model;
	const struct openapi *before, *after;  /* the descriptions under comparison */
	const struct contract_options *options;
	struct changes *out;
	struct causes causes;
	struct schema_compare *schemas;
	struct life_walks *lives; /* NULL: nothing is said of how long properties stay */
	struct arena arena;      /* labels of roots: until the end of the comparison */
	struct err *e;
};
/* One operation on both sides. `toward`: the direction of its requests, seen from the description's author; `back`: of its responses. */
struct openapi_pair {
	const struct openapi_operation *before, *after;
	enum reach_direction toward, back;
	struct str label;        /* its name for `reach`, in the changes' arena */
};
/* Of an operation that may be on one side only. */
struct openapi_pair openapi_pair_of(struct openapi_comparison *c, const struct openapi_operation *before, const struct openapi_operation *after);

/* What is seen at a pair. NULL where the cause is known already, or informs only and that is not asked for. */
struct change *openapi_see(struct openapi_comparison *c, const struct openapi_pair *pair, struct cause_key key, struct str subject, enum reach_direction direction);
/* The sentence for people, in the changes' arena. */
void openapi_say(struct openapi_comparison *c, struct change *x, const char *format, ...) __attribute__((format(printf, 3, 4)));
void openapi_rules(struct openapi_comparison *c, struct change *x, enum rule_id first, enum rule_id second);
#define OPENAPI_NO_RULE RULE_COUNT
/* A witness that is seen to be one: `before` and `after` are literals. x may be NULL. */
void openapi_show(struct openapi_comparison *c, struct change *x, enum witness_what what, struct str of, const char *before, const char *after,
	const char *format, ...)
	__attribute__((format(printf, 7, 8)));
/* Subject of a part: its `$ref` where it is shared, else the operation and what it is there. */
struct str openapi_subject(struct openapi_comparison *c, const struct openapi_operation *op, struct str shared, const char *format,
	...) __attribute__((format(printf, 4, 5)));
/* Hands a pair of schemas on; either may be NULL (anything), then nothing happens. */
bool openapi_root(struct openapi_comparison *c, const struct openapi_pair *pair, const struct schema *before, const struct schema *after,
	enum reach_direction direction,
	enum schema_position position, const char *format, ...) __attribute__((format(printf, 7, 8)));
static inline const struct openapi_operation *pair_any(const struct openapi_pair *p) { return p->after ? p->after : p->before; }

/* Of a parameter. */
struct str openapi_parameter_subject(struct openapi_comparison *c, const struct openapi_operation *op, const struct openapi_parameter *p);
/* request_fields.c: gives the changes their `fields`; after all were found. */
void openapi_find_fields(struct openapi_comparison *c);

bool openapi_compare_operations(struct openapi_comparison *c); /* match.c: pairs them; what is gone or new */
bool openapi_compare_pair(struct openapi_comparison *c, const struct openapi_pair *pair); /* compare_operation.c */
bool openapi_compare_parameters(struct openapi_comparison *c, const struct openapi_pair *pair);
bool openapi_compare_bodies(struct openapi_comparison *c, const struct openapi_pair *pair);
bool openapi_compare_responses(struct openapi_comparison *c, const struct openapi_pair *pair);
void openapi_compare_security(struct openapi_comparison *c, const struct openapi_pair *pair);
void openapi_compare_schemes(struct openapi_comparison *c);
void openapi_compare_servers(struct openapi_comparison *c, bool moved);
void openapi_compare_own_servers(struct openapi_comparison *c, const struct openapi_pair *pair);

/* life.c: deprecation, sunset dates and stability levels. */
enum life_state { LIFE_ACTIVE, LIFE_DEPRECATED /* without a date */, LIFE_UNTIL /* a date that has not come, or may not have */, LIFE_OVER, LIFE_UNREADABLE };
enum life_of { LIFE_OF_OPERATION, LIFE_OF_PARAMETER, LIFE_OF_REQUEST_PROPERTY, LIFE_OF_RESPONSE_PROPERTY };
enum life_state openapi_life_state(const struct openapi_comparison *c, const struct openapi_life *life);
struct life_pair { struct doc_spot before_spot, after_spot; const struct openapi_life *before, *after; enum life_of of; struct str subject, name; };
void openapi_compare_life(struct openapi_comparison *c, const struct openapi_pair *pair, const struct life_pair *l);
/* life_properties.c: the same for members of bodies. The walks remember what was seen from one pair of operations to the next; in the comparison's arena, but for
 * what release frees. */
struct life_walks;
bool openapi_speaks_of_life(const struct openapi_comparison *c);
struct life_walks *openapi_life_walks(struct openapi_comparison *c);
void openapi_compare_property_lives(struct life_walks *w, const struct openapi_pair *pair);
void openapi_life_walks_release(struct life_walks *w);

/* request.c: witnesses that are whole requests. What the request is built around: */
struct openapi_wish {
	const struct openapi_parameter *with;   /* has this parameter, although it is optional */
	const struct doc *parts;                /* its value; NULL: any that the schema takes */
	struct str without, media;              /* lacks the parameter of this name; has a body of this media type */
	enum openapi_in without_in;
	bool no_body, with_body, refused; /* refused: a body that the new schema does not take */
	const struct openapi_alternative *credentials;
};
/* A request that the old operation takes and the new one does not, for the reason of the change; leaves it unproved where none can be built. */
void openapi_prove_request(struct openapi_comparison *c, const struct openapi_pair *pair, struct change *x, const struct openapi_wish *wish);
#endif
