/* CODEOWNERS: who owns a path of a repository, exactly as GitHub or GitLab reads the file.
 *
 * GitHub (docs.github.com, "About code owners"): of the rules that match a path the last one decides; one without owners takes ownership away. Patterns are those of
 * .gitignore without `!`, `[ ]` and `\#`: a line with one of these, or with a word that is no owner, is left out and told as a fault. A pattern with a slash inside or
 * in front begins at the top; one without is looked for at any depth; what it names is the file or all below the folder, but a last lone `*` does not reach further down.
 *
 * GitLab (doc/user/project/codeowners/reference.md): each section decides for itself, by its last matching rule; `[Name]`, `^[Name]` optional, `[Name][2]` approvals, owners
 * behind the heading are the default of its rules; sections of one name (without case) are one, required if one of them is. `!pattern` takes a path out of its section for good.
 * Patterns without a leading slash are looked for at any depth, also those with a slash inside; one names files alone, a folder's content only with a slash at its end.
 *
 * Rules are compiled into one graph of path segments, so that the time of a path grows with the rules that could still match it and not with the file. */
#ifndef PLEACH_MODEL_CODEOWNERS_H
#define PLEACH_MODEL_CODEOWNERS_H
#include "base/arena.h"

/* GitHub itself takes no file over 3 MB. What is over a limit is a fault, and the rest of the file goes unread. */
enum { CODEOWNERS_BYTES_MAX = 3 << 20, CODEOWNERS_RULES_MAX = 100000, CODEOWNERS_PATTERN_MAX = 1024 /* bytes */, CODEOWNERS_SEGMENTS_MAX = 64 /* of a pattern */,
       CODEOWNERS_SECTIONS_MAX = 256, CODEOWNERS_OWNERS_MAX = 100 /* of a rule */, CODEOWNERS_FAULTS_MAX = 1000 };
enum codeowners_dialect { CODEOWNERS_GITHUB, CODEOWNERS_GITLAB };
struct codeowners_rule {
	struct str pattern;       /* as written, without the `!` */
	const struct str *owners; /* "@ada", "@shop/sales", "@@maintainer", "ada@example.org"; those of its section where it has none itself */
	size_t owners_count;      /* 0: it matches, and nobody owns */
	uint32_t line, section;
	bool excludes;            /* GitLab's `!` */
};
struct codeowners_section {
	struct str name;          /* empty: what stands before the first heading, and all of a GitHub file */
	const struct str *owners; /* the default */
	size_t owners_count;
	uint32_t line, approvals; /* approvals: at least 1 */
	bool optional;
};
struct codeowners_fault { uint32_t line; struct str message; bool left_out; /* the line does nothing at all */ };
struct codeowners {
	enum codeowners_dialect dialect;
	struct codeowners_rule *rules;
	size_t count;
	struct codeowners_section *sections; /* at least one */
	size_t sections_count;
	struct codeowners_fault *faults;     /* what its author should know, in the order of lines */
	size_t faults_count, faults_left;    /* faults_left: beyond CODEOWNERS_FAULTS_MAX */
	struct codeowners_graph *graph;
};
/* Reads and compiles; all of it lives in the arena, and the text must live as long. NULL when the arena is full. */
const struct codeowners *codeowners_read(struct arena *a, enum codeowners_dialect dialect, struct str text);
/* The dialect of a file by its path in the repository and what is in it: GitLab's folder, or headings of sections. */
enum codeowners_dialect codeowners_dialect_of(struct str path, struct str text);
/* Where a repository may have the file, in the order in which the first that is there counts. */
enum { CODEOWNERS_PLACES = 4 };
extern const struct str codeowners_places[CODEOWNERS_PLACES];

/* Asks for path after path: folders that a path shares with the one before are not walked again, so sorted paths are fastest. One thread. */
struct codeowners_walk {
	const struct codeowners *owners;
	struct arena arena;
	struct codeowners_level *levels;    /* [0] the top; [d] behind d folders */
	size_t levels_count, levels_capacity;
	uint32_t *active;                   /* nodes of all levels, one behind the other */
	size_t active_capacity;
	uint32_t *best;                     /* sections_count for each level: rule + 1; 0: none; UINT32_MAX: excluded */
	size_t best_capacity;
	uint32_t *seen, epoch;              /* nodes of the level that is being made */
	char *path;                         /* folders of the last path */
	size_t path_len, path_capacity;
};
void codeowners_walk_init(struct codeowners_walk *w, const struct codeowners *c);
void codeowners_walk_release(struct codeowners_walk *w);
/* The rule that decides of a file ("src/a.c", from the repository's top, without a leading slash) in each section: `rules` has room for sections_count; NULL where none does, or
 * one excludes it. Returns how many decide. With no memory left none does, and *full is set. */
size_t codeowners_match(struct codeowners_walk *w, struct str path, const struct codeowners_rule **rules, bool *full);
#endif
