/* The log rows of the store's benchmark on standard output, always the same for a seed and a start: gen_logs --rows N [--seed N] [--start NS]
 * [--format json|tsv|otlp] [--manifest FILE].
 *
 * A row: a message of the pool (log_templates.h) in which each run of three or more digits is random half of the time; one of 20 hosts and 50 process
 * ids; times that rise by 1 ms on average, written with the digits that its kind of system writes; a random 128-bit trace id in 30 of 100 rows.
 * json: one object a line. tsv: the same columns, as ClickHouse reads them. otlp: ExportLogsServiceRequest of 2,048 rows, each behind its length as
 * u32 (little-endian), one resource a service. The manifest is the truth that answers are checked against; it counts as the rows are made. */
#include "bench/store/gen.h"
#include "base/check.h"
#include "base/json.h"
#include "base/pb.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HOSTS = 20, PIDS = 50, TRACED = 30, SAMPLES = 512, NEWEST = 100, RECENT = 4096, OTLP_ROWS = 2048, OUT = 1 << 20, GAP = 2000000 };
enum format { FORMAT_JSON, FORMAT_TSV, FORMAT_OTLP };
/* A number that is looked for in messages and trace ids; no process id and no fixed text has it. */
static const struct str digit_probe = STR_INIT("90817");

struct row {
	const struct gen_message *m;
	int64_t time;
	uint32_t host, pid;
	bool traced;
	uint8_t trace[16];
	char message[4096]; /* in the format's escapes */
	size_t message_len;
};
struct recent { int64_t times[RECENT]; uint64_t n; };
static struct {
	struct gen_pool pool;
	struct gen_random random;
	enum format format;
	struct buf out;
	uint64_t rows, row, bytes, message_bytes, traced, levels[25], words[GEN_WORDS], substrings[GEN_SUBSTRINGS], probe_message, probe_any;
	uint64_t *patterns, *services;
	struct recent recent, errors;
	uint8_t samples[SAMPLES][16];
	uint32_t sample_count;
	const uint32_t *systems; /* system by a random number below weight */
	uint32_t weight;
	int64_t start, time;
	struct { int64_t second; char text[20]; } clock;
	struct buf resources[32]; /* otlp: log records by system */
	uint32_t pending;
} gen;

static uint32_t pid_of(uint32_t k) { return 1013 + k * 613; }

/* --- a row ------------------------------------------------------------------------------------------------------------------------ */

static void randomise(char *p, size_t len, bool octet)
{
	uint64_t r = gen_next(&gen.random);
	if (octet) {
		uint32_t v = 100 + (uint32_t)(r % 156);
		p[0] = (char)('0' + v / 100);
		p[1] = (char)('0' + v / 10 % 10);
		p[2] = (char)('0' + v % 10);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (i % 16 == 15)
			r = gen_next(&gen.random);
		unsigned __int128 wide = (unsigned __int128)r * 10;
		r = (uint64_t)wide;
		char c = (char)('0' + (unsigned)(wide >> 64));
		p[i] = i == 0 && c == '0' && p[0] != '0' ? '1' : c;
	}
}

static void make_message(struct row *r)
{
	struct str base = gen.format == FORMAT_JSON ? r->m->json : r->m->raw;
	CHECK(base.len <= sizeof(r->message));
	memcpy(r->message, base.p, base.len);
	r->message_len = base.len;
	uint64_t coins = 0;
	for (uint32_t i = 0; i < r->m->run_count; i++) {
		if (i % 64 == 0)
			coins = gen_next(&gen.random);
		const struct gen_run *run = &r->m->runs[i];
		if (coins >> (i % 64) & 1)
			randomise(r->message + (gen.format == FORMAT_JSON ? run->json : run->raw), run->len, run->octet);
	}
}

static const struct gen_message *draw(uint32_t system_draw, uint32_t message_draw)
{
	uint64_t step = gen.rows / GEN_PLANTED;
	if (step && gen.row % step == step / 2 && gen.row / step < GEN_PLANTED)
		return &gen.pool.messages[gen.pool.count - 1];
	uint32_t system = gen.systems[(uint64_t)system_draw * gen.weight >> 32];
	return &gen.pool.messages[system * GEN_POOL_PER_SYSTEM + (uint32_t)((uint64_t)message_draw * GEN_POOL_PER_SYSTEM >> 32)];
}

static void make_row(struct row *r)
{
	static const int64_t unit[] = { 1000000000, 0, 0, 1000000, 0, 0, 1000, 0, 0, 1 };
	uint64_t a = gen_next(&gen.random), b = gen_next(&gen.random);
	r->m = draw((uint32_t)a, (uint32_t)(a >> 32));
	gen.time += (int64_t)((b & 0xffffffff) * GAP >> 32);
	r->time = gen.time - gen.time % unit[gen_systems[r->m->system].digits];
	r->host = (uint32_t)((b >> 32 & 0xffff) * HOSTS >> 16);
	r->pid = pid_of((uint32_t)((b >> 48) * PIDS >> 16));
	r->traced = gen_below(&gen.random, 100) < TRACED;
	if (r->traced)
		for (int i = 0; i < 2; i++) {
			uint64_t v = gen_next(&gen.random);
			memcpy(r->trace + 8 * i, &v, 8);
		}
	make_message(r);
}

static void note_recent(struct recent *q, int64_t time) { q->times[q->n++ % RECENT] = time; }

static void count(const struct row *r, const char hex[32])
{
	const struct gen_message *m = r->m;
	struct str text = str_from(r->message, r->message_len);
	bool in_message = memmem(text.p, text.len, digit_probe.p, digit_probe.len);
	gen.message_bytes += m->raw.len;
	gen.levels[m->severity]++;
	gen.services[m->system]++;
	gen.patterns[m->pattern]++;
	for (int i = 0; i < GEN_WORDS; i++)
		gen.words[i] += m->words >> i & 1;
	for (int i = 0; i < GEN_SUBSTRINGS; i++)
		gen.substrings[i] += m->substrings >> i & 1;
	gen.probe_message += in_message;
	gen.probe_any += in_message || (r->traced && memmem(hex, 32, digit_probe.p, digit_probe.len));
	note_recent(&gen.recent, r->time);
	if (m->severity == SEVERITY_ERROR)
		note_recent(&gen.errors, r->time);
	if (!r->traced)
		return;
	gen.traced++;
	if (gen.sample_count < SAMPLES && gen.row >= gen.sample_count * (gen.rows / SAMPLES))
		memcpy(gen.samples[gen.sample_count++], r->trace, 16);
}

/* --- formats ---------------------------------------------------------------------------------------------------------------------- */

static struct str level_name(const struct row *r) { return severity_name(r->m->severity); }

/* "2026-11-25T22:36:19" of the time's second, kept for the rows of the same second. */
static struct str clock_text(int64_t second)
{
	if (gen.clock.second != second) {
		time_t t = second;
		struct tm tm;
		gmtime_r(&t, &tm);
		strftime(gen.clock.text, sizeof(gen.clock.text), "%Y-%m-%dT%H:%M:%S", &tm);
		gen.clock.second = second;
	}
	return str_from(gen.clock.text, 19);
}

static void fraction(struct buf *b, uint64_t ns, int digits)
{
	char text[10];
	text[0] = '.';
	for (int i = 9; i > 0; i--, ns /= 10)
		text[i] = (char)('0' + ns % 10);
	if (digits)
		buf_add_bytes(b, text, 1 + (size_t)digits);
}

static void write_json(struct buf *b, const struct row *r, const char hex[32])
{
	buf_add(b, STR("{\"time\":\""));
	buf_add(b, clock_text(r->time / 1000000000));
	fraction(b, (uint64_t)(r->time % 1000000000), gen_systems[r->m->system].digits);
	buf_add(b, STR("Z\",\"level\":\""));
	buf_add(b, level_name(r));
	buf_add(b, STR("\",\"service\":\""));
	buf_add(b, str_z(gen_systems[r->m->system].service));
	buf_add(b, STR("\",\"host\":\"node-"));
	buf_char(b, (char)('0' + r->host / 10));
	buf_char(b, (char)('0' + r->host % 10));
	buf_add(b, STR("\",\"pid\":"));
	buf_u64(b, r->pid);
	if (r->traced) {
		buf_add(b, STR(",\"trace_id\":\""));
		buf_add_bytes(b, hex, 32);
		buf_char(b, '"');
	}
	buf_add(b, STR(",\"message\":\""));
	buf_add_bytes(b, r->message, r->message_len);
	buf_add(b, STR("\"}\n"));
}

static void write_tsv(struct buf *b, const struct row *r, const char hex[32])
{
	buf_add(b, str_sub(clock_text(r->time / 1000000000), 0, 10));
	buf_printf(b, "\t%lld\t%s\tnode-%02u\t%.*s\t%u\t%.*s\t", (long long)r->time, gen_systems[r->m->system].service, r->host, STR_FMT(level_name(r)), r->pid,
		r->traced ? 32 : 0, hex);
	for (size_t i = 0; i < r->message_len; i++) {
		char c = r->message[i];
		if (c == '\n' || c == '\t' || c == '\\') {
			buf_char(b, '\\');
			c = c == '\n' ? 'n' : c == '\t' ? 't' : '\\';
		}
		buf_char(b, c);
	}
	buf_char(b, '\n');
}

static void otlp_text(struct buf *b, uint32_t field, struct str key, struct str text)
{
	size_t attr = pb_begin(b, field);
	pb_bytes(b, 1, key);
	size_t value = pb_begin(b, 2);
	pb_bytes(b, 1, text);
	pb_end(b, value);
	pb_end(b, attr);
}

static void otlp_flush(void)
{
	struct buf request;
	buf_init(&request, 64 << 20);
	for (uint32_t i = 0; i < gen_system_count; i++) {
		if (!gen.resources[i].len)
			continue;
		size_t outer = pb_begin(&request, 1), resource = pb_begin(&request, 1);
		otlp_text(&request, 1, STR("service.name"), str_z(gen_systems[i].service));
		pb_end(&request, resource);
		size_t scope = pb_begin(&request, 2);
		buf_add(&request, buf_str(&gen.resources[i]));
		pb_end(&request, scope);
		pb_end(&request, outer);
		buf_clear(&gen.resources[i]);
	}
	uint32_t len = (uint32_t)request.len;
	buf_add_bytes(&gen.out, &len, sizeof(len));
	buf_add(&gen.out, buf_str(&request));
	CHECK(buf_ok(&request) && buf_ok(&gen.out));
	buf_release(&request);
	gen.pending = 0;
}

static void write_otlp(const struct row *r)
{
	struct buf *b = &gen.resources[r->m->system];
	char host[8];
	snprintf(host, sizeof(host), "node-%02u", r->host % 100);
	size_t record = pb_begin(b, 2);
	pb_fixed64(b, 1, (uint64_t)r->time);
	pb_varint(b, 2, r->m->severity);
	size_t body = pb_begin(b, 5);
	pb_bytes(b, 1, str_from(r->message, r->message_len));
	pb_end(b, body);
	otlp_text(b, 6, STR("host"), str_z(host));
	size_t attr = pb_begin(b, 6);
	pb_bytes(b, 1, STR("pid"));
	size_t value = pb_begin(b, 2);
	pb_varint(b, 3, r->pid);
	pb_end(b, value);
	pb_end(b, attr);
	if (r->traced)
		pb_bytes(b, 9, str_from((const char *)r->trace, 16));
	pb_end(b, record);
	if (++gen.pending == OTLP_ROWS)
		otlp_flush();
}

/* --- the manifest ----------------------------------------------------------------------------------------------------------------- */

static int descending_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x < y) - (x > y);
}

static int descending_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x < y) - (x > y);
}

static void newest(struct json_out *j, const char *key, struct recent *q)
{
	uint64_t n = q->n < RECENT ? q->n : RECENT;
	qsort(q->times, n, sizeof(q->times[0]), descending_i64);
	json_out_key(j, str_z(key));
	json_out_array(j);
	for (uint64_t i = 0; i < n && i < NEWEST; i++)
		json_out_i64(j, q->times[i]);
	json_out_end(j);
}

static void counts(struct json_out *j, const char *key, const char *const *names, const uint64_t *values, uint32_t n)
{
	json_out_key(j, str_z(key));
	json_out_object(j);
	for (uint32_t i = 0; i < n; i++)
		json_kv_u64(j, names[i], values[i]);
	json_out_end(j);
}

static void levels_and_services(struct json_out *j)
{
	json_out_key(j, STR("levels"));
	json_out_object(j);
	for (uint8_t i = 0; i < 25; i++)
		if (gen.levels[i]) {
			json_out_key(j, severity_name(i));
			json_out_u64(j, gen.levels[i]);
		}
	json_out_end(j);
	json_out_key(j, STR("services"));
	json_out_object(j);
	for (uint32_t i = 0; i < gen_system_count; i++)
		json_kv_u64(j, gen_systems[i].service, gen.services[i]);
	json_out_end(j);
}

static void patterns(struct json_out *j)
{
	uint64_t seen = 0;
	for (uint32_t i = 0; i < gen.pool.pattern_count; i++)
		seen += gen.patterns[i] != 0;
	json_kv_u64(j, "patterns", seen);
	qsort(gen.patterns, gen.pool.pattern_count, sizeof(gen.patterns[0]), descending_u64);
	json_out_key(j, STR("top_patterns"));
	json_out_array(j);
	for (uint32_t i = 0; i < 10 && i < gen.pool.pattern_count; i++)
		json_out_u64(j, gen.patterns[i]);
	json_out_end(j);
}

static void manifest(const char *path)
{
	struct buf b;
	struct json_out j;
	buf_init(&b, 1 << 24);
	json_out_init(&j, &b);
	json_out_object(&j);
	json_kv_u64(&j, "rows", gen.rows);
	json_kv_u64(&j, "bytes", gen.bytes);
	json_kv_u64(&j, "message_bytes", gen.message_bytes);
	json_kv_i64(&j, "start", gen.start);
	json_kv_i64(&j, "end", gen.time);
	json_kv_u64(&j, "distinct_traces", gen.traced);
	levels_and_services(&j);
	counts(&j, "words", gen_words, gen.words, GEN_WORDS);
	counts(&j, "substrings", gen_substrings, gen.substrings, GEN_SUBSTRINGS);
	json_kv_str(&j, "digits", digit_probe);
	json_kv_u64(&j, "digits_in_message", gen.probe_message);
	json_kv_u64(&j, "digits_in_any", gen.probe_any);
	patterns(&j);
	newest(&j, "newest", &gen.recent);
	newest(&j, "newest_errors", &gen.errors);
	json_out_key(&j, STR("ids"));
	json_out_array(&j);
	for (uint32_t i = 0; i < gen.sample_count; i++)
		json_out_hex(&j, gen.samples[i], 16);
	json_out_end(&j);
	json_out_end(&j);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(buf_str(&b).p, 1, b.len, f) != b.len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
	buf_release(&b);
}

/* --- the program ------------------------------------------------------------------------------------------------------------------ */

static void drain(void)
{
	struct str s = buf_str(&gen.out);
	CHECK(buf_ok(&gen.out));
	if (fwrite(s.p, 1, s.len, stdout) != s.len) {
		perror("gen_logs");
		exit(1);
	}
	gen.bytes += s.len;
	buf_clear(&gen.out);
}

static void prepare(int argc, char **argv)
{
	uint64_t seed = gen_number(argc, argv, "seed", 1);
	const char *format = gen_option(argc, argv, "format", "json");
	gen.format = strcmp(format, "tsv") == 0 ? FORMAT_TSV : strcmp(format, "otlp") == 0 ? FORMAT_OTLP : FORMAT_JSON;
	gen.rows = gen_number(argc, argv, "rows", 2050000);
	gen.start = (int64_t)gen_number(argc, argv, "start", 1795000000000000000);
	gen.time = gen.start;
	gen.clock.second = -1;
	gen.random.state = seed;
	gen.pool = gen_pool_make(seed);
	gen.patterns = calloc(gen.pool.pattern_count, sizeof(gen.patterns[0]));
	gen.services = calloc(gen_system_count, sizeof(gen.services[0]));
	CHECK(gen.patterns && gen.services && gen_system_count <= 32);
	buf_init(&gen.out, 128 << 20);
	for (uint32_t i = 0; i < gen_system_count; i++) {
		buf_init(&gen.resources[i], 64 << 20);
		gen.weight += gen_systems[i].weight;
	}
	uint32_t *systems = calloc(gen.weight, sizeof(*systems)), at = 0;
	CHECK(systems);
	for (uint32_t i = 0; i < gen_system_count; i++)
		for (uint32_t k = 0; k < gen_systems[i].weight; k++)
			systems[at++] = i;
	gen.systems = systems;
}

int main(int argc, char **argv)
{
	static struct row r;
	char hex[32];
	prepare(argc, argv);
	for (gen.row = 0; gen.row < gen.rows; gen.row++) {
		make_row(&r);
		if (r.traced)
			hex_encode(hex, r.trace, 16);
		count(&r, hex);
		switch (gen.format) {
		case FORMAT_JSON: write_json(&gen.out, &r, hex); break;
		case FORMAT_TSV: write_tsv(&gen.out, &r, hex); break;
		case FORMAT_OTLP: write_otlp(&r); break;
		}
		if (gen.out.len > OUT)
			drain();
	}
	if (gen.pending)
		otlp_flush();
	drain();
	const char *path = gen_option(argc, argv, "manifest", NULL);
	if (path)
		manifest(path);
	return fflush(stdout) == 0 ? 0 : 1;
}
