/* pleach crawl: the confined worker (catalog/crawl). Each repository, or Backstage ("backstage=URL" in place of a folder), is one line of JSON (repository.h), or {"path","head","unchanged":true}, or {"path","error"}; the last line is
 * {"done":true,…}: without it the crawl was cut short. */
#include "base/map.h"
#include "catalog/crawl/crawl.h"
#include "cli/command.h"
#include "part/backstage.h"
#include "part/clones.h"

enum { KNOWN_MAX = 512 << 20, LINE_MAX = 64 << 20 };
struct crawling { struct cli *c; struct map known; struct arena known_arena; uint64_t share, shares; size_t read, unchanged, failed; struct buf line; };

static bool take_share(struct crawling *k, struct err *e)
{
	struct str text = cli_option(k->c, "share"), rest = text, first;
	k->shares = 1;
	if (!text.p)
		return true;
	first = str_split(&rest, '/');
	if (str_to_u64(first, &k->share) && str_to_u64(rest, &k->shares) && k->shares && k->share < k->shares)
		return true;
	return err_set(e, ERR_USAGE, "--share: `%.*s` is no share; write for example 0/2", STR_FMT(text));
}

/* Path to head and mark of tags of what is known. A file that is not there, or a line that is wrong, is as if nothing were known. */
static void read_known(struct crawling *k)
{
	struct str path = cli_option(k->c, "known"), text;
	struct err e = { 0 };
	int64_t oldest = sys_wall() / 1000000000 - REPOSITORY_FRESH;
	if (!path.p || !sys_read_file(path, KNOWN_MAX, &k->known_arena, &text, &e))
		return;
	while (text.p) {
		struct str line = str_split(&text, '\n');
		const struct json *j = line.len ? json_parse(&k->known_arena, line, &e) : NULL;
		struct str head = json_get_str(j, STR("head"), STR(""));
		struct str *kept = j && json_get_i64(j, STR("format"), 0) == REPOSITORY_FORMAT && head.len && json_get_i64(j, STR("crawled"), 0) > oldest ? ARENA_NEW(&k->known_arena, struct str) : NULL;
		if (!kept)
			continue;
		*kept = arena_printf(&k->known_arena, "%.*s %.*s", STR_FMT(head), STR_FMT(json_get_str(j, STR("tags_mark"), STR(""))));
		map_put(&k->known, json_get_str(j, STR("path"), STR("")), kept);
	}
}

static void print(struct crawling *k, struct json_out *o)
{
	(void)o;
	buf_char(&k->line, '\n');
	sys_print(SYS_STDOUT, buf_str(&k->line));
}

static void failed(struct crawling *k, struct str path, const struct err *e)
{
	struct json_out o;
	buf_clear(&k->line);
	json_out_init(&o, &k->line);
	json_out_object(&o);
	json_kv_str(&o, "path", path);
	json_kv_str(&o, "error", str_z(e->message));
	json_out_end(&o);
	print(k, &o);
	k->failed++;
}

/* Said in one line where it is as it was. */
static bool is_known(struct crawling *k, struct str path, struct str head, struct str tags)
{
	struct json_out o;
	const struct str *known = map_get(&k->known, path);
	if (!known || !str_starts(*known, head) || known->len != head.len + 1 + tags.len || !str_ends(*known, tags))
		return false;
	buf_clear(&k->line);
	json_out_init(&o, &k->line);
	json_out_object(&o);
	json_kv_str(&o, "path", path);
	json_kv_str(&o, "head", head);
	json_kv_bool(&o, "unchanged", true);
	json_out_end(&o);
	print(k, &o);
	k->unchanged++;
	return true;
}

static void tell(struct crawling *k, const struct repository *r, struct err *e)
{
	struct json_out o;
	buf_clear(&k->line);
	json_out_init(&o, &k->line);
	repository_json(&o, r);
	if (!buf_ok(&k->line))
		err_set(e, ERR_TOO_LARGE, "what it says of its services is too large");
	else
		print(k, &o);
	k->read++;
}

static bool is_commit(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.len == 40 || s.len == 64;
}

static bool head_of(struct crawling *k, const struct crawl_target *t, struct arena *a, struct str *head, struct err *e)
{
	struct str at = cli_option(k->c, "at");
	if (!at.p)
		return crawl_head(t, a, head, e);
	if (!is_commit(at) || !t->top.len)
		return err_set(e, ERR_USAGE, "--at: write the whole id of a commit of a git repository");
	*head = at;
	return true;
}

static void one(struct crawling *k, const struct crawl_target *t)
{
	struct arena a;
	struct err e = { 0 };
	struct str head;
	struct repository r;
	arena_init(&a, CRAWL_MEMORY);
	bool ok = head_of(k, t, &a, &head, &e);
	if (ok && !is_known(k, t->path, head, crawl_tags_mark(t, &a)) && crawl_repository(t, head, sys_wall() / 1000000000, &a, &r, &e))
		tell(k, &r, &e);
	if (err_is_set(&e))
		failed(k, t->path, &e);
	arena_release(&a);
}

static void import(struct crawling *k, struct str path)
{
	struct err e = { 0 };
	struct str token = sys_env("BACKSTAGE_TOKEN");
	const struct repository *r;
	struct import *i = backstage_ask(str_skip(path, strlen(IMPORT_BACKSTAGE)), token.p ? token : STR(""), path, sys_wall() / 1000000000, &r, &e);
	if (i && !is_known(k, path, r->head, STR("")))
		tell(k, r, &e);
	if (err_is_set(&e))
		failed(k, path, &e);
	import_free(i);
}

static void done(struct crawling *k, bool cut)
{
	struct json_out o;
	buf_clear(&k->line);
	json_out_init(&o, &k->line);
	json_out_object(&o);
	json_kv_bool(&o, "done", true);
	json_kv_u64(&o, "read", k->read);
	json_kv_u64(&o, "unchanged", k->unchanged);
	json_kv_u64(&o, "failed", k->failed);
	json_kv_bool(&o, "cut", cut);
	json_out_end(&o);
	print(k, &o);
}

static bool is_import(struct str argument) { return str_starts(argument, STR(IMPORT_BACKSTAGE "http")); }

static void crawl(struct crawling *k, const struct crawl_targets *targets)
{
	map_init(&k->known, CRAWL_REPOSITORIES_MAX);
	arena_init(&k->known_arena, 2UL * KNOWN_MAX);
	buf_init(&k->line, LINE_MAX);
	read_known(k);
	for (size_t i = k->share; i < targets->count; i += k->shares)
		one(k, &targets->items[i]);
	for (size_t i = 0; i < k->c->argument_count; i++)
		if (is_import(k->c->arguments[i]) && i % k->shares == k->share)
			import(k, k->c->arguments[i]);
	done(k, targets->cut);
	buf_release(&k->line);
	map_release(&k->known);
	arena_release(&k->known_arena);
}

/* --- fetching ----------------------------------------------------------------------------------------------------------------------------------------------- */

static void fetched(void *ctx, struct str url, const struct err *why)
{
	struct crawling *k = ctx;
	struct err e = *why;
	k->read += !err_is_set(&e);
	if (!err_is_set(&e))
		return;
	err_clear(&e);
	err_set(&e, why->code, "%.*s: %s", STR_FMT(url), why->message);
	failed(k, url, &e);
}

/* Not confined: it writes, and git's helpers need the network. It parses nothing of what it fetches but git's own words. */
static int fetch(struct cli *c)
{
	struct crawling k = { .c = c };
	struct err e = { 0 };
	struct str size = cli_option(c, "size");
	struct clones_options o = { .folder = cli_option(c, "clones"), .bytes = CLONES_BYTES };
	if (size.p && (!str_to_i64(size, &o.bytes) || o.bytes <= 0))
		err_set(&e, ERR_USAGE, "--size: `%.*s` is no number of bytes", STR_FMT(str_sub(size, 0, 40)));
	if (!str_starts(o.folder, STR("/")))
		o.folder = arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(sys_cwd(&c->arena)), STR_FMT(o.folder));
	buf_init(&k.line, LINE_MAX);
	if (!err_is_set(&e) && clones_fetch(&o, c->arguments, c->argument_count, fetched, &k, &e))
		done(&k, false);
	buf_release(&k.line);
	return err_is_set(&e) ? cli_fail(c, &e) : 0;
}

int cmd_crawl(struct cli *c)
{
	struct crawling k = { .c = c };
	struct err e = { 0 };
	struct crawl_targets targets = { 0 };
	if (cli_option(c, "clones").p)
		return fetch(c);
	sys_confine();
	bool ok = take_share(&k, &e);
	for (size_t i = 0; i < c->argument_count && ok; i++) {
		if (is_import(c->arguments[i]))
			continue;
		struct str folder = c->arguments[i], here = str_starts(folder, STR("/")) ? folder : arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(sys_cwd(&c->arena)), STR_FMT(folder));
		if (!crawl_find(&targets, &c->arena, here, &e))
			ok = c->argument_count > 1; /* told with the others */
		if (ok && err_is_set(&e)) {
			buf_init(&k.line, LINE_MAX);
			failed(&k, here, &e);
			buf_release(&k.line);
			err_clear(&e);
		}
	}
	if (!ok)
		return cli_fail(c, &e);
	crawl(&k, &targets);
	return 0;
}
