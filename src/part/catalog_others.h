/* What control's catalogue asks of machines elsewhere, and how often: a Backstage (an import is part of a crawl), and remote repositories (fetched before it). Between times what is known stands, and
 * so does what went wrong. */
#ifndef PLEACH_PART_CATALOG_OTHERS_H
#define PLEACH_PART_CATALOG_OTHERS_H
#include "part/catalog_crawl.h"

#define OTHERS_EVERY (INT64_C(300) * 1000000000) /* ns */
#define OTHERS_AGAIN (INT64_C(60) * 1000000000)  /* where something failed */
/* Of control's life. Zero before its first round. */
struct others { int64_t import_due, fetch_due; uint64_t import_what, fetch_what; struct buf said; };
/* Of one round. */
struct others_round {
	struct crawl_import import;  /* path empty: none */
	struct err import_err;       /* why it cannot be asked */
	bool importing, fetching;    /* now; else what is known stands */
	uint64_t fetch_what;
	const struct str *remotes;
	size_t remotes_count;
	struct buf said;             /* what the fetch said; else of the last one */
};
/* On the main thread. f: NULL, there is none. */
void others_begin(const struct others *o, struct others_round *r, const struct fleet *f, struct arena *a, int64_t now);
/* Where r->fetching: on the main thread. False: it goes on without. */
bool others_fetch(struct others_round *r, const struct fleet *f, struct arena *a, struct crawlers *c);
/* Waits for it, on any thread. */
void others_collect(struct others_round *r, struct crawlers *c);
/* Lines that belong to the crawl's output. */
void others_say(const struct others_round *r, struct buf *out);
/* The round has ended well; kept: what came of it. */
void others_end(struct others *o, struct others_round *r, const struct crawl_kept *kept, int64_t now);
void others_round_release(struct others_round *r);
void others_release(struct others *o);
#endif
