/* The kinds of forges, for forge*.c alone. */
#ifndef PLEACH_PART_FORGE_IMPL_H
#define PLEACH_PART_FORGE_IMPL_H
#include "part/forge.h"

struct forge_way {
	const char *prefix, *who, *token_name, *type;
	bool secret;             /* its URL is */
	bool token;              /* nothing can be changed without one */
	bool (*open)(struct forge *f, struct str origin, struct str path, struct err *e); /* path: without slashes at its ends */
	bool (*list)(struct forge *f, struct err *e);
	bool (*act)(struct forge *f, const struct work_step *s, struct str *url, struct err *e);
};
extern const struct forge_way forge_github, forge_gitlab, forge_webhook;
bool forge_keep(struct forge *f, struct str number, struct str url, struct str body, bool open, struct err *e);

/* --- what GitHub and GitLab have in common: issues as JSON, in pages (forge_issues.c) ------------------------------------------------------------------------- */

struct forge_names { const char *number, *url, *body, *closed /* value of "state" */, *change /* method */, *comments, *state, *open_word, *close_word, *text; };
/* url: of the first page, with a query; its pages are numbered by "page". */
bool forge_pages(struct forge *f, const struct forge_names *n, struct str url, struct err *e);
/* issues: URL of the project's issues. */
bool forge_issue_act(struct forge *f, const struct forge_names *n, struct str issues, const struct work_step *s, struct str *url, struct err *e);
bool forge_json(struct forge *f, const char *method, struct str url, struct str body, struct arena *a, const struct json **out, struct web_answer *answer, struct err *e);
#endif
