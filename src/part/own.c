/* See own.h. */
#include "part/own.h"
#include "base/check.h"

static const char *const usual[] = { "PATH", "HOME", "USER", "TMPDIR", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT",
				     "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
static const char *const to_others[] = { "SSL_CERT_FILE", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "LOGNAME", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY" };

static size_t add(struct str *env, size_t n, struct arena *a, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sys_env(names[i]).p)
			env[n++] = arena_printf(a, "%s=%.*s", names[i], STR_FMT(sys_env(names[i])));
	return n;
}

const struct str *own_environment(struct arena *a, bool web, const struct own_secret *secret, size_t *count)
{
	struct str *env = ARENA_ARRAY(a, ARRAY_LEN(usual) + ARRAY_LEN(to_others) + 1, struct str);
	*count = 0;
	if (!env)
		return NULL;
	*count = add(env, 0, a, usual, ARRAY_LEN(usual));
	if (web)
		*count = add(env, *count, a, to_others, ARRAY_LEN(to_others));
	if (secret && secret->value.len)
		env[(*count)++] = arena_printf(a, "%s=%.*s", secret->variable, STR_FMT(secret->value));
	return env;
}

bool own_start(struct own *o, struct arena *a, const struct str *argv, size_t argc, bool web, const struct own_secret *secret, struct err *e)
{
	struct own_process *p = &o->items[o->count];
	struct sys_spawn s = { .argv = argv, .argc = argc, .pipe_output = true };
	CHECK(o->count < OWN_MAX);
	s.env = own_environment(a, web, secret, &s.env_count);
	int code = s.env ? sys_spawn(&s, &p->process) : SYS_LIMIT;
	if (code < 0)
		return sys_err(e, code, "`pleach %.*s` cannot be started", STR_FMT(argc > 1 ? argv[1] : STR("")));
	buf_init(&p->out, OWN_OUTPUT_MAX);
	buf_init(&p->err, OWN_ERRORS_MAX);
	p->status = OWN_BROKEN;
	o->count++;
	return true;
}

void own_kill(const struct own *o)
{
	for (size_t i = 0; i < o->count; i++)
		sys_kill(o->items[i].process.pid, SYS_SIGKILL);
}

static void drain(int *fd, struct buf *to)
{
	char piece[64 << 10];
	for (;;) {
		int64_t n = sys_read(*fd, piece, sizeof(piece));
		if (n == SYS_AGAIN)
			return;
		if (n <= 0) {
			sys_close(*fd);
			*fd = -1;
			return;
		}
		buf_add_bytes(to, piece, (size_t)n);
	}
}

static bool all_ended(struct own *o)
{
	bool ended = true;
	for (size_t i = 0; i < o->count; i++) {
		struct own_process *p = &o->items[i];
		if (p->process.out >= 0)
			drain(&p->process.out, &p->out);
		if (p->process.err >= 0)
			drain(&p->process.err, &p->err);
		ended = ended && p->process.out < 0 && p->process.err < 0;
	}
	return ended;
}

static void reap(struct own_process *p, int poller)
{
	struct sys_event events[4];
	struct sys_exit x = { 0 };
	int code;
	while ((code = sys_wait(&p->process, &x)) == SYS_AGAIN)
		sys_poll_wait(poller, events, ARRAY_LEN(events), 1000000000);
	sys_close(p->process.handle);
	p->status = code >= 0 && x.exited && buf_ok(&p->out) ? x.status : OWN_BROKEN;
}

bool own_wait(struct own *o, int64_t patience, void (*told)(void *ctx, const struct own *o), void *ctx)
{
	struct sys_event events[4 * OWN_MAX];
	int poller = sys_poller();
	int64_t until = sys_now() + patience;
	bool in_time = true;
	CHECK(poller >= 0);
	for (size_t i = 0; i < o->count; i++) {
		sys_poll_add(poller, o->items[i].process.out, NULL);
		sys_poll_add(poller, o->items[i].process.err, NULL);
		sys_poll_add(poller, o->items[i].process.handle, NULL);
	}
	while (!all_ended(o)) {
		if (sys_now() > until) {
			own_kill(o);
			in_time = false;
		}
		sys_poll_wait(poller, events, ARRAY_LEN(events), 200000000);
		if (told)
			told(ctx, o);
	}
	for (size_t i = 0; i < o->count; i++)
		reap(&o->items[i], poller);
	sys_poller_close(poller);
	return in_time;
}

struct str own_complaint(const struct own_process *p)
{
	struct str said = str_strip(buf_str(&p->err)), first = str_split(&said, '\n');
	return str_starts(first, STR("pleach: ")) ? str_skip(first, 8) : first;
}

void own_release(struct own *o)
{
	for (size_t i = 0; i < o->count; i++) {
		buf_release(&o->items[i].out);
		buf_release(&o->items[i].err);
	}
	o->count = 0;
}
