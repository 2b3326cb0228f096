/* Any bytes from a client of the gRPC server, which stands in a simulated world: first byte: bit 0: the preface and an empty SETTINGS go ahead;
 * bit 1: the client reads nothing; bits 2 to 4: in pieces of 1 << n * 2 bytes; bit 5: it ends its sending at the end. Whatever comes, each call of a method is
 * answered once, and when the client is gone no connection, no call and no memory set aside is left. */
#include "base/check.h"
#include "base/metric.h"
#include "net/grpc.h"
#include "sys/sim.h"
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 16, STEPS = 400000 };
static const struct sys_addr address = { .family = SYS_IPV4, .port = 4317, .ip = { 127, 0, 0, 1 } };

struct later {
	struct timer timer;
	struct http2_call *call;
	struct loop *loop;
};
static struct {
	struct loop *loop;
	struct grpc_server *grpc;
	int live;
	bool drained;
} server;
static struct {
	struct loop *loop;
	struct watcher watcher;
	struct buf out;
	size_t piece;
	int fd;
	bool deaf, half_close, ended;
} client;

static void echo(void *ctx, struct http2_call *c, struct str message)
{
	(void)ctx;
	CHECK(message.len <= 8192);
	grpc_answer(c, message);
}

static void gone(void *ctx)
{
	struct later *p = ctx;
	timer_cancel(&p->timer);
	server.live--;
	free(p);
}

static void on_time(struct timer *t)
{
	struct later *p = CONTAINER_OF(t, struct later, timer);
	http2_on_gone(p->call, NULL, NULL);
	grpc_fail(p->call, GRPC_UNAVAILABLE, STR("later\n"), SECOND);
	server.live--;
	free(p);
}

static void wait(void *ctx, struct http2_call *c, struct str message)
{
	struct later *p = calloc(1, sizeof(*p));
	(void)ctx, (void)message;
	CHECK(p);
	p->call = c;
	server.live++;
	http2_on_gone(c, gone, p);
	timer_set(&p->timer, server.loop, loop_now(server.loop) + 100 * MSEC, on_time);
}

static const struct grpc_method methods[] = { { STR_INIT("/t.E/E"), echo }, { STR_INIT("/t.E/W"), wait } };

static void server_main(void *user, const struct str *argv, size_t argc)
{
	struct err e = { 0 };
	struct grpc_options o = { .methods = methods, .method_count = ARRAY_LEN(methods), .max_received = 100000, .max_message = 8192, .max_held = 400000 };
	(void)user, (void)argv, (void)argc;
	server.loop = loop_new();
	server.grpc = grpc_server_new(server.loop, &o);
	CHECK(server.grpc && grpc_server_listen(server.grpc, &address, NULL, &e));
}

static void on_drained(void *ctx)
{
	(void)ctx;
	server.drained = true;
}
static void server_drain(void *arg)
{
	(void)arg;
	grpc_server_drain(server.grpc, 100 * SECOND, on_drained, NULL);
}
static void server_free(void *arg)
{
	(void)arg;
	grpc_server_free(server.grpc);
	loop_free(server.loop);
}

static void client_run(struct watcher *w, uint32_t what)
{
	char space[4096];
	int64_t n = 1;
	(void)w, (void)what;
	while (!client.ended && client.out.len && n > 0) {
		struct str piece = str_sub(buf_str(&client.out), 0, client.piece);
		n = sys_write(client.fd, piece.p, piece.len);
		if (n > 0)
			buf_consume(&client.out, (size_t)n);
		client.ended |= n < 0 && n != SYS_AGAIN;
	}
	if (!client.ended && client.out.len == 0 && client.half_close) {
		sys_shutdown_write(client.fd);
		client.half_close = false;
	}
	n = 1;
	while (!client.ended && !client.deaf && n > 0) {
		n = sys_read(client.fd, space, sizeof(space));
		client.ended |= n <= 0 && n != SYS_AGAIN;
	}
}

static void client_main(void *user, const struct str *argv, size_t argc)
{
	(void)user, (void)argv, (void)argc;
	client.loop = loop_new();
	client.fd = sys_connect(&address);
	CHECK(client.fd >= 0 && watcher_start(&client.watcher, client.loop, client.fd, client_run));
}

static void client_free(void *arg)
{
	(void)arg;
	watcher_stop(&client.watcher);
	sys_close(client.fd);
	loop_free(client.loop);
}

static void prepare(uint8_t kind, struct str in)
{
	memset(&server, 0, sizeof(server));
	memset(&client, 0, sizeof(client));
	buf_init(&client.out, 2 * INPUT_MAX);
	if (kind & 1)
		buf_add(&client.out, STR(NGHTTP2_CLIENT_MAGIC "\0\0\0\4\0\0\0\0\0"));
	buf_add(&client.out, in);
	client.deaf = kind & 2;
	client.piece = (size_t)1 << (kind >> 2 & 7) * 2;
	client.half_close = kind & 32;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > INPUT_MAX)
		return 0;
	struct sim_options o = { .seed = 1, .delay_min = 10 * USEC, .delay_max = 100 * USEC };
	prepare(data[0], str_from((const char *)data + 1, size - 1));
	sim_start(&o);
	int64_t server_pid = sim_process(STR("server"), server_main, NULL), client_pid = sim_process(STR("client"), client_main, NULL);
	CHECK(sim_run_until(3 * SECOND, STEPS));
	CHECK(server.live == 0);
	sim_call(client_pid, client_free, NULL);
	CHECK(sim_run_until(sys_now() + 3 * SECOND, STEPS));
	sim_call(server_pid, server_drain, NULL);
	CHECK(sim_run_until(sys_now() + 90 * SECOND, STEPS));
	CHECK(server.drained);
	CHECK(metric_get(METRIC_HTTP2_CONNECTIONS) == 0 && metric_get(METRIC_HTTP2_HELD) == 0);
	sim_call(server_pid, server_free, NULL);
	sim_stop(true);
	buf_release(&client.out);
	return 0;
}
