/* Following log files in a world where everything ends at any moment: writers that write on, in pieces, into renamed files and after truncation;
 * rotation by rename and by copytruncate (at once, or with a pause between copy and cut), packing of old files; the node killed, crashed, or
 * ended at any of its writes; failing syncs; a store that dies before or after it has taken a batch, refuses, or does not answer; hints about
 * changes that get lost. For every seed:
 *   - no line comes twice, ever; a batch that comes again is the same to the byte
 *   - at the end every line has come, and another start of the node sends nothing more */
#include "base/check.h"
#include "net/http_server.h"
#include "node/logfiles_impl.h"
#include "sim_main.h"
#include "sys/sim.h"
#include "tests/unit/node_snapshot.h"

enum { WRITERS = 2, LINES = 1200 /* most, of one writer */, STEPS = 6000000, SENDERS = 64, ROTATED = 4 };
#define PORT 4000
static const char *const names[WRITERS] = { "/logs/app.log", "/logs/worker.log" };

struct writer {
	int fd;
	uint32_t next, first;      /* line to write; first line of the present content of the file */
	char rest[256];            /* of a line that was begun */
	size_t rest_len;
	bool copied;               /* a copy was made; it is not cut yet */
	uint32_t first_of[ROTATED + 2]; /* of the rotated files, by number */
};
static struct {
	struct writer writers[WRITERS];
	uint8_t seen[WRITERS][LINES];
	size_t batch;
	bool wide;                 /* the patterns match rotated files too */
	int64_t node_pid, store_pid;
	struct logfiles *files;
	struct http_client *client;
	struct loop *loop;
	struct { uint64_t sender, number, hash; } taken[SENDERS], tried[SENDERS];
	bool calm, stopped;
} w;
/* What the seeds brought about: a simulation in which nothing goes wrong proves nothing. */
static struct { uint64_t lines, renames, truncations, kills, crashes, store_kills, repeats, refused, joined, packed, recovered; } seen;

static uint64_t draw(uint64_t n) { return n ? sim_random() % n : 0; }

/* --- writers -------------------------------------------------------------------------------------------------------------------------- */

static void append(struct writer *x, const char *text, size_t n)
{
	struct sys_iovec v = { text, n };
	CHECK(sys_append(x->fd, &v, 1) == 0);
}

static struct writer *writer_of(uint32_t i) { return &w.writers[i]; }
static void open_file(uint32_t i) { CHECK((w.writers[i].fd = sys_open(str_z(names[i]), SYS_OPEN_APPEND)) >= 0); }

static void finish_line(struct writer *x)
{
	append(x, x->rest, x->rest_len);
	x->rest_len = 0;
}

static void write_line(uint32_t i)
{
	static const char *const blocks[] = { "\n", "\r\n", "\n\tat one.two(Three.java:4)\n\tat five.six(Seven.java:8)\nCaused by: nine\n", "\n\n", "\n  indented\n" };
	struct writer *x = writer_of(i);
	char line[256];
	if (x->next == LINES || x->copied)
		return;
	if (x->rest_len) {
		finish_line(x);
		return;
	}
	int n = snprintf(line, sizeof(line), "%s line-%u-%05u; what this says goes on for a while%s", draw(4) ? "INFO" : "ERROR", i, x->next, blocks[draw(ARRAY_LEN(blocks))]);
	size_t now = draw(4) ? (size_t)n : 20 + draw((uint64_t)n - 20);
	x->next++;
	append(x, line, now);
	memcpy(x->rest, line + now, (size_t)n - now);
	x->rest_len = (size_t)n - now;
	seen.lines++;
}

static bool known(uint32_t i, uint32_t from, uint32_t to)
{
	for (uint32_t n = from; n < to; n++)
		if (!w.seen[i][n])
			return false;
	return true;
}

static struct str rotated(char out[64], uint32_t i, uint32_t number)
{
	int n = snprintf(out, 64, "%s.%u", names[i], number);
	return str_from(out, (size_t)n);
}

/* The oldest goes, or is packed, once it was read: nobody can read what is gone. */
static bool shift(uint32_t i)
{
	char from[64], to[64];
	struct sys_stat st;
	struct writer *x = writer_of(i);
	struct str last = rotated(from, i, ROTATED);
	if (sys_stat(last, &st) == 0) {
		if (!known(i, x->first_of[ROTATED], x->first_of[ROTATED - 1]))
			return false;
		if (draw(2)) {
			char packed[80];
			int n = snprintf(packed, sizeof(packed), "%s.gz", from);
			sys_unlink(str_from(packed, (size_t)n));
			CHECK(sys_link(last, str_from(packed, (size_t)n)) == 0);
			seen.packed++;
		}
		CHECK(sys_unlink(last) == 0);
	}
	for (uint32_t n = ROTATED; n > 1; n--) {
		x->first_of[n] = x->first_of[n - 1];
		(void)sys_rename(rotated(from, i, n - 1), rotated(to, i, n));
	}
	return true;
}

/* With narrow patterns only a file that the node has come to know can be found again under another name. */
static bool may_rotate(uint32_t i)
{
	const struct writer *x = writer_of(i);
	return x->next > x->first && !x->copied && (w.wide || w.seen[i][x->first]);
}

static void copy_file(uint32_t i)
{
	static char bytes[1 << 20];
	char to[64];
	struct writer *x = writer_of(i);
	int from = sys_open(str_z(names[i]), SYS_OPEN_READ), copy = sys_open(rotated(to, i, 1), SYS_OPEN_APPEND);
	CHECK(from >= 0 && copy >= 0);
	int64_t n = sys_pread(from, bytes, sizeof(bytes), 0);
	struct sys_iovec v = { bytes, (size_t)n };
	CHECK(n >= 0 && sys_append(copy, &v, 1) == 0);
	sys_close(from);
	sys_close(copy);
	x->first_of[1] = x->first;
	x->copied = true;
}

static void cut_file(uint32_t i)
{
	struct writer *x = writer_of(i);
	CHECK(sys_truncate(x->fd, 0) == 0);
	x->first = x->next;
	x->copied = false;
	seen.truncations++;
}

static void copytruncate(uint32_t i)
{
	struct writer *x = writer_of(i);
	if (!may_rotate(i))
		return;
	if (x->rest_len)
		finish_line(x);
	if (!shift(i))
		return;
	copy_file(i);
	if (draw(2))
		cut_file(i);
}

static void rename_file(uint32_t i)
{
	char to[64];
	struct writer *x = writer_of(i);
	if (!may_rotate(i) || !shift(i))
		return;
	CHECK(sys_rename(str_z(names[i]), rotated(to, i, 1)) == 0);
	/* The writer has not heard of it yet. */
	for (uint64_t n = draw(4); n > 0; n--)
		write_line(i);
	if (x->rest_len)
		finish_line(x);
	sys_close(x->fd);
	x->first_of[1] = x->first;
	x->first = x->next;
	open_file(i);
	seen.renames++;
}

static void write_some(void)
{
	uint32_t i = (uint32_t)draw(WRITERS);
	for (uint64_t n = draw(draw(5) ? 4 : 60); n > 0; n--)
		write_line(i);
	if (w.writers[i].copied && draw(2))
		cut_file(i);
	else if (draw(12) == 0)
		(draw(2) ? rename_file : copytruncate)(i);
}

/* --- store ------------------------------------------------------------------------------------------------------------------------------ */

static void take_lines(struct str body)
{
	static const char mark[] = "line-";
	for (size_t at; (at = str_find(body, STR(mark))) != SIZE_MAX;) {
		uint64_t i, n;
		body = str_skip(body, at + sizeof(mark) - 1);
		CHECK(str_to_u64(str_sub(body, 0, 1), &i) && str_to_u64(str_sub(body, 2, 7), &n) && body.p[7] == ';');
		CHECK(i < WRITERS && n < w.writers[i].next);
		CHECK(w.seen[i][n] == 0); /* never twice */
		w.seen[i][n] = 1;
	}
}

static void end_store(void *arg)
{
	(void)arg;
	sys_exit(1);
}

static void take_batch(void *ctx, struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	struct str id = http1_find(&r->head, STR("pleach-batch"));
	uint8_t sender[8];
	uint64_t number, key = 0;
	size_t i = 0;
	(void)ctx;
	CHECK(id.len > 17 && str_to_hex_bytes(str_sub(id, 0, 16), sender, 8) && str_to_u64(str_skip(id, 17), &number));
	for (int k = 0; k < 8; k++)
		key = key << 8 | sender[k];
	while (w.tried[i].sender != key && w.tried[i].sender)
		CHECK(++i < SENDERS);
	w.tried[i].sender = w.taken[i].sender = key;
	CHECK(number >= w.tried[i].number); /* one after the other */
	CHECK(number > w.tried[i].number || str_hash(r->body) == w.tried[i].hash); /* the same again */
	w.tried[i].number = number;
	w.tried[i].hash = str_hash(r->body);
	uint64_t fate = w.calm ? 9 : draw(10);
	if (fate < 2) {
		seen.refused++;
		http_answer(x, fate ? 503 : 429, STR("text/plain"), STR(""), STR("later"));
		return;
	}
	if (number > w.taken[i].number) {
		take_lines(r->body);
		w.taken[i].number = number;
	} else {
		seen.repeats++;
	}
	if (fate == 2)
		sim_after(0, sys_pid(), end_store, NULL); /* taken, and nobody heard */
	else if (fate > 3)
		http_answer(x, 200, STR("application/x-protobuf"), STR(""), STR(""));
}

static struct sys_addr address(void) { return (struct sys_addr){ .family = SYS_IPV4, .ip = { 127, 0, 0, 1 }, .port = PORT }; }

static void store_process(void *user, const struct str *argv, size_t argc)
{
	struct http_server_options o = { .max_body = 16u << 20, .max_arena = 32u << 20 };
	struct err e = { 0 };
	struct sys_addr a = address();
	(void)user, (void)argv, (void)argc;
	w.store_pid = sys_pid();
	struct loop *l = loop_new();
	CHECK(http_server_listen(http_server_new(l, &o, take_batch, NULL), &a, NULL, &e));
}

/* --- node ------------------------------------------------------------------------------------------------------------------------------- */

static void say(void *ctx, uint8_t severity, struct str message)
{
	(void)ctx, (void)severity;
	CHECK(str_find(message, STR("for good")) == SIZE_MAX);
	/* A file may be cut before it was read only when it was copied: the copy is found. */
	CHECK(str_find(message, STR("was cut before")) == SIZE_MAX);
}

static void changed(void *ctx) { (void)ctx; }

static struct snapshot *snapshot_of(bool wide)
{
	struct snapshot *s = want_snapshot(1, NULL, 0);
	s->follow = ARENA_ARRAY(&s->arena, WRITERS, struct followed);
	for (uint32_t i = 0; i < WRITERS; i++)
		s->follow[s->follow_count++] = (struct followed){ .files = arena_printf(&s->arena, "%s%s", names[i], wide ? "*" : ""), .service = STR("writer") };
	return s;
}

/* What a dead node has left behind, as far as it is large. */
static void free_dead(void)
{
	if (!w.files)
		return;
	buf_release(&w.files->open);
	buf_release(&w.files->out);
	buf_release(&w.files->job_bytes);
	arena_release(&w.files->names);
	arena_release(&w.files->found);
	line_parser_release(&w.files->parser);
	free(w.files->patterns);
	for (size_t i = 0; i < w.files->count; i++) {
		join_release(&w.files->files[i]->join);
		free(w.files->files[i]->texts);
		free(w.files->files[i]);
	}
	free(w.files);
	w.files = NULL;
}

static void node_process(void *user, const struct str *argv, size_t argc)
{
	struct err e = { 0 };
	(void)user, (void)argv, (void)argc;
	free_dead();
	w.node_pid = sys_pid();
	w.loop = loop_new();
	w.client = http_client_new(w.loop, &(struct http_client_options){ 0 });
	struct logfiles_options o = { .state = STR("/state/node.files"), .store = address(), .client = w.client, .node = STR("local"), .say = say, .on_change = changed, .batch = w.batch };
	w.files = logfiles_new(w.loop, &o, &e);
	CHECK(w.files); /* the state file is whole whatever happened */
	seen.recovered += w.files->out.len > 0;
	struct snapshot *s = snapshot_of(w.wide);
	logfiles_apply(w.files, s);
	snapshot_unref(s);
}

static void start(int64_t pid, const char *name, sim_main_f *program)
{
	if (pid == 0 || !sim_is_alive(pid))
		sim_process(str_z(name), program, NULL);
}

static void stopped(void *ctx)
{
	(void)ctx;
	logfiles_free(w.files);
	w.files = NULL;
	http_client_free(w.client);
	loop_free(w.loop);
	w.stopped = true;
	sys_exit(0);
}

static void stop_node(void *arg)
{
	(void)arg;
	w.stopped = false;
	logfiles_stop(w.files, stopped, NULL);
}

/* --- a run -------------------------------------------------------------------------------------------------------------------------------- */

static void disturb(void)
{
	switch (draw(9)) {
	case 0:
	case 1:
		seen.kills += sim_is_alive(w.node_pid);
		if (sim_is_alive(w.node_pid))
			sys_kill(w.node_pid, SYS_SIGKILL);
		break;
	case 2:
		seen.crashes += sim_is_alive(w.node_pid);
		if (sim_is_alive(w.node_pid))
			sim_crash(w.node_pid);
		break;
	case 3:
	case 4:
		if (sim_is_alive(w.node_pid))
			sim_crash_at_write(w.node_pid, 1 + draw(20), draw(2));
		break;
	case 5:
		seen.store_kills += sim_is_alive(w.store_pid);
		if (sim_is_alive(w.store_pid))
			sys_kill(w.store_pid, SYS_SIGKILL);
		break;
	default:
		start(w.node_pid, "node", node_process);
		start(w.store_pid, "store", store_process);
	}
}

static void step(int64_t ns) { CHECK(sim_run_until(sys_now() + ns, STEPS)); }

static bool all_there(void)
{
	for (uint32_t i = 0; i < WRITERS; i++)
		if (!known(i, 0, w.writers[i].next))
			return false;
	return true;
}

static void run(uint64_t seed)
{
	struct sim_options o = { .seed = seed, .delay_max = 3 * MSEC, .reset_chance = 0.002, .short_io_chance = 0.1, .torn_write_chance = 0.4 };
	free_dead();
	memset(&w, 0, sizeof(w));
	sim_start(&o);
	w.wide = draw(2);
	w.batch = draw(2) ? 0 : 500 + draw(3000);
	CHECK(sys_mkdir(STR("/logs")) == 0 && sys_mkdir(STR("/state")) == 0);
	CHECK(sys_fsync_dir(STR("/")) == 0);
	o.fsync_fail_chance = seed % 3 ? 0.03 : 0;
	sim_set_options(&o);
	for (uint32_t i = 0; i < WRITERS; i++)
		open_file(i);
	start(0, "store", store_process);
	start(0, "node", node_process);
	for (int i = 0; i < 60; i++) {
		write_some();
		step((int64_t)draw(draw(4) ? 300 * MSEC : 3 * SECOND));
		if (draw(3) == 0)
			disturb();
	}
	/* Now all goes well, and everything must arrive. */
	w.calm = true;
	o.fsync_fail_chance = o.reset_chance = 0;
	sim_set_options(&o);
	if (sim_is_alive(w.node_pid))
		sim_crash_at_write(w.node_pid, 0, false);
	start(w.node_pid, "node", node_process);
	start(w.store_pid, "store", store_process);
	for (uint32_t i = 0; i < WRITERS; i++) {
		if (w.writers[i].copied)
			cut_file(i);
		if (w.writers[i].rest_len)
			finish_line(&w.writers[i]);
		write_line(i);
		if (w.writers[i].rest_len)
			finish_line(&w.writers[i]);
	}
	for (int i = 0; i < 120 && !all_there(); i++)
		step(SECOND);
	CHECK(all_there());
	step(3 * SECOND);
	sim_call(w.node_pid, stop_node, NULL);
	for (int i = 0; i < 100 && !w.stopped; i++)
		step(100 * MSEC);
	CHECK(w.stopped);
	start(w.node_pid, "node", node_process);
	step(15 * SECOND); /* whatever it sends twice is seen */
	CHECK(w.files->clean && w.files->open_records == 0);
	sim_stop(false);
}

int main(int argc, char **argv)
{
	int result = sim_main(argc, argv, run);
	printf("lines %" PRIu64 ", renamed %" PRIu64 ", cut %" PRIu64 ", packed %" PRIu64 ", node killed %" PRIu64 " and crashed %" PRIu64 ", batches found at a start %" PRIu64
	       ", store killed %" PRIu64 ", batches repeated %" PRIu64 ", refused %" PRIu64 "\n",
	       seen.lines, seen.renames, seen.truncations, seen.packed, seen.kills, seen.crashes, seen.recovered, seen.store_kills, seen.repeats, seen.refused);
	return result;
}
