/* The Linux platform, against the kernel: addresses, sockets, files, locks, children. */
#include "base/check.h"
#include "sys/sys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

static struct arena arena;
static char base_directory[64];

static struct str in_base(const char *name) { return arena_printf(&arena, "%s/%s", base_directory, name); }

static int set_up(void **state)
{
	(void)state;
	sys_init();
	arena_init(&arena, 1 << 20);
	strcpy(base_directory, "/tmp/pleach-sys-XXXXXX");
	return mkdtemp(base_directory) ? 0 : -1;
}
static bool remove_name(void *ctx, struct str name, bool directory)
{
	struct str path = arena_printf(&arena, "%.*s/%.*s", STR_FMT(*(struct str *)ctx), STR_FMT(name));
	if (directory) {
		sys_list(path, remove_name, &path);
		sys_rmdir(path);
	} else
		sys_unlink(path);
	return true;
}
static int tear_down(void **state)
{
	(void)state;
	struct str path = str_z(base_directory);
	sys_list(path, remove_name, &path);
	sys_rmdir(path);
	arena_release(&arena);
	return 0;
}

/* Waits until one of the wanted conditions is there on a handle, at most five seconds. */
static void wait_for(int fd, uint32_t wanted)
{
	struct sys_event e;
	int poller = sys_poller();
	int64_t deadline = sys_now() + 5000000000;
	assert_int_equal(sys_poll_add(poller, fd, &e), 0);
	do
		assert_true(sys_poll_wait(poller, &e, 1, deadline - sys_now()) == 1);
	while (!(e.what & wanted));
	sys_poller_close(poller);
}

/* --- addresses ------------------------------------------------------------------------------------------------------------------- */

static void addresses_read_back_as_written(void **state)
{
	(void)state;
	static const char *const same[] = { "127.0.0.1:80", "0.0.0.0:0", "[::1]:65535", "[2001:db8::7]:1", "unix:/run/a.sock", "unix:run/a.sock" };
	static const char *const other[][2] = { { ":80", "127.0.0.1:80" }, { "localhost:9", "127.0.0.1:9" }, { "/x", "unix:/x" }, { "./x", "unix:./x" } };
	static const char *const wrong[] = { "",          "80",       "127.0.0.1",    "127.0.0.1:",  "127.0.0.1:65536", "127.0.0.1:-1", "[::1]",
					     "[::1]80",   "::1:80",   "[127.0.0.1]:80", "host:80",   "unix:",           "[]:80",        "1.2.3:4",
					     "1.2.3.4.5:6" };
	struct err e = { 0 };
	struct sys_addr a, b;
	char text[128];
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_true(sys_addr_parse(&a, str_z(same[i]), &e));
		assert_true(str_eq(sys_addr_text(&a, text), str_z(same[i])));
	}
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		assert_true(sys_addr_parse(&a, str_z(other[i][0]), &e));
		assert_true(sys_addr_parse(&b, str_z(other[i][1]), &e));
		assert_true(sys_addr_eq(&a, &b));
		assert_true(sys_addr_is_loopback(&a));
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		err_clear(&e);
		assert_false(sys_addr_parse(&a, str_z(wrong[i]), &e));
		assert_int_equal(e.code, ERR_INPUT);
	}
	err_clear(&e);
	assert_false(sys_addr_parse(&a, arena_printf(&arena, "unix:/%0200d", 1), &e));
	assert_non_null(strstr(e.message, "107"));
	assert_true(sys_addr_parse(&a, STR("8.8.8.8:1"), &e));
	assert_false(sys_addr_is_loopback(&a));
}

/* --- sockets --------------------------------------------------------------------------------------------------------------------- */

static void talk(const struct sys_addr *wanted)
{
	struct sys_addr a;
	char got[16];
	int listener = sys_listen(wanted, 16);
	assert_true(listener >= 0);
	assert_int_equal(sys_local_addr(listener, &a), 0);
	assert_int_equal(sys_accept(listener, NULL), SYS_AGAIN);
	int client = sys_connect(&a);
	assert_true(client >= 0);
	wait_for(client, SYS_WRITABLE);
	assert_int_equal(sys_connected(client), 0);
	wait_for(listener, SYS_READABLE);
	struct sys_addr peer;
	int server = sys_accept(listener, &peer);
	assert_true(server >= 0);
	assert_int_equal(peer.family, wanted->family);
	assert_int_equal(sys_read(server, got, sizeof(got)), SYS_AGAIN);
	struct sys_iovec v[2] = { { "he", 2 }, { "llo", 3 } };
	assert_int_equal(sys_writev(client, v, 2), 5);
	sys_shutdown_write(client);
	wait_for(server, SYS_READABLE);
	assert_int_equal(sys_read(server, got, sizeof(got)), 5);
	assert_memory_equal(got, "hello", 5);
	wait_for(server, SYS_HANGUP);
	assert_int_equal(sys_read(server, got, sizeof(got)), 0);
	assert_int_equal(sys_write(server, "x", 1), 1); /* the other direction still stands */
	sys_reset(server);
	wait_for(client, SYS_HANGUP);
	/* SIGPIPE must not kill us */
	while (sys_write(client, "y", 1) >= 0)
		;
	sys_close(client);
	sys_close(listener);
}
static void sockets_talk(void **state)
{
	(void)state;
	struct sys_addr a;
	struct err e = { 0 };
	assert_true(sys_addr_parse(&a, STR("127.0.0.1:0"), &e));
	talk(&a);
	assert_true(sys_addr_parse(&a, in_base("s.sock"), &e));
	talk(&a);
}

static void a_reset_is_seen_as_one(void **state)
{
	(void)state;
	struct sys_addr a;
	struct err e = { 0 };
	char c;
	assert_true(sys_addr_parse(&a, STR(":0"), &e));
	int listener = sys_listen(&a, 1);
	assert_int_equal(sys_local_addr(listener, &a), 0);
	int client = sys_connect(&a);
	wait_for(listener, SYS_READABLE);
	int server = sys_accept(listener, NULL);
	sys_reset(server);
	wait_for(client, SYS_HANGUP);
	assert_int_equal(sys_read(client, &c, 1), SYS_RESET);
	sys_close(client);
	sys_close(listener);
	/* and nobody listens there any more */
	client = sys_connect(&a);
	if (client >= 0) {
		wait_for(client, SYS_HANGUP);
		assert_int_equal(sys_connected(client), SYS_REFUSED);
		sys_close(client);
	} else
		assert_int_equal(client, SYS_REFUSED);
}

static void a_taken_port_tells_its_owner(void **state)
{
	(void)state;
	struct sys_addr a;
	struct err e = { 0 };
	char us[32];
	snprintf(us, sizeof(us), "(pid %lld)", (long long)sys_pid());
	assert_true(sys_addr_parse(&a, STR(":0"), &e));
	int listener = sys_listen(&a, 1);
	assert_int_equal(sys_local_addr(listener, &a), 0);
	assert_int_equal(sys_listen(&a, 1), SYS_IN_USE);
	struct str owner = sys_listener_owner(&a, &arena);
	assert_true(str_starts(owner, STR("test_sys ")));
	assert_true(str_find(owner, str_z(us)) != SIZE_MAX);
	sys_close(listener);
	assert_true(str_empty(sys_listener_owner(&a, &arena)));
	assert_false(sys_err(&e, SYS_IN_USE, "port %u", a.port));
	assert_int_equal(e.code, ERR_PORT_TAKEN);
}

static struct sys_datagram a_datagram(char *space, size_t room) { return (struct sys_datagram){ .p = space, .room = room }; }

static int receive(int fd, struct sys_datagram *d, int count, uint32_t *lost)
{
	int n;
	for (int i = 0; (n = sys_udp_recv(fd, d, count, lost)) == SYS_AGAIN && i < 2000; i++)
		usleep(1000);
	return n;
}

static void datagrams_arrive_whole_or_are_counted(void **state)
{
	(void)state;
	struct sys_addr a, from;
	struct err e = { 0 };
	char one[64], two[64];
	struct sys_datagram d[2] = { a_datagram(one, sizeof(one)), a_datagram(two, 4) };
	uint32_t lost = 0;
	assert_true(sys_addr_parse(&a, STR(":0"), &e));
	int server = sys_udp_bind(&a, 65536), client = sys_udp_bind(&a, 65536);
	assert_true(server >= 0 && client >= 0);
	assert_int_equal(sys_local_addr(server, &a), 0);
	assert_int_equal(sys_local_addr(client, &from), 0);
	assert_int_equal(sys_udp_recv(server, d, 2, &lost), SYS_AGAIN);
	assert_int_equal(sys_udp_send(client, &a, "hello", 5), 5);
	assert_int_equal(receive(server, d, 1, &lost), 1);
	assert_true(str_eq(str_from(d[0].p, d[0].n), STR("hello")) && !d[0].cut && sys_addr_eq(&d[0].from, &from));
	sys_udp_send(client, &a, "one", 3);
	sys_udp_send(client, &a, "longer", 6);
	for (int got = 0; got < 2;) {
		int n = receive(server, d + got, 2 - got, &lost);
		assert_true(n > 0);
		got += n;
	}
	assert_true(str_eq(str_from(d[0].p, d[0].n), STR("one")));
	assert_true(str_eq(str_from(d[1].p, d[1].n), STR("long")) && d[1].cut);
	/* More than its room holds: the system drops some, and says so with those that come after. */
	static char much[60000];
	for (int i = 0; i < 100; i++)
		sys_udp_send(client, &a, much, sizeof(much));
	while (sys_udp_recv(server, d, 2, &lost) > 0)
		;
	sys_udp_send(client, &a, "after", 5);
	assert_int_equal(receive(server, d, 1, &lost), 1);
	assert_true(lost > 50);
	assert_int_equal(sys_udp_bind(&a, 65536), SYS_IN_USE);
	assert_true(str_starts(sys_udp_owner(&a, &arena), STR("test_sys ")));
	sys_close(server);
	sys_close(client);
	assert_true(str_empty(sys_udp_owner(&a, &arena)));
}

static void a_stale_socket_file_is_replaced_a_live_one_is_not(void **state)
{
	(void)state;
	struct sys_addr a, absent;
	struct err e = { 0 };
	struct stat st;
	assert_true(sys_addr_parse(&a, in_base("live.sock"), &e));
	assert_true(sys_addr_parse(&absent, in_base("absent.sock"), &e));
	assert_int_equal(sys_connect(&absent), SYS_REFUSED);
	int listener = sys_listen(&a, 4);
	assert_true(listener >= 0);
	assert_int_equal(stat(a.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sys_listen(&a, 4), SYS_IN_USE);
	assert_true(str_starts(sys_listener_owner(&a, &arena), STR("test_sys ")));
	sys_close(listener);
	assert_int_equal(sys_connect(&a), SYS_REFUSED);
	listener = sys_listen(&a, 4);
	assert_true(listener >= 0);
	sys_close(listener);
	assert_true(sys_write_file(in_base("file"), STR("keep me"), &e));
	assert_true(sys_addr_parse(&a, in_base("file"), &e));
	assert_int_equal(sys_listen(&a, 4), SYS_EXISTS);
}

/* --- files ----------------------------------------------------------------------------------------------------------------------- */

static bool collect(void *ctx, struct str name, bool directory)
{
	char *all = ctx;
	snprintf(all + strlen(all), 256 - strlen(all), "%.*s%s ", STR_FMT(name), directory ? "/" : "");
	return name.p[0] != 'y';
}

static void files_hold_what_was_written(void **state)
{
	(void)state;
	char got[32], names[256] = "";
	struct str map;
	struct sys_stat st;
	assert_int_equal(sys_mkdir(in_base("a/b/c")), 0);
	assert_int_equal(sys_mkdir(in_base("a/b/c")), 0);
	int fd = sys_open(in_base("a/x"), SYS_OPEN_CREATE);
	assert_true(fd >= 0);
	assert_int_equal(sys_open(in_base("a/x"), SYS_OPEN_CREATE), SYS_EXISTS);
	assert_int_equal(sys_open(in_base("a/none"), SYS_OPEN_READ), SYS_NOT_FOUND);
	assert_int_equal(sys_open(in_base("a/x/y"), SYS_OPEN_READ), SYS_NOT_DIRECTORY);
	assert_int_equal(sys_mkdir(in_base("a/x/y")), SYS_NOT_DIRECTORY);
	assert_int_equal(sys_pwrite(fd, "0123456789", 10, 0), 0);
	assert_int_equal(sys_fsync(fd), 0);
	assert_int_equal(sys_fsync_dir(in_base("a")), 0);
	assert_int_equal(sys_pread(fd, got, sizeof(got), 4), 6);
	assert_memory_equal(got, "456789", 6);
	assert_int_equal(sys_truncate(fd, 5), 0);
	assert_int_equal(sys_size(fd), 5);
	sys_close(fd);
	fd = sys_open(in_base("a/x"), SYS_OPEN_APPEND);
	struct sys_iovec v[3] = { { "ab", 2 }, { "", 0 }, { "c", 1 } };
	assert_int_equal(sys_append(fd, v, 3), 0);
	sys_close(fd);
	fd = sys_open(in_base("a/x"), SYS_OPEN_READ);
	assert_int_equal(sys_map(fd, &map), 0);
	sys_close(fd);
	assert_true(str_eq(map, STR("01234abc")));
	sys_unmap(map);
	assert_int_equal(sys_link(in_base("a/x"), in_base("a/y")), 0);
	assert_int_equal(sys_link(in_base("a/x"), in_base("a/y")), SYS_EXISTS);
	assert_int_equal(sys_rename(in_base("a/x"), in_base("a/w")), 0);
	assert_int_equal(sys_stat(in_base("a/w"), &st), 0);
	assert_int_equal(st.size, 8);
	assert_false(st.directory || st.executable);
	assert_int_equal(sys_list(in_base("a"), collect, names), 0);
	assert_string_equal(names, "b/ w y ");
	assert_int_equal(sys_unlink(in_base("a/w")), 0);
	assert_int_equal(sys_unlink(in_base("a/w")), SYS_NOT_FOUND);
	assert_int_equal(sys_rmdir(in_base("a")), SYS_EXISTS);
	assert_true(sys_disk_free(in_base("a")) > 0);
	assert_int_equal(sys_open((struct str){ "a\0b", 3 }, SYS_OPEN_READ), SYS_INVALID);
}

static void whole_files_are_replaced_as_one(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct str got;
	char names[256] = "";
	assert_true(sys_write_file(in_base("f"), STR("old"), &e));
	assert_true(sys_write_file(in_base("f"), STR("newer"), &e));
	assert_true(sys_read_file(in_base("f"), 100, &arena, &got, &e));
	assert_true(str_eq(got, STR("newer")));
	assert_int_equal(sys_list(str_z(base_directory), collect, names), 0);
	assert_string_equal(names, "f "); /* nothing is left beside it */
	assert_false(sys_read_file(in_base("f"), 4, &arena, &got, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	err_clear(&e);
	assert_false(sys_read_file(in_base("g"), 4, &arena, &got, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "/g"));
	err_clear(&e);
	assert_false(sys_write_file(in_base("no/f"), STR("x"), &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_lock_is_exclusive_until_closed(void **state)
{
	(void)state;
	int fd = sys_lock_file(in_base("lock"));
	assert_true(fd >= 0);
	assert_int_equal(sys_lock_file(in_base("lock")), SYS_IN_USE);
	sys_close(fd);
	fd = sys_lock_file(in_base("lock"));
	assert_true(fd >= 0);
	sys_close(fd);
}

/* --- children -------------------------------------------------------------------------------------------------------------------- */

static int start(struct sys_process *p, const struct str *argv, size_t argc, struct sys_spawn s)
{
	static const struct str env[] = { STR_INIT("PATH=/usr/bin:/bin"), STR_INIT("GREETING=hello") };
	s.argv = argv;
	s.argc = argc;
	s.env = env;
	s.env_count = ARRAY_LEN(env);
	return sys_spawn(&s, p);
}
static int shell(struct sys_process *p, const char *script, struct sys_spawn s)
{
	struct str argv[] = { STR_INIT("sh"), STR_INIT("-c"), str_z(script) };
	return start(p, argv, 3, s);
}
static struct sys_exit ended(const struct sys_process *p)
{
	struct sys_exit x;
	wait_for(p->handle, SYS_READABLE);
	assert_int_equal(sys_wait(p, &x), 0);
	sys_close(p->handle);
	if (p->out >= 0)
		sys_close(p->out);
	if (p->err >= 0)
		sys_close(p->err);
	return x;
}
static void expect_output(int fd, const char *wanted)
{
	char got[256];
	size_t n = 0;
	for (;;) {
		int64_t r = sys_read(fd, got + n, sizeof(got) - 1 - n);
		if (r == SYS_AGAIN)
			wait_for(fd, SYS_READABLE | SYS_HANGUP);
		else if (r <= 0)
			break;
		else
			n += (size_t)r;
	}
	got[n] = 0;
	assert_string_equal(got, wanted);
}

static void a_child_runs_with_pipes_environment_and_directory(void **state)
{
	(void)state;
	struct sys_process p;
	struct sys_spawn s = { .pipe_output = true, .directory = str_z(base_directory) };
	char wanted[256];
	snprintf(wanted, sizeof(wanted), "hello %s\n", base_directory);
	assert_int_equal(shell(&p, "echo $GREETING $(pwd -P); echo oops >&2; cat; exit 7", s), 0);
	expect_output(p.out, wanted);
	expect_output(p.err, "oops\n");
	struct sys_exit x = ended(&p);
	assert_true(x.exited);
	assert_int_equal(x.status, 7);
	assert_true(x.max_rss > 0);
	/* descriptors 0, 1, 2 and the one of the listing itself */
	assert_int_equal(shell(&p, "ls /proc/self/fd | wc -l", s), 0);
	expect_output(p.out, "4\n");
	ended(&p);
	/* no signal blocked or ignored */
	assert_int_equal(shell(&p, "grep -E 'Sig(Blk|Ign)' /proc/self/status | sort -u | cut -f2", s), 0);
	expect_output(p.out, "0000000000000000\n0000000000000000\n");
	ended(&p);
}

static void a_child_reads_what_is_written_to_it(void **state)
{
	(void)state;
	struct sys_process p;
	struct sys_spawn s = { .pipe_output = true, .pipe_input = true };
	static char much[256 << 10];
	size_t sent = 0;
	assert_int_equal(shell(&p, "read line; echo got $line; wc -c; ls /proc/self/fd | wc -l", s), 0);
	assert_true(p.in >= 0);
	assert_int_equal(sys_write(p.in, "one\n", 4), 4);
	memset(much, 'x', sizeof(much));
	while (sent < sizeof(much)) { /* more than a pipe holds: non-blocking on our side */
		int64_t n = sys_write(p.in, much + sent, sizeof(much) - sent);
		if (n == SYS_AGAIN)
			wait_for(p.in, SYS_WRITABLE);
		else
			assert_true(n > 0);
		sent += n > 0 ? (size_t)n : 0;
	}
	sys_close(p.in);
	expect_output(p.out, "got one\n262144\n4\n");
	assert_int_equal(ended(&p).status, 0);
	assert_int_equal(shell(&p, "true", (struct sys_spawn){ .pipe_output = true }), 0);
	assert_int_equal(p.in, -1);
	ended(&p);
}

static void what_cannot_run_fails_at_once(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct sys_process p;
	struct sys_spawn s = { .pipe_output = true }, here = { .directory = str_z(base_directory) };
	struct str missing = STR("no-such-command"), missing_path = STR("./no-such-command"), plain = in_base("plain"), beside = STR("./plain");
	struct str directory = str_z(base_directory);
	assert_true(sys_write_file(plain, STR("#!/bin/sh\nexit 3\n"), &e));
	assert_int_equal(start(&p, &missing, 1, s), SYS_NOT_FOUND);
	assert_int_equal(start(&p, &missing_path, 1, s), SYS_NOT_FOUND);
	assert_int_equal(start(&p, &plain, 1, s), SYS_NOT_EXECUTABLE);
	assert_int_equal(start(&p, &directory, 1, s), SYS_NOT_EXECUTABLE);
	assert_int_equal(shell(&p, "true", (struct sys_spawn){ .directory = STR_INIT("/no/such/directory") }), SYS_NOT_FOUND);
	assert_int_equal(chmod(plain.p, 0700), 0);
	assert_int_equal(start(&p, &beside, 1, here), 0); /* relative to its directory */
	assert_int_equal(ended(&p).status, 3);
	assert_true(sys_write_file(in_base("junk"), STR("\1\2\3\4"), &e));
	struct str junk = in_base("junk");
	assert_int_equal(chmod(junk.p, 0700), 0);
	assert_int_equal(start(&p, &junk, 1, s), SYS_NOT_EXECUTABLE);
	/* nothing was left behind */
	struct sys_usage u;
	assert_int_equal(sys_usage(sys_pid(), &u), 0);
	assert_true(u.handles < 20);
	assert_true(u.rss > 0);
}

static void a_kill_reaches_the_whole_group(void **state)
{
	(void)state;
	struct sys_process p;
	struct sys_spawn s = { .pipe_output = true };
	char c;
	/* the grandchild holds the pipe open: its end shows that it died too */
	assert_int_equal(shell(&p, "(trap '' TERM; echo x; sleep 600; sleep 600) & wait", s), 0);
	wait_for(p.out, SYS_READABLE);
	assert_int_equal(sys_read(p.out, &c, 1), 1);
	assert_true(sys_alive(p.pid));
	struct sys_exit x;
	assert_int_equal(sys_wait(&p, &x), SYS_AGAIN);
	assert_int_equal(sys_kill(p.pid, SYS_SIGKILL), 0);
	expect_output(p.out, "\n");
	x = ended(&p);
	assert_false(x.exited);
	assert_int_equal(x.status, 9);
	assert_false(sys_alive(p.pid));
}

static void memory_is_limited(void **state)
{
	(void)state;
	struct sys_process p;
	assert_int_equal(shell(&p, "ulimit -v", (struct sys_spawn){ .pipe_output = true, .memory_limit = 512 << 20 }), 0);
	expect_output(p.out, "524288\n");
	ended(&p);
}

/* --- changes in directories --------------------------------------------------------------------------------------------------------- */

/* The next change of this name, whatever else is told before it. */
static struct sys_change change_of(int watch, const char *name)
{
	struct sys_change c;
	for (int i = 0; i < 100; i++) {
		int code = sys_watch_next(watch, &c);
		if (code == SYS_AGAIN)
			wait_for(watch, SYS_READABLE);
		else if (str_eq(c.name, str_z(name)))
			return c;
	}
	fail_msg("%s was not told of", name);
	return c;
}

static void watching(void **state)
{
	(void)state;
	int watch = sys_watch_new(), directory = sys_watch_add(watch, str_z(base_directory));
	struct sys_change c;
	assert_true(watch >= 0 && directory >= 0);
	assert_int_equal(sys_watch_add(watch, str_z(base_directory)), directory);
	assert_int_equal(sys_watch_add(watch, arena_printf(&arena, "%s/none", base_directory)), SYS_NOT_FOUND);
	assert_int_equal(sys_watch_next(watch, &c), SYS_AGAIN);
	struct str path = arena_printf(&arena, "%s/a", base_directory), other = arena_printf(&arena, "%s/b", base_directory);
	int fd = sys_open(path, SYS_OPEN_APPEND);
	struct sys_iovec v = { "x", 1 };
	c = change_of(watch, "a");
	assert_true(c.names && c.directory == directory);
	assert_int_equal(sys_append(fd, &v, 1), 0);
	assert_false(change_of(watch, "a").names);
	assert_int_equal(sys_rename(path, other), 0);
	assert_true(change_of(watch, "a").names);
	assert_true(change_of(watch, "b").names);
	sys_watch_remove(watch, directory);
	assert_int_equal(sys_append(fd, &v, 1), 0);
	while (sys_watch_next(watch, &c) == 0)
		assert_false(str_eq(c.name, STR("b")));
	sys_close(fd);
	sys_close(watch);
}

/* Which file a handle is, whatever its name. */
static void identity(void **state)
{
	(void)state;
	struct sys_stat by_name, by_handle, renamed;
	struct str path = arena_printf(&arena, "%s/a", base_directory), other = arena_printf(&arena, "%s/b", base_directory);
	int fd = sys_open(path, SYS_OPEN_APPEND);
	assert_true(fd >= 0 && sys_stat(path, &by_name) == 0 && sys_fstat(fd, &by_handle) == 0);
	assert_true(by_name.regular && !by_name.directory && !by_name.unlinked);
	assert_true(by_name.inode == by_handle.inode && by_name.device == by_handle.device);
	assert_int_equal(sys_rename(path, other), 0);
	assert_true(sys_stat(other, &renamed) == 0 && renamed.inode == by_name.inode && renamed.device == by_name.device);
	assert_int_equal(sys_unlink(other), 0);
	assert_true(sys_fstat(fd, &by_handle) == 0 && by_handle.unlinked);
	sys_close(fd);
	assert_true(sys_stat(str_z(base_directory), &by_name) == 0 && by_name.directory && !by_name.regular);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(watching), T(identity), T(addresses_read_back_as_written),
		T(sockets_talk),
		T(a_reset_is_seen_as_one),
		T(a_taken_port_tells_its_owner),
		T(datagrams_arrive_whole_or_are_counted),
		T(a_stale_socket_file_is_replaced_a_live_one_is_not),
		T(files_hold_what_was_written),
		T(whole_files_are_replaced_as_one),
		T(a_lock_is_exclusive_until_closed),
		T(a_child_reads_what_is_written_to_it), T(a_child_runs_with_pipes_environment_and_directory),
		T(what_cannot_run_fails_at_once),
		T(a_kill_reaches_the_whole_group),
		T(memory_is_limited),
	};
	return cmocka_run_group_tests_name("sys", tests, NULL, NULL);
}
