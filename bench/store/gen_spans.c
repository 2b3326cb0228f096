/* The spans of the store's benchmark on standard output, always the same for a seed and a start: gen_spans [--spans N] [--seed N] [--start NS]
 * [--manifest FILE].
 *
 * ExportTraceServiceRequests of 512 spans, each behind its length as u32 (little-endian), as a collector in front of 24 services with three instances
 * each would send them: spans in order of their end, those of one instance under one resource of five attributes, so that a trace comes in several
 * requests. Traces have about 50 spans (p50) and 150 (p99), in a tree of server, client, database and internal spans of some 300 (service, operation)
 * pairs; a span has six attributes. RARE_TRACES traces have one span with a seventh attribute that no other has. The manifest is what answers are
 * checked against. */
#include "bench/store/gen.h"
#include "base/check.h"
#include "base/json.h"
#include "base/pb.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVICES = 24, INSTANCES = 3, ROUTES = 5, QUERIES = 3, FUNCTIONS = 2, BATCH = 512, MAX_TRACE = 408, SAMPLES = 2000, RARE_TRACES = 8, SIZES = 512,
	ADDRESSES = 200, GAP = 4000000 };
static const struct str rare_key = STR_INIT("checkout.coupon"), rare_value = STR_INIT("AUTUMN-GHOST-7");
static const char *const service_names[SERVICES] = { "frontend", "checkout", "cart", "catalog", "pricing", "stock", "orders", "payments", "fraud", "ledger", "invoicing",
	"shipping", "addresses", "customers", "sessions", "recommendations", "search", "reviews", "images", "notification", "mail", "audit", "tax", "currency" };
static const char *const verbs[ROUTES] = { "GET", "POST", "GET", "PUT", "DELETE" };
static const char *const languages[] = { "java", "go", "nodejs", "python" };

enum what { WHAT_SERVER, WHAT_CLIENT, WHAT_DATABASE, WHAT_INTERNAL };
struct node {
	struct trace_id trace;
	struct span_id id, parent;
	int64_t start, end;
	uint8_t what, service, instance, operation, target, thread, failed, rare;
	uint16_t address;
	uint32_t session, rows;
};
static struct {
	struct gen_random random;
	struct buf request, resources[SERVICES * INSTANCES];
	struct node *heap; /* by end, the earliest first */
	size_t heap_count, heap_capacity;
	uint32_t pending;
	uint64_t wanted, spans, made, bytes, traces, expected_traces, failed, sizes[SIZES], rare_count;
	int64_t time, last_end;
	struct { struct trace_id id; uint32_t spans; } samples[SAMPLES];
	uint32_t sample_count;
	struct trace_id rare[RARE_TRACES];
} gen;

/* --- a trace ---------------------------------------------------------------------------------------------------------------------- */

static double normal(void) { return sqrt(-2 * log(1 - gen_unit(&gen.random))) * cos(2 * M_PI * gen_unit(&gen.random)); }

static uint32_t trace_size(void)
{
	double n = 50 * exp(0.47 * normal());
	return n < 2 ? 2 : n > MAX_TRACE ? MAX_TRACE : (uint32_t)n;
}

static void push(const struct node *n)
{
	if (gen.heap_count == gen.heap_capacity) {
		gen.heap_capacity = gen.heap_capacity ? gen.heap_capacity * 2 : 4096;
		gen.heap = realloc(gen.heap, gen.heap_capacity * sizeof(*gen.heap));
		CHECK(gen.heap);
	}
	size_t at = gen.heap_count++;
	for (; at && gen.heap[(at - 1) / 2].end > n->end; at = (at - 1) / 2)
		gen.heap[at] = gen.heap[(at - 1) / 2];
	gen.heap[at] = *n;
}

static struct node pop(void)
{
	struct node top = gen.heap[0], last = gen.heap[--gen.heap_count];
	size_t at = 0;
	for (size_t child; (child = 2 * at + 1) < gen.heap_count; at = child) {
		if (child + 1 < gen.heap_count && gen.heap[child + 1].end < gen.heap[child].end)
			child++;
		if (gen.heap[child].end >= last.end)
			break;
		gen.heap[at] = gen.heap[child];
	}
	gen.heap[at] = last;
	return top;
}

/* Inside the parent: it begins after it and ends before it. */
static void place(struct node *n, const struct node *parent)
{
	int64_t room = parent->end - parent->start;
	n->start = parent->start + (int64_t)((double)room * 0.8 * gen_unit(&gen.random));
	n->end = n->start + 1000 + (int64_t)((double)(parent->end - n->start) * (0.2 + 0.7 * gen_unit(&gen.random)));
}

/* A span of the same process as its parent, in the same trace. */
static struct node child_of(const struct node *parent, enum what what)
{
	struct node n = *parent;
	n.id = span_id_make(gen_next(&gen.random));
	n.parent = parent->id;
	n.what = (uint8_t)what;
	n.rare = 0;
	n.failed = gen_below(&gen.random, 100) == 0;
	n.thread = (uint8_t)(gen_below(&gen.random, 8) ? parent->thread : 1 + gen_below(&gen.random, 64));
	n.rows = gen_below(&gen.random, 4) ? gen_below(&gen.random, 8) : gen_below(&gen.random, 1000);
	place(&n, parent);
	return n;
}

/* A call of a service calls one of a few others: a client span here and a server span there. Returns how many spans it made. */
static uint32_t call(struct node *spans, uint32_t count, const struct node *parent, uint32_t room)
{
	struct node client = child_of(parent, WHAT_CLIENT);
	client.target = (uint8_t)((parent->service + 1 + gen_zipf(&gen.random, 6) * 3) % SERVICES);
	client.operation = (uint8_t)gen_zipf(&gen.random, ROUTES);
	spans[count] = client;
	if (room < 2)
		return 1;
	struct node server = child_of(&client, WHAT_SERVER);
	server.service = client.target;
	server.instance = (uint8_t)gen_below(&gen.random, INSTANCES);
	server.operation = client.operation;
	server.failed = client.failed;
	server.thread = (uint8_t)(1 + gen_below(&gen.random, 64));
	spans[count + 1] = server;
	return 2;
}

static uint32_t grow(struct node *spans, uint32_t size)
{
	uint32_t n = 1;
	while (n < size) {
		/* The later half of the tree grows more: deep rather than wide. */
		const struct node *parent = &spans[gen_below(&gen.random, 2) ? n - 1 - gen_below(&gen.random, (n + 1) / 2) : gen_below(&gen.random, n)];
		if (parent->what != WHAT_SERVER && parent->what != WHAT_INTERNAL)
			continue;
		uint32_t kind = gen_below(&gen.random, 10);
		if (kind < 4) {
			n += call(spans, n, parent, size - n);
			continue;
		}
		struct node child = child_of(parent, kind < 8 ? WHAT_DATABASE : WHAT_INTERNAL);
		child.operation = (uint8_t)gen_zipf(&gen.random, kind < 8 ? QUERIES : FUNCTIONS);
		spans[n++] = child;
	}
	return n;
}

static void note_trace(struct node *spans, uint32_t n)
{
	gen.sizes[n]++;
	if (gen.sample_count < SAMPLES && gen.traces >= gen.sample_count * gen.expected_traces / SAMPLES) {
		gen.samples[gen.sample_count].id = spans[0].trace;
		gen.samples[gen.sample_count++].spans = n;
	}
	if (gen.rare_count < RARE_TRACES && gen.traces >= (gen.rare_count * 2 + 1) * gen.expected_traces / (RARE_TRACES * 2)) {
		spans[n / 2].rare = 1;
		gen.rare[gen.rare_count++] = spans[0].trace;
	}
	gen.traces++;
}

static void make_trace(void)
{
	static struct node spans[MAX_TRACE + 2];
	uint64_t left = gen.wanted - gen.made;
	uint32_t size = trace_size();
	if (size > left)
		size = (uint32_t)left;
	gen.time += (int64_t)(gen_unit(&gen.random) * GAP);
	struct node *root = &spans[0];
	*root = (struct node){ .trace = trace_id_make(gen_next(&gen.random), gen_next(&gen.random)), .id = span_id_make(gen_next(&gen.random)), .what = WHAT_SERVER,
		.start = gen.time, .instance = (uint8_t)gen_below(&gen.random, INSTANCES), .operation = (uint8_t)gen_zipf(&gen.random, ROUTES),
		.thread = (uint8_t)(1 + gen_below(&gen.random, 64)), .failed = gen_below(&gen.random, 100) == 0, .address = (uint16_t)gen_zipf(&gen.random, ADDRESSES),
		.session = (uint32_t)gen_next(&gen.random) };
	root->end = root->start + 1000000 + (int64_t)(8e7 * exp(0.8 * normal()));
	uint32_t n = grow(spans, size);
	note_trace(spans, n);
	for (uint32_t i = 0; i < n; i++)
		push(&spans[i]);
	gen.made += n;
}

/* --- OTLP ------------------------------------------------------------------------------------------------------------------------- */

/* The lengths of attributes as real senders write them, in one byte; pb_begin would reserve four. */
static void attr_head(struct buf *b, uint32_t field, struct str key, size_t value_len)
{
	size_t attr = 2 + key.len + 2 + value_len;
	CHECK(attr < 0x80);
	buf_char(b, (char)(field << 3 | PB_BYTES));
	buf_char(b, (char)attr);
	pb_bytes(b, 1, key);
	buf_char(b, 2 << 3 | PB_BYTES);
	buf_char(b, (char)value_len);
}

static void text_attr(struct buf *b, uint32_t field, struct str key, struct str text)
{
	attr_head(b, field, key, 2 + text.len);
	pb_bytes(b, 1, text);
}

/* variant: 2 a boolean, 3 an integer */
static void number_attr(struct buf *b, struct str key, uint32_t variant, uint64_t number)
{
	CHECK(number < 1 << 14);
	attr_head(b, 9, key, number < 0x80 ? 2 : 3);
	pb_varint(b, variant, number);
}

static struct str format(char space[160], const char *f, ...) __attribute__((format(printf, 2, 3)));
static struct str format(char space[160], const char *f, ...)
{
	va_list args;
	va_start(args, f);
	int n = vsnprintf(space, 160, f, args);
	va_end(args);
	return str_from(space, (size_t)n);
}

static struct str route(char space[160], uint32_t service, uint32_t operation)
{
	const char *name = service_names[service];
	switch (operation) {
	case 0: return format(space, "/v1/%s/{id}", name);
	case 1: return format(space, "/v1/%s", name);
	case 2: return format(space, "/v1/%s/search", name);
	case 3: return format(space, "/v1/%s/{id}/state", name);
	default: return format(space, "/v1/%s/{id}/items/{item}", name);
	}
}

static struct str span_name(char space[160], const struct node *n)
{
	static const char *const functions[FUNCTIONS] = { "validate", "render" };
	static const char *const queries[QUERIES] = { "SELECT", "UPDATE", "INSERT" };
	char path[160];
	switch (n->what) {
	case WHAT_SERVER: return format(space, "%s %.*s", verbs[n->operation], STR_FMT(route(path, n->service, n->operation)));
	case WHAT_CLIENT: return format(space, "%s", verbs[n->operation]);
	case WHAT_DATABASE: return format(space, "%s %s.%s", queries[n->operation], service_names[n->service], n->operation == 1 ? "state" : "items");
	default: return format(space, "%s.%s", service_names[n->service], functions[n->operation]);
	}
}

static void http_attrs(struct buf *b, const struct node *n)
{
	char space[160];
	text_attr(b, 9, STR("http.request.method"), str_z(verbs[n->operation]));
	number_attr(b, STR("http.response.status_code"), 3, n->failed ? 503 : verbs[n->operation][0] == 'P' && verbs[n->operation][1] == 'O' ? 201 : 200);
	if (n->what == WHAT_SERVER) {
		text_attr(b, 9, STR("http.route"), route(space, n->service, n->operation));
		text_attr(b, 9, STR("client.address"), format(space, "10.4.%u.%u", n->address / 100, n->address % 100 + 1));
		text_attr(b, 9, STR("session.id"), format(space, "%08x", n->session));
	} else {
		text_attr(b, 9, STR("url.template"), route(space, n->target, n->operation));
		text_attr(b, 9, STR("server.address"), format(space, "%s.shop.internal", service_names[n->target]));
		number_attr(b, STR("server.port"), 3, 8000u + n->target);
	}
}

static void database_attrs(struct buf *b, const struct node *n)
{
	char space[160];
	const char *s = service_names[n->service];
	text_attr(b, 9, STR("db.system.name"), STR("postgresql"));
	text_attr(b, 9, STR("db.namespace"), str_z(s));
	switch (n->operation) {
	case 0: text_attr(b, 9, STR("db.query.text"), format(space, "SELECT id, state, updated_at FROM %s.items WHERE id = $1", s)); break;
	case 1: text_attr(b, 9, STR("db.query.text"), format(space, "UPDATE %s.state SET state = $2, version = version + 1 WHERE id = $1", s)); break;
	default: text_attr(b, 9, STR("db.query.text"), format(space, "INSERT INTO %s.items (id, state, owner) VALUES ($1, $2, $3)", s)); break;
	}
	text_attr(b, 9, STR("server.address"), format(space, "db-%u.shop.internal", n->service % 4u));
	number_attr(b, STR("db.response.returned_rows"), 3, n->rows);
}

static void internal_attrs(struct buf *b, const struct node *n)
{
	char space[160];
	text_attr(b, 9, STR("code.function.name"), format(space, "shop.%s.Handler.%s", service_names[n->service], n->operation ? "render" : "validate"));
	text_attr(b, 9, STR("code.file.path"), format(space, "src/%s/handler.go", service_names[n->service]));
	number_attr(b, STR("code.line.number"), 3, 40u + n->operation * 61u + n->service);
	number_attr(b, STR("cache.hit"), 2, n->rows & 1);
	text_attr(b, 9, STR("thread.name"), format(space, "worker-%u", n->thread));
}

static void encode(struct buf *b, const struct node *n)
{
	static const uint8_t kinds[] = { SPAN_SERVER, SPAN_CLIENT, SPAN_CLIENT, SPAN_INTERNAL };
	char space[160];
	size_t span = pb_begin(b, 2);
	pb_bytes(b, 1, str_from((const char *)n->trace.b, 16));
	pb_bytes(b, 2, str_from((const char *)n->id.b, 8));
	if (!span_id_is_zero(&n->parent))
		pb_bytes(b, 4, str_from((const char *)n->parent.b, 8));
	pb_bytes(b, 5, span_name(space, n));
	pb_varint(b, 6, kinds[n->what]);
	pb_fixed64(b, 7, (uint64_t)n->start);
	pb_fixed64(b, 8, (uint64_t)n->end);
	if (n->what == WHAT_DATABASE)
		database_attrs(b, n);
	else if (n->what == WHAT_INTERNAL)
		internal_attrs(b, n);
	else
		http_attrs(b, n);
	number_attr(b, STR("thread.id"), 3, n->thread);
	if (n->rare)
		text_attr(b, 9, rare_key, rare_value);
	if (n->failed) {
		size_t status = pb_begin(b, 15);
		pb_varint(b, 3, SPAN_ERROR);
		pb_end(b, status);
	}
	pb_fixed32(b, 16, 0x101);
	pb_end(b, span);
}

static void resource(struct buf *b, uint32_t k)
{
	char space[160];
	uint32_t service = k / INSTANCES;
	size_t r = pb_begin(b, 1);
	text_attr(b, 1, STR("service.name"), str_z(service_names[service]));
	text_attr(b, 1, STR("service.version"), format(space, "1.%u.%u", service, service * 7 % 5));
	text_attr(b, 1, STR("service.instance.id"), format(space, "%s-%u", service_names[service], k % INSTANCES + 1));
	text_attr(b, 1, STR("host.name"), format(space, "node-%02u", k * 7 % 20));
	text_attr(b, 1, STR("telemetry.sdk.language"), str_z(languages[service % 4]));
	pb_end(b, r);
}

static void flush_batch(void)
{
	struct buf *b = &gen.request;
	for (uint32_t k = 0; k < SERVICES * INSTANCES; k++) {
		if (!gen.resources[k].len)
			continue;
		size_t outer = pb_begin(b, 1);
		resource(b, k);
		size_t scope = pb_begin(b, 2);
		buf_add(b, buf_str(&gen.resources[k]));
		pb_end(b, scope);
		pb_end(b, outer);
		buf_clear(&gen.resources[k]);
	}
	uint32_t len = (uint32_t)b->len;
	if (!buf_ok(b) || fwrite(&len, sizeof(len), 1, stdout) != 1 || fwrite(buf_str(b).p, len, 1, stdout) != 1) {
		perror("gen_spans");
		exit(1);
	}
	gen.bytes += len;
	buf_clear(b);
	gen.pending = 0;
}

static void emit(void)
{
	struct node n = pop();
	encode(&gen.resources[n.service * INSTANCES + n.instance], &n);
	gen.failed += n.failed;
	gen.last_end = n.end;
	gen.spans++;
	if (++gen.pending == BATCH)
		flush_batch();
}

/* --- the program ------------------------------------------------------------------------------------------------------------------ */

static uint32_t percentile(double q)
{
	uint64_t seen = 0;
	for (uint32_t n = 0; n < SIZES; n++)
		if ((double)(seen += gen.sizes[n]) >= q * (double)gen.traces)
			return n;
	return SIZES;
}

static void ids(struct json_out *j)
{
	json_out_key(j, STR("ids"));
	json_out_array(j);
	for (uint32_t i = 0; i < gen.sample_count; i++) {
		json_out_array(j);
		json_out_hex(j, gen.samples[i].id.b, 16);
		json_out_u64(j, gen.samples[i].spans);
		json_out_end(j);
	}
	json_out_end(j);
	json_out_key(j, STR("rare_traces"));
	json_out_array(j);
	for (uint32_t i = 0; i < gen.rare_count; i++)
		json_out_hex(j, gen.rare[i].b, 16);
	json_out_end(j);
}

static void manifest(const char *path, int64_t start)
{
	struct buf b;
	struct json_out j;
	buf_init(&b, 1 << 24);
	json_out_init(&j, &b);
	json_out_object(&j);
	json_kv_u64(&j, "spans", gen.spans);
	json_kv_u64(&j, "bytes", gen.bytes);
	json_kv_u64(&j, "traces", gen.traces);
	json_kv_u64(&j, "failed", gen.failed);
	json_kv_i64(&j, "start", start);
	json_kv_i64(&j, "end", gen.last_end);
	json_kv_u64(&j, "spans_per_trace_p50", percentile(0.5));
	json_kv_u64(&j, "spans_per_trace_p99", percentile(0.99));
	json_kv_str(&j, "rare_key", rare_key);
	json_kv_str(&j, "rare_value", rare_value);
	ids(&j);
	json_out_end(&j);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(buf_str(&b).p, 1, b.len, f) != b.len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
	buf_release(&b);
}

int main(int argc, char **argv)
{
	int64_t start = (int64_t)gen_number(argc, argv, "start", 1795000000000000000);
	gen.wanted = gen_number(argc, argv, "spans", 5000000);
	gen.expected_traces = gen.wanted / 56 + 1;
	gen.random.state = gen_number(argc, argv, "seed", 1);
	gen.time = start;
	buf_init(&gen.request, 64 << 20);
	for (uint32_t k = 0; k < SERVICES * INSTANCES; k++)
		buf_init(&gen.resources[k], 64 << 20);
	while (gen.made < gen.wanted || gen.heap_count) {
		if (gen.made < gen.wanted && (gen.heap_count == 0 || gen.heap[0].end > gen.time))
			make_trace();
		else
			emit();
	}
	if (gen.pending)
		flush_batch();
	const char *path = gen_option(argc, argv, "manifest", NULL);
	if (path)
		manifest(path, start);
	return fflush(stdout) == 0 ? 0 : 1;
}
