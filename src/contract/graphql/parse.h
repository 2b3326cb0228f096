/* What the parsers of schemas (parse.c) and of queries (query_parse.c) share: the state, and values, type references and uses of directives. The first
 * fault stays in e, with place and remedy; functions return false from then on. */
#ifndef PLEACH_CONTRACT_GRAPHQL_PARSE_H
#define PLEACH_CONTRACT_GRAPHQL_PARSE_H
#include "contract/graphql/ast.h"
#include "contract/graphql/lex.h"

struct gql_parser {
	struct arena *arena;
	struct gql_files *files;
	uint32_t file;
	struct str text;
	struct gql_token token;  /* the next, not yet taken */
	uint32_t end;            /* where the last taken one ended */
	uint32_t depth;
	struct gql_member *stack; /* of parse.c: members of lists that are not at their end */
	size_t stacked, stack_room;
	struct err *e;
};
/* Reads the first token. */
bool gql_parser_start(struct gql_parser *p, struct gql_files *files, uint32_t file, struct err *e);
bool gql_fail(struct gql_files *files, struct gql_spot spot, struct err *e, const char *format, ...) __attribute__((format(printf, 4, 5)));
bool gql_unexpected(struct gql_parser *p, const char *wanted);
bool gql_no_room(struct gql_parser *p);
bool gql_next(struct gql_parser *p);
static inline struct str gql_token_text(const struct gql_parser *p) { return str_from(p->text.p + p->token.offset, p->token.len); }
static inline bool gql_at(const struct gql_parser *p, char c) { return p->token.kind == GQL_T_PUNCTUATOR && p->text.p[p->token.offset] == c; }
bool gql_at_word(const struct gql_parser *p, struct str word);
static inline struct gql_spot gql_here(const struct gql_parser *p) { return (struct gql_spot){ p->file, p->token.offset }; }
/* Takes the punctuator where it is next; *there says whether it was. */
bool gql_maybe(struct gql_parser *p, char c, bool *there);
bool gql_expect(struct gql_parser *p, char c, const char *wanted);
bool gql_name(struct gql_parser *p, struct str *name, const char *wanted);
bool gql_parse_value(struct gql_parser *p, struct gql_value *v, bool constant);
bool gql_parse_arguments(struct gql_parser *p, const struct gql_argument **args, uint32_t *count, bool constant);
bool gql_parse_uses(struct gql_parser *p, struct gql_uses *uses, bool constant);
bool gql_parse_ref(struct gql_parser *p, struct gql_ref *r);

/* ---- schemas ---- */
enum gql_definition_kind { GQL_DEFINES_TYPE, GQL_DEFINES_DIRECTIVE, GQL_DEFINES_SCHEMA };
struct gql_definition {
	enum gql_definition_kind kind;
	bool extends;
	struct gql_type *type;           /* of GQL_DEFINES_TYPE */
	struct gql_directive *directive;
	/* of GQL_DEFINES_SCHEMA */
	struct str description, roots[GQL_OPERATIONS];
	struct gql_spot spot, root_spots[GQL_OPERATIONS];
	bool described;
	struct gql_uses uses;
};
struct gql_definitions { struct gql_definition *items; uint32_t count, capacity; };
/* Appends what the file defines. */
bool gql_parse_schema(struct arena *a, struct gql_files *files, uint32_t file, struct gql_definitions *out, struct err *e);
#endif
