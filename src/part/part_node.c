/* The part `node`: runs the other parts and the services, follows the snapshot, sends captured output to the store, reports to control. */
#include "base/check.h"
#include "base/metric.h"
#include "base/time.h"
#include "model/fleet.h"
#include "model/follow.h"
#include "model/otlp.h"
#include "node/node.h"
#include "part/fair.h"
#include "part/part.h"

enum { REPORT_EVERY = 2 }; /* s; also right after each change */
#define REPORT_RETRY (200 * (int64_t)MSEC)

static struct {
	struct part *part;
	struct node *node;
	struct follow *follow;
	struct outbox *logs;
	struct fair fair;       /* shares of it, by instance */
	struct arena arena;     /* argv of the parts */
	struct buf record;
	struct timer report_timer;
	struct http_call *reporting;
	int log_file;           /* PART_STATE/node.log, or negative */
	bool changed, stopping;
} self;

static bool on_record(void *ctx, const struct log_record *r)
{
	(void)ctx;
	buf_clear(&self.record);
	otlp_encode_log(&self.record, r);
	if (!buf_ok(&self.record))
		return false;
	int64_t now = loop_now(self.part->loop);
	uint64_t lost;
	size_t n = buf_str(&self.record).len;
	struct str source = r->resource->instance;
	if (fair_allows(&self.fair, source, n, outbox_stats(self.logs).queued_bytes, now))
		return outbox_add(self.logs, buf_str(&self.record));
	metric_inc(METRIC_OUTBOX_LOST);
	if (fair_lost(&self.fair, source, now, &lost))
		part_log(self.part, SEVERITY_WARN, "%.*s writes faster than its share of the way to the store; %llu lines lost", STR_FMT(source),
			 (unsigned long long)lost);
	return false;
}

/* The node's own log goes the way of all others, and into a file in case the store is what fails. */
static void on_log(struct part *p, uint8_t severity, struct str message)
{
	static const struct resource resource = { .service = STR_INIT("pleach-node"), .version = STR_INIT(PLEACH_VERSION), .instance = STR_INIT("pleach-node") };
	int64_t now = sys_wall();
	struct log_record r = { .resource = &resource, .time = now, .observed = now, .severity = severity, .body = message };
	(void)p;
	if (self.logs)
		on_record(NULL, &r);
	if (self.log_file >= 0) {
		struct sys_iovec v[] = { { message.p, message.len }, { "\n", 1 } };
		(void)sys_append(self.log_file, v, 2);
	}
}

static void report(void);

static void on_report_due(struct timer *t)
{
	(void)t;
	report();
}

static void on_reported(void *ctx, const struct http_result *r)
{
	(void)ctx;
	self.reporting = NULL;
	bool ok = r->status / 100 == 2;
	int64_t wait = !ok ? REPORT_RETRY : self.changed ? 0 : REPORT_EVERY * SECOND;
	timer_set(&self.report_timer, self.part->loop, loop_now(self.part->loop) + wait, on_report_due);
}

static void report(void)
{
	struct buf b;
	if (self.reporting || self.stopping)
		return;
	self.changed = false;
	struct node_status *s = node_report(self.node);
	if (!s)
		return;
	buf_init(&b, 4u << 20);
	node_status_encode(s, &b);
	node_status_free(s);
	struct http_call_options o = { .address = part_socket(PART_SOCKET_CONTROL),
				       .method = STR("PUT"),
				       .target = STR("/api/nodes/local/status"),
				       .content_type = STR("application/json"),
				       .body = buf_str(&b),
				       .timeout = 2 * SECOND };
	self.reporting = http_call(self.part->client, &o, on_reported);
	buf_release(&b);
	if (!self.reporting)
		timer_set(&self.report_timer, self.part->loop, loop_now(self.part->loop) + REPORT_RETRY, on_report_due);
}

static void on_change(void *ctx)
{
	(void)ctx;
	self.changed = true;
	report();
}

static void on_snapshot(void *ctx, struct snapshot *s)
{
	(void)ctx;
	if (!self.stopping)
		node_apply(self.node, s);
}

static void flushed(void *ctx)
{
	(void)ctx;
	outbox_free(self.logs);
	self.logs = NULL;
	node_free(self.node);
	buf_release(&self.record);
	arena_release(&self.arena);
	part_end(self.part, 0);
}

static void stopped(void *ctx)
{
	(void)ctx;
	/* The store is stopped too by now: what is still queued had no taker. */
	outbox_flush(self.logs, 0, flushed, NULL);
}

static void stop(struct part *p)
{
	if (self.stopping)
		return;
	self.stopping = true;
	timer_cancel(&self.report_timer);
	follow_free(self.follow);
	part_log(p, SEVERITY_INFO, "stopping the fleet");
	node_stop(self.node, stopped, NULL);
}

static void handle(void *ctx, struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	(void)ctx;
	if (str_eq(r->path, STR("/api/stop")) && str_eq(r->head.method, STR("POST"))) {
		http_answer(x, 202, STR("application/json"), STR(""), STR("{\"stopping\":true}\n"));
		stop(self.part);
		return;
	}
	struct err e = { 0 };
	err_set(&e, ERR_NOT_FOUND, "the node has no %.*s", STR_FMT(r->path));
	http_answer_err(x, &e);
}

static size_t add_listeners(struct str *argv, size_t argc, const struct fleet *f)
{
	struct arena *a = &self.arena;
	struct buf zone;
	char text[128];
	if (f->store.syslog.family != SYS_NONE) {
		argv[argc++] = arena_printf(a, "--syslog=%.*s", STR_FMT(sys_addr_text(&f->store.syslog, text)));
		buf_init(&zone, 16);
		zone_put(&zone, f->store.syslog_zone);
		argv[argc++] = arena_printf(a, "--syslog-zone=%.*s", STR_FMT(buf_str(&zone)));
		buf_release(&zone);
	}
	if (f->store.forward.family != SYS_NONE)
		argv[argc++] = arena_printf(a, "--forward=%.*s", STR_FMT(sys_addr_text(&f->store.forward, text)));
	if (f->store.forward_secret.len)
		argv[argc++] = arena_printf(a, "--forward-secret=%.*s", STR_FMT(f->store.forward_secret));
	return argc;
}

static struct str ages_text(const struct fleet *f)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < f->store.age_count; i++)
		buf_printf(&b, "%s%.*s=%lldns", i ? "," : "--keep-services=", STR_FMT(f->store.ages[i].service), (long long)f->store.ages[i].ns);
	struct str text = arena_str(&self.arena, buf_str(&b));
	buf_release(&b);
	return text;
}

/* The part's command line: this same binary, so that parts and node are always of one version. */
static void add_part(struct node_part *parts, size_t *n, const struct fleet *f, const char *name, const char *socket, int stop_order,
		     const struct node_options *o)
{
	struct arena *a = &self.arena;
	struct str *argv = ARENA_ARRAY(a, 16, struct str);
	size_t argc = 0;
	char text[128];
	CHECK(argv);
	argv[argc++] = sys_self(a);
	argv[argc++] = STR("part");
	argv[argc++] = str_z(name);
	argv[argc++] = STR("--fleet");
	argv[argc++] = f->root.len ? arena_str(a, f->root) : STR(".");
	if (strcmp(name, "store") == 0) {
		argv[argc++] = arena_printf(a, "--listen=%.*s", STR_FMT(sys_addr_text(&f->store.listen, text)));
		if (f->store.grpc.family != SYS_NONE)
			argv[argc++] = arena_printf(a, "--grpc=%.*s", STR_FMT(sys_addr_text(&f->store.grpc, text)));
		argc = add_listeners(argv, argc, f);
		argv[argc++] = arena_printf(a, "--keep=%lldns", (long long)f->store.keep_ns);
		if (f->store.age_count)
			argv[argc++] = ages_text(f);
		argv[argc++] = arena_printf(a, "--size=%lld", (long long)f->store.keep_bytes);
		argv[argc++] = arena_printf(a, "--memory=%lld", (long long)f->store.memory);
	}
	if (strcmp(name, "control") == 0 && self.part->settings->console_dir.len)
		argv[argc++] = arena_printf(a, "--console=%.*s", STR_FMT(self.part->settings->console_dir));
	parts[(*n)++] = (struct node_part){ .name = arena_printf(a, "pleach-%s", name),
					    .argv = argv,
					    .argc = argc,
					    .env = o->env,
					    .env_count = o->env_count,
					    .address = part_socket(socket),
					    .stop_order = stop_order };
}

static bool start_node(struct part *p, const struct fleet *f)
{
	struct node_options o = { .name = STR("local"), .version = STR(PLEACH_VERSION), .client = p->client, .on_record = on_record, .on_change = on_change,
				  .files_state = STR(PART_STATE "/node.files"), .store = part_socket(PART_SOCKET_STORE) };
	struct node_part parts[3];
	size_t n = 0;
	o.env = part_environment(&self.arena, &o.env_count);
	self.node = node_new(p->loop, &o);
	if (!self.node)
		return false;
	add_part(parts, &n, f, "store", PART_SOCKET_STORE, 3, &o);
	add_part(parts, &n, f, "control", PART_SOCKET_CONTROL, 2, &o);
	add_part(parts, &n, f, "gateway", PART_SOCKET_GATEWAY, 1, &o);
	node_run_parts(self.node, parts, n);
	return true;
}

static bool start(struct part *p, struct err *e)
{
	self.part = p;
	arena_init(&self.arena, 1 << 20);
	buf_init(&self.record, 4u << 20);
	int lock = sys_lock_file(STR(PART_STATE "/node.lock"));
	if (lock == SYS_IN_USE)
		return err_set(e, ERR_CONFLICT, "this fleet is running already; `pleach status` shows it, `pleach down` stops it");
	if (lock < 0)
		return sys_err(e, lock, "%s", PART_STATE "/node.lock");
	struct fleet *f = fleet_load(p->settings->root, e, NULL);
	if (!f)
		return false;
	self.log_file = sys_open(STR(PART_STATE "/node.log"), SYS_OPEN_APPEND);
	p->on_log = on_log;
	p->handler = handle;
	bool ok = part_serve(p, PART_SOCKET_NODE, NULL, e);
	if (ok) {
		self.logs = part_outbox(p, STR("/v1/logs"));
		self.fair.limit = OUTBOX_MAX_BYTES;
		ok = start_node(p, f) || err_set(e, ERR_NO_MEMORY, "no memory for the node");
	}
	fleet_free(f);
	if (!ok)
		return false;
	struct follow_options o = { .control = part_socket(PART_SOCKET_CONTROL), .part = STR("node"), .on_snapshot = on_snapshot, .ctx = p };
	self.follow = follow_new(p->loop, p->client, &o);
	report();
	return true;
}

const struct part_kind part_node = { .name = STR_INIT("node"), .start = start, .stop = stop };
