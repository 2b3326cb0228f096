/* Names of interfaces as words: "orderLineItems", "order_line_item" and "OrderLineItem" are the words order, line, item. Nothing is allocated. */
#ifndef PLEACH_CATALOG_INTERFACES_WORDS_H
#define PLEACH_CATALOG_INTERFACES_WORDS_H
#include "base/str.h"

enum { WORDS_MAX = 12 /* of a name; what follows is not looked at */, WORD_BYTES = 24 /* of a word; longer ones are cut */, WORDS_BYTES = WORDS_MAX * (WORD_BYTES + 1) };
struct words {
	size_t count;
	size_t len[WORDS_MAX];
	char text[WORDS_MAX][WORD_BYTES];
};
/* At a change of case, at digits and at all that is neither letter nor digit; in lower case, short forms written out (tbl/interface_abbreviations.h), plural
 * ends taken off. Digits are left out: what is numbered ("line1", "line2") is one name. Bytes beyond ASCII are letters. */
void words_split(struct words *w, struct str name);
static inline struct str words_at(const struct words *w, size_t i) { return str_from(w->text[i], w->len[i]); }
/* "order_line_item", into out. */
struct str words_joined(const struct words *w, char out[WORDS_BYTES]);
/* The letters alone: "orderlineitem". */
struct str words_flat(const struct words *w, char out[WORDS_BYTES]);
/* What survives abbreviation: of each word its first letter and the next two other consonants, words in order of the alphabet: "itm_ln_ord". */
struct str words_skeleton(const struct words *w, char out[WORDS_BYTES]);
#endif
