/* See catalog_crawl.h: the processes. */
#include "part/catalog_crawl.h"
#include "catalog/crawl/import.h"
#include "model/git_url.h"
#include "part/clones.h"
#include "base/check.h"

#define CRAWL_PATIENCE (20 * 60 * (int64_t)1000000000) /* ns, all in all */
enum { ERR_OUTPUT_MAX = 64 << 10, WORDS = 8, TOKEN_MAX = 16 << 10 };

/* With a token (which may be empty): of a process that asks others, and so needs what leads to them too. */
static const struct str *environment(struct arena *a, struct str token, size_t *count)
{
	static const char *const web[] = { "SSL_CERT_FILE", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "LOGNAME", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY" };
	static const char *const names[] = { "PATH", "HOME", "USER", "TMPDIR", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT",
					     "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
	struct str *env = ARENA_ARRAY(a, ARRAY_LEN(names) + ARRAY_LEN(web) + 1, struct str);
	*count = 0;
	for (size_t i = 0; env && i < ARRAY_LEN(names); i++) {
		struct str value = sys_env(names[i]);
		if (value.p)
			env[(*count)++] = arena_printf(a, "%s=%.*s", names[i], STR_FMT(value));
	}
	for (size_t i = 0; env && token.p && i < ARRAY_LEN(web); i++)
		if (sys_env(web[i]).p)
			env[(*count)++] = arena_printf(a, "%s=%.*s", web[i], STR_FMT(sys_env(web[i])));
	if (env && token.len)
		env[(*count)++] = arena_printf(a, "BACKSTAGE_TOKEN=%.*s", STR_FMT(token));
	return env;
}

static bool start_process(struct crawlers *c, const struct sys_spawn *s, struct err *e)
{
	int code = s->env ? sys_spawn(s, &c->process[c->count]) : SYS_LIMIT;
	if (code < 0)
		return sys_err(e, code, "the crawl cannot be started");
	buf_init(&c->out[c->count], CRAWL_OUTPUT_MAX);
	buf_init(&c->err[c->count], ERR_OUTPUT_MAX);
	c->count++;
	return true;
}

static bool start_one(struct crawlers *c, struct arena *a, size_t share, size_t shares, const struct str *folders, size_t count, struct str known, struct str token, struct err *e)
{
	struct str argv[CRAWL_FOLDERS_MAX + WORDS] = { sys_self(a), STR("crawl"), STR("--share"), arena_printf(a, "%zu/%zu", share, shares) };
	struct sys_spawn s = { .argv = argv, .argc = 4, .pipe_output = true };
	if (known.len) {
		argv[s.argc++] = STR("--known");
		argv[s.argc++] = known;
	}
	for (size_t i = 0; i < count && i < CRAWL_FOLDERS_MAX; i++)
		argv[s.argc++] = folders[i];
	s.env = environment(a, token, &s.env_count);
	return start_process(c, &s, e);
}

bool crawler_start_at(struct crawlers *c, struct arena *a, struct str folder, struct str commit, struct err *e)
{
	struct str argv[] = { sys_self(a), STR("crawl"), STR("--at"), commit, folder };
	struct sys_spawn s = { .argv = argv, .argc = ARRAY_LEN(argv), .pipe_output = true };
	*c = (struct crawlers){ 0 };
	s.env = environment(a, (struct str){ 0 }, &s.env_count);
	return start_process(c, &s, e);
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
	struct sys_spawn s = { .argv = argv, .argc = 6, .pipe_output = true };
	*c = (struct crawlers){ 0 };
	for (size_t i = 0; i < count && i < CRAWL_FOLDERS_MAX; i++)
		argv[s.argc++] = urls[i];
	s.env = environment(a, STR(""), &s.env_count);
	return start_process(c, &s, e);
}

bool crawlers_start(struct crawlers *c, struct arena *a, const struct str *folders, size_t count, const struct crawl_import *import, struct str known, struct err *e)
{
	int cpus = sys_cpus();
	size_t n = !count ? 0 : cpus < CRAWLERS_MAX ? (size_t)cpus : CRAWLERS_MAX, all = n + (import != NULL);
	struct buf ignored;
	struct err first = { 0 };
	*c = (struct crawlers){ 0 };
	for (size_t i = 0; i < all; i++) {
		if (i < n ? start_one(c, a, i, n, folders, count, known, (struct str){ 0 }, e) : start_one(c, a, 0, 1, &import->path, 1, known, import->token.p ? import->token : STR(""), e))
			continue;
		first = *e;
		crawlers_kill(c);
		buf_init(&ignored, CRAWL_OUTPUT_MAX);
		crawlers_collect(c, &ignored, NULL, NULL, e);
		buf_release(&ignored);
		*e = first;
		return false;
	}
	return true;
}

void crawlers_kill(const struct crawlers *c)
{
	for (size_t i = 0; i < c->count; i++)
		sys_kill(c->process[i].pid, SYS_SIGKILL);
}

static bool drain(int *fd, struct buf *to)
{
	char piece[64 << 10];
	for (;;) {
		int64_t n = sys_read(*fd, piece, sizeof(piece));
		if (n == SYS_AGAIN)
			return true;
		if (n <= 0) {
			sys_close(*fd);
			*fd = -1;
			return false;
		}
		buf_add_bytes(to, piece, (size_t)n);
	}
}

static size_t lines_of(const struct crawlers *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->count; i++)
		for (struct str rest = buf_str(&c->out[i]); rest.len; str_split(&rest, '\n'))
			n++;
	return n;
}

static bool all_ended(struct crawlers *c)
{
	bool ended = true;
	for (size_t i = 0; i < c->count; i++) {
		if (c->process[i].out >= 0)
			drain(&c->process[i].out, &c->out[i]);
		if (c->process[i].err >= 0)
			drain(&c->process[i].err, &c->err[i]);
		ended = ended && c->process[i].out < 0 && c->process[i].err < 0;
	}
	return ended;
}

/* Its last line says that it is done. */
static bool is_whole(struct str out)
{
	size_t at = out.len;
	while (at > 0 && (at == out.len || out.p[at - 1] != '\n'))
		at--;
	return str_starts(str_skip(out, at), STR("{\"done\":true"));
}

static void end_one(struct crawlers *c, size_t i, int poller, struct err *e)
{
	struct sys_event events[4];
	struct sys_exit x = { 0 };
	int code;
	while ((code = sys_wait(&c->process[i], &x)) == SYS_AGAIN)
		sys_poll_wait(poller, events, ARRAY_LEN(events), 1000000000);
	sys_close(c->process[i].handle);
	struct str said = str_strip(buf_str(&c->err[i])), first = str_split(&said, '\n');
	if (str_starts(first, STR("pleach: ")))
		first = str_skip(first, 8);
	if (!err_is_set(e) && (code < 0 || !x.exited || x.status || !buf_ok(&c->out[i]) || !is_whole(buf_str(&c->out[i]))))
		err_set(e, ERR_SYSTEM, "the crawl ended in the middle: %.*s", STR_FMT(first.len ? str_sub(first, 0, 300) : !buf_ok(&c->out[i]) ? STR("it says more than is taken") : STR("it was killed, or out of memory")));
}

bool crawlers_collect(struct crawlers *c, struct buf *out, void (*told)(void *ctx, size_t lines), void *ctx, struct err *e)
{
	struct sys_event events[4 * (CRAWLERS_MAX + 1)];
	int poller = sys_poller();
	int64_t until = sys_now() + CRAWL_PATIENCE;
	CHECK(poller >= 0);
	for (size_t i = 0; i < c->count; i++) {
		sys_poll_add(poller, c->process[i].out, NULL);
		sys_poll_add(poller, c->process[i].err, NULL);
		sys_poll_add(poller, c->process[i].handle, NULL);
	}
	while (!all_ended(c)) {
		if (sys_now() > until) {
			crawlers_kill(c);
			err_set(e, ERR_TIMEOUT, "the crawl took more than %d minutes and was ended", (int)(CRAWL_PATIENCE / 60000000000));
		}
		sys_poll_wait(poller, events, ARRAY_LEN(events), 200000000);
		if (told)
			told(ctx, lines_of(c));
	}
	for (size_t i = 0; i < c->count; i++) {
		end_one(c, i, poller, e);
		buf_add(out, buf_str(&c->out[i]));
		buf_release(&c->out[i]);
		buf_release(&c->err[i]);
	}
	c->count = 0;
	sys_poller_close(poller);
	if (!buf_ok(out) && !err_is_set(e))
		err_set(e, ERR_TOO_LARGE, "the repositories say more than is taken");
	return !err_is_set(e);
}

bool catalog_import(const struct fleet *f, struct arena *a, struct crawl_import *out, struct err *e)
{
	struct str file = f->catalog.backstage_token, token = sys_env("BACKSTAGE_TOKEN");
	*out = (struct crawl_import){ .path = STR(""), .token = token.p ? token : STR("") };
	if (!f->catalog.backstage.len)
		return true;
	out->path = arena_printf(a, IMPORT_BACKSTAGE "%.*s", STR_FMT(f->catalog.backstage));
	if (file.len && !sys_read_file(str_starts(file, STR("/")) ? file : arena_printf(a, "%.*s/%.*s", STR_FMT(f->root), STR_FMT(file)), TOKEN_MAX, a, &out->token, e))
		return false;
	out->token = str_strip(out->token);
	return true;
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
