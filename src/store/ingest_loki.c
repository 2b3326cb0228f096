/* Push requests to records (ingest_loki.h). */
#include "store/ingest_loki.h"
#include "base/check.h"
#include "base/pb.h"
#include "base/time.h"
#include "model/log_text.h"

enum { SECOND_NS = 1000000000 };

struct stream {
	struct lines *l;
	struct arena *a;      /* of the request, for labels */
	struct loki_label labels[LOKI_MAX_LABELS];
	size_t count;
	struct str odd;       /* labels that could not be read */
};

/* --- labels --------------------------------------------------------------------------------------------------------------------------- */

static void skip_blanks(struct str *s)
{
	while (s->len && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\n' || s->p[0] == '\r'))
		*s = str_skip(*s, 1);
}

static bool take_char(struct str *s, char c)
{
	skip_blanks(s);
	if (!s->len || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '.' || c == '-'; }

static bool take_name(struct str *s, struct str *name)
{
	size_t n = 0;
	skip_blanks(s);
	while (n < s->len && is_name_char(s->p[n]))
		n++;
	*name = str_sub(*s, 0, n);
	*s = str_skip(*s, n);
	return n > 0;
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; c >>= 6)
		to[i] = (char)(0x80 | (c & 63));
	static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	to[0] = (char)(heads[n] | c);
	return n;
}

/* `digits` digits of the base behind an escape's letter; the bytes written, 0 where there are too few. */
static size_t number_escape(struct str *s, size_t digits, uint32_t base, bool character, char *to)
{
	uint32_t v = 0;
	if (s->len < digits)
		return 0;
	for (size_t i = 0; i < digits; i++) {
		char c = s->p[i];
		uint32_t d = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (uint32_t)((c | 0x20) - 'a' + 10) : 99;
		if (d >= base)
			return 0;
		v = v * base + d;
	}
	*s = str_skip(*s, digits);
	if (character)
		return put_utf8(to, v);
	*to = (char)v;
	return v < 256;
}

/* Go's escapes; s is behind the backslash. The bytes written (never more than the escape had), 0 where it is none. */
static size_t escape(struct str *s, char *to)
{
	static const char letters[] = "abfnrtv\\\"'", bytes[] = "\a\b\f\n\r\t\v\\\"'";
	char c = s->p[0];
	if (c >= '0' && c <= '7')
		return number_escape(s, 3, 8, false, to);
	*s = str_skip(*s, 1);
	if (c == 'x')
		return number_escape(s, 2, 16, false, to);
	if (c == 'u' || c == 'U')
		return number_escape(s, c == 'u' ? 4 : 8, 16, true, to);
	const char *at = c ? strchr(letters, c) : NULL;
	*to = at ? bytes[at - letters] : 0;
	return at != NULL;
}

static bool take_unquoted(struct str *s, struct str *value)
{
	size_t end = str_find_char(*s, '`');
	if (end == SIZE_MAX)
		return false;
	*value = str_sub(*s, 0, end);
	*s = str_skip(*s, end + 1);
	return true;
}

/* s is behind the opening quote. */
static bool take_quoted(struct str *s, struct arena *a, struct str *value)
{
	size_t end = 0;
	while (end < s->len && s->p[end] != '"' && s->p[end] != '\\')
		end++;
	if (end < s->len && s->p[end] == '"') {
		*value = str_sub(*s, 0, end);
		*s = str_skip(*s, end + 1);
		return true;
	}
	char *out = arena_bytes(a, s->len + 1);
	size_t n = 0;
	if (!out)
		return false;
	while (s->len && s->p[0] != '"') {
		char c = s->p[0];
		*s = str_skip(*s, 1);
		if (c != '\\') {
			out[n++] = c;
			continue;
		}
		size_t made = s->len ? escape(s, out + n) : 0;
		if (!made)
			return false;
		n += made;
	}
	*value = str_from(out, n);
	return take_char(s, '"');
}

/* Whether what follows a quote is the next label or the end. */
static bool is_label_end(struct str s)
{
	struct str name;
	if (take_char(&s, '}'))
		return str_empty(str_strip(s));
	return take_char(&s, ',') && (take_char(&s, '}') || (take_name(&s, &name) && take_char(&s, '=')));
}

static bool take_loose(struct str *s, struct str *value)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->p[i] != '"' || !is_label_end(str_skip(*s, i + 1)))
			continue;
		*value = str_sub(*s, 0, i);
		*s = str_skip(*s, i + 1);
		return true;
	}
	return false;
}

static bool take_value(struct str *s, struct arena *a, bool loose, struct str *value)
{
	if (take_char(s, '`'))
		return take_unquoted(s, value);
	if (!take_char(s, '"'))
		return false;
	return loose ? take_loose(s, value) : take_quoted(s, a, value);
}

bool loki_labels(struct str text, struct arena *a, bool loose, struct loki_label *labels, size_t *n)
{
	*n = 0;
	if (!take_char(&text, '{'))
		return false;
	while (!take_char(&text, '}')) {
		struct loki_label label;
		if (!take_name(&text, &label.name) || !take_char(&text, '='))
			return false;
		if (!take_value(&text, a, loose, &label.value))
			return false;
		if (*n < LOKI_MAX_LABELS)
			labels[(*n)++] = label;
		if (!take_char(&text, ',')) {
			if (!take_char(&text, '}'))
				return false;
			break;
		}
	}
	skip_blanks(&text);
	return text.len == 0;
}

/* --- entries -------------------------------------------------------------------------------------------------------------------------- */

static void stream_labels(struct stream *s, struct str text)
{
	struct str clean = log_text_clean(s->a, text);
	s->odd = STR("");
	if (str_empty(str_strip(clean)) || loki_labels(clean, s->a, false, s->labels, &s->count) ||
	    (clean.len <= LOKI_MAX_LOOSE && loki_labels(clean, s->a, true, s->labels, &s->count)))
		return;
	s->odd = clean;
	s->count = 0;
}

static void put_label(struct lines *l, struct str name, struct str value)
{
	struct value v = { .type = VALUE_STR, .s = value };
	log_fields_put(&l->fields, name, &v);
}

/* Labels first: what they say of level and service is said of the line. */
static void entry_begin(struct stream *s)
{
	lines_record(s->l);
	for (size_t i = 0; i < s->count; i++)
		put_label(s->l, s->labels[i].name, s->labels[i].value);
	if (s->odd.len)
		put_label(s->l, STR("loki.labels"), s->odd);
}

static void entry_time(struct lines *l, int64_t time)
{
	struct log_fields *f = &l->fields;
	if (time >= f->oldest && time <= f->newest) {
		f->record.time = time;
		f->has_time = true;
		return;
	}
	struct value v = { .type = VALUE_INT, .i = time };
	f->time_refused = true;
	log_fields_attr(f, STR("timestamp"), &v);
}

/* --- JSON ------------------------------------------------------------------------------------------------------------------------------ */

/* What is in the place of text, as text. */
static struct str text_of(struct stream *s, const struct json *j)
{
	struct buf b;
	struct json_out o;
	if (!j || j->type == JSON_NULL)
		return STR("");
	if (j->type == JSON_STRING)
		return j->s;
	buf_init(&b, LINES_MAX_DOCUMENT);
	json_out_init(&o, &b);
	json_out_value(&o, j);
	struct str copy = arena_str(s->a, buf_str(&b));
	buf_release(&b);
	return copy.p ? copy : STR("");
}

static void put_object(struct stream *s, const struct json *j)
{
	if (!j || j->type != JSON_OBJECT)
		return;
	for (uint32_t i = 0; i < j->count; i++)
		put_label(s->l, j->members[i].key, text_of(s, &j->members[i].value));
}

static void put_time(struct stream *s, const struct json *j)
{
	int64_t time;
	struct str text = text_of(s, j);
	/* Digits are always ns here, whatever their number. */
	if (str_to_i64(text, &time) || (text.len && time_parse(text, &time)))
		entry_time(s->l, time);
	else if (text.len)
		put_label(s->l, STR("timestamp"), text);
}

/* [time, line, metadata?], or {"ts":…,"line":…} of old. */
static void json_entry(struct stream *s, const struct json *j)
{
	const struct json *time = NULL, *line = j, *metadata = NULL;
	if (j->type == JSON_ARRAY && j->count >= 2) {
		time = &j->items[0];
		line = &j->items[1];
		metadata = j->count > 2 ? &j->items[2] : NULL;
	} else if (j->type == JSON_OBJECT) {
		time = json_get(j, STR("ts"));
		line = json_get(j, STR("line"));
		metadata = json_get(j, STR("structuredMetadata"));
	}
	if (!time || !line)
		s->l->counts.unparsed++;
	entry_begin(s);
	put_object(s, metadata);
	put_time(s, time);
	lines_record_line(s->l, text_of(s, line ? line : j));
}

static void json_labels(struct stream *s, const struct json *labels)
{
	s->count = 0;
	s->odd = STR("");
	if (labels && labels->type == JSON_STRING) {
		stream_labels(s, labels->s);
		return;
	}
	for (uint32_t i = 0; labels && labels->type == JSON_OBJECT && i < labels->count && s->count < LOKI_MAX_LABELS; i++)
		s->labels[s->count++] = (struct loki_label){ labels->members[i].key, text_of(s, &labels->members[i].value) };
}

static void json_stream(struct stream *s, const struct json *j)
{
	const struct json *labels = json_get(j, STR("stream")), *values = json_get(j, STR("values"));
	json_labels(s, labels ? labels : json_get(j, STR("labels")));
	if (!values)
		values = json_get(j, STR("entries"));
	for (uint32_t i = 0; values && values->type == JSON_ARRAY && i < values->count; i++)
		json_entry(s, &values->items[i]);
}

bool loki_read_json(struct lines *l, struct str body, struct err *e)
{
	struct arena a;
	arena_init(&a, LOKI_JSON_ARENA);
	struct stream s = { .l = l, .a = &a };
	bool broken = !str_is_utf8(body);
	const struct json *j = json_parse(&a, broken ? log_text_clean(&a, body) : body, e);
	const struct json *streams = json_get(j, STR("streams"));
	bool ok = streams && streams->type == JSON_ARRAY;
	for (uint32_t i = 0; ok && i < streams->count; i++)
		json_stream(&s, &streams->items[i]);
	if (a.full && !err_is_set(e))
		ok = err_set(e, ERR_TOO_LARGE, "the request needs more than %d MiB when read; send smaller batches", LOKI_JSON_ARENA >> 20);
	arena_release(&a);
	return ok || err_set(e, ERR_INPUT, "not Loki's push format: {\"streams\":[{\"stream\":{…},\"values\":[[\"<ns>\",\"<line>\"]]}]}");
}

/* --- protobuf --------------------------------------------------------------------------------------------------------------------------- */

static bool pb_time(struct str message, int64_t *time)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	int64_t seconds = 0, nanos = 0;
	while (pb_next(&r, &f)) {
		if (f.number == 1 && f.wire == PB_VARINT)
			seconds = (int64_t)f.value;
		if (f.number == 2 && f.wire == PB_VARINT)
			nanos = (int64_t)f.value;
	}
	int64_t v;
	if (r.bad || __builtin_mul_overflow(seconds, (int64_t)SECOND_NS, &v) || __builtin_add_overflow(v, nanos, &v))
		return false;
	*time = v;
	return true;
}

static bool pb_metadata(struct lines *l, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct str name = STR(""), value = STR("");
	while (pb_next(&r, &f)) {
		if (f.number == 1 && f.wire == PB_BYTES)
			name = f.bytes;
		if (f.number == 2 && f.wire == PB_BYTES)
			value = f.bytes;
	}
	if (!r.bad)
		put_label(l, log_text_clean(&l->fields.arena, name), log_text_clean(&l->fields.arena, value));
	return !r.bad;
}

static bool pb_entry(struct stream *s, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct str line = STR("");
	int64_t time = 0;
	bool ok = true, timed = false;
	entry_begin(s);
	while (ok && pb_next(&r, &f)) {
		if (f.wire != PB_BYTES)
			continue;
		if (f.number == 1)
			ok = timed = pb_time(f.bytes, &time);
		else if (f.number == 2)
			line = f.bytes;
		else if (f.number == 3)
			ok = pb_metadata(s->l, f.bytes);
	}
	if (!ok || r.bad)
		return false;
	if (timed)
		entry_time(s->l, time);
	lines_record_line(s->l, line);
	return true;
}

/* Labels may stand behind the entries in the bytes, so they are looked for first. */
static bool pb_stream(struct stream *s, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	s->count = 0;
	s->odd = STR("");
	while (pb_next(&r, &f))
		if (f.number == 1 && f.wire == PB_BYTES)
			stream_labels(s, f.bytes);
	if (r.bad)
		return false;
	r = pb_reader(message);
	while (pb_next(&r, &f))
		if (f.number == 2 && f.wire == PB_BYTES && !pb_entry(s, f.bytes))
			return false;
	return true;
}

bool loki_read_protobuf(struct lines *l, struct str body, struct err *e)
{
	struct pb_reader r = pb_reader(body);
	struct pb_field f;
	struct arena a;
	bool ok = true;
	arena_init(&a, LOKI_JSON_ARENA);
	struct stream s = { .l = l, .a = &a };
	while (ok && pb_next(&r, &f))
		if (f.number == 1 && f.wire == PB_BYTES)
			ok = pb_stream(&s, f.bytes);
	ok = ok && !r.bad;
	if (a.full)
		ok = err_set(e, ERR_TOO_LARGE, "the request's labels need more than %d MiB; send smaller batches", LOKI_JSON_ARENA >> 20);
	arena_release(&a);
	return ok || err_set(e, ERR_INPUT, "not Loki's push format: the protobuf message is damaged");
}
