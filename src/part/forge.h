/* Where people keep their work items: GitHub, GitLab (theirs or one's own), or whoever takes a webhook. What is to be done is decided by catalog/workitems; here it is asked and done, one
 * request after the other, on the main thread (web.h).
 *
 * "https://github.com/OWNER/REPO", "https://gitlab.com/GROUP/…/PROJECT"; one's own by a prefix: "github+https://…", "gitlab+https://…", "webhook+https://…". Any other URL is a webhook's.
 * "#NAME" behind it tells catalogues apart that share a project. */
#ifndef PLEACH_PART_FORGE_H
#define PLEACH_PART_FORGE_H
#include "base/json.h"
#include "catalog/workitems/workitems.h"
#include "part/web.h"

enum { FORGE_PAGES_MAX = 2000, FORGE_PAGE = 100 /* issues */, FORGE_ITEMS_MAX = 20000, FORGE_MEMORY = 256 << 20 };
struct forge {
	const struct forge_way *way;
	struct web *web;
	struct arena arena;      /* of the forge's life; items and what was raised live here */
	struct str name;         /* for people: "github.com/OWNER/REPO", never a webhook's path */
	struct str scope;
	struct str api, project; /* URL of the API; the project as it stands behind it, or a webhook's whole URL */
	struct str state;        /* a webhook's: file with what it was told */
	struct work_item *items; /* a webhook's: what is in that file now */
	size_t count, room;
};
/* Whether --todo names a forge, not a file. */
bool forge_is(struct str where);
/* look: nothing will be changed, so a token is not asked for. token: p == NULL, that of the environment. state: folder in which a webhook's file lies. False with e; forge_close in any case. */
bool forge_open(struct forge *f, struct str where, bool look, struct str token, struct str state, struct err *e);
void forge_close(struct forge *f);
/* All issues of ours, oldest first; every page is read, or it fails. */
bool forge_list(struct forge *f, const struct work_item **items, size_t *count, struct err *e);
/* Does one step. url: of the issue, empty: it has none. False with e: it may have been done; nothing is sent twice. */
bool forge_do(struct forge *f, const struct work_step *s, struct str *url, struct err *e);
#endif
