/* Text taken apart into a template and its variables (the idea of CLP, Rodrigues et al., OSDI'21): a *token* is a maximal run of letters,
 * digits, '_' and bytes from 0x80 on; a token with a digit is a variable, and so is each of the five groups of a UUID; all else is the
 * template, with TEMPLATE_VAR in place of each variable. So a variable is always a whole token, and a word without a digit can only
 * stand in a template (or be a group of a UUID): that is what lets searches run on templates instead of on text. */
#ifndef PLEACH_STORE_TEXT_SPLIT_H
#define PLEACH_STORE_TEXT_SPLIT_H
#include "store/variable.h"

enum {
	TEMPLATE_VAR = 0x11,       /* stands for a variable; a text that holds this byte is one variable as a whole */
	TEMPLATE_MAX_BYTES = 8192, /* a longer template, or one with more variables: the text is one variable as a whole */
	TEMPLATE_MAX_VARS = 250,
	TEMPLATE_SLACK = 32,       /* scratch behind the longest template */
	TOKEN_HASHED = 128         /* bytes of a token that its hash looks at */
};
struct text_split {
	uint32_t len, vars;
	struct str var[TEMPLATE_MAX_VARS];       /* borrowed from the text */
	struct variable word[TEMPLATE_MAX_VARS]; /* the same */
	char text[TEMPLATE_MAX_BYTES + TEMPLATE_SLACK];
};
/* False: the text does not fit and is one variable as a whole (then len, vars and var say just that). */
bool text_split(struct text_split *s, struct str text);

bool token_byte(char c);           /* part of a token */
bool token_has_digit(struct str token);
/* The next token at or after *at; false at the end. *at moves behind it. */
bool token_next(struct str text, size_t *at, struct str *token);
/* Without regard to ASCII case. */
uint64_t token_hash(struct str token);
/* The 16 bytes that 32 hex digits, or the UUID that begins with this token, stand for. text: from the token on. */
bool token_id16(struct str text, size_t token, uint8_t id[16]);
#endif
