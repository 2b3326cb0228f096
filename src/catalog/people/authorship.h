/* Who wrote the files that exist now: degree of authorship (Fritz 2010, Avelino 2016) and the truck factor. One person is all commits with the same mail
 * (without case) or the same name of two words or more; bots (tbl/bots.h, and "[bot]") count nowhere. Deletions are no changes. DL and AC count additions
 * and modifications alike, so who only created a file has FA 1 and DL 1; the creator is who added the path first. */
#ifndef PLEACH_CATALOG_PEOPLE_AUTHORSHIP_H
#define PLEACH_CATALOG_PEOPLE_AUTHORSHIP_H
#include "catalog/people/history.h"

enum { AUTHORSHIP_ACTIVE = 365 * 86400 /* seconds back in which a commit makes its author active */ };

struct author {
	struct str name, mail;     /* of the newest commit */
	int64_t last;              /* newest commit, seconds since 1970 */
	size_t commits, files;     /* commits of the last year; files authored */
	bool bot;
};

struct authorship {
	struct author *people;
	size_t count;
	size_t *person;            /* of each commit of the history */
	size_t files, left;        /* existing files that the history knows; those with authors, all of them inactive */
	size_t truck_factor;
	size_t strongest;          /* person with the most changes of existing files in the last year */
	size_t changes, strongest_changes; /* of the last year; strongly owned where the second is at least half of the first, and not 0 */
};

/* By tbl/bots.h. Copies in lower case are the arena's. */
bool author_is_bot(struct arena *a, struct str name, struct str mail);
double authorship_degree(bool first, size_t own, size_t others);
/* `paths` exist now. Arrays are the arena's, texts the history's. False with e where memory ends; *w is untouched then. */
/* known: what authorship_read gave for a history of the same commits, perhaps with more changes; the people are taken from there, with their last commit, and only files are
 * counted anew. NULL: none. */
bool authorship_of(struct authorship *w, struct arena *a, const struct history *h, const struct authorship *known, const struct str *paths, size_t path_count, int64_t now, struct err *e);
bool authorship_read(struct authorship *w, struct arena *a, const struct history *h, const struct str *paths, size_t path_count, int64_t now, struct err *e);
#endif
