/* See git.h. Everything waits: a command line has nothing else to do meanwhile. */
#include "model/git.h"
#include "base/check.h"

/* What git needs of our environment to find its configuration, the repository and its helpers. It must not ask anybody anything, write anything, or fetch. */
static const struct str *environment(struct arena *a, size_t *count)
{
	static const char *const names[] = { "PATH", "HOME", "USER", "TMPDIR", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR",
					     "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
					     "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0" };
	static const char *const fixed[] = { "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_PAGER=cat",
					     "GIT_ALLOW_PROTOCOL=none" /* fetching would run what a repository's own configuration names */ };
	struct str *env = ARENA_ARRAY(a, ARRAY_LEN(names) + ARRAY_LEN(fixed), struct str);
	*count = 0;
	for (size_t i = 0; env && i < ARRAY_LEN(names); i++) {
		struct str value = sys_env(names[i]);
		if (value.p)
			env[(*count)++] = arena_printf(a, "%s=%.*s", names[i], STR_FMT(value));
	}
	for (size_t i = 0; env && i < ARRAY_LEN(fixed); i++)
		env[(*count)++] = str_z(fixed[i]);
	return env;
}

static bool start(struct arena *a, struct str directory, const struct str *words, size_t count, bool input, struct sys_process *p, struct err *e)
{
	/* A repository's own configuration may name programs to be run: none of these. */
	static const struct str safe[] = { STR_INIT("git"), STR_INIT("-c"), STR_INIT("core.fsmonitor=false"), STR_INIT("-c"), STR_INIT("core.hooksPath=/dev/null"), STR_INIT("-c"),
					   STR_INIT("log.showSignature=false") };
	struct str argv[GIT_WORDS_MAX + ARRAY_LEN(safe)];
	struct sys_spawn s = { .argv = argv, .argc = count + ARRAY_LEN(safe), .directory = directory, .pipe_output = true, .pipe_input = input };
	CHECK(count <= GIT_WORDS_MAX);
	memcpy(argv, safe, sizeof(safe));
	memcpy(argv + ARRAY_LEN(safe), words, count * sizeof(*words));
	s.env = environment(a, &s.env_count);
	int code = s.env ? sys_spawn(&s, p) : SYS_LIMIT;
	if (code == SYS_NOT_FOUND)
		return err_set(e, ERR_NOT_FOUND, "git is not in the PATH; install it, or name two folders instead of a revision");
	return code >= 0 || sys_err(e, code, "git cannot be started");
}

static void close_all(struct sys_process *p, int poller)
{
	int handles[] = { p->out, p->err, p->in, p->handle };
	for (size_t i = 0; i < ARRAY_LEN(handles); i++)
		if (handles[i] >= 0)
			sys_close(handles[i]);
	if (poller >= 0)
		sys_poller_close(poller);
}

/* Waits until the process has ended, at most for GIT_PATIENCE; then it is killed. Its exit status, or -1. */
static int end_of(struct sys_process *p, int poller)
{
	struct sys_event events[4];
	struct sys_exit x;
	int64_t until = sys_now() + GIT_PATIENCE;
	int code;
	while ((code = sys_wait(p, &x)) == SYS_AGAIN) {
		int64_t left = until - sys_now();
		if (left <= 0) {
			sys_kill(p->pid, SYS_SIGKILL);
			left = GIT_PATIENCE;
		}
		sys_poll_wait(poller, events, ARRAY_LEN(events), left);
	}
	return code == 0 && x.exited ? x.status : -1;
}

/* Reads until SYS_AGAIN or the end; *open becomes false at the end. False when it does not fit. */
static bool drain(int fd, struct buf *out, bool *open)
{
	enum { PIECE = 64 << 10 };
	while (*open) {
		char piece[PIECE];
		int64_t n = sys_read(fd, piece, sizeof(piece));
		if (n == SYS_AGAIN)
			return true;
		*open = n > 0;
		if (n > 0)
			buf_add_bytes(out, piece, (size_t)n);
		if (!buf_ok(out))
			return false;
	}
	return true;
}

static int watched(struct sys_process *p)
{
	int poller = sys_poller();
	if (poller >= 0 && (sys_poll_add(poller, p->out, NULL) < 0 || sys_poll_add(poller, p->err, NULL) < 0 || sys_poll_add(poller, p->handle, NULL) < 0 ||
			       (p->in >= 0 && sys_poll_add(poller, p->in, NULL) < 0))) {
		sys_poller_close(poller);
		return -1;
	}
	return poller;
}

/* Git's own words, without its prefix. */
static bool git_said(struct err *e, struct str said, const struct str *words)
{
	struct str first = str_strip(str_split(&said, '\n'));
	if (str_starts(first, STR("fatal: ")))
		first = str_skip(first, 7);
	else if (str_starts(first, STR("error: ")))
		first = str_skip(first, 7);
	if (str_starts(first, STR("not a git repository")))
		return err_set(e, ERR_INPUT, "this is not a git repository: name two files or folders, or lock the contract with `pleach contract lock`");
	return err_set(e, ERR_INPUT, "git %.*s failed: %.*s", STR_FMT(words[0]), STR_FMT(first.len ? str_sub(first, 0, 300) : STR("it said nothing")));
}

bool git_run(struct arena *a, struct str directory, const struct str *words, size_t count, struct buf *out, struct err *e)
{
	struct sys_process p;
	struct sys_event events[4];
	struct buf said;
	bool out_open = true, err_open = true, fits = true, patient = true;
	if (!start(a, directory, words, count, false, &p, e))
		return false;
	int poller = watched(&p);
	buf_init(&said, 64 << 10);
	while (poller >= 0 && fits && patient && (out_open || err_open)) {
		fits = drain(p.out, out, &out_open);
		drain(p.err, &said, &err_open);
		if (fits && (out_open || err_open))
			patient = sys_poll_wait(poller, events, ARRAY_LEN(events), GIT_PATIENCE) > 0;
	}
	if (!fits || !patient || poller < 0)
		sys_kill(p.pid, SYS_SIGKILL);
	int status = poller >= 0 ? end_of(&p, poller) : -1;
	bool ok = poller >= 0 && fits && patient && status == 0;
	if (!fits)
		err_set(e, ERR_TOO_LARGE, "git %.*s says more than %zu MiB; name a smaller folder", STR_FMT(words[0]), out->limit >> 20);
	else if (!patient)
		err_set(e, ERR_TIMEOUT, "git %.*s did nothing for a minute and was ended", STR_FMT(words[0]));
	else if (!ok)
		git_said(e, buf_str(&said), words);
	close_all(&p, poller);
	buf_release(&said);
	return ok;
}

/* --- texts ------------------------------------------------------------------------------------------------------------------------------ */

bool git_batch_open(struct git_batch *b, struct arena *a, struct str directory, struct err *e)
{
	static const struct str words[] = { STR_INIT("cat-file"), STR_INIT("--batch") };
	*b = (struct git_batch){ .poller = -1 };
	if (!start(a, directory, words, ARRAY_LEN(words), true, &b->process, e))
		return false;
	b->open = true;
	buf_init(&b->in, 128 << 20);
	b->poller = watched(&b->process);
	if (b->poller >= 0)
		return true;
	git_batch_close(b);
	return err_set(e, ERR_SYSTEM, "git cannot be waited for: too many open files?");
}

void git_batch_close(struct git_batch *b)
{
	if (!b->open)
		return;
	sys_kill(b->process.pid, SYS_SIGTERM);
	if (b->poller >= 0)
		end_of(&b->process, b->poller);
	close_all(&b->process, b->poller);
	buf_release(&b->in);
	b->open = false;
}

static bool batch_failed(struct err *e) { return err_set(e, ERR_INPUT, "git cat-file ended in the middle of its work; is the repository whole (git fsck)?"); }

/* More bytes from git. */
static bool more(struct git_batch *b, struct err *e)
{
	struct sys_event events[4];
	for (;;) {
		size_t before = b->in.len;
		bool open = true;
		char words[4096];
		if (!drain(b->process.out, &b->in, &open))
			return err_set(e, ERR_TOO_LARGE, "git gives a file that is larger than what is read");
		if (b->in.len > before)
			return true;
		if (!open)
			return batch_failed(e);
		while (sys_read(b->process.err, words, sizeof(words)) > 0)
			;
		if (sys_poll_wait(b->poller, events, ARRAY_LEN(events), GIT_PATIENCE) <= 0)
			return err_set(e, ERR_TIMEOUT, "git cat-file did nothing for a minute");
	}
}

static bool ask(struct git_batch *b, struct str id, struct err *e)
{
	struct sys_event events[4];
	char text[80];
	size_t len = id.len + 1, sent = 0;
	if (len > sizeof(text))
		return batch_failed(e);
	memcpy(text, id.p, id.len);
	text[id.len] = '\n';
	while (sent < len) {
		int64_t n = sys_write(b->process.in, text + sent, len - sent);
		if (n < 0 && n != SYS_AGAIN)
			return batch_failed(e);
		sent += n > 0 ? (size_t)n : 0;
		if (n == SYS_AGAIN && sys_poll_wait(b->poller, events, ARRAY_LEN(events), GIT_PATIENCE) <= 0)
			return batch_failed(e);
	}
	return true;
}

/* "<id> blob <size>\n", the bytes, "\n". */
bool git_batch_read(struct git_batch *b, struct str id, size_t limit, struct arena *a, struct str *text, size_t *size, struct err *e)
{
	size_t end;
	uint64_t bytes = 0;
	if (!ask(b, id, e))
		return false;
	while ((end = str_find_char(buf_str(&b->in), '\n')) == SIZE_MAX)
		if (!more(b, e))
			return false;
	struct str head = str_sub(buf_str(&b->in), 0, end);
	str_split(&head, ' ');
	struct str kind = str_split(&head, ' ');
	if (!str_eq(kind, STR("blob")) || !str_to_u64(head, &bytes))
		return err_set(e, ERR_INPUT, "git has no text for %.*s; was it cloned without its files?", STR_FMT(str_sub(id, 0, 64)));
	buf_consume(&b->in, end + 1);
	*size = (size_t)bytes;
	if (bytes > limit) /* the caller does not go on: what is left of it is never read */
		return true;
	while (b->in.len < bytes + 1)
		if (!more(b, e))
			return false;
	*text = arena_str(a, str_sub(buf_str(&b->in), 0, (size_t)bytes));
	buf_consume(&b->in, (size_t)bytes + 1);
	return text->p || err_set(e, ERR_NO_MEMORY, "a file of the revision does not fit into the memory for contracts");
}
