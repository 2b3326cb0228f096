/* Source text of any language as tokens: words, numbers, strings, and every other character by itself; comments and white space are none. A token is a hash of its text and the line that it
 * begins in. What a language does otherwise (a `'` that ends nothing) only makes other tokens, the same in each copy. */
#ifndef PLEACH_CATALOG_COPIES_TOKENS_H
#define PLEACH_CATALOG_COPIES_TOKENS_H
#include "base/arena.h"

enum { COMMENT_SLASH = 1, COMMENT_HASH = 2, COMMENT_DASH = 4, COMMENT_XML = 8, COMMENT_SEMI = 16, COMMENT_PERCENT = 32 };
struct tokens { uint32_t *hash, *line; size_t count, capacity; };
/* Whether a path is code, by its ending (tbl/code_files.h), and which comments it has. Minified files and lock files are not. */
bool tokens_kind(struct str path, unsigned *comments);
/* Whether a text is worth it: not binary, not made by a program that says so ("@generated", "DO NOT EDIT"), not one long line. */
bool tokens_worth(struct str text);
/* Appends the text's tokens. blind: names, numbers and strings are each one token whatever they say, so that renaming hides nothing. False where the arena is full. */
bool tokens_read(struct tokens *t, struct arena *a, struct str text, unsigned comments, bool blind);
#endif
