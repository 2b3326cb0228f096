/* What a forge really asks for before a change gets into a branch, by its own answer (GitHub's rules of a branch, or its older protection; GitLab's protected branch), beside what ownership means. Pure. */
#ifndef PLEACH_CATALOG_REVIEW_PROTECTION_H
#define PLEACH_CATALOG_REVIEW_PROTECTION_H
#include "catalog/review/review.h"

enum { PROTECTION_SAYS_MAX = 8 };
struct protection {
	struct str file;             /* that it was read from; empty: none was */
	const char *forge;           /* "GitHub", "GitLab" */
	const char *key;             /* what the forge calls the setting that asks code owners */
	bool reviews;                /* changes come by pull or merge requests with at least one approval, or a code owner's */
	bool owners;                 /* code owners must agree */
	bool keeps_stale;            /* an agreement holds for what is pushed after it */
	bool forced;                 /* pushes may rewrite the branch */
	bool around;                 /* some may put changes in without a request: administrators, or whoever may push */
	uint32_t approvals;
	struct str says[PROTECTION_SAYS_MAX]; /* judged: where it falls short of what ownership means, or asks for more, in words */
	size_t says_count;
};
/* False with e (file) where it is none of these. Texts in the arena. */
bool protection_read(struct protection *p, struct arena *a, struct str file, struct str text, struct err *e);
/* Of the touched services of a review that was judged. */
void protection_judge(struct protection *p, struct arena *a, const struct review *r);
/* One JSON object; null where no file was read. */
void protection_json(struct json_out *o, const struct protection *p);
#endif
