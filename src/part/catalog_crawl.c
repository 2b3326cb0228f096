/* See catalog_crawl.h: the processes. */
#include "part/catalog_crawl.h"
#include "catalog/crawl/import.h"
#include "model/git_url.h"
#include "part/clones.h"
#include "base/check.h"

#define CRAWL_PATIENCE (20 * 60 * (int64_t)1000000000) /* ns, all in all */
enum { WORDS = 8, TOKEN_MAX = 16 << 10 };

static bool start_one(struct crawlers *c, struct arena *a, size_t share, size_t shares, const struct str *folders, size_t count, struct str known, bool web, struct str token, struct err *e)
{
	struct str argv[CRAWL_FOLDERS_MAX + WORDS] = { sys_self(a), STR("crawl"), STR("--share"), arena_printf(a, "%zu/%zu", share, shares) };
	size_t argc = 4;
	if (known.len) {
		argv[argc++] = STR("--known");
		argv[argc++] = known;
	}
	for (size_t i = 0; i < count && i < CRAWL_FOLDERS_MAX; i++)
		argv[argc++] = folders[i];
	return own_start(&c->own, a, argv, argc, web, &(struct own_secret){ "BACKSTAGE_TOKEN", token }, e);
}

bool crawler_start_at(struct crawlers *c, struct arena *a, struct str folder, struct str commit, struct err *e)
{
	struct str argv[] = { sys_self(a), STR("crawl"), STR("--at"), commit, folder };
	*c = (struct crawlers){ 0 };
	return own_start(&c->own, a, argv, ARRAY_LEN(argv), false, NULL, e);
}

static void line(struct buf *out, struct str path, struct str error)
{
	struct json_out o;
	json_out_init(&o, out);
	json_out_object(&o);
	json_kv_str(&o, "path", path);
	if (error.p)
		json_kv_str(&o, "error", error);
	else
		json_kv_bool(&o, "unchanged", true);
	json_out_end(&o);
	buf_char(out, '\n');
}

void crawl_unchanged_line(struct buf *out, struct str path) { line(out, path, (struct str){ 0 }); }
void crawl_failure_line(struct buf *out, struct str path, struct str error) { line(out, path, error); }

bool clones_start(struct crawlers *c, struct arena *a, struct str folder, int64_t bytes, const struct str *urls, size_t count, struct err *e)
{
	struct str argv[CRAWL_FOLDERS_MAX + WORDS] = { sys_self(a), STR("crawl"), STR("--clones"), folder, STR("--size"), arena_printf(a, "%lld", (long long)bytes) };
	size_t argc = 6;
	*c = (struct crawlers){ 0 };
	for (size_t i = 0; i < count && i < CRAWL_FOLDERS_MAX; i++)
		argv[argc++] = urls[i];
	return own_start(&c->own, a, argv, argc, true, NULL, e);
}

bool crawlers_start(struct crawlers *c, struct arena *a, const struct str *folders, size_t count, const struct crawl_import *import, struct str known, struct err *e)
{
	int cpus = sys_cpus();
	size_t n = !count ? 0 : cpus < CRAWLERS_MAX ? (size_t)cpus : CRAWLERS_MAX;
	struct buf ignored;
	struct err first = { 0 };
	bool ok = true;
	*c = (struct crawlers){ 0 };
	for (size_t i = 0; ok && i < n; i++)
		ok = start_one(c, a, i, n, folders, count, known, false, STR(""), e);
	if (ok && import)
		ok = start_one(c, a, 0, 1, &import->path, 1, known, true, import->token, e);
	if (ok)
		return true;
	first = *e;
	crawlers_kill(c);
	buf_init(&ignored, OWN_OUTPUT_MAX);
	crawlers_collect(c, &ignored, NULL, NULL, e);
	buf_release(&ignored);
	*e = first;
	return false;
}

void crawlers_kill(const struct crawlers *c) { own_kill(&c->own); }

/* Its last line says that it is done. */
static bool is_whole(struct str out)
{
	size_t at = out.len;
	while (at > 0 && (at == out.len || out.p[at - 1] != '\n'))
		at--;
	return str_starts(str_skip(out, at), STR("{\"done\":true"));
}

static void take_one(struct own_process *p, struct buf *out, struct err *e)
{
	struct str complaint = own_complaint(p);
	if (p->status != 0 || !is_whole(buf_str(&p->out)))
		err_set(e, ERR_SYSTEM, "the crawl ended in the middle: %.*s",
			STR_FMT(complaint.len ? str_sub(complaint, 0, 300) : !buf_ok(&p->out) ? STR("it says more than is taken") : STR("it was killed, or out of memory")));
	buf_add(out, buf_str(&p->out));
}

struct telling { void (*told)(void *ctx, size_t lines); void *ctx; };

static void tell(void *ctx, const struct own *o)
{
	const struct telling *t = ctx;
	size_t n = 0;
	for (size_t i = 0; i < o->count; i++)
		for (struct str rest = buf_str(&o->items[i].out); rest.len; str_split(&rest, '\n'))
			n++;
	t->told(t->ctx, n);
}

bool crawlers_collect(struct crawlers *c, struct buf *out, void (*told)(void *ctx, size_t lines), void *ctx, struct err *e)
{
	struct telling t = { told, ctx };
	if (!own_wait(&c->own, CRAWL_PATIENCE, told ? tell : NULL, &t))
		err_set(e, ERR_TIMEOUT, "the crawl took more than %d minutes and was ended", (int)(CRAWL_PATIENCE / 60000000000));
	for (size_t i = 0; i < c->own.count; i++)
		take_one(&c->own.items[i], out, e);
	own_release(&c->own);
	if (!buf_ok(out) && !err_is_set(e))
		err_set(e, ERR_TOO_LARGE, "the repositories say more than is taken");
	return !err_is_set(e);
}

bool catalog_token(const struct fleet *f, struct str file, struct arena *a, struct str *token, struct err *e)
{
	struct str path = str_starts(file, STR("/")) ? arena_str(a, file) : arena_printf(a, "%.*s/%.*s", STR_FMT(f->root), STR_FMT(file));
	if (!sys_read_file(path, TOKEN_MAX, a, token, e))
		return false;
	*token = str_strip(*token);
	return true;
}

bool catalog_import(const struct fleet *f, struct arena *a, struct crawl_import *out, struct err *e)
{
	struct str file = f->catalog.backstage_token, token = sys_env("BACKSTAGE_TOKEN");
	*out = (struct crawl_import){ .path = STR(""), .token = token.p ? token : STR("") };
	if (!f->catalog.backstage.len)
		return true;
	out->path = arena_printf(a, IMPORT_BACKSTAGE "%.*s", STR_FMT(f->catalog.backstage));
	return !file.len || catalog_token(f, file, a, &out->token, e);
}

const struct str *catalog_remotes(const struct fleet *f, struct arena *a, size_t *count)
{
	struct str *list = ARENA_ARRAY(a, f->catalog.count + 1, struct str);
	*count = 0;
	for (size_t i = 0; list && i < f->catalog.count; i++)
		if (git_url_is(f->catalog.repositories[i]))
			list[(*count)++] = arena_str(a, f->catalog.repositories[i]);
	return list;
}

static struct str folder_of(const struct fleet *f, struct arena *a, struct str said)
{
	struct str clones = arena_printf(a, "%.*s/" CATALOG_CLONES, STR_FMT(f->root));
	if (git_url_is(said))
		return clones_is_there(a, clones, said) ? clones_path(a, clones, said) : STR("");
	return str_starts(said, STR("/")) ? arena_str(a, said) : str_eq(said, STR(".")) ? arena_str(a, f->root) : arena_printf(a, "%.*s/%.*s", STR_FMT(f->root), STR_FMT(said));
}

const struct str *catalog_folders(const struct fleet *f, struct arena *a, size_t *count)
{
	struct str *list = ARENA_ARRAY(a, f->catalog.count + 1, struct str);
	*count = 0;
	for (size_t i = 0; list && i < f->catalog.count; i++) {
		struct str folder = folder_of(f, a, f->catalog.repositories[i]);
		if (folder.len)
			list[(*count)++] = folder;
	}
	if (list && !f->catalog.count)
		list[(*count)++] = arena_str(a, f->root);
	return list;
}
