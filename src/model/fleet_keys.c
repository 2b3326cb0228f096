/* Reading YAML nodes by the rows of tbl/fleet_keys.h, with errors that name place, expectation and the nearest right spelling. */
#include "model/fleet_keys.h"
#include "base/check.h"
#include "base/suggest.h"
#include "base/time.h"
#include "model/names.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct fleet_section_info fleet_sections[SECTION_COUNT] = {
#define FLEET_SECTION(symbol, file, where, title, meaning) { STR_INIT(file), STR_INIT(where), STR_INIT(title), STR_INIT(meaning) },
#include "tbl/fleet_keys.h"
};
#define NODE_SCALAR YAML_SCALAR
#define NODE_LIST YAML_SEQUENCE
#define NODE_MAPPING YAML_MAPPING
const struct fleet_kind_info fleet_kinds[KIND_COUNT] = {
#define FLEET_KIND(symbol, node, words, example) { NODE_##node, STR_INIT(words), STR_INIT(example) },
#include "tbl/fleet_keys.h"
};
const struct fleet_key fleet_keys[] = {
#define FLEET_KEY(section, key, kind, state, min, max, otherwise, meaning)                                                                 \
	{ SECTION_##section, STR_INIT(key), KIND_##kind, KEY_##state, min, max, STR_INIT(otherwise), STR_INIT(meaning) },
#include "tbl/fleet_keys.h"
};
const size_t fleet_keys_count = ARRAY_LEN(fleet_keys);

/* --- errors ------------------------------------------------------------------------------------------------------------------- */

void fleet_wrong_err(struct fleet_reader *r, struct err *e, uint32_t line, uint32_t column)
{
	err_place(e, r->file, line, column);
	if (r->errors_count < FLEET_MAX_ERRORS && ARENA_PUSH_ROOM(r->arena, r->errors, r->errors_count, r->errors_capacity))
		r->errors[r->errors_count++] = *e;
	else
		r->errors_unkept++;
}

void fleet_wrong(struct fleet_reader *r, uint32_t line, uint32_t column, const char *format, ...)
{
	char message[sizeof(((struct err *)0)->message)];
	struct err e = { 0 };
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	err_set(&e, ERR_FILE_INVALID, "%s", message);
	fleet_wrong_err(r, &e, line, column);
}

static int by_place(const void *a, const void *b)
{
	const struct err *x = a, *y = b;
	bool x_top = strcmp(x->file, "pleach.yaml") == 0, y_top = strcmp(y->file, "pleach.yaml") == 0;
	int file = strcmp(x->file, y->file);
	if (x_top != y_top)
		return x_top ? -1 : 1;
	if (file)
		return file;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

void fleet_report(struct fleet_reader *r, struct err *e, struct buf *more)
{
	if (r->errors_count == 0) {
		if (r->errors_unkept)
			err_set(e, ERR_TOO_LARGE, "the files of this fleet need more memory than its limit");
		return;
	}
	qsort(r->errors, r->errors_count, sizeof(*r->errors), by_place);
	const struct err *first = &r->errors[0];
	err_set(e, first->code, "%s", first->message);
	err_place(e, str_z(first->file), first->line, first->column);
	for (size_t i = 1; more && i < r->errors_count; i++) {
		err_format(&r->errors[i], more);
		buf_char(more, '\n');
	}
	if (more && r->errors_unkept)
		buf_printf(more, "and %zu more\n", r->errors_unkept);
}

struct place fleet_place(const struct fleet_reader *r, uint32_t line, uint32_t column)
{
	return (struct place){ r->file, line, column };
}

static void warn_later(struct fleet_reader *r, struct str key, uint32_t line, uint32_t column)
{
	if (!ARENA_PUSH_ROOM(r->arena, r->warnings, r->warnings_count, r->warnings_capacity))
		return;
	struct err *w = &r->warnings[r->warnings_count++];
	err_set(w, ERR_FILE_INVALID, "`%.*s` is read but not acted on yet", STR_FMT(key));
	err_place(w, r->file, line, column);
}

/* Text from a file in a message: one line of it, not too long. */
static struct str shown(struct str s)
{
	size_t end = str_find_char(s, '\n');
	if (end > 60)
		end = s.len < 60 ? s.len : 60;
	while (end > 0 && end < s.len && ((uint8_t)s.p[end] & 0xc0) == 0x80) /* not within a UTF-8 sequence */
		end--;
	return str_sub(s, 0, end);
}

/* --- keys --------------------------------------------------------------------------------------------------------------------- */

static const struct fleet_key *find_key(enum fleet_section section, struct str name)
{
	for (size_t i = 0; i < fleet_keys_count; i++) {
		if (fleet_keys[i].section == section && str_eq(fleet_keys[i].name, name))
			return &fleet_keys[i];
	}
	return NULL;
}

static const struct fleet_key *row(enum fleet_section section, const char *name)
{
	const struct fleet_key *k = find_key(section, str_z(name));
	CHECK(k != NULL);
	return k;
}

/* The section of the same file where a key would be right, or SECTION_COUNT. */
static enum fleet_section other_home(enum fleet_section section, struct str name)
{
	for (size_t i = 0; i < fleet_keys_count; i++) {
		const struct fleet_key *k = &fleet_keys[i];
		if (k->section != section && str_eq(k->name, name) && str_eq(fleet_sections[k->section].file, fleet_sections[section].file))
			return k->section;
	}
	return SECTION_COUNT;
}

static void unknown_key(struct fleet_reader *r, enum fleet_section section, const struct yaml_pair *pair)
{
	struct str names[64], title = fleet_sections[section].title, key = shown(pair->key);
	char known[256];
	size_t n = 0, used = 0;
	for (size_t i = 0; i < fleet_keys_count; i++) {
		if (fleet_keys[i].section != section)
			continue;
		CHECK(n < ARRAY_LEN(names));
		names[n++] = fleet_keys[i].name;
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%.*s", n > 1 ? ", " : "", STR_FMT(fleet_keys[i].name));
		CHECK(used < sizeof(known));
	}
	struct str near = suggest(pair->key, names, n);
	enum fleet_section home = other_home(section, pair->key);
	if (home != SECTION_COUNT && str_empty(fleet_sections[home].where))
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; it belongs to the top of the file", STR_FMT(key),
			    STR_FMT(title));
	else if (home != SECTION_COUNT)
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; it belongs under `%.*s`", STR_FMT(key), STR_FMT(title),
			    STR_FMT(fleet_sections[home].title));
	else if (!str_empty(near))
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; did you mean `%.*s`?", STR_FMT(key), STR_FMT(title),
			    STR_FMT(near));
	else
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; known keys are %s", STR_FMT(key), STR_FMT(title), known);
}

static void wrong_value(struct fleet_reader *r, const struct fleet_key *k, const struct yaml *v)
{
	const struct fleet_kind_info *kind = &fleet_kinds[k->kind];
	fleet_wrong(r, v->line, v->column, "`%.*s` must be %.*s, such as %.*s; here is `%.*s`", STR_FMT(k->name), STR_FMT(kind->words),
		    STR_FMT(kind->example), STR_FMT(shown(v->text)));
}

static bool date_ok(struct str s)
{
	int64_t wall;
	return s.len == 10 && s.p[4] == '-' && s.p[7] == '-' && time_parse(s, &wall);
}

static bool url_ok(struct str s)
{
	return (str_starts(s, STR("http://")) || str_starts(s, STR("https://"))) && s.len > 8 && str_find_char(s, ' ') == SIZE_MAX;
}

static void check_shape(struct fleet_reader *r, const struct fleet_key *k, const struct yaml_pair *pair)
{
	const struct fleet_kind_info *kind = &fleet_kinds[k->kind];
	const struct yaml *v = &pair->value;
	if (v->type == YAML_NULL)
		return;
	if (v->type != kind->node) {
		fleet_wrong(r, v->line, v->column, "`%.*s` must be %.*s, such as %.*s; here is %s", STR_FMT(k->name), STR_FMT(kind->words),
			    STR_FMT(kind->example), yaml_type_name(v->type));
		return;
	}
	if (kind->node == YAML_SEQUENCE && ((double)v->count < k->min || (double)v->count > k->max))
		fleet_wrong(r, v->line, v->column, "`%.*s` has %u entries; from %g to %g are allowed", STR_FMT(k->name), v->count, k->min, k->max);
	if (k->state == KEY_LATER)
		warn_later(r, k->name, pair->line, pair->column);
}

bool fleet_check_keys(struct fleet_reader *r, enum fleet_section section, const struct yaml *node)
{
	struct str title = fleet_sections[section].title;
	if (node->type != YAML_MAPPING && node->type != YAML_NULL) {
		fleet_wrong(r, node->line, node->column, "`%.*s` must be a mapping (lines of `key: value`); here is %s", STR_FMT(title),
			    yaml_type_name(node->type));
		return false;
	}
	for (uint32_t i = 0; node->type == YAML_MAPPING && i < node->count; i++) {
		const struct fleet_key *k = find_key(section, node->pairs[i].key);
		if (k)
			check_shape(r, k, &node->pairs[i]);
		else
			unknown_key(r, section, &node->pairs[i]);
	}
	for (size_t i = 0; i < fleet_keys_count; i++) {
		const struct fleet_key *k = &fleet_keys[i];
		if (k->section != section || k->state != KEY_NEEDED)
			continue;
		const struct yaml *v = yaml_get(node, k->name);
		if (!v || v->type == YAML_NULL)
			fleet_wrong(r, node->line, node->column, "`%.*s` is missing in `%.*s`: add %.*s, such as %.*s", STR_FMT(k->name),
				    STR_FMT(title), STR_FMT(fleet_kinds[k->kind].words), STR_FMT(fleet_kinds[k->kind].example));
	}
	return true;
}

const struct yaml *fleet_get(enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = row(section, key);
	const struct yaml *v = node ? yaml_get(node, k->name) : NULL;
	if (v && v->type == YAML_NULL && k->kind == KIND_SETTINGS) /* a section with nothing in it */
		return v;
	return v && v->type == fleet_kinds[k->kind].node ? v : NULL;
}

/* --- values ------------------------------------------------------------------------------------------------------------------- */

bool fleet_scalar(struct fleet_reader *r, const struct yaml *node, const char *what, struct str *out)
{
	if (node->type != YAML_SCALAR) {
		fleet_wrong(r, node->line, node->column, "%s must be text; here is %s", what, yaml_type_name(node->type));
		return false;
	}
	if (node->text.len > FLEET_MAX_TEXT) {
		fleet_wrong(r, node->line, node->column, "%s has %zu bytes; at most %d are allowed", what, node->text.len, FLEET_MAX_TEXT);
		return false;
	}
	for (size_t i = 0; i < node->text.len; i++) {
		uint8_t c = (uint8_t)node->text.p[i];
		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
			fleet_wrong(r, node->line, node->column, "%s has a control character (\\x%02x) in it", what, c);
			return false;
		}
	}
	*out = arena_str(r->arena, node->text);
	return true;
}

static bool route_ok(struct str s)
{
	if (str_empty(s) || s.p[0] != '/' || str_find(s, STR("//")) != SIZE_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.p[i];
		if (c <= 0x20 || c >= 0x7f || strchr("\"#%<>?[\\]^`{|}", c))
			return false;
	}
	struct str rest = s;
	while (rest.p) {
		struct str segment = str_split(&rest, '/');
		if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
			return false;
	}
	return true;
}

static bool version_ok(struct str s)
{
	if (str_empty(s) || s.len > 32)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!word && !(i > 0 && strchr(".-_+", c)))
			return false;
	}
	return true;
}

static bool is_one_of(struct str s, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(s, words[i]))
			return true;
	}
	return false;
}

/* Whether the text is one of the row's choices; a near miss gets the right spelling. */
static bool choice_ok(struct fleet_reader *r, const struct fleet_key *k, const struct yaml *v, const struct str *words, size_t n)
{
	if (is_one_of(v->text, words, n))
		return true;
	struct str near = suggest(v->text, words, n);
	if (str_empty(near))
		wrong_value(r, k, v);
	else
		fleet_wrong(r, v->line, v->column, "`%.*s` must be %.*s; did you mean `%.*s`?", STR_FMT(k->name),
			    STR_FMT(fleet_kinds[k->kind].words), STR_FMT(near));
	return false;
}

static bool name_ok(struct fleet_reader *r, const struct yaml *v)
{
	struct err e = { 0 };
	if (name_check(v->text, "the name", &e))
		return true;
	e.code = ERR_FILE_INVALID;
	fleet_wrong_err(r, &e, v->line, v->column);
	return false;
}

static bool text_ok(struct fleet_reader *r, const struct fleet_key *k, const struct yaml *v)
{
	static const struct str ownerships[] = { STR_INIT("strong"), STR_INIT("weak"), STR_INIT("collective") };
	static const struct str tiers[] = { STR_INIT("bronze"), STR_INIT("silver"), STR_INIT("gold"), STR_INIT("platinum") };
	bool ok = true;
	if (k->kind == KIND_NAME)
		return name_ok(r, v);
	if (k->kind == KIND_OWNERSHIP)
		return choice_ok(r, k, v, ownerships, ARRAY_LEN(ownerships));
	if (k->kind == KIND_TIER)
		return choice_ok(r, k, v, tiers, ARRAY_LEN(tiers));
	if (k->kind == KIND_ROUTE)
		ok = route_ok(v->text);
	else if (k->kind == KIND_VERSION)
		ok = version_ok(v->text);
	else if (k->kind == KIND_DATE)
		ok = date_ok(v->text);
	else if (k->kind == KIND_URL)
		ok = url_ok(v->text);
	else if (k->kind == KIND_FILE)
		ok = !str_empty(v->text);
	if (!ok)
		wrong_value(r, k, v);
	return ok;
}

struct str fleet_text(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	char what[64];
	struct str text;
	snprintf(what, sizeof(what), "`%s`", key);
	if (!v || !fleet_scalar(r, v, what, &text) || !text_ok(r, k, v))
		return k->otherwise;
	return text;
}

static bool parse_i64(enum fleet_kind kind, struct str s, int64_t *out)
{
	switch (kind) {
	case KIND_INT: return str_to_i64(s, out);
	case KIND_DURATION: return duration_parse(s, out);
	case KIND_SIZE: return size_parse(s, out);
	default: UNREACHABLE();
	}
}

struct unit { int64_t size; const char *name; };

/* In the largest unit that leaves a whole number. */
static void put_in_units(struct buf *b, int64_t v, const struct unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v % units[i].size == 0 && (v > 0 || i == n - 1)) {
			buf_printf(b, "%lld%s", (long long)(v / units[i].size), units[i].name);
			return;
		}
	}
}

void fleet_put_bound(struct buf *b, enum fleet_kind kind, double v)
{
	static const struct unit durations[] = { { 3600000000000, "h" }, { 60000000000, "m" }, { 1000000000, "s" }, { 1000000, "ms" } };
	static const struct unit sizes[] = { { (int64_t)1 << 40, "T" }, { 1 << 30, "G" }, { 1 << 20, "M" }, { 1 << 10, "K" }, { 1, "" } };
	if (kind == KIND_DURATION)
		put_in_units(b, (int64_t)v, durations, ARRAY_LEN(durations));
	else if (kind == KIND_SIZE)
		put_in_units(b, (int64_t)v, sizes, ARRAY_LEN(sizes));
	else
		buf_printf(b, "%g", v);
}

static void out_of_range(struct fleet_reader *r, const struct fleet_key *k, const struct yaml *v)
{
	struct buf bounds;
	buf_init(&bounds, 256);
	fleet_put_bound(&bounds, k->kind, k->min);
	buf_add(&bounds, STR(" to "));
	fleet_put_bound(&bounds, k->kind, k->max);
	fleet_wrong(r, v->line, v->column, "`%.*s` must be %.*s from %.*s; here is `%.*s`", STR_FMT(k->name), STR_FMT(fleet_kinds[k->kind].words),
		    STR_FMT(buf_str(&bounds)), STR_FMT(shown(v->text)));
	buf_release(&bounds);
}

int64_t fleet_i64(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	int64_t otherwise = 0, got;
	double bare;
	if (!str_empty(k->otherwise))
		CHECK(parse_i64(k->kind, k->otherwise, &otherwise));
	if (!v)
		return otherwise;
	if (!parse_i64(k->kind, v->text, &got)) {
		if (k->kind == KIND_DURATION && str_to_f64(v->text, &bare))
			fleet_wrong(r, v->line, v->column, "`%s` needs a unit: write `%.*sms` or `%.*ss`", key, STR_FMT(shown(v->text)),
				    STR_FMT(shown(v->text)));
		else
			wrong_value(r, k, v);
		return otherwise;
	}
	if ((double)got < k->min || (double)got > k->max) {
		out_of_range(r, k, v);
		return otherwise;
	}
	return got;
}

double fleet_f64(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	double got;
	if (!v)
		return 0;
	if (!str_to_f64(v->text, &got) || !isfinite(got)) {
		wrong_value(r, k, v);
		return 0;
	}
	if (got < k->min || got > k->max) {
		out_of_range(r, k, v);
		return 0;
	}
	return got;
}

struct sys_addr fleet_addr(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	struct sys_addr a = { .family = SYS_NONE }, got;
	struct err e = { 0 };
	if (!str_empty(k->otherwise))
		CHECK(sys_addr_parse(&a, k->otherwise, &e));
	if (!v)
		return a;
	if (!sys_addr_parse(&got, v->text, &e) || got.family == SYS_UNIX || got.port == 0)
		wrong_value(r, k, v);
	else
		a = got;
	return a;
}

struct str *fleet_words(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key, size_t *n)
{
	const struct fleet_key *k = row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	char what[64];
	*n = 0;
	if (!v || v->count == 0 || (double)v->count > k->max)
		return NULL;
	struct str *words = ARENA_ARRAY(r->arena, v->count, struct str);
	snprintf(what, sizeof(what), "an entry of `%s`", key);
	for (uint32_t i = 0; words && i < v->count; i++) {
		if (fleet_scalar(r, &v->items[i], what, &words[*n]))
			(*n)++;
	}
	return words;
}
