/* Lines of JSON and of text to log records (see line.h). One pass over the members: each is offered to the role its name has; what no role
 * takes becomes an attribute, objects one level deep with dotted names, deeper ones as JSON. Secrets are replaced on the way. */
#include "node/line.h"
#include "base/check.h"
#include "base/time.h"
#include "node/line_shape.h"
#include "node/redact.h"

#define YEAR ((int64_t)366 * 86400 * 1000000000)
#define DAY ((int64_t)86400 * 1000000000)

enum role { ROLE_NONE, ROLE_MESSAGE, ROLE_LEVEL, ROLE_TIME, ROLE_TRACE, ROLE_TRACEPARENT, ROLE_SPAN, ROLE_SERVICE, ROLE_VERSION, ROLE_INSTANCE };
static const struct {
	struct str name;
	enum role role;
} line_keys[] = {
#define LINE_KEY_ROW(role, name) { STR_INIT(name), ROLE_##role },
#include "tbl/line_keys.h"
#undef LINE_KEY_ROW
};

void line_parser_init(struct line_parser *p)
{
	memset(p, 0, sizeof(*p));
	arena_init(&p->arena, LINE_MAX_MEMORY);
	buf_init(&p->scratch, LINE_MAX_MEMORY);
}

void line_parser_release(struct line_parser *p)
{
	arena_release(&p->arena);
	buf_release(&p->scratch);
}

/* --- text -------------------------------------------------------------------------------------------------------------------------- */

static struct str without_secrets(struct line_parser *p, struct str s)
{
	buf_clear(&p->scratch);
	size_t found = redact_text(&p->scratch, s);
	p->redacted += found;
	if (found == 0)
		return s;
	struct str copy = buf_ok(&p->scratch) ? arena_str(&p->arena, buf_str(&p->scratch)) : STR(REDACTED);
	return copy.p ? copy : STR(REDACTED);
}

static void text_record(struct line_parser *p, struct str line, struct log_record *r)
{
	struct str clean = line_clean(&p->arena, line);
	line_time(clean, r->observed, &r->time);
	r->severity = line_level(clean);
	trace_id_find(&r->trace, clean);
	r->body = without_secrets(p, clean);
}

/* --- values ------------------------------------------------------------------------------------------------------------------------ */

/* Written with secrets replaced at every depth. */
static void put_json(struct line_parser *p, struct json_out *o, const struct json *j)
{
	if (j->type == JSON_STRING) {
		/* The scratch buffer is what we write to: the text without secrets needs one of its own. */
		struct buf found;
		buf_init(&found, LINE_MAX_MEMORY);
		size_t n = redact_text(&found, j->s);
		p->redacted += n;
		json_out_str(o, n ? buf_str(&found) : j->s);
		buf_release(&found);
	} else if (j->type == JSON_ARRAY) {
		json_out_array(o);
		for (uint32_t i = 0; i < j->count; i++)
			put_json(p, o, &j->items[i]);
		json_out_end(o);
	} else if (j->type == JSON_OBJECT) {
		json_out_object(o);
		for (uint32_t i = 0; i < j->count; i++) {
			const struct json_member *m = &j->members[i];
			json_out_key(o, m->key);
			if (redact_is_secret_key(m->key) && m->value.type > JSON_TRUE) {
				json_out_str(o, STR(REDACTED));
				p->redacted++;
			} else {
				put_json(p, o, &m->value);
			}
		}
		json_out_end(o);
	} else {
		json_out_value(o, j);
	}
}

static struct str json_text(struct line_parser *p, const struct json *j)
{
	struct json_out o;
	buf_clear(&p->scratch);
	json_out_init(&o, &p->scratch);
	put_json(p, &o, j);
	struct str copy = buf_ok(&p->scratch) ? arena_str(&p->arena, buf_str(&p->scratch)) : (struct str){ NULL, 0 };
	return copy.p ? copy : STR("");
}

static void add_attr(struct line_parser *p, struct str key, const struct json *j)
{
	struct value v = { 0 };
	if (j->type == JSON_NULL)
		return;
	if (p->attr_count >= LINE_MAX_ATTRS) {
		p->left_out++;
		return;
	}
	if (redact_is_secret_key(key) && j->type > JSON_TRUE && !(j->type == JSON_STRING && str_empty(j->s))) {
		p->redacted++;
		p->attrs[p->attr_count++] = attr_str(key, STR(REDACTED));
		return;
	}
	switch (j->type) {
	case JSON_FALSE:
	case JSON_TRUE:
		v = (struct value){ .type = VALUE_BOOL, .b = j->type == JSON_TRUE };
		break;
	case JSON_INT:
		v = (struct value){ .type = VALUE_INT, .i = j->i };
		break;
	case JSON_UINT: /* OTLP has no unsigned numbers: the digits are kept */
		v = (struct value){ .type = VALUE_STR, .s = arena_printf(&p->arena, "%llu", (unsigned long long)j->u) };
		break;
	case JSON_DOUBLE:
		v = (struct value){ .type = VALUE_DOUBLE, .d = j->d };
		break;
	case JSON_STRING:
		v = (struct value){ .type = VALUE_STR, .s = without_secrets(p, line_clean(&p->arena, j->s)) };
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		v = (struct value){ .type = VALUE_JSON, .s = json_text(p, j) };
		break;
	case JSON_NULL:
		return;
	}
	p->attrs[p->attr_count++] = (struct attr){ key, v };
}

/* --- roles ------------------------------------------------------------------------------------------------------------------------- */

static enum role role_of(struct str key)
{
	char squashed[16];
	size_t n = 0;
	for (size_t i = 0; i < key.len; i++) {
		char c = key.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			continue;
		if (n == sizeof(squashed))
			return ROLE_NONE;
		squashed[n++] = c;
	}
	for (size_t i = 0; i < ARRAY_LEN(line_keys); i++)
		if (str_eq(str_from(squashed, n), line_keys[i].name))
			return line_keys[i].role;
	return ROLE_NONE;
}

static struct str number_text(const struct json *j, char out[24])
{
	uint64_t u = j->type == JSON_UINT ? j->u : j->type == JSON_INT && j->i > 0 ? (uint64_t)j->i : 0;
	size_t n = 24;
	if (j->type == JSON_STRING)
		return j->s;
	do
		out[--n] = (char)('0' + u % 10);
	while (u /= 10);
	return str_from(out + n, 24 - n);
}

static bool take_message(struct line_parser *p, const struct json *j, struct log_record *r)
{
	if (r->body.p || j->type == JSON_NULL)
		return false;
	r->body = j->type == JSON_STRING ? without_secrets(p, line_clean(&p->arena, j->s)) : json_text(p, j);
	return true;
}

static bool take_level(const struct json *j, struct log_record *r)
{
	char digits[24];
	if (r->severity || (j->type != JSON_STRING && j->type != JSON_INT))
		return false;
	r->severity = severity_parse(number_text(j, digits));
	return r->severity != SEVERITY_NONE;
}

/* Seconds or milliseconds with a fraction, since 1970, come as a double (up to the year 2255, as far as ns reach); other numbers by
 * magnitude. */
static bool read_time(const struct json *j, int64_t *t)
{
	char digits[24];
	if (j->type == JSON_DOUBLE && j->d > 0 && j->d < 9e9) {
		*t = (int64_t)(j->d * 1e6) * 1000;
		return true;
	}
	if (j->type == JSON_DOUBLE && j->d >= 9e9 && j->d < 9e12) {
		*t = (int64_t)(j->d * 1e3) * 1000;
		return true;
	}
	return (j->type == JSON_STRING || j->type == JSON_INT) && time_parse(number_text(j, digits), t);
}

/* "time": 12 is a duration, and a clock that is ten years off tells nothing. */
static bool take_time(const struct json *j, struct log_record *r)
{
	int64_t t;
	if (r->time != r->observed || !read_time(j, &t) || t < r->observed - 10 * YEAR || t > r->observed + DAY)
		return false;
	r->time = t;
	return true;
}

/* Hex, or the low 64 bits in decimal as Datadog's libraries write them. */
static bool take_trace(const struct json *j, struct log_record *r)
{
	char digits[24];
	uint64_t low;
	if (!trace_id_is_zero(&r->trace) || (j->type != JSON_STRING && j->type != JSON_INT && j->type != JSON_UINT))
		return false;
	struct str text = number_text(j, digits);
	if (trace_id_parse(&r->trace, text))
		return true;
	if (text.len < 15 || !str_to_u64(text, &low))
		return false;
	for (int i = 0; i < 8; i++)
		r->trace.b[15 - i] = (uint8_t)(low >> (8 * i));
	return true;
}

static bool take_span(const struct json *j, struct log_record *r)
{
	char digits[24];
	uint64_t n;
	if (!span_id_is_zero(&r->span) || (j->type != JSON_STRING && j->type != JSON_INT && j->type != JSON_UINT))
		return false;
	struct str text = number_text(j, digits);
	if (j->type == JSON_STRING && span_id_parse(&r->span, text))
		return true;
	if (text.len < 15 || !str_to_u64(text, &n))
		return false;
	for (int i = 0; i < 8; i++)
		r->span.b[7 - i] = (uint8_t)(n >> (8 * i));
	return true;
}

static bool take_traceparent(const struct json *j, struct log_record *r)
{
	struct trace_context c;
	if (j->type != JSON_STRING || !trace_id_is_zero(&r->trace) || !traceparent_parse(&c, j->s))
		return false;
	r->trace = c.trace;
	if (span_id_is_zero(&r->span))
		r->span = c.parent;
	return true;
}

/* What the resource says already would only be shown and counted twice; another value is the line's own. */
static bool repeats(const struct json *j, struct str said)
{
	return j->type == JSON_STRING && said.len && str_eq(j->s, said);
}

static bool take_role(struct line_parser *p, struct str key, const struct json *j, struct log_record *r)
{
	switch (role_of(key)) {
	case ROLE_MESSAGE:
		return take_message(p, j, r);
	case ROLE_LEVEL:
		return take_level(j, r);
	case ROLE_TIME:
		return take_time(j, r);
	case ROLE_TRACE:
		return take_trace(j, r);
	case ROLE_TRACEPARENT:
		return take_traceparent(j, r);
	case ROLE_SPAN:
		return take_span(j, r);
	case ROLE_SERVICE:
		return repeats(j, r->resource->service);
	case ROLE_VERSION:
		return repeats(j, r->resource->version);
	case ROLE_INSTANCE:
		return repeats(j, r->resource->instance);
	case ROLE_NONE:
		return false;
	}
	UNREACHABLE();
}

/* --- a line ------------------------------------------------------------------------------------------------------------------------ */

static void take_member(struct line_parser *p, struct str key, const struct json *j, struct log_record *r)
{
	if (!take_role(p, key, j, r))
		add_attr(p, key, j);
}

static void json_record(struct line_parser *p, const struct json *j, struct log_record *r)
{
	for (uint32_t i = 0; i < j->count; i++) {
		const struct json_member *m = &j->members[i];
		bool flat = m->value.type == JSON_OBJECT && !redact_is_secret_key(m->key) &&
			    (role_of(m->key) == ROLE_NONE || role_of(m->key) >= ROLE_SERVICE);
		if (!flat) {
			take_member(p, m->key, &m->value, r);
			continue;
		}
		for (uint32_t k = 0; k < m->value.count; k++) {
			const struct json_member *inner = &m->value.members[k];
			struct str key = arena_printf(&p->arena, "%.*s.%.*s", STR_FMT(m->key), STR_FMT(inner->key));
			if (key.p)
				take_member(p, key, &inner->value, r);
		}
	}
	if (!r->body.p) {
		size_t counted = p->redacted; /* the attributes' secrets are those of the body once more */
		r->body = json_text(p, j);
		p->redacted = counted > p->redacted - counted ? counted : p->redacted - counted;
	}
	if (trace_id_is_zero(&r->trace))
		trace_id_find(&r->trace, r->body);
}

static void add_own_attrs(struct line_parser *p, const struct line_source *source)
{
	if (source->file.len)
		p->attrs[p->attr_count++] = attr_str(STR("log.file.path"), source->file);
	else
		p->attrs[p->attr_count++] = attr_str(STR("log.iostream"), source->is_stderr ? STR("stderr") : STR("stdout"));
	if (source->cut)
		p->attrs[p->attr_count++] = attr_bool(STR("pleach.cut"), true);
	if (p->redacted)
		p->attrs[p->attr_count++] = attr_int(STR("pleach.redacted"), (int64_t)p->redacted);
	if (p->left_out)
		p->attrs[p->attr_count++] = attr_int(STR("pleach.left_out"), (int64_t)p->left_out);
}

void line_record(struct line_parser *p, struct str line, const struct line_source *source, struct log_record *r)
{
	struct err ignored = { 0 };
	struct str stripped = str_strip(line);
	arena_reset(&p->arena);
	p->attr_count = p->left_out = p->redacted = 0;
	*r = (struct log_record){ .resource = source->resource, .time = source->observed, .observed = source->observed };
	bool braces = stripped.len > 1 && stripped.p[0] == '{' && stripped.p[stripped.len - 1] == '}';
	const struct json *j = braces ? json_parse(&p->arena, stripped, &ignored) : NULL;
	if (j && j->type == JSON_OBJECT)
		json_record(p, j, r);
	else
		text_record(p, line, r);
	add_own_attrs(p, source);
	r->attrs = p->attrs;
	r->attr_count = p->attr_count;
}
