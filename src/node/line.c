/* Lines of JSON and of text to log records (see line.h). Each member goes through model/log_fields.h; objects one level deep get dotted names,
 * deeper ones stay JSON. Secrets are replaced on the way. */
#include "node/line.h"
#include "base/check.h"
#include "model/log_text.h"
#include "node/line_shape.h"
#include "node/redact.h"

#define YEAR ((int64_t)366 * 86400 * 1000000000)
#define DAY ((int64_t)86400 * 1000000000)

bool line_parser_init(struct line_parser *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->scratch, LINE_MAX_MEMORY);
	return log_fields_init(&p->fields, LINE_MAX_ATTRS, LINE_MAX_MEMORY);
}

void line_parser_release(struct line_parser *p)
{
	log_fields_release(&p->fields);
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
	struct str copy = buf_ok(&p->scratch) ? arena_str(&p->fields.arena, buf_str(&p->scratch)) : STR(REDACTED);
	return copy.p ? copy : STR(REDACTED);
}

static void text_record(struct line_parser *p, struct str line)
{
	struct log_record *r = &p->fields.record;
	struct str clean = log_text_clean(&p->fields.arena, line);
	line_time(clean, r->observed, &r->time);
	r->severity = log_text_level(clean);
	trace_id_find(&r->trace, clean); /* before a secret is taken out that hides it */
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
	struct str copy = buf_ok(&p->scratch) ? arena_str(&p->fields.arena, buf_str(&p->scratch)) : (struct str){ NULL, 0 };
	return copy.p ? copy : STR("");
}

static void take_member(struct line_parser *p, struct str key, const struct json *j)
{
	struct json flat = *j;
	if (redact_is_secret_key(key) && j->type > JSON_TRUE && !(j->type == JSON_STRING && str_empty(j->s))) {
		struct value hidden = { .type = VALUE_STR, .s = STR(REDACTED) };
		p->redacted++;
		log_fields_attr(&p->fields, key, &hidden);
		return;
	}
	if (j->type == JSON_STRING)
		flat.s = without_secrets(p, log_text_clean(&p->fields.arena, j->s));
	else if (j->type == JSON_ARRAY || j->type == JSON_OBJECT)
		flat.s = json_text(p, j);
	log_fields_put_json(&p->fields, key, &flat);
}

/* --- a line ------------------------------------------------------------------------------------------------------------------------ */

static void json_record(struct line_parser *p, const struct json *j)
{
	struct log_fields *f = &p->fields;
	for (uint32_t i = 0; i < j->count; i++) {
		const struct json_member *m = &j->members[i];
		bool flat = m->value.type == JSON_OBJECT && !redact_is_secret_key(m->key) && !log_fields_whole(f, m->key);
		if (!flat) {
			take_member(p, m->key, &m->value);
			continue;
		}
		for (uint32_t k = 0; k < m->value.count; k++) {
			const struct json_member *inner = &m->value.members[k];
			struct str key = log_fields_join(f, m->key, inner->key);
			if (key.p)
				take_member(p, key, &inner->value);
		}
	}
	if (!f->record.body.p) {
		size_t counted = p->redacted; /* the attributes' secrets are those of the body once more */
		f->record.body = json_text(p, j);
		p->redacted = counted > p->redacted - counted ? counted : p->redacted - counted;
	}
}

static void own_attr(struct log_record *r, struct attr a)
{
	((struct attr *)r->attrs)[r->attr_count++] = a; /* within LOG_FIELDS_ROOM */
}

static void add_own_attrs(struct line_parser *p, const struct line_source *source, struct log_record *r)
{
	if (source->file.len)
		own_attr(r, attr_str(STR("log.file.path"), source->file));
	else
		own_attr(r, attr_str(STR("log.iostream"), source->is_stderr ? STR("stderr") : STR("stdout")));
	if (source->cut)
		own_attr(r, attr_bool(STR("pleach.cut"), true));
	if (p->redacted)
		own_attr(r, attr_int(STR("pleach.redacted"), (int64_t)p->redacted));
	if (p->fields.left_out)
		own_attr(r, attr_int(STR("pleach.left_out"), (int64_t)p->fields.left_out));
}

void line_record(struct line_parser *p, struct str line, const struct line_source *source, struct log_record *r)
{
	struct err ignored = { 0 };
	struct str stripped = str_strip(line);
	struct log_fields *f = &p->fields;
	/* A clock that is ten years off tells nothing. */
	f->oldest = source->observed - 10 * YEAR;
	f->newest = source->observed + DAY;
	f->compare = true;
	f->service = source->resource->service;
	f->version = source->resource->version;
	f->instance = source->resource->instance;
	log_fields_begin(f, source->observed);
	p->redacted = 0;
	bool braces = stripped.len > 1 && stripped.p[0] == '{' && stripped.p[stripped.len - 1] == '}';
	const struct json *j = braces ? json_parse(&f->arena, stripped, &ignored) : NULL;
	if (j && j->type == JSON_OBJECT)
		json_record(p, j);
	else
		text_record(p, line);
	log_fields_end(f);
	*r = f->record;
	r->resource = source->resource;
	add_own_attrs(p, source, r);
}
