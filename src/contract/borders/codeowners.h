/* CODEOWNERS: who owns a path of a repository, as GitHub reads the file: of the patterns that match a path the last counts, and one without
 * owners takes ownership away. Patterns are those of .gitignore without `!` and `[ ]`, which GitHub does not take either: such lines, and the headings of
 * GitLab's sections, are left out. */
#ifndef PLEACH_CONTRACT_BORDERS_CODEOWNERS_H
#define PLEACH_CONTRACT_BORDERS_CODEOWNERS_H
#include "base/arena.h"

/* A file over a limit is read as far as it goes. GitHub itself takes no file over 3 MB. */
enum { CODEOWNERS_BYTES_MAX = 3 << 20, CODEOWNERS_RULES_MAX = 20000, CODEOWNERS_PATTERN_MAX = 1024 };
struct codeowners_rule {
	struct str pattern;       /* without the slash at its end */
	struct str owners;        /* "@shop/sales ada@example.org"; empty: nobody */
	uint32_t line;
	bool anchored, folder;    /* it begins at the top; it had a slash at its end */
};
struct codeowners { struct codeowners_rule *rules; size_t count; };
/* The rules, in the arena; the text must live as long. */
struct codeowners codeowners_read(struct arena *a, struct str text);
/* The rule that decides of a file ("tests/e2e/order.spec.ts", from the repository's top); NULL: none. */
const struct codeowners_rule *codeowners_find(const struct codeowners *c, struct str path);
/* Whether one rule's pattern matches a file's path. */
bool codeowners_matches(const struct codeowners_rule *r, struct str path);
#endif
