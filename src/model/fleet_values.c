/* Typed values from YAML scalars and lists, by the rows of tbl/fleet_keys.h: what is wrong is reported with an example or the nearest right
 * spelling, and read as the row's default. */
#include "base/check.h"
#include "base/suggest.h"
#include "base/time.h"
#include "model/fleet_keys.h"
#include "model/names.h"
#include <math.h>
#include <stdio.h>

static void wrong_value(struct fleet_reader *r, const struct fleet_key *k, const struct yaml *v)
{
	const struct fleet_kind_info *kind = &fleet_kinds[k->kind];
	fleet_wrong(r, v->line, v->column, "`%.*s` must be %.*s, such as %.*s; here is `%.*s`", STR_FMT(k->name), STR_FMT(kind->words),
		    STR_FMT(kind->example), STR_FMT(fleet_shown(v->text)));
}

/* Of the years 1970 to 2199: sums of a few of them do not overflow. Not Unix time, which time_parse takes too: nobody reads it. */
static bool moment_ok(struct str s)
{
	int64_t wall;
	return s.len >= 10 && s.p[4] == '-' && s.p[7] == '-' && time_parse(s, &wall) && wall > 0 && wall < INT64_MAX / 9 * 7;
}

static bool date_ok(struct str s) { return s.len == 10 && moment_ok(s); }

static bool url_ok(struct str s)
{
	return (str_starts(s, STR("http://")) || str_starts(s, STR("https://"))) && s.len > 8 && str_find_char(s, ' ') == SIZE_MAX;
}

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

/* Names a file or several, in directories that may be patterns too. */
static bool pattern_ok(struct str s)
{
	return !str_empty(s) && s.len < SYS_PATH_MAX / 2 && !str_ends(s, STR("/")) && str_find(s, STR("**")) == SIZE_MAX && str_find_char(s, '\n') == SIZE_MAX &&
	       !str_eq(s, STR(".")) && !str_eq(s, STR("..")) && !str_ends(s, STR("/.")) && !str_ends(s, STR("/.."));
}

struct str fleet_pattern(struct fleet_reader *r, const struct yaml *node, struct str base)
{
	struct str text;
	if (!fleet_scalar(r, node, "a pattern of files", &text))
		return STR("");
	if (str_find(text, STR("**")) != SIZE_MAX)
		fleet_wrong(r, node->line, node->column, "`**` is not understood; write one pattern for each depth, such as `./log/*.log` and `./log/*/*.log`");
	else if (!pattern_ok(text))
		fleet_wrong(r, node->line, node->column, "`%.*s` is no pattern of files; write one such as `./log/*.log` or `/var/log/nginx/*.log`",
			    STR_FMT(fleet_shown(text)));
	else
		return fleet_join(r->arena, base, text);
	return STR("");
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
	else if (k->kind == KIND_MOMENT)
		ok = moment_ok(v->text);
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
	const struct fleet_key *k = fleet_row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	char what[64];
	struct str text;
	snprintf(what, sizeof(what), "`%s`", key);
	if (!v || !fleet_scalar(r, v, what, &text) || !text_ok(r, k, v))
		return k->otherwise;
	return text;
}

int64_t fleet_moment(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key)
{
	int64_t wall = 0;
	struct str text = fleet_text(r, section, node, key);
	return text.len && time_parse(text, &wall) ? wall : 0;
}

static bool parse_i64(enum fleet_kind kind, struct str s, int64_t *out)
{
	switch (kind) {
	case KIND_INT: return str_to_i64(s, out);
	case KIND_DURATION: return duration_parse(s, out);
	case KIND_SIZE: return size_parse(s, out);
	case KIND_OFFSET: return zone_parse(s, out);
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
	else if (kind == KIND_OFFSET)
		zone_put(b, (int64_t)v);
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
		    STR_FMT(buf_str(&bounds)), STR_FMT(fleet_shown(v->text)));
	buf_release(&bounds);
}

int64_t fleet_i64(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = fleet_row(section, key);
	const struct yaml *v = fleet_get(section, node, key);
	int64_t otherwise = 0, got;
	double bare;
	if (!str_empty(k->otherwise))
		CHECK(parse_i64(k->kind, k->otherwise, &otherwise));
	if (!v)
		return otherwise;
	if (!parse_i64(k->kind, v->text, &got)) {
		if (k->kind == KIND_DURATION && str_to_f64(v->text, &bare))
			fleet_wrong(r, v->line, v->column, "`%s` needs a unit: write `%.*sms` or `%.*ss`", key, STR_FMT(fleet_shown(v->text)),
				    STR_FMT(fleet_shown(v->text)));
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
	const struct fleet_key *k = fleet_row(section, key);
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
	const struct fleet_key *k = fleet_row(section, key);
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
	const struct fleet_key *k = fleet_row(section, key);
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
