/* A model as documentation (format.h says the form): services as operations, messages and enums as types, with the comments that stand before them, or behind them on
 * their line. */
#include "contract/proto/http_rule.h"
#include "contract/proto/lexer.h"
#include "contract/proto/proto.h"
#include "contract/proto/wire.h"

enum { COMMENT_MAX = 16 << 10, DEPRECATED_FILE = 23, DEPRECATED_TYPE = 3, DEPRECATED_VALUE = 1, DEPRECATED_SERVICE = 33, BEHAVIOR = 1052 };
struct describer { struct proto_model *model; struct json_out *o; struct arena arena; struct proto_file *file; };

/* The lines of a comment without what makes them one. */
static void add_comment(struct buf *b, struct str text)
{
	for (struct str rest = text; rest.p;) {
		struct str line = str_strip(str_split(&rest, '\n'));
		while (str_starts(line, STR("/")) || str_starts(line, STR("*")))
			line = str_skip(line, 1);
		if (str_ends(line, STR("*/")))
			line = str_sub(line, 0, line.len - 2);
		line = str_strip(line);
		if (str_empty(line) && !b->len)
			continue;
		if (b->len)
			buf_char(b, '\n');
		buf_add(b, line);
	}
}

/* The comment behind the statement that begins at `offset`, on its last line. */
static struct str comment_behind(const struct proto_file *f, uint32_t offset)
{
	struct lexer x;
	struct token t;
	int depth = 0;
	lexer_init(&x, f->text);
	x.at = offset;
	do {
		lexer_next(&x, &t);
		depth += t.symbol == '{' || t.symbol == '[' ? 1 : t.symbol == '}' || t.symbol == ']' ? -1 : 0;
	} while (t.kind != TOKEN_END && t.kind != TOKEN_BAD && !(t.symbol == ';' && depth <= 0) && depth >= 0);
	size_t at = t.end;
	while (at < f->text.len && (f->text.p[at] == ' ' || f->text.p[at] == '\t'))
		at++;
	struct str rest = str_skip(f->text, at);
	if (!str_starts(rest, STR("//")))
		return (struct str){ NULL, 0 };
	return str_sub(rest, 0, str_find_char(rest, '\n'));
}

static void description(struct describer *d, uint32_t doc, uint32_t offset, bool behind)
{
	struct buf b;
	buf_init(&b, COMMENT_MAX);
	if (d->file->text.len && doc && doc - 1 < offset && offset <= d->file->text.len)
		add_comment(&b, str_sub(d->file->text, doc - 1, offset));
	if (!b.len && behind && d->file->text.len) {
		struct str text = comment_behind(d->file, offset);
		if (text.p)
			add_comment(&b, text);
	}
	json_kv_str(d->o, "description", str_strip(buf_str(&b)));
	buf_release(&b);
}

static void line(struct describer *d, uint32_t offset) { json_kv_u64(d->o, "line", proto_place(d->model, d->file, offset).line); }

static bool flag(const struct proto_options *o, uint32_t number) { return o && wire_get(o->bytes, number, 0) != 0; }

static struct str list_type(struct describer *d, const struct proto_field *f)
{
	struct str type = proto_type_text(&d->arena, f);
	return f->label == PROTO_REPEATED && !proto_is_map(f) ? arena_printf(&d->arena, "[%.*s]", STR_FMT(type)) : type;
}

static bool is_required(const struct proto_field *f)
{
	struct str rest = f->options ? f->options->bytes : (struct str){ NULL, 0 };
	struct wire_field w;
	if (f->label == PROTO_REQUIRED)
		return true;
	while (wire_next(&rest, &w))
		if (w.number == BEHAVIOR && ((w.wire == PB_VARINT && w.value == 2) || (w.wire == PB_BYTES && str_find_char(w.bytes, 2) != SIZE_MAX)))
			return true;
	return false;
}

static void describe_field(struct describer *d, const struct proto_field *f)
{
	json_out_object(d->o);
	json_kv_str(d->o, "name", f->name);
	json_kv_i64(d->o, "number", f->number);
	json_kv_str(d->o, "type", list_type(d, f));
	json_kv_bool(d->o, "required", is_required(f));
	description(d, f->doc, f->offset, true);
	json_kv_bool(d->o, "deprecated", flag(f->options, DEPRECATED_TYPE));
	json_out_end(d->o);
}

static void describe_enum(struct describer *d, const struct proto_enum *e)
{
	json_out_object(d->o);
	json_kv_str(d->o, "name", e->full);
	json_kv_str(d->o, "kind", STR("enum"));
	description(d, e->doc, e->offset, false);
	json_kv_bool(d->o, "deprecated", flag(e->options, DEPRECATED_TYPE));
	line(d, e->offset);
	json_out_key(d->o, STR("fields"));
	json_out_array(d->o);
	json_out_end(d->o);
	json_out_key(d->o, STR("values"));
	json_out_array(d->o);
	for (uint32_t i = 0; i < e->value_count; i++) {
		json_out_object(d->o);
		json_kv_str(d->o, "name", e->values[i].name);
		json_kv_i64(d->o, "number", e->values[i].number);
		description(d, e->values[i].doc, e->values[i].offset, true);
		json_out_end(d->o);
	}
	json_out_end(d->o);
	json_out_end(d->o);
}

static void describe_message(struct describer *d, const struct proto_message *m)
{
	if (m->map_entry)
		return;
	json_out_object(d->o);
	json_kv_str(d->o, "name", m->full);
	json_kv_str(d->o, "kind", STR("message"));
	description(d, m->doc, m->offset, false);
	json_kv_bool(d->o, "deprecated", flag(m->options, DEPRECATED_TYPE));
	line(d, m->offset);
	json_out_key(d->o, STR("fields"));
	json_out_array(d->o);
	for (uint32_t i = 0; i < m->field_count; i++)
		describe_field(d, &m->fields[i]);
	json_out_end(d->o);
	json_out_key(d->o, STR("values"));
	json_out_array(d->o);
	json_out_end(d->o);
	json_out_end(d->o);
	for (uint32_t i = 0; i < m->message_count; i++)
		describe_message(d, &m->messages[i]);
	for (uint32_t i = 0; i < m->enum_count; i++)
		describe_enum(d, &m->enums[i]);
}

static void put_http(struct describer *d, struct str method, struct str path)
{
	json_out_object(d->o);
	json_kv_str(d->o, "method", method);
	json_kv_str(d->o, "base", STR(""));
	json_kv_str(d->o, "path", path);
	json_out_end(d->o);
}

/* How gRPC calls it, and what google.api.http adds. *title: "GET /v1/orders/{id}" where the method has such a path, else its name. */
static void describe_http(struct describer *d, const struct proto_service *s, const struct proto_method *m, struct str *title)
{
	struct http_rule rules[HTTP_RULES_MAX];
	size_t n = http_rules(&d->arena, m, rules);
	*title = n && rules[0].path.p ? arena_printf(&d->arena, "%.*s %.*s", STR_FMT(rules[0].verb), STR_FMT(rules[0].path)) : m->name;
	json_out_key(d->o, STR("http"));
	put_http(d, STR("POST"), arena_printf(&d->arena, "/%.*s/%.*s", STR_FMT(s->full), STR_FMT(m->name)));
	json_out_key(d->o, STR("also"));
	json_out_array(d->o);
	for (size_t i = 0; i < n; i++) {
		struct str path = http_rule_path(&d->arena, rules[i].path);
		if (path.len && rules[i].verb.len)
			put_http(d, rules[i].verb, path);
	}
	json_out_end(d->o);
}

static void message_of(struct describer *d, const struct proto_message *m, bool stream)
{
	json_kv_str(d->o, "type", stream ? arena_printf(&d->arena, "stream %.*s", STR_FMT(m->full)) : m->full);
	json_kv_str(d->o, "description", stream ? STR("a stream of messages") : STR(""));
}

static void describe_method(struct describer *d, const struct proto_service *s, const struct proto_method *m)
{
	json_out_object(d->o);
	json_kv_str(d->o, "id", arena_printf(&d->arena, "%.*s/%.*s", STR_FMT(s->full), STR_FMT(m->name)));
	struct str title;
	describe_http(d, s, m, &title);
	json_kv_str(d->o, "title", title);
	description(d, m->doc, m->offset, true);
	json_kv_bool(d->o, "deprecated", flag(m->options, DEPRECATED_SERVICE) || flag(s->options, DEPRECATED_SERVICE));
	line(d, m->offset);
	json_out_key(d->o, STR("parameters"));
	json_out_array(d->o);
	json_out_end(d->o);
	json_out_key(d->o, STR("request"));
	json_out_object(d->o);
	message_of(d, m->input, m->client_streaming);
	json_out_end(d->o);
	json_out_key(d->o, STR("answers"));
	json_out_array(d->o);
	json_out_object(d->o);
	json_kv_str(d->o, "status", STR("OK"));
	message_of(d, m->output, m->server_streaming);
	json_out_end(d->o);
	json_out_end(d->o);
	json_out_end(d->o);
}

static void describe_file(struct describer *d)
{
	struct proto_file *f = d->file;
	json_out_object(d->o);
	json_kv_str(d->o, "file", f->source_path);
	json_kv_str(d->o, "title", f->package.len ? f->package : f->path);
	json_kv_str(d->o, "version", STR(""));
	description(d, f->doc, f->syntax_given ? f->syntax_offset : f->package_offset, false);
	json_out_key(d->o, STR("operations"));
	json_out_array(d->o);
	for (uint32_t i = 0; i < f->service_count; i++)
		for (uint32_t j = 0; j < f->services[i].method_count; j++)
			describe_method(d, &f->services[i], &f->services[i].methods[j]);
	json_out_end(d->o);
	json_out_key(d->o, STR("types"));
	json_out_array(d->o);
	for (uint32_t i = 0; i < f->message_count; i++)
		describe_message(d, &f->messages[i]);
	for (uint32_t i = 0; i < f->enum_count; i++)
		describe_enum(d, &f->enums[i]);
	json_out_end(d->o);
	json_out_end(d->o);
}

void proto_describe(const struct contract_model *model, struct json_out *o)
{
	struct describer d = { .model = (struct proto_model *)model, .o = o };
	arena_init(&d.arena, 64 << 20);
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (uint32_t i = 0; i < d.model->file_count; i++) {
		d.file = d.model->files[i];
		if (!d.file->imported)
			describe_file(&d);
	}
	json_out_end(o);
	json_out_end(o);
	arena_release(&d.arena);
}
