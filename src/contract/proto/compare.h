/* The comparison of two models by meaning, shared by compare*.c.
 *
 * Messages and enums are matched by full name; what is gone is matched with what is new where it stands in its place (a method's or a field's type, the same file under
 * a new package) or has the same shape and last name: renamed. Each matched pair is compared once. Pairs that only meet in a field (its type was swapped) are judged as a
 * whole: is everything that the old one says understood by the new one? That judgement is a fixed point over the graph of pairs, so recursive messages are fine.
 *
 * Each difference becomes one change; the methods that carry it are found by the graph's reverse edges, once a pair. */
#ifndef PLEACH_CONTRACT_PROTO_COMPARE_H
#define PLEACH_CONTRACT_PROTO_COMPARE_H
#include "contract/proto/proto.h"

enum { PAIR_NONE = UINT32_MAX, COMPARE_BYTES = 1 << 30 };
/* How a pair of messages or enums differs for who reads the one as the other. */
enum { DIFFERS_WIRE = 1, DIFFERS_JSON = 2, DIFFERS_LOSS = 4 /* values are lost or narrowed, nothing is misread */, DIFFERS_WIDER = 8 /* the new side can write what the old side cannot hold */ };
struct pair_edge { uint32_t to, next; };      /* `next`: of the same list, PAIR_NONE at the end */
struct pair {
	const struct proto_message *old_message, *new_message;
	const struct proto_enum *old_enum, *new_enum;
	uint32_t users;                       /* list of pairs that have a field of this one */
	uint8_t differs;                      /* of this pair and of all below it */
	bool matched;                         /* compared on its own: its differences are changes at their own places */
	bool same_name, renamed, reached;
	uint32_t methods;                     /* list of method uses (to: index * 4 + direction) */
	const struct reach *reach;            /* computed on the first question */
	uint32_t reach_count;
	uint32_t mark;
};
struct method_use { struct str operation; };
struct comparer {
	struct proto_model *old_model, *new_model;
	const struct contract_options *options;
	struct changes *out;
	struct err *err;
	struct arena arena;                   /* ends after the comparison */
	const struct proto_message **to_new;  /* by old message id; NULL: gone */
	const struct proto_message **to_old;  /* by new message id */
	const struct proto_enum **enum_to_new, **enum_to_old;
	struct pair *pairs;
	size_t pair_count, pair_capacity;
	struct pair_edge *edges;
	size_t edge_count, edge_capacity;
	struct method_use *methods;
	size_t method_count, method_capacity;
	uint32_t *message_pair, *enum_pair;   /* by old id: the matched pair */
	uint32_t *message_cause, *enum_cause; /* by old id: index + 1 of the change that says that the type has another name */
	struct map extensions;                /* of the new model, by extended message and number */
	struct map swapped;                   /* pairs that are not matched, by the two pointers */
	uint32_t mark;
};

/* match.c */
bool match_types(struct comparer *c);
/* pairs.c: the graph, the judgement, the reach. */
bool pairs_build(struct comparer *c);
uint32_t pair_of_messages(struct comparer *c, const struct proto_message *a, const struct proto_message *b);
uint32_t pair_of_enums(struct comparer *c, const struct proto_enum *a, const struct proto_enum *b);
/* `user` has a field (an extension) whose types are the pair. */
void pair_use(struct comparer *c, uint32_t pair, uint32_t user);
void pair_reach(struct comparer *c, uint32_t pair, struct change *x);
/* What the type of `a` read as that of `b` loses: bits of DIFFERS_. 0: nothing. */
uint8_t type_differs(struct comparer *c, const struct proto_field *a, const struct proto_field *b);
/* Whether the message or enum behind the field is matched with that behind the other. */
bool same_type(const struct comparer *c, const struct proto_field *a, const struct proto_field *b);

/* compare.c: adds a change with its places; NULL where it was dropped. Places: offset of each side, or UINT32_MAX for none. */
struct change *compare_add(struct comparer *c, enum change_kind kind, struct str subject, struct str detail, struct proto_file *old_file, uint32_t old_offset, struct proto_file *new_file,
	uint32_t new_offset);
void compare_say(struct comparer *c, struct change *x, const char *format, ...) __attribute__((format(printf, 3, 4)));
void compare_rule(struct comparer *c, struct change *x, enum rule_id rule);
struct str compare_join(struct comparer *c, struct str scope, struct str name);
/* The change that tells why the types of the two fields (messages) have other names, though they are matched; NULL: none. */
struct change *compare_cause(struct comparer *c, const struct proto_message *m, const struct proto_enum *e);
void compare_set_cause(struct comparer *c, const struct proto_message *m, const struct proto_enum *e, const struct change *x);
bool is_reserved_number(const struct proto_range *r, uint32_t count, int32_t number);
bool is_reserved_name(const struct proto_name *n, uint32_t count, struct str name);
const struct proto_file *other_file(const struct proto_model *m, const struct proto_file *f);

/* One file each. */
void compare_files(struct comparer *c);
void compare_file_options(struct comparer *c, struct proto_file *f, struct proto_file *g);
void compare_message(struct comparer *c, uint32_t pair);
void compare_field(struct comparer *c, uint32_t pair, const struct proto_field *a, const struct proto_field *b);
/* An extension on both sides, each as the only field of a message; `full`: its name. */
void compare_extension_field(struct comparer *c, uint32_t pair, const struct proto_message *a, const struct proto_message *b, struct str full);
bool extensions_index(struct comparer *c);
bool extensions_pairs(struct comparer *c);
const struct proto_extension *extension_now(struct comparer *c, const struct proto_extension *x);
void compare_extensions(struct comparer *c);
void compare_enum(struct comparer *c, uint32_t pair);
void compare_services(struct comparer *c);
void compare_http(struct comparer *c, const struct proto_service *s, const struct proto_method *a, const struct proto_service *t, const struct proto_method *b);
void compare_field_rules(struct comparer *c, uint32_t pair, const struct proto_field *a, const struct proto_field *b);
/* Under which names requests have what the changes from `first` on are about. */
void compare_request_fields(struct comparer *c, size_t first);
void compare_reserved(struct comparer *c, const struct proto_message *a, const struct proto_message *b, const struct proto_enum *e, const struct proto_enum *f);

static inline struct str proto_options_bytes(const struct proto_options *o) { return o ? o->bytes : (struct str){ NULL, 0 }; }
#endif
