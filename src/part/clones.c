/* See clones.h. A clone goes through these steps, each one git process; what fails ends it.
 *
 *     COMMITS  fetch HEAD with history and trees; with contents, where the remote has no filter
 *     FILES    fetch the contents that a crawl reads and the clone lacks; skipped where it lacks none
 *     WHOLE    in place of FILES where the remote gives no single objects: fetch again, with all contents */
#include "part/clones.h"
#include "base/check.h"
#include "base/map.h"
#include "catalog/crawl/files.h"
#include "catalog/crawl/reading.h"
#include "model/codeowners.h"
#include "model/git.h"
#include "model/git_url.h"
#include <stdlib.h>

#define TICK (INT64_C(100) * 1000000)
#define SECOND INT64_C(1000000000)
enum { MEMORY = 1 << 30, SAID_MAX = 64 << 10, ARGUMENTS = 40, TREE_DEPTH = 8 };
enum step { COMMITS, FILES, WHOLE, DONE };

struct clone {
	struct str url, folder, git;     /* folder: the clone's own; git: the bare repository in it */
	enum step step;
	bool first;
	int lock;
	struct arena arena;
	struct sys_process process;      /* pid 0: none */
	struct buf said, input;          /* input: object ids that are still to be written */
	bool err_open, out_open;
	int64_t until, heard;            /* when it has to be done; when git last said something */
	struct err err;
};
struct fetching { const struct clones_options *o; struct clone *slots[CLONES_AT_ONCE]; int poller; void (*told)(void *ctx, struct str url, const struct err *why); void *ctx; };

struct str clones_path(struct arena *a, struct str folder, struct str url)
{
	struct str name = git_url_name(a, url);
	return arena_printf(a, "%.*s/%016llx/%.*s.git", STR_FMT(folder), (unsigned long long)str_hash(url), STR_FMT(name));
}

static struct str own_folder(struct arena *a, struct str folder, struct str url) { return arena_printf(a, "%.*s/%016llx", STR_FMT(folder), (unsigned long long)str_hash(url)); }

bool clones_is_there(struct arena *a, struct str folder, struct str url)
{
	struct sys_stat st;
	return sys_stat(arena_printf(a, "%.*s/fetched", STR_FMT(own_folder(a, folder, url))), &st) >= 0;
}

/* --- files on disk ------------------------------------------------------------------------------------------------------------------------------------------ */

struct walk { struct arena *a; struct str folder; int64_t bytes; int depth; bool remove, only_unfinished; };

static bool visit(void *ctx, struct str name, bool directory)
{
	struct walk *w = ctx;
	struct sys_stat st;
	struct str before = w->folder, path = arena_printf(w->a, "%.*s/%.*s", STR_FMT(before), STR_FMT(name));
	if (!path.p)
		return false;
	if (directory && !sys_is_link(path) && w->depth < TREE_DEPTH) {
		w->folder = path;
		w->depth++;
		sys_list(path, visit, w);
		w->depth--;
		w->folder = before;
		if (w->remove && !w->only_unfinished)
			sys_rmdir(path);
		return true;
	}
	if (sys_stat(path, &st) >= 0)
		w->bytes += st.size;
	/* Left behind by a git that was ended; nobody else is here, as the lock is ours. */
	if (w->remove && (!w->only_unfinished || str_ends(name, STR(".lock")) || str_starts(name, STR("tmp_")) || str_eq(name, STR("gc.pid"))))
		sys_unlink(path);
	return true;
}

static int64_t walk(struct str folder, bool remove, bool only_unfinished)
{
	struct arena a;
	arena_init(&a, 64 << 20);
	struct walk w = { .a = &a, .folder = folder, .remove = remove, .only_unfinished = only_unfinished };
	sys_list(folder, visit, &w);
	arena_release(&a);
	return w.bytes;
}

/* --- git ------------------------------------------------------------------------------------------------------------------------------------------------------ */

static const struct str *environment(struct arena *a, size_t *count)
{
	static const char *const names[] = { "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "SSL_CERT_FILE", "GIT_SSL_CAINFO",
					     "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
					     "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0" };
	static const char *const fixed[] = { "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS_REQUIRE=never", "GIT_PAGER=cat", "GIT_ALLOW_PROTOCOL=" GIT_URL_PROTOCOLS };
	struct str *env = ARENA_ARRAY(a, ARRAY_LEN(names) + ARRAY_LEN(fixed) + 1, struct str);
	*count = 0;
	for (size_t i = 0; env && i < ARRAY_LEN(names); i++)
		if (sys_env(names[i]).p)
			env[(*count)++] = arena_printf(a, "%s=%.*s", names[i], STR_FMT(sys_env(names[i])));
	for (size_t i = 0; env && i < ARRAY_LEN(fixed); i++)
		env[(*count)++] = str_z(fixed[i]);
	if (env && !sys_env("GIT_SSH_COMMAND").p && !sys_env("GIT_SSH").p)
		env[(*count)++] = STR("GIT_SSH_COMMAND=ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15");
	return env;
}

static bool start(struct fetching *f, struct clone *c, const char *const *words, size_t count, bool input)
{
	static const char *const safe[] = { "git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.autoDetach=false", "-c", "submodule.recurse=false", "-c",
					    "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=30", "-c", "credential.interactive=false" };
	struct str argv[ARGUMENTS];
	struct sys_spawn s = { .argv = argv, .pipe_output = true, .pipe_input = input };
	CHECK(ARRAY_LEN(safe) + count + 1 <= ARGUMENTS);
	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		argv[s.argc++] = str_z(safe[i]);
	argv[s.argc++] = arena_printf(&c->arena, "--git-dir=%.*s", STR_FMT(c->git));
	for (size_t i = 0; i < count; i++)
		argv[s.argc++] = str_z(words[i]);
	s.env = environment(&c->arena, &s.env_count);
	int code = s.env ? sys_spawn(&s, &c->process) : SYS_LIMIT;
	if (code < 0)
		return sys_err(&c->err, code, "git cannot be started");
	sys_poll_add(f->poller, c->process.out, NULL);
	sys_poll_add(f->poller, c->process.err, NULL);
	sys_poll_add(f->poller, c->process.handle, NULL);
	if (input)
		sys_poll_add(f->poller, c->process.in, NULL);
	c->out_open = c->err_open = true;
	c->heard = sys_now();
	buf_clear(&c->said);
	return true;
}

#define HEAD_SPEC "+HEAD:refs/heads/pleach"

/* With its progress: what says nothing hangs. */
static bool start_step(struct fetching *f, struct clone *c)
{
	static const char *const commits[] = { "fetch", "--progress", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--filter=blob:none", "origin", HEAD_SPEC };
	static const char *const whole[] = { "fetch", "--progress", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refetch", "--no-filter", "origin", HEAD_SPEC };
	static const char *const files[] = { "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--filter=blob:none", "--no-auto-maintenance", "--stdin", "origin" };
	if (c->step == COMMITS)
		return start(f, c, commits, ARRAY_LEN(commits), false);
	if (c->step == WHOLE)
		return start(f, c, whole, ARRAY_LEN(whole), false);
	return start(f, c, files, ARRAY_LEN(files), true);
}

/* --- which contents are lacking ------------------------------------------------------------------------------------------------------------------------------- */

static bool is_read(struct str path)
{
	struct str word;
	bool registry;
	for (size_t i = 0; i < CODEOWNERS_PLACES; i++)
		if (str_eq(path, codeowners_places[i]))
			return true;
	return str_eq(path, STR(".mailmap")) || str_ends(path, STR("OWNERS")) /* what others include has other names before it */ || reading_of(path, &word, &registry);
}

/* What git does not have of the newest commit, into the map: ids. It asks nobody for them. */
static bool lacking(struct clone *c, struct str head, struct map *to, struct str *text)
{
	struct str words[] = { STR("rev-list"), STR("--objects"), STR("--missing=print"), STR("--no-walk"), head };
	struct buf out;
	buf_init(&out, GIT_LIST_MAX);
	bool ok = git_run(&c->arena, c->git, words, ARRAY_LEN(words), &out, &c->err);
	*text = ok ? arena_str(&c->arena, buf_str(&out)) : STR("");
	buf_release(&out);
	for (struct str rest = *text; ok && rest.len;) {
		struct str line = str_split(&rest, '\n');
		if (str_starts(line, STR("?")))
			map_put(to, str_skip(line, 1), c);
	}
	return ok;
}

/* Object ids into c->input; none: nothing is lacking. */
static bool wanted(struct clone *c)
{
	struct crawl_targets t = { 0 };
	struct crawl_files files;
	struct map missing;
	struct str head, text;
	if (!crawl_find(&t, &c->arena, c->git, &c->err) || !crawl_head(&t.items[0], &c->arena, &head, &c->err))
		return false;
	map_init(&missing, CRAWL_FILES_MAX);
	bool ok = lacking(c, head, &missing, &text) && (!missing.count || crawl_files_of(&t.items[0], head, &c->arena, &files, &c->err));
	for (size_t i = 0; ok && missing.count && i < files.count; i++)
		if (is_read(files.items[i].path) && map_remove(&missing, files.items[i].id)) {
			buf_add(&c->input, files.items[i].id);
			buf_char(&c->input, '\n');
		}
	map_release(&missing);
	return ok && (buf_ok(&c->input) || err_set(&c->err, ERR_TOO_LARGE, "it has more files to be read than are fetched"));
}

/* --- a clone's life --------------------------------------------------------------------------------------------------------------------------------------------- */

static bool init_repository(struct clone *c)
{
	struct sys_stat st;
	struct buf out;
	int code = sys_mkdir(c->git);
	if (code < 0)
		return sys_err(&c->err, code, "%.*s", STR_FMT(c->git));
	walk(c->git, true, true);
	if (sys_stat(arena_printf(&c->arena, "%.*s/HEAD", STR_FMT(c->git)), &st) >= 0)
		return true;
	struct str init[] = { STR("init"), STR("--quiet"), STR("--bare"), STR("--template="), STR("--initial-branch=pleach"), STR(".") }, remote[] = { STR("config"), STR("remote.origin.url"), c->url };
	buf_init(&out, SAID_MAX);
	bool ok = git_run(&c->arena, c->git, init, ARRAY_LEN(init), &out, &c->err) && git_run(&c->arena, c->git, remote, ARRAY_LEN(remote), &out, &c->err);
	buf_release(&out);
	return ok;
}

static void finish(struct fetching *f, size_t slot)
{
	struct clone *c = f->slots[slot];
	/* What was never there once is not kept in halves. */
	if (c->first && err_is_set(&c->err) && c->lock >= 0)
		walk(c->git, true, false);
	if (c->lock >= 0)
		sys_close(c->lock);
	f->told(f->ctx, c->url, &c->err);
	buf_release(&c->said);
	buf_release(&c->input);
	arena_release(&c->arena);
	free(c);
	f->slots[slot] = NULL;
}

static bool begin(struct fetching *f, struct clone *c)
{
	if (!git_url_check(c->url, &c->err))
		return false;
	c->folder = own_folder(&c->arena, f->o->folder, c->url);
	c->git = clones_path(&c->arena, f->o->folder, c->url);
	c->first = !clones_is_there(&c->arena, f->o->folder, c->url);
	int code = sys_mkdir(c->folder);
	if (code < 0)
		return sys_err(&c->err, code, "%.*s", STR_FMT(c->folder));
	c->lock = sys_lock_file(arena_printf(&c->arena, "%.*s/lock", STR_FMT(c->folder)));
	if (c->lock < 0)
		return err_set(&c->err, ERR_CONFLICT, "it is being fetched by another Pleach");
	c->until = sys_now() + (c->first ? CLONES_FIRST_SECONDS : CLONES_NEXT_SECONDS) * SECOND;
	return init_repository(c) && start_step(f, c);
}

static bool is_progress(struct str line) { return str_find(line, STR("% (")) != SIZE_MAX || str_find(line, STR(" objects: ")) != SIZE_MAX || str_starts(line, STR("remote: Total ")); }

/* The first line of git's that says what is wrong; servers' own lines begin with "remote:". */
static bool git_failed(struct clone *c)
{
	struct str rest = buf_str(&c->said), best = STR("");
	while (rest.p) {
		struct str line = str_strip(str_split(&rest, '\n'));
		if (is_progress(line))
			continue;
		if (str_starts(line, STR("fatal: ")))
			best = str_skip(line, 7);
		else if (!best.len && str_starts(line, STR("error: ")))
			best = str_skip(line, 7);
		else if (!best.len && line.len && !str_starts(line, STR("warning:")))
			best = line;
	}
	char text[301];
	size_t n = 0;
	for (; n < best.len && n < sizeof(text) - 1; n++)
		text[n] = (unsigned char)best.p[n] < ' ' || best.p[n] == 0x7f ? ' ' : best.p[n];
	return err_set(&c->err, ERR_UPSTREAM, "it cannot be fetched: %.*s", (int)n, n ? text : "");
}

static bool too_large(struct fetching *f, struct clone *c)
{
	if (walk(c->git, false, false) <= f->o->bytes)
		return false;
	err_set(&c->err, ERR_TOO_LARGE, "it is larger than %lld MiB (`clone_size`)", (long long)(f->o->bytes >> 20));
	return true;
}

static bool mark_fetched(struct clone *c) { return sys_write_file(arena_printf(&c->arena, "%.*s/fetched", STR_FMT(c->folder)), c->url, &c->err); }

/* The step has ended. False: so has the clone. */
static bool next(struct fetching *f, struct clone *c, bool well)
{
	if (!well && c->step == FILES) {
		c->step = WHOLE;
		return start_step(f, c);
	}
	if (!well)
		return git_failed(c);
	if (too_large(f, c))
		return false;
	if (c->step == COMMITS) {
		if (!wanted(c))
			return false;
		c->step = c->input.len ? FILES : DONE;
	} else {
		c->step = DONE;
	}
	if (c->step == DONE) {
		mark_fetched(c);
		return false;
	}
	return start_step(f, c);
}

/* The newest of what it says; each state of a progress is a line. */
static void read_all(struct clone *c, int fd, bool *open)
{
	char piece[16 << 10];
	while (*open) {
		int64_t n = sys_read(fd, piece, sizeof(piece));
		if (n == SYS_AGAIN)
			return;
		*open = n > 0;
		if (n <= 0)
			continue;
		c->heard = sys_now();
		for (int64_t i = 0; i < n; i++)
			piece[i] = piece[i] == '\r' ? '\n' : piece[i];
		if (c->said.len + (size_t)n > SAID_MAX)
			buf_consume(&c->said, c->said.len / 2);
		buf_add_bytes(&c->said, piece, (size_t)n);
	}
}

static void write_input(struct clone *c)
{
	while (c->process.in >= 0 && c->input.len) {
		int64_t n = sys_write(c->process.in, buf_str(&c->input).p, c->input.len);
		if (n == SYS_AGAIN)
			return;
		if (n < 0)
			buf_clear(&c->input);
		else
			buf_consume(&c->input, (size_t)n);
	}
	if (c->process.in >= 0)
		sys_close(c->process.in);
	c->process.in = -1;
}

/* False: it is over. */
static bool turn(struct fetching *f, struct clone *c)
{
	struct sys_exit x = { 0 };
	read_all(c, c->process.out, &c->out_open);
	read_all(c, c->process.err, &c->err_open);
	if (c->step == FILES)
		write_input(c);
	if (sys_now() > c->until && !err_is_set(&c->err)) {
		err_set(&c->err, ERR_TIMEOUT, "it took more than %d seconds to be fetched and was ended", c->first ? CLONES_FIRST_SECONDS : CLONES_NEXT_SECONDS);
		sys_kill(c->process.pid, SYS_SIGKILL);
	}
	if (sys_now() > c->heard + GIT_PATIENCE && !err_is_set(&c->err)) {
		err_set(&c->err, ERR_TIMEOUT, "git said nothing for %d seconds while it was fetched, and was ended", (int)(GIT_PATIENCE / SECOND));
		sys_kill(c->process.pid, SYS_SIGKILL);
	}
	if (!err_is_set(&c->err) && too_large(f, c))
		sys_kill(c->process.pid, SYS_SIGKILL);
	if (sys_wait(&c->process, &x) == SYS_AGAIN)
		return true;
	read_all(c, c->process.err, &c->err_open);
	int handles[] = { c->process.out, c->process.err, c->process.in, c->process.handle };
	for (size_t i = 0; i < ARRAY_LEN(handles); i++)
		if (handles[i] >= 0)
			sys_close(handles[i]);
	if (err_is_set(&c->err)) {
		walk(c->git, true, true);
		return false;
	}
	return next(f, c, x.exited && x.status == 0);
}

static struct clone *clone_new(struct str url)
{
	struct clone *c = calloc(1, sizeof(*c));
	CHECK(c);
	*c = (struct clone){ .lock = -1, .step = COMMITS };
	arena_init(&c->arena, MEMORY);
	buf_init(&c->said, 2 * SAID_MAX);
	buf_init(&c->input, 16 << 20);
	c->url = arena_str(&c->arena, url);
	return c;
}

/* --- those that nobody names any more ------------------------------------------------------------------------------------------------------------------------- */

struct old { struct arena *a; struct str folder; const struct str *urls; size_t count; };

static bool remove_old(void *ctx, struct str name, bool directory)
{
	struct old *o = ctx;
	struct sys_stat st;
	struct str folder = arena_printf(o->a, "%.*s/%.*s", STR_FMT(o->folder), STR_FMT(name));
	for (size_t i = 0; i < o->count; i++)
		if (str_eq(own_folder(o->a, o->folder, o->urls[i]), folder))
			return true;
	/* Both are written by whoever fetches it; neither: it is no clone. */
	if (!directory || (sys_stat(arena_printf(o->a, "%.*s/fetched", STR_FMT(folder)), &st) < 0 && sys_stat(arena_printf(o->a, "%.*s/lock", STR_FMT(folder)), &st) < 0) ||
	    st.modified > sys_wall() - (int64_t)CLONES_KEPT_DAYS * 86400 * SECOND)
		return true;
	int lock = sys_lock_file(arena_printf(o->a, "%.*s/lock", STR_FMT(folder)));
	if (lock < 0)
		return true;
	walk(folder, true, false);
	sys_rmdir(folder);
	sys_close(lock);
	return true;
}

static void remove_unnamed(struct str folder, const struct str *urls, size_t count)
{
	struct arena a;
	arena_init(&a, 64 << 20);
	sys_list(folder, remove_old, &(struct old){ &a, folder, urls, count });
	arena_release(&a);
}

bool clones_fetch(const struct clones_options *o, const struct str *urls, size_t count, void (*told)(void *ctx, struct str url, const struct err *why), void *ctx, struct err *e)
{
	struct fetching f = { .o = o, .poller = sys_poller(), .told = told, .ctx = ctx };
	struct sys_event events[4 * CLONES_AT_ONCE];
	size_t at = 0, running;
	if (f.poller < 0)
		return err_set(e, ERR_SYSTEM, "git cannot be waited for: too many open files?");
	remove_unnamed(o->folder, urls, count);
	do {
		running = 0;
		for (size_t i = 0; i < CLONES_AT_ONCE; i++) {
			if (f.slots[i] && !turn(&f, f.slots[i]))
				finish(&f, i);
			while (!f.slots[i] && at < count) {
				f.slots[i] = clone_new(urls[at++]);
				if (!begin(&f, f.slots[i]))
					finish(&f, i);
			}
			running += f.slots[i] != NULL;
		}
		if (running)
			sys_poll_wait(f.poller, events, ARRAY_LEN(events), TICK);
	} while (running);
	sys_poller_close(f.poller);
	return true;
}
