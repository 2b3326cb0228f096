/* See catalog_others.h. */
#include "part/catalog_others.h"

enum { SAID_MAX = 1 << 20 };

static uint64_t what_of(const struct str *list, size_t count)
{
	uint64_t h = count;
	for (size_t i = 0; i < count; i++)
		h = h * 31 + str_hash(list[i]);
	return h;
}

void others_begin(const struct others *o, struct others_round *r, const struct fleet *f, struct arena *a, int64_t now)
{
	buf_init(&r->said, SAID_MAX);
	bool asks = f && catalog_import(f, a, &r->import, &r->import_err);
	r->importing = asks && r->import.path.len && (str_hash(r->import.path) != o->import_what || now >= o->import_due);
	r->remotes = f ? catalog_remotes(f, a, &r->remotes_count) : NULL;
	r->fetch_what = what_of(r->remotes, r->remotes_count);
	r->fetching = r->remotes_count && (r->fetch_what != o->fetch_what || now >= o->fetch_due);
	if (r->remotes_count && !r->fetching)
		buf_add(&r->said, buf_str(&o->said));
}

bool others_fetch(struct others_round *r, const struct fleet *f, struct arena *a, struct crawlers *c)
{
	struct err e = { 0 };
	if (clones_start(c, a, arena_printf(a, "%.*s/" CATALOG_CLONES, STR_FMT(f->root)), f->catalog.clone_size, r->remotes, r->remotes_count, &e))
		return true;
	crawl_failure_line(&r->said, STR("git"), str_z(e.message));
	return false;
}

void others_collect(struct others_round *r, struct crawlers *c)
{
	struct err e = { 0 };
	if (!crawlers_collect(c, &r->said, NULL, NULL, &e))
		crawl_failure_line(&r->said, STR("git"), str_z(e.message));
}

void others_say(const struct others_round *r, struct buf *out)
{
	buf_add(out, buf_str(&r->said));
	if (!r->import.path.len || r->importing)
		return;
	if (err_is_set(&r->import_err))
		crawl_failure_line(out, r->import.path, str_z(r->import_err.message));
	else
		crawl_unchanged_line(out, r->import.path);
}

static bool has_failed(const struct crawl_kept *k, struct str path)
{
	for (size_t i = 0; i < k->failures_count; i++)
		if (str_eq(k->failures[i].path, path))
			return true;
	return false;
}

void others_end(struct others *o, struct others_round *r, const struct crawl_kept *kept, int64_t now)
{
	if (r->importing) {
		o->import_what = str_hash(r->import.path);
		o->import_due = has_failed(kept, r->import.path) ? 0 : now + OTHERS_EVERY;
	}
	if (!r->fetching)
		return;
	buf_release(&o->said);
	o->said = r->said;
	buf_init(&r->said, SAID_MAX);
	o->fetch_what = r->fetch_what;
	o->fetch_due = now + (str_find(buf_str(&o->said), STR("\"error\":")) == SIZE_MAX ? OTHERS_EVERY : OTHERS_AGAIN);
}

void others_round_release(struct others_round *r) { buf_release(&r->said); }
void others_release(struct others *o) { buf_release(&o->said); }
