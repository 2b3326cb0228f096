/* The gateway alone, for the trace-context cases and the benchmark: follows nothing, takes one snapshot from a file, and keeps its records
 * in memory that is used again and again (or appends them to a file). Prints "ready" when its listeners stand; ends on SIGTERM and prints
 * how many records it wrote.
 *
 *   gateway_harness SNAPSHOT.json [RECORDS-FILE] */
#include "base/check.h"
#include "gateway/gateway.h"
#include <stdio.h>

enum { ROOM = 65536, SNAPSHOT_MAX = 16 << 20 };

static struct {
	struct loop *loop;
	struct gateway *gateway;
	int file;
	uint64_t records, bytes;
	char room[ROOM];
} self = { .file = -1 };

static char *room(void *ctx, size_t n)
{
	(void)ctx;
	return n <= ROOM ? self.room : NULL;
}

static void commit(void *ctx, size_t used)
{
	(void)ctx;
	self.records++;
	self.bytes += used;
	if (self.file >= 0) {
		struct sys_iovec v = { self.room, used };
		CHECK(sys_append(self.file, &v, 1) == 0);
	}
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	char text[600];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	sys_print(SYS_STDOUT, str_from(text, n > 0 && (size_t)n < sizeof(text) ? (size_t)n : 0));
}

static void on_problem(void *ctx, const struct sys_addr *listen, const struct err *e)
{
	(void)ctx;
	(void)listen;
	say("%s\n", e ? e->message : "listening again");
}

static void drained(void *ctx)
{
	(void)ctx;
	loop_stop(self.loop);
}

static void on_signal(void *ctx, enum sys_signal s)
{
	(void)ctx;
	(void)s;
	gateway_drain(self.gateway, SECOND, drained, NULL);
}

static bool take_snapshot(struct str path, struct err *e)
{
	struct arena a;
	struct str text;
	arena_init(&a, SNAPSHOT_MAX);
	struct snapshot *s = sys_read_file(path, SNAPSHOT_MAX / 2, &a, &text, e) ? snapshot_decode(text, e) : NULL;
	bool ok = s && gateway_apply(self.gateway, s, e);
	snapshot_unref(s);
	arena_release(&a);
	return ok;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	if (argc < 2) {
		say("usage: gateway_harness SNAPSHOT.json [RECORDS-FILE]\n");
		return 2;
	}
	sys_init();
	self.loop = loop_new();
	struct gateway_options o = { .instance = STR("gateway-1"), .sink = { room, commit, NULL }, .on_problem = on_problem };
	CHECK(self.loop && (self.gateway = gateway_new(self.loop, &o)));
	if (argc > 2 && (self.file = sys_open(str_z(argv[2]), SYS_OPEN_APPEND)) < 0) {
		say("cannot write %s\n", argv[2]);
		return 1;
	}
	if (!take_snapshot(str_z(argv[1]), &e)) {
		say("%s\n", e.message);
		return 2;
	}
	loop_on_signal(self.loop, on_signal, NULL);
	say("ready\n");
	loop_run(self.loop);
	gateway_free(self.gateway);
	loop_free(self.loop);
	say("%llu records, %llu bytes\n", (unsigned long long)self.records, (unsigned long long)self.bytes);
	return 0;
}
