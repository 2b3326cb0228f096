/* Orphans as work items in a forge (GitHub, GitLab, or whoever takes a webhook): what is to be done, given the issues that exist and the services of now. No I/O.
 *
 * An issue of ours is known by a block in its body, between two lines that a reader does not see:
 *
 *     <!-- pleach:stock reasons=no-owner,abandoned -->
 *     … what Pleach writes, and writes anew …
 *     <!-- /pleach:stock -->
 *
 * Title and all text besides are people's. `reasons` is what the issue was last about; none: it was settled. What holds after every run that ended well:
 *
 * - of one orphan no two issues are open, and there is one, open or closed by a person for the reasons that there still are;
 * - no issue of ours is open for a service that is no orphan.
 *
 * An issue that a person closed is opened again only for a reason that it does not name. One that was settled names none, so it is opened again, and no second one raised,
 * when its service is an orphan again. */
#ifndef PLEACH_CATALOG_WORKITEMS_WORKITEMS_H
#define PLEACH_CATALOG_WORKITEMS_WORKITEMS_H
#include "base/arena.h"
#include "catalog/picture/picture.h"

enum { WORK_TITLE_MAX = 200 /* bytes; GitHub takes 256 characters, GitLab 255 */ };

struct work_service {
	struct str id, name, owner;    /* id: lasts when it is renamed */
	uint32_t reasons;              /* bits of enum orphan_reason; 0: no orphan */
	uint64_t callers;
	struct str next_owner, next_why; /* empty: nobody can be named */
	struct str place;              /* of its code, in words; empty: not known */
};
struct work_catalogue {
	const struct work_service *services;
	size_t count;
	struct str scope;              /* which catalogue this is, where several keep their issues in one project; empty: the only one */
	uint32_t unjudged;             /* reasons that nobody could look for now: what an issue says of them stands */
	bool whole;                    /* a service that is not here is nowhere; else something could not be read, and issues of services that are not here are left alone */
};
/* An issue with a block of ours. */
struct work_item { struct str number, url, body; bool open; };

enum work_action {
	WORK_RAISE,     /* a new issue: title, body */
	WORK_UPDATE,    /* body */
	WORK_REOPEN,    /* body, open, comment */
	WORK_CLOSE,     /* body, closed, comment */
	WORK_SETTLE,    /* body: it is closed already, by a person, and its service has an owner now */
	WORK_DUPLICATE, /* body, closed, comment: another one is open for the same service */
	WORK_ACTIONS
};
extern const char *const work_actions[WORK_ACTIONS]; /* "raise" … */
struct work_step {
	enum work_action action;
	const struct work_service *service; /* NULL: not in the catalogue any more */
	struct str id;                      /* of the service */
	const struct work_item *item;       /* NULL: WORK_RAISE */
	struct str title, body, comment;    /* as the action has them, else empty */
	struct str block;                   /* what stands in body for the block: to be put into the body as it is when the step is made */
};
struct work_plan { struct work_step *steps; size_t count, unchanged /* issues that are as they should be */; };

/* Whether an issue is one of this catalogue's. */
bool work_is_ours(struct str body, struct str scope);
/* items: those that are ours, each once, oldest first. Texts live in the arena or are the catalogue's. False where memory ends. */
bool work_plan(struct arena *a, const struct work_catalogue *c, const struct work_item *items, size_t count, struct work_plan *out);

/* --- the block (block.c) ------------------------------------------------------------------------------------------------------------------------------ */

struct work_block {
	struct str key;     /* as it stands there: scope and id, escaped; empty: the body has no block */
	uint32_t reasons;
	bool begins;        /* its first line is there; else somebody removed it, and its reasons are not known */
	size_t from, to;    /* where it stands in the body */
};
struct work_block work_block_find(struct str body);
struct str work_key(struct arena *a, struct str scope, struct str id);
/* The id of a key of this scope; p == NULL: it is another's. */
struct str work_key_id(struct arena *a, struct str scope, struct str key);
/* The block of a service: of an orphan for these reasons, or (reasons 0) settled. s NULL: it is in the catalogue no more. */
struct str work_block_text(struct arena *a, struct str key, struct str id, const struct work_service *s, uint32_t reasons);
/* The body with its block replaced; the very same text where nothing changes but line ends. */
struct str work_block_replace(struct arena *a, struct str body, const struct work_block *b, struct str block);
/* Text of strangers within a line of Markdown: nothing in it is markup, a mention, a reference or an HTML tag. */
void work_text(struct buf *out, struct str text);
#endif
