/* What all parts have in common: loop, signals, the API socket with /healthz and /metrics, the log, the way to the store. */
#include "part/part.h"
#include "base/check.h"
#include "base/json.h"
#include "base/metric.h"
#include "base/time.h"
#include "model/otlp.h"
#include "model/record.h"

static const struct part_kind *const kinds[] = { &part_store, &part_gateway, &part_control, &part_node };

struct sys_addr part_socket(const char *path)
{
	struct sys_addr a = { .family = SYS_UNIX };
	size_t n = strlen(path);
	CHECK(n < sizeof(a.path));
	memcpy(a.path, path, n + 1);
	return a;
}

static void human_line(struct buf *b, uint8_t severity, struct str message)
{
	buf_printf(b, "%.*s: %.*s\n", STR_FMT(severity_name(severity)), STR_FMT(message));
}

void part_log_str(struct part *p, uint8_t severity, struct str message)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 16 << 10);
	if (p->settings->terminal) {
		human_line(&b, severity, message);
	} else {
		struct buf time;
		buf_init(&time, 64);
		time_rfc3339(&time, sys_wall(), 3);
		json_out_init(&o, &b);
		json_out_object(&o);
		json_kv_str(&o, "time", buf_str(&time));
		json_kv_str(&o, "level", severity_name(severity));
		json_kv_str(&o, "msg", message);
		json_out_end(&o);
		buf_char(&b, '\n');
		buf_release(&time);
	}
	sys_print(SYS_STDERR, buf_str(&b));
	buf_release(&b);
	if (p->on_log)
		p->on_log(p, severity, message);
}

void part_log(struct part *p, uint8_t severity, const char *format, ...)
{
	struct buf b;
	va_list args;
	buf_init(&b, 8 << 10);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	part_log_str(p, severity, buf_str(&b));
	buf_release(&b);
}

void part_trouble(struct part *p, const char *format, ...)
{
	va_list args;
	buf_clear(&p->trouble);
	if (!format)
		return;
	va_start(args, format);
	buf_vprintf(&p->trouble, format, args);
	va_end(args);
	part_log_str(p, SEVERITY_ERROR, buf_str(&p->trouble));
}

const struct str *part_environment(struct arena *a, size_t *n)
{
	static const char *const names[] = { "PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "SHELL", "TMPDIR", "LD_LIBRARY_PATH",
					     "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
	struct str *env = ARENA_ARRAY(a, ARRAY_LEN(names), struct str);
	CHECK(env);
	*n = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct str value = sys_env(names[i]);
		if (value.p)
			env[(*n)++] = arena_printf(a, "%s=%.*s", names[i], STR_FMT(value));
	}
	return env;
}

static void answer_metrics(struct part *p, struct http_exchange *x)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	metric_expose(&b, p->name);
	http_answer(x, 200, STR(METRIC_CONTENT_TYPE), STR(""), buf_str(&b));
	buf_release(&b);
}

static void on_request(void *ctx, struct http_exchange *x)
{
	struct part *p = ctx;
	const struct http_request *r = http_request(x);
	bool get = str_eq(r->head.method, STR("GET")) || str_eq(r->head.method, STR("HEAD"));
	if (get && str_eq(r->path, STR("/healthz")) && p->trouble.len) {
		http_answer(x, 503, STR("text/plain"), STR("Cache-Control: no-store\r\n"), buf_str(&p->trouble));
	} else if (get && str_eq(r->path, STR("/healthz"))) {
		http_answer(x, 200, STR("text/plain"), STR("Cache-Control: no-store\r\n"), STR("ok\n"));
	} else if (get && str_eq(r->path, STR("/metrics"))) {
		answer_metrics(p, x);
	} else if (p->handler) {
		p->handler(p->ctx, x);
	} else {
		struct err e = { 0 };
		err_set(&e, ERR_NOT_FOUND, "%.*s has no %.*s", STR_FMT(p->name), STR_FMT(r->path));
		http_answer_err(x, &e);
	}
}

bool part_serve(struct part *p, const char *socket, const struct http_server_options *o, struct err *e)
{
	struct sys_addr a = part_socket(socket);
	p->server = http_server_new(p->loop, o, on_request, p);
	return http_server_listen(p->server, &a, NULL, e);
}

static void on_lost(void *ctx, uint64_t records, struct str why)
{
	struct part *p = ctx;
	part_log(p, SEVERITY_WARN, "%llu telemetry records lost: %.*s", (unsigned long long)records, STR_FMT(why));
}

struct outbox *part_outbox(struct part *p, struct str path)
{
	struct outbox_options o = {
		.address = part_socket(PART_SOCKET_STORE), .path = path, .content_type = STR(OTLP_PROTOBUF), .on_lost = on_lost, .ctx = p
	};
	return outbox_new(p->loop, p->client, &o);
}

void part_end(struct part *p, int status)
{
	p->status = status;
	loop_stop(p->loop);
}

struct running {
	struct part part;
	const struct part_kind *kind;
	bool stopping;
};

static void on_signal(void *ctx, enum sys_signal s)
{
	struct running *r = ctx;
	if (s == SYS_SIGHUP || r->stopping)
		return;
	r->stopping = true;
	r->kind->stop(&r->part);
}

int part_run(struct str name, const struct part_settings *settings, struct err *e)
{
	struct running r = { .part = { .name = name, .settings = settings } };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i]->name, name))
			r.kind = kinds[i];
	if (!r.kind) {
		err_set(e, ERR_USAGE, "there is no part `%.*s`; there are store, gateway, control and node", STR_FMT(name));
		return err_exit_code(e->code);
	}
	int made = sys_mkdir(STR(PART_STATE));
	if (made < 0) {
		sys_err(e, made, "%s", PART_STATE);
		return err_exit_code(e->code);
	}
	r.part.loop = loop_new();
	if (!r.part.loop) {
		err_set(e, ERR_SYSTEM, "no event loop could be made: too many open files?");
		return err_exit_code(e->code);
	}
	buf_init(&r.part.trouble, 4096);
	r.part.client = http_client_new(r.part.loop, NULL);
	metric_set(METRIC_PROCESS_START, sys_wall());
	loop_on_signal(r.part.loop, on_signal, &r);
	bool started = r.kind->start(&r.part, e);
	if (started)
		loop_run(r.part.loop);
	if (r.part.server)
		http_server_free(r.part.server);
	http_client_free(r.part.client);
	loop_free(r.part.loop);
	buf_release(&r.part.trouble);
	return started ? r.part.status : err_exit_code(e->code);
}
