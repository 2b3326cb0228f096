/* Tokens of .proto text (and of the values inside braces, which are text format). No allocation; a token is a place in the text. */
#ifndef PLEACH_CONTRACT_PROTO_LEXER_H
#define PLEACH_CONTRACT_PROTO_LEXER_H
#include "base/str.h"

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_INT, TOKEN_FLOAT, TOKEN_TEXT, TOKEN_SYMBOL, TOKEN_BAD };
struct token {
	enum token_kind kind;
	char symbol;          /* of TOKEN_SYMBOL */
	uint32_t offset, end; /* bytes of the text */
	uint32_t doc;         /* where the comment that belongs to what begins here begins + 1; 0: none */
	const char *problem;  /* of TOKEN_BAD: what is wrong and what to do */
};
struct lexer {
	const char *text;
	uint32_t at, size;
	uint32_t last_end; /* of the token before: a comment behind it on its line belongs to it */
	bool hash;         /* '#' begins a comment (text format) */
};
/* The text has at most UINT32_MAX - 1 bytes. A byte order mark at its beginning is skipped. */
void lexer_init(struct lexer *x, struct str text);
void lexer_next(struct lexer *x, struct token *t);
static inline struct str token_str(const struct lexer *x, const struct token *t) { return str_from(x->text + t->offset, t->end - t->offset); }
#endif
