/* Tokens of SQL as PostgreSQL, MySQL and SQLite write it, without knowing which of them it is: "x", `x` and [x] are names, 'x', E'x' and $tag$x$tag$ strings,
 * -- and # and nested block comments are skipped. A backslash escapes a quote only where the string would otherwise end in the middle of a line and an E stands before it, or
 * another quote follows on the same line. */
#ifndef PLEACH_CONTRACT_SQL_LEX_H
#define PLEACH_CONTRACT_SQL_LEX_H
#include "base/arena.h"

enum sql_token_kind { SQL_T_END, SQL_T_WORD, SQL_T_QUOTED, SQL_T_STRING, SQL_T_NUMBER, SQL_T_MARK, SQL_T_WRONG };
struct sql_token {
	enum sql_token_kind kind;
	uint32_t offset, len;  /* quotes included */
	const char *wrong;     /* of SQL_T_WRONG */
};
struct sql_token sql_lex(struct str text, size_t at);
/* A name or string without its quotes; in the text itself where nothing is doubled in it. */
struct str sql_unquoted(struct arena *a, struct str text, const struct sql_token *t);
/* ASCII letters small: what names are compared by. */
struct str sql_folded(struct arena *a, struct str name);
#endif
