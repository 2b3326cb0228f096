/* Private to contract/schema: schemas in their normal form. All dialects become one: what draft 4 says by `exclusiveMinimum: true` or OpenAPI 3.0
 * by `nullable` is kept as 2020-12 would say it, so validation and comparison know one language only.
 *
 * A schema holds the keywords that are there, in the order of enum schema_keyword, found by counting bits: 40 bytes and 16 for each keyword. */
#ifndef PLEACH_CONTRACT_SCHEMA_IMPL_H
#define PLEACH_CONTRACT_SCHEMA_IMPL_H
#include "base/map.h"
#include "contract/schema/schema.h"

enum schema_keyword {
#define SCHEMA_KEYWORD(symbol) KW_##symbol,
#include "tbl/schema_keywords.h"
#undef SCHEMA_KEYWORD
	KW_COUNT
};
#define KW_BIT(k) (UINT64_C(1) << (k))
_Static_assert(KW_COUNT <= 64, "presence is a bit mask");

/* Types of values, as bits. A number that is whole has TYPE_INTEGER, any other TYPE_FRACTION; `number` is both. */
enum {
	TYPE_NULL = 1, TYPE_BOOL = 2, TYPE_INTEGER = 4, TYPE_FRACTION = 8, TYPE_STRING = 16, TYPE_ARRAY = 32, TYPE_OBJECT = 64,
	TYPE_NUMBER = TYPE_INTEGER | TYPE_FRACTION, TYPE_ALL = 127
};
enum { SCHEMAS_MAX = 4 << 20 /* in one set */, SCHEMA_VALIDATE_DEPTH_MAX = 3000, SCHEMA_WALK_MAX = 4096 };

struct schema_entry {
	const struct doc *value;             /* of the keyword, where it stands in the text */
	union {
		const struct schema *one;
		const struct schema *const *list; /* as many as value->count; of a DEPENDENCIES member that is a list of names: NULL */
	};
};
struct schema {
	const struct doc *node;
	const struct schema_resource *resource;
	const struct schema_entry *entries;
	uint64_t present;                    /* bit per keyword */
	uint32_t number;                     /* in its set, from 0 */
	uint8_t dialect, types;              /* types: of TYPE, with `nullable`; TYPE_ALL where there is none */
	bool boolean, truth;                 /* `true` or `false` instead of an object */
	bool made;                           /* by the comparison (schema_closed.c): stands nowhere */
};
/* What has a base URI of its own: a document, or a schema in it with `$id`. */
struct schema_resource {
	struct schema_document *document;
	struct str base;                     /* absolute URI, or path in the source; no fragment */
	const struct doc *root;
	bool recursive_anchor;               /* 2019-09 */
	struct map anchors;                  /* name to const struct doc */
	struct map dynamic;                  /* the dynamic ones of them, name to const struct doc */
	struct schema_resource *next;        /* of the set */
};
struct schema_document {
	struct schema_set *set;
	struct doc_file *file;
	struct schema_resource *resource;    /* of the whole document */
	bool scanned;                        /* for $id and anchors */
	uint32_t inner;                      /* resources within it */
};
struct pointer_map { struct pointer_slot { const void *key; void *value; } *slots; uint32_t count, size; };
void *pointer_map_get(const struct pointer_map *m, const void *key);
bool pointer_map_put(struct pointer_map *m, const void *key, void *value);
void pointer_map_release(struct pointer_map *m);

struct schema_set {
	const struct source *source;
	struct arena arena;
	struct map documents;                /* path to struct schema_document */
	struct map resources;                /* base URI to struct schema_resource */
	struct schema_resource *first_resource;
	struct pointer_map schemas;          /* node to struct schema */
	struct pointer_map inner;            /* node with an $id to struct schema_resource */
	struct schema **all;                 /* by number */
	size_t count, capacity, done;        /* [done, count) still have no keywords */
	size_t loops_checked;
	struct map patterns;                 /* text to compiled pattern */
	bool searched;                       /* all files have been read for an $id that was not found */
	uint8_t name_slots[256];             /* of keywords' names, by hash; row + 1 */
	bool dynamic;                        /* a $dynamicRef was read: all dynamic anchors belong to what is referred to */
};

static inline bool schema_has(const struct schema *s, enum schema_keyword k) { return s->present >> k & 1; }
static inline const struct schema_entry *schema_entry(const struct schema *s, enum schema_keyword k)
{
	return schema_has(s, k) ? &s->entries[__builtin_popcountll(s->present & (KW_BIT(k) - 1))] : NULL;
}
static inline const struct doc *schema_value(const struct schema *s, enum schema_keyword k)
{
	const struct schema_entry *e = schema_entry(s, k);
	return e ? e->value : NULL;
}
static inline const struct schema *schema_one(const struct schema *s, enum schema_keyword k)
{
	const struct schema_entry *e = schema_entry(s, k);
	return e ? e->one : NULL;
}

/* schema_uri.c: reference against base; p == NULL where it leads out of the source. *fragment is what follows '#'. */
struct str uri_resolve(struct arena *a, struct str base, struct str reference, struct str *fragment);
bool uri_is_absolute(struct str uri);
/* schema_ref.c: where a reference leads. False with e. */
struct schema_document *schema_document_of(struct schema_set *set, struct doc_file *f, enum schema_dialect dialect, struct err *e);
bool schema_resolve(struct schema_set *set, const struct schema_resource *from, struct str reference, const struct doc *at, enum schema_dialect dialect,
	const struct schema_resource **to, const struct doc **node, struct err *e);
bool schema_fail(struct err *e, const struct doc_file *f, uint32_t offset, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Where a schema stands, as "file#/pointer"; in `a`. */

/* schema_place.c: of what stands in an operation of a description (the pointer's parts without "#/"), which operation and what there; *pointer becomes what is
 * below the schema. False, and nothing written, for anything else. */
bool schema_place_in_operation(struct buf *b, struct doc_file *f, struct str *pointer);

/* schema_pattern.c: ECMA-262 by PCRE2, compiled once a set. PATTERN_UNKNOWN where it cannot be compiled or matching took too long. */
enum pattern_answer { PATTERN_NO, PATTERN_YES, PATTERN_UNKNOWN };
enum pattern_answer schema_pattern_match(struct schema_set *set, struct str pattern, struct str text);
void schema_patterns_release(struct schema_set *set);
uint32_t schema_characters(struct str text);
/* schema_number.c: order of numbers and whether one is a multiple of another, exact where both are whole. */
int schema_number_order(const struct doc *a, const struct doc *b);
bool schema_number_multiple(const struct doc *value, const struct doc *of);
unsigned schema_type_of(const struct doc *value);

/* schema_valid.c: three answers, as a limit or a pattern that PCRE2 does not know may leave it open. */
enum validity { VALIDITY_NO, VALIDITY_YES, VALIDITY_UNKNOWN };
/* Whether a property's schema says so, itself or by what it refers to. */
bool schema_says(const struct schema *s, enum schema_keyword read_or_write_only);
enum validity schema_check(struct schema_set *set, const struct schema *s, const struct doc *value, enum schema_use use, struct schema_fault *fault);
/* As schema_check, for at most *work applications of a schema; takes what it used off. */
enum validity schema_check_within(struct schema_set *set, const struct schema *s, const struct doc *value, enum schema_use use, struct schema_fault *fault, uint64_t *work);
#endif
