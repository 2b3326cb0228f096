/* The parser of .proto text, shared by parse*.c. It fills one struct proto_file; names of types stay as written (link.c resolves them).
 * Elements of a list are collected on stacks (an inner message takes its own off before the outer goes on) and copied, exact, into the model's arena. */
#ifndef PLEACH_CONTRACT_PROTO_PARSE_H
#define PLEACH_CONTRACT_PROTO_PARSE_H
#include "contract/proto/lexer.h"
#include "contract/proto/proto.h"

struct parser {
	struct lexer lexer;
	struct token token;       /* the next one */
	uint32_t end;             /* of the token before */
	struct proto_file *file;
	struct arena *arena;      /* the model's */
	struct arena *scratch;    /* of the stacks and of what is thrown away; ends after reading */
	struct err *err;
	unsigned depth;
	struct { struct proto_field *items; size_t count, capacity; } fields;
	struct { struct proto_oneof *items; size_t count, capacity; } oneofs;
	struct { struct proto_message *items; size_t count, capacity; } messages;
	struct { struct proto_enum *items; size_t count, capacity; } enums;
	struct { struct proto_extension *items; size_t count, capacity; } extensions;
	struct { struct proto_range *items; size_t count, capacity; } ranges, reserved;
	struct { struct proto_name *items; size_t count, capacity; } names;
	struct { struct proto_value *items; size_t count, capacity; } values;
	struct { struct proto_method *items; size_t count, capacity; } methods;
	struct { struct proto_service *items; size_t count, capacity; } services;
	struct { struct proto_import *items; size_t count, capacity; } imports;
};
#define PUSH(p, stack, value)                                                                                                                                  \
	(ARENA_PUSH_ROOM((p)->scratch, (p)->stack.items, (p)->stack.count, (p)->stack.capacity) ? ((p)->stack.items[(p)->stack.count++] = (value), true)       \
												 : parse_full(p))
/* What was pushed since `mark`, as an array in the model's arena. */
#define TAKE(p, stack, mark, to, to_count)                                                                                                                     \
	do {                                                                                                                                                   \
		(to) = parse_take(p, (p)->stack.items ? (p)->stack.items + (mark) : NULL, (p)->stack.count - (mark), sizeof(*(p)->stack.items));               \
		(to_count) = (uint32_t)((p)->stack.count - (mark));                                                                                            \
		(p)->stack.count = (mark);                                                                                                                     \
	} while (0)
void *parse_take(struct parser *p, const void *items, size_t count, size_t size);
bool parse_full(struct parser *p);

/* The whole of one file whose path and text are set. False with e. */
bool parse_file(struct parser *p, struct proto_file *f);

/* Always false. */
bool parse_fail(struct parser *p, uint32_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* At the next token, naming it: "expected ';' behind the field, found `}`". */
bool parse_unexpected(struct parser *p, const char *expected);
void parse_next(struct parser *p);
static inline bool parse_at(const struct parser *p, char symbol) { return p->token.kind == TOKEN_SYMBOL && p->token.symbol == symbol; }
static inline struct str parse_text(const struct parser *p) { return token_str(&p->lexer, &p->token); }
static inline bool parse_at_word(const struct parser *p, struct str word) { return p->token.kind == TOKEN_NAME && str_eq(parse_text(p), word); }
bool parse_accept(struct parser *p, char symbol);
bool parse_accept_word(struct parser *p, struct str word);
bool parse_expect(struct parser *p, char symbol, const char *expected);
/* A name without dots. */
bool parse_name(struct parser *p, struct str *name, const char *what);
/* The text without the blanks and comments between its tokens. */
bool parse_joined(struct parser *p, struct str *name);
/* "a.b.C", also with a dot in front; blanks between the parts are taken out. */
bool parse_dotted(struct parser *p, struct str *name, const char *what);
/* An integer within [low, high], with a sign where low is below 0. */
bool parse_int(struct parser *p, int64_t low, int64_t high, int32_t *value, const char *what);
/* Strings behind one another, unescaped and joined. */
bool parse_string(struct parser *p, struct str *value, const char *what);
uint64_t parse_integer_text(struct str text, bool *overflow);

/* `option … ;` behind the word. */
bool parse_option_statement(struct parser *p, struct proto_options **to);
/* `[…]` where there is one. */
bool parse_option_list(struct parser *p, struct proto_options **to);
bool parse_message(struct parser *p, uint32_t offset, uint32_t doc, uint8_t visibility);
bool parse_enum(struct parser *p, uint32_t offset, uint32_t doc, uint8_t visibility);
bool parse_extend(struct parser *p);
bool parse_reserved(struct parser *p, int64_t low, int64_t high);
/* One more level of braces; false with e beyond PROTO_DEPTH_MAX. */
bool parse_enter(struct parser *p);
#endif
