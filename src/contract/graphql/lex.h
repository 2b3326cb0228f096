/* Tokens of GraphQL (October 2021 and September 2025, section 2.1). Commas, comments, blanks and the byte order mark are skipped. */
#ifndef PLEACH_CONTRACT_GRAPHQL_LEX_H
#define PLEACH_CONTRACT_GRAPHQL_LEX_H
#include "base/arena.h"

enum gql_token_kind { GQL_T_END, GQL_T_PUNCTUATOR, GQL_T_SPREAD /* ... */, GQL_T_NAME, GQL_T_INT, GQL_T_FLOAT, GQL_T_STRING, GQL_T_BLOCK, GQL_T_WRONG };
struct gql_token {
	enum gql_token_kind kind;
	uint32_t offset, len;  /* in the text, quotes included */
	const char *wrong;     /* of GQL_T_WRONG: what is wrong, and the remedy */
};
/* The token at or after `at`. */
struct gql_token gql_lex(struct str text, size_t at);
/* The value of a string or block string token; p == NULL with *wrong where an escape is none, or the arena is full (*wrong NULL). */
struct str gql_string(struct arena *a, struct str text, const struct gql_token *t, const char **wrong);
#endif
