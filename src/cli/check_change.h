/* `pleach check --change BASE..HEAD`: whose a change is (catalog/review/review.h), told from git. */
#ifndef PLEACH_CLI_CHECK_CHANGE_H
#define PLEACH_CLI_CHECK_CHANGE_H
#include "catalog/review/review.h"
#include "cli/command.h"
#include "model/git.h"
/* The whole command; its exit status: 0 nothing is missing, 1 an owner has not agreed, 2 the range or a file cannot be read. */
int check_change(struct cli *c);

struct change_range { struct str base, head, from; /* commits; from: where the change left the base */ };
/* "BASE..HEAD", "BASE...HEAD" or "BASE" (then HEAD is where one stands). */
bool change_range_read(struct cli *c, struct str text, struct change_range *out, struct err *e);
/* The files of the base, which the review asks for while it is judged. All zeros: not open. */
struct change_files { struct git_batch batch; struct map ids; /* object ids by path (struct str), where the base has OWNERS files */ struct buf *notes; };
/* Files, rules, paths, authors and trailers into the review. What cannot be read of a service's file becomes a line of `notes`. `f` is to be closed in any case, when the review is judged. */
bool change_gather(struct cli *c, const struct change_range *range, struct change_files *f, struct review *r, struct buf *notes, struct err *e);
void change_files_close(struct change_files *f);
/* Who has changed a collective service most in the two years before: into its knowers. */
bool change_knowers(struct cli *c, const struct change_range *range, struct review_service *s, struct err *e);
#endif
