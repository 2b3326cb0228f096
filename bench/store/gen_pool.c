/* The pool of messages that rows are drawn from: 2,000 of each kind of system, rendered once from log_templates.h. Real logs repeat themselves in
 * this way: a few thousand distinct texts a system, whose numbers change from row to row. */
#include "bench/store/gen.h"
#include "base/check.h"
#include "base/json.h"
#include <stdio.h>
#include <stdlib.h>

enum { TRACE = SEVERITY_TRACE, DEBUG = SEVERITY_DEBUG, INFO = SEVERITY_INFO, WARN = SEVERITY_WARN, ERROR = SEVERITY_ERROR };
struct word_list { const char *name; const char *words[32]; };
static const struct word_list lists[] = {
#define LOG_WORDS(name, ...) { #name, { __VA_ARGS__ } },
#define LOG_SYSTEM(service, weight, digits)
#define LOG_TEMPLATE(severity, text)
#include "bench/store/log_templates.h"
#undef LOG_WORDS
#undef LOG_SYSTEM
#undef LOG_TEMPLATE
};
const struct gen_system gen_systems[] = {
#define LOG_WORDS(name, ...)
#define LOG_SYSTEM(service, weight, digits) { service, weight, digits },
#define LOG_TEMPLATE(severity, text)
#include "bench/store/log_templates.h"
#undef LOG_WORDS
#undef LOG_SYSTEM
#undef LOG_TEMPLATE
};
const uint32_t gen_system_count = sizeof(gen_systems) / sizeof(gen_systems[0]);
/* A row with text NULL opens a system. */
struct template_row { uint8_t severity; const char *text; };
static const struct template_row templates[] = {
#define LOG_WORDS(name, ...)
#define LOG_SYSTEM(service, weight, digits) { 0, NULL },
#define LOG_TEMPLATE(severity, text) { severity, text },
#include "bench/store/log_templates.h"
};
enum { TEMPLATE_ROWS = sizeof(templates) / sizeof(templates[0]) };

const char *const gen_words[GEN_WORDS] = { "PacketResponder", "deadlock", GEN_PLANTED_WORD };
const char *const gen_substrings[GEN_SUBSTRINGS] = { "cketRespond", "zzzNotTh" };

/* A message being made, and for each of its bytes whether it is of a number or id that changes from row to row. */
struct draft { struct buf text, varies; };

static void render(struct draft *d, struct gen_random *r, const char *text);

static void digits(struct buf *b, struct gen_random *r, uint32_t n, bool exact)
{
	n = exact ? n : 1 + gen_below(r, n);
	for (uint32_t i = 0; i < n; i++)
		buf_char(b, (char)('0' + (i == 0 && n > 1 ? 1 + gen_below(r, 9) : gen_below(r, 10))));
}

static void hex(struct buf *b, struct gen_random *r, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		buf_char(b, "0123456789abcdef"[gen_below(r, 16)]);
}

static void uuid(struct buf *b, struct gen_random *r)
{
	static const uint32_t parts[] = { 8, 4, 4, 4, 12 };
	for (size_t i = 0; i < 5; i++) {
		if (i)
			buf_char(b, '-');
		hex(b, r, parts[i]);
	}
}

static void word(struct draft *d, struct gen_random *r, struct str name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (str_eq(name, str_z(lists[i].name))) {
			uint32_t n = 0;
			while (n < 32 && lists[i].words[n])
				n++;
			render(d, r, lists[i].words[gen_zipf(r, n)]);
			return;
		}
	fprintf(stderr, "log_templates.h: no list has the name %.*s\n", STR_FMT(name));
	exit(1);
}

/* A number or an id; false when the name is of neither. */
static bool value(struct buf *b, struct gen_random *r, struct str name)
{
	uint64_t n;
	if (str_eq(name, STR("ip")))
		buf_printf(b, "10.%u.%u.%u", gen_below(r, 256), gen_below(r, 256), 1 + gen_below(r, 254));
	else if (str_eq(name, STR("id")))
		uuid(b, r);
	else if (str_eq(name, STR("blk"))) {
		buf_add(b, gen_below(r, 2) ? STR("blk_-") : STR("blk_"));
		digits(b, r, 19, true);
	} else if (name.len > 1 && strchr("dnx", name.p[0]) && str_to_u64(str_skip(name, 1), &n) && n <= 64) {
		if (name.p[0] == 'x')
			hex(b, r, (uint32_t)n);
		else
			digits(b, r, (uint32_t)n, name.p[0] == 'd');
	} else {
		return false;
	}
	return true;
}

/* Gives the bytes that came last their mark. */
static void mark(struct draft *d, char varies)
{
	while (d->varies.len < d->text.len)
		buf_char(&d->varies, varies);
}

static void slot(struct draft *d, struct gen_random *r, struct str name)
{
	mark(d, 0);
	if (value(&d->text, r, name))
		mark(d, 1);
	else
		word(d, r, name);
}

/* A slot's name is lower-case letters and digits; any other brace is text. */
static size_t slot_length(const char *text)
{
	size_t n = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
	return n && text[1 + n] == '}' ? n : 0;
}

static void render(struct draft *d, struct gen_random *r, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, "{");
		buf_add_bytes(&d->text, text, plain);
		text += plain;
		if (!*text)
			break;
		size_t n = slot_length(text);
		if (n)
			slot(d, r, str_from(text + 1, n));
		else
			buf_char(&d->text, '{');
		text += n ? n + 2 : 1;
	}
	mark(d, 0);
}

static bool is_token(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool has_word(struct str text, struct str needle)
{
	for (size_t at = 0; at < text.len;) {
		size_t found = str_find(str_skip(text, at), needle);
		if (found == SIZE_MAX)
			return false;
		size_t from = at + found, to = from + needle.len;
		if ((from == 0 || !is_token(text.p[from - 1])) && (to == text.len || !is_token(text.p[to])))
			return true;
		at = from + 1;
	}
	return false;
}

/* Owned text that lives as long as the program. */
static struct str keep(const struct buf *b)
{
	struct str s = buf_str(b);
	char *p = malloc(s.len + 1);
	CHECK(p && buf_ok(b));
	memcpy(p, s.p, s.len);
	p[s.len] = 0;
	return str_from(p, s.len);
}

/* Whether the digit at i belongs to four numbers between dots. */
static bool in_address(struct str s, size_t i)
{
	size_t from = i, to = i, dots = 0;
	while (from > 0 && (is_digit(s.p[from - 1]) || s.p[from - 1] == '.'))
		from--;
	while (to < s.len && (is_digit(s.p[to]) || s.p[to] == '.'))
		dots += s.p[to++] == '.';
	for (size_t k = from; k < i; k++)
		dots += s.p[k] == '.';
	return dots == 3;
}

/* Runs of three digits or more: where they are in the text as it is and in its JSON. Escapes hold no digit, so both have the same runs; those that
 * do not vary are dropped at the end. */
static void find_runs(struct gen_message *m, const char *varies)
{
	struct gen_run *runs = calloc(m->raw.len / 3 + 1, sizeof(*runs));
	CHECK(runs);
	for (int json = 0; json < 2; json++) {
		struct str s = json ? m->json : m->raw;
		uint32_t n = 0;
		for (size_t i = 0; i < s.len;) {
			size_t len = 0;
			while (i + len < s.len && is_digit(s.p[i + len]))
				len++;
			if (len >= 3) {
				*(json ? &runs[n].json : &runs[n].raw) = (uint16_t)i;
				runs[n].octet = len == 3 && in_address(s, i);
				runs[n++].len = (uint16_t)len;
			}
			i += len ? len : 1;
		}
		CHECK(json == 0 || n == m->run_count);
		m->run_count = n;
	}
	uint32_t kept = 0;
	for (uint32_t i = 0; i < m->run_count; i++)
		if (varies[runs[i].raw])
			runs[kept++] = runs[i];
	m->run_count = kept;
	m->runs = runs;
}

/* 8-4-4-4-12 hex digits, and no more of the last group. */
static bool is_uuid(struct str s)
{
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (i >= s.len || (dash ? s.p[i] != '-' : !strchr("0123456789abcdefABCDEF", s.p[i])))
			return false;
	}
	return s.len == 36 || !is_token(s.p[36]);
}

/* The text with every token that has a digit, and every group of a UUID, as `*`. */
static void mask(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len;) {
		size_t len = 0;
		bool number = false;
		if ((i == 0 || !is_token(s.p[i - 1])) && is_uuid(str_skip(s, i))) {
			buf_add(b, STR("*-*-*-*-*"));
			i += 36;
			continue;
		}
		while (i + len < s.len && is_token(s.p[i + len]))
			number |= is_digit(s.p[i + len++]);
		if (len == 0)
			buf_char(b, s.p[i++]);
		else if (number)
			buf_char(b, '*');
		else
			buf_add(b, str_sub(s, i, i + len));
		i += len;
	}
}

/* Index of a text among those seen: a hash table with open addressing that never fills. */
static uint32_t intern(struct gen_pool *p, const struct buf *masked)
{
	enum { SLOTS = 1 << 18 };
	static struct { struct str text; uint32_t index; } *table;
	if (!table)
		table = calloc(SLOTS, sizeof(*table));
	CHECK(table);
	struct str s = buf_str(masked);
	for (uint64_t at = str_hash(s);; at++) {
		if (!table[at % SLOTS].text.p) {
			table[at % SLOTS].text = keep(masked);
			table[at % SLOTS].index = p->pattern_count++;
		}
		if (str_eq(table[at % SLOTS].text, s))
			return table[at % SLOTS].index;
	}
}

static void add(struct gen_pool *p, struct gen_random *r, uint8_t system, uint8_t severity, const char *text)
{
	struct gen_message *m = &p->messages[p->count++];
	struct draft d;
	struct buf b;
	buf_init(&d.text, 1 << 16);
	buf_init(&d.varies, 1 << 16);
	buf_init(&b, 1 << 20);
	render(&d, r, text);
	m->raw = keep(&d.text);
	json_quote(&b, m->raw);
	m->json = keep(&b);
	m->json = str_sub(m->json, 1, m->json.len - 1);
	buf_clear(&b);
	mask(&b, m->raw);
	m->pattern = intern(p, &b);
	m->system = system;
	m->severity = severity;
	CHECK(d.varies.len == m->raw.len);
	find_runs(m, buf_str(&d.varies).p);
	for (int i = 0; i < GEN_WORDS; i++)
		m->words |= (uint8_t)(has_word(m->raw, str_z(gen_words[i])) << i);
	for (int i = 0; i < GEN_SUBSTRINGS; i++)
		m->substrings |= (uint8_t)((str_find(m->raw, str_z(gen_substrings[i])) != SIZE_MAX) << i);
	buf_release(&b);
	buf_release(&d.text);
	buf_release(&d.varies);
}

struct gen_pool gen_pool_make(uint64_t seed)
{
	struct gen_pool p = { .messages = calloc(gen_system_count * GEN_POOL_PER_SYSTEM + 1, sizeof(*p.messages)) };
	struct gen_random r = { seed ^ 0x706f6f6c };
	CHECK(p.messages);
	uint8_t system = 0;
	for (uint32_t at = 0; at < TEMPLATE_ROWS; system++) {
		uint32_t first = ++at;
		while (at < TEMPLATE_ROWS && templates[at].text)
			at++;
		for (int i = 0; i < GEN_POOL_PER_SYSTEM; i++) {
			const struct template_row *t = &templates[first + gen_zipf(&r, at - first)];
			add(&p, &r, system, t->severity, t->text);
		}
	}
	add(&p, &r, 0, SEVERITY_WARN, "cache warmed for tenant " GEN_PLANTED_WORD " in {d4} ms");
	return p;
}
