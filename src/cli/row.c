/* See row.h. */
#include "cli/row.h"
#include "cli/output.h"

static enum style level_style(struct str level)
{
	if (str_eq(level, STR("error")) || str_eq(level, STR("fatal")))
		return STYLE_RED;
	if (str_eq(level, STR("warn")))
		return STYLE_AMBER;
	if (str_eq(level, STR("debug")) || str_eq(level, STR("trace")))
		return STYLE_DIM;
	return STYLE_NONE;
}

static void field_values(struct cli *c, const struct json *attributes)
{
	for (uint32_t i = 0; attributes && attributes->type == JSON_OBJECT && i < attributes->count; i++) {
		struct buf b;
		struct json_out o;
		buf_init(&b, 1 << 20);
		json_out_init(&o, &b);
		json_out_value(&o, &attributes->members[i].value);
		buf_add(&c->out, STR("    "));
		out_styled(c, STYLE_DIM, attributes->members[i].key);
		buf_add(&c->out, STR(": "));
		text_safe(&c->out, buf_str(&b));
		buf_char(&c->out, '\n');
		buf_release(&b);
	}
}

/* A few short fields behind the message: "request finished" alone says too little. */
static void short_values(struct cli *c, struct arena *scratch, const struct json *attributes)
{
	enum { MOST = 5, VALUE_MOST = 48 };
	size_t shown = 0;
	for (uint32_t i = 0; attributes && attributes->type == JSON_OBJECT && i < attributes->count && shown < MOST; i++) {
		const struct json_member *m = &attributes->members[i];
		struct buf b;
		struct json_out o;
		if (str_eq(m->key, STR("log.iostream")) || m->value.type >= JSON_ARRAY || m->value.type == JSON_NULL)
			continue;
		buf_init(&b, 1 << 20);
		json_out_init(&o, &b);
		if (m->value.type == JSON_STRING)
			buf_add(&b, m->value.s);
		else
			json_out_value(&o, &m->value);
		if (buf_str(&b).len && buf_str(&b).len <= VALUE_MOST) {
			out_styled(c, STYLE_DIM, arena_printf(scratch, " %.*s=%.*s", STR_FMT(m->key), STR_FMT(buf_str(&b))));
			shown++;
		}
		buf_release(&b);
	}
}

void row_print(struct cli *c, const struct json *row, bool fields)
{
	struct str level = json_get_str(row, STR("level"), STR("")), time = json_get_str(row, STR("time"), STR(""));
	struct str who = json_get_str(row, STR("instance"), STR("")), trace = json_get_str(row, STR("trace_id"), STR(""));
	if (!who.len)
		who = json_get_str(row, STR("service"), STR(""));
	/* Not the run's arena: `logs -f` may print for days. */
	struct arena scratch;
	arena_init(&scratch, 1 << 20);
	/* "2026-11-23T12:00:00.123456789Z": the clock to the millisecond; with fields the whole time */
	out_styled(c, STYLE_DIM, fields ? time : str_sub(time, 11, 23));
	buf_char(&c->out, ' ');
	out_styled(c, level_style(level), arena_printf(&scratch, "%-5.*s", STR_FMT(level)));
	buf_char(&c->out, ' ');
	out_styled(c, STYLE_BLUE, arena_printf(&scratch, "%-16.*s", STR_FMT(who)));
	buf_char(&c->out, ' ');
	text_safe(&c->out, json_get_str(row, STR("body"), STR("")));
	if (!fields) {
		short_values(c, &scratch, json_get(row, STR("made")));
		short_values(c, &scratch, json_get(row, STR("attributes")));
	}
	if (trace.len && !fields) {
		buf_char(&c->out, ' ');
		out_styled(c, STYLE_DIM, trace);
	}
	buf_char(&c->out, '\n');
	arena_release(&scratch);
	if (!fields)
		return;
	if (trace.len) {
		buf_add(&c->out, STR("    "));
		out_styled(c, STYLE_DIM, STR("trace_id: "));
		buf_add(&c->out, trace);
		buf_char(&c->out, '\n');
	}
	field_values(c, json_get(row, STR("made")));
	field_values(c, json_get(row, STR("attributes")));
}
