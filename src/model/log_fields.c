/* Names to roles, values to fields (log_fields.h). Names repeat from record to record, so their roles are remembered in a small table that a
 * name finds itself in by its length and ends; only on a miss is tbl/log_keys.h gone through. */
#include "model/log_fields.h"
#include "base/check.h"
#include "model/log_text.h"
#include <stdlib.h>

enum { NO_RANK = 255 };

static const struct {
	struct str name;
	enum log_role role;
} log_keys[] = {
#define LOG_KEY_ROW(role, name) { STR_INIT(name), LOG_##role },
#include "tbl/log_keys.h"
#undef LOG_KEY_ROW
};
_Static_assert(ARRAY_LEN(log_keys) < NO_RANK, "ranks are one byte");

bool log_fields_init(struct log_fields *f, size_t attrs, size_t memory)
{
	*f = (struct log_fields){ .oldest = INT64_MIN, .newest = INT64_MAX, .attr_limit = attrs };
	arena_init(&f->arena, memory);
	f->attrs = calloc(attrs + LOG_FIELDS_ROOM, sizeof(*f->attrs));
	return f->attrs != NULL;
}

void log_fields_release(struct log_fields *f)
{
	arena_release(&f->arena);
	free(f->attrs);
	f->attrs = NULL;
}

void log_fields_begin(struct log_fields *f, int64_t observed)
{
	if (f->arena.chunks)
		arena_reset(&f->arena);
	f->record = (struct log_record){ .time = observed, .observed = observed };
	if (!f->compare)
		f->service = f->version = f->instance = (struct str){ "", 0 };
	f->time_refused = f->has_time = false;
	f->left_out = f->attr_count = 0;
	f->message_rank = f->service_rank = f->instance_rank = NO_RANK;
}

/* --- names ------------------------------------------------------------------------------------------------------------------------- */

static struct log_key find_key(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(log_keys); i++)
		if (str_eq(name, log_keys[i].name))
			return (struct log_key){ (uint8_t)log_keys[i].role, (uint8_t)i };
	return (struct log_key){ LOG_NONE, NO_RANK };
}

/* Lower case, and only what the table's names are made of; in `out` (LOG_FIELDS_KEY bytes). */
static struct str squash(struct str key, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < key.len; i++) {
		char c = key.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '@')
			out[n++] = c;
	}
	return str_from(out, n);
}

static bool is_id(enum log_role role) { return role >= LOG_TRACE && role <= LOG_SPAN_DECIMAL; }

static struct log_key look_up(struct str key)
{
	char space[LOG_FIELDS_KEY];
	struct log_key k = find_key(squash(key, space));
	if (k.role == LOG_PRIORITY && !str_eq(key, STR("PRIORITY")))
		k.rank = NO_RANK; /* words only */
	size_t dot = str_find_char(key, '.');
	if (k.role != LOG_NONE || dot == SIZE_MAX || find_key(squash(str_sub(key, 0, dot), space)).role != LOG_CONTEXT)
		return k;
	k = find_key(squash(str_skip(key, dot + 1), space));
	return is_id(k.role) ? k : (struct log_key){ LOG_NONE, NO_RANK };
}

struct log_key log_fields_key(struct log_fields *f, struct str key)
{
	if (key.len == 0 || key.len > LOG_FIELDS_KEY)
		return (struct log_key){ LOG_NONE, NO_RANK };
	size_t spot = key.len * 31 + (uint8_t)key.p[0] * 7 + (uint8_t)key.p[key.len / 2] * 3 + (uint8_t)key.p[key.len - 1];
	struct log_known *known = &f->known[spot % LOG_FIELDS_CACHE];
	if (known->len != key.len || !bytes_eq(known->key, key.p, key.len)) {
		struct log_key k = look_up(key);
		known->len = (uint8_t)key.len;
		known->role = k.role;
		known->rank = k.rank;
		memcpy(known->key, key.p, key.len);
	}
	return (struct log_key){ known->role, known->rank };
}

bool log_fields_whole(void *ctx, struct str key) { return log_fields_key(ctx, key).role == LOG_MESSAGE; }

struct str log_fields_join(struct log_fields *f, struct str prefix, struct str name)
{
	char *p = arena_bytes(&f->arena, prefix.len + 1 + name.len);
	if (!p)
		return (struct str){ NULL, 0 };
	memcpy(p, prefix.p, prefix.len);
	p[prefix.len] = '.';
	if (name.len)
		memcpy(p + prefix.len + 1, name.p, name.len);
	return str_from(p, prefix.len + 1 + name.len);
}

/* --- values ------------------------------------------------------------------------------------------------------------------------ */

void log_fields_attr(struct log_fields *f, struct str key, const struct value *v)
{
	if (f->attr_count < f->attr_limit)
		f->attrs[f->attr_count++] = (struct attr){ key, *v };
	else
		f->left_out++;
}

/* A message that stands lower in the table gives way to a higher one and becomes an attribute. */
static bool take_message(struct log_fields *f, struct str key, const struct value *v, uint8_t rank)
{
	if (rank >= f->message_rank || (v->type != VALUE_STR && v->type != VALUE_JSON))
		return false;
	if (f->record.body.p)
		log_fields_attr(f, f->message_key, &(struct value){ .type = VALUE_STR, .s = f->record.body });
	f->record.body = v->s.p ? v->s : STR("");
	f->message_key = key;
	f->message_rank = rank;
	return true;
}

/* The same said twice (a label and the line) is said once. */
static bool take_level(struct log_fields *f, const struct value *v)
{
	uint8_t severity;
	if (!log_level(v, &severity) || (f->record.severity != SEVERITY_NONE && f->record.severity != severity))
		return false;
	f->record.severity = severity;
	return true;
}

static bool take_severity(struct log_fields *f, const struct value *v)
{
	if (v->type != VALUE_INT || v->i < 1 || v->i > 24)
		return v->type == VALUE_STR && take_level(f, v);
	f->record.severity = (uint8_t)v->i; /* more exact than a word that came before */
	return true;
}

static bool is_number(const struct value *v)
{
	double d;
	return v->type == VALUE_INT || v->type == VALUE_DOUBLE || (v->type == VALUE_STR && str_to_f64(v->s, &d));
}

/* "time": 12 is a duration, not a moment in 1970: small numbers are no times, and not counted as refused. */
static bool is_duration(const struct value *v)
{
	return (v->type == VALUE_INT && v->i < 100000000) || (v->type == VALUE_DOUBLE && v->d < 1e8) ||
	       (v->type == VALUE_STR && v->s.len < 9 && is_number(v));
}

static bool take_time(struct log_fields *f, const struct value *v)
{
	int64_t t;
	if (f->has_time || is_duration(v) || !log_time(v, &t))
		return false;
	if (t < f->oldest || t > f->newest) {
		f->time_refused = true;
		return false;
	}
	f->record.time = t;
	f->has_time = true;
	return true;
}

static bool take_traceparent(struct log_fields *f, const struct value *v)
{
	struct trace_context c;
	if (v->type != VALUE_STR || !trace_id_is_zero(&f->record.trace) || !traceparent_parse(&c, v->s))
		return false;
	f->record.trace = c.trace;
	if (span_id_is_zero(&f->record.span))
		f->record.span = c.parent;
	return true;
}

static bool is_name(const struct value *v) { return v->type == VALUE_STR && v->s.len > 0 && v->s.len <= LOG_FIELDS_NAME; }

/* What is known already would only be shown and counted twice; another value is the record's own. */
static bool repeats(const struct value *v, struct str said) { return v->type == VALUE_STR && said.len && str_eq(v->s, said); }

static bool take_name(struct log_fields *f, struct str *name, uint8_t *best, const struct value *v, uint8_t rank)
{
	if (f->compare)
		return repeats(v, *name);
	if (!is_name(v) || rank >= *best)
		return is_name(v) && repeats(v, *name);
	*name = v->s;
	*best = rank;
	return true;
}

/* Docker's names begin with a slash. */
static void take_hint(struct log_fields *f, struct str *name, uint8_t *best, const struct value *v, uint8_t rank)
{
	if (f->compare || !is_name(v) || rank >= *best)
		return;
	struct str s = str_starts(v->s, STR("/")) ? str_skip(v->s, 1) : v->s;
	if (str_empty(s))
		return;
	*name = s;
	*best = rank;
}

static bool take_version(struct log_fields *f, const struct value *v)
{
	if (f->compare || !str_empty(f->version))
		return repeats(v, f->version);
	if (!is_name(v))
		return false;
	f->version = v->s;
	return true;
}

static bool take(struct log_fields *f, struct log_key k, struct str key, const struct value *v)
{
	switch ((enum log_role)k.role) {
	case LOG_NONE:
	case LOG_CONTEXT:
		return false;
	case LOG_MESSAGE_TEXT:
		return v->type == VALUE_STR && take_message(f, key, v, k.rank);
	case LOG_MESSAGE:
		return take_message(f, key, v, k.rank);
	case LOG_PRIORITY:
		return (k.rank != NO_RANK || !is_number(v)) && take_level(f, v);
	case LOG_LEVEL:
		return take_level(f, v);
	case LOG_SEVERITY:
		return take_severity(f, v);
	case LOG_TIME:
		return take_time(f, v);
	case LOG_TRACE:
	case LOG_TRACE_DECIMAL:
		return trace_id_is_zero(&f->record.trace) && log_trace(v, k.role == LOG_TRACE_DECIMAL, &f->record.trace);
	case LOG_TRACEPARENT:
		return take_traceparent(f, v);
	case LOG_SPAN:
	case LOG_SPAN_DECIMAL:
		return span_id_is_zero(&f->record.span) && log_span(v, k.role == LOG_SPAN_DECIMAL, &f->record.span);
	case LOG_SERVICE:
		return take_name(f, &f->service, &f->service_rank, v, k.rank);
	case LOG_SERVICE_HINT:
		take_hint(f, &f->service, &f->service_rank, v, k.rank);
		return false;
	case LOG_VERSION:
		return take_version(f, v);
	case LOG_INSTANCE:
		return take_name(f, &f->instance, &f->instance_rank, v, k.rank);
	case LOG_INSTANCE_HINT:
		take_hint(f, &f->instance, &f->instance_rank, v, k.rank);
		return false;
	}
	UNREACHABLE();
}

void log_fields_put(struct log_fields *f, struct str key, const struct value *v)
{
	struct log_key k = log_fields_key(f, key);
	if (k.role == LOG_NONE || !take(f, k, key, v))
		log_fields_attr(f, key, v);
}

void log_fields_put_json(struct log_fields *f, struct str key, const struct json *j)
{
	struct value v;
	switch (j->type) {
	case JSON_NULL:
		return;
	case JSON_FALSE:
	case JSON_TRUE:
		v = (struct value){ .type = VALUE_BOOL, .b = j->type == JSON_TRUE };
		break;
	case JSON_INT:
		v = (struct value){ .type = VALUE_INT, .i = j->i };
		break;
	case JSON_UINT: /* attributes have no unsigned numbers: the digits are kept */
		v = (struct value){ .type = VALUE_STR, .s = arena_printf(&f->arena, "%llu", (unsigned long long)j->u) };
		break;
	case JSON_DOUBLE:
		v = (struct value){ .type = VALUE_DOUBLE, .d = j->d };
		break;
	case JSON_STRING:
		v = (struct value){ .type = VALUE_STR, .s = j->s };
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		v = (struct value){ .type = VALUE_JSON, .s = j->s };
		break;
	default:
		UNREACHABLE();
	}
	log_fields_put(f, key, &v);
}

void log_fields_end(struct log_fields *f)
{
	if (trace_id_is_zero(&f->record.trace) && f->record.body.len)
		trace_id_find_named(&f->record.trace, f->record.body);
	f->record.attrs = f->attrs;
	f->record.attr_count = f->attr_count;
}
