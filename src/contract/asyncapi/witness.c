/* Witnesses that are whole messages: one that one side has and the other has not. */
#include "contract/asyncapi/asyncapi.h"
#include "contract/openapi/sample.h"

enum { MESSAGE_TEXT_MAX = 16384 };

static void show(struct asyncapi_comparison *c, struct change *x, struct str flow, const struct asyncapi_message *m, const struct doc *value,
	const char *before, const char *after)
{
	struct buf b;
	struct json_out o;
	struct arena *a = &c->out->arena;
	buf_init(&b, MESSAGE_TEXT_MAX);
	buf_printf(&b, "%.*s", STR_FMT(flow));
	if (m->name.len || m->id.len)
		buf_printf(&b, "\nmessage: %.*s", STR_FMT(m->name.len ? m->name : m->id));
	buf_printf(&b, "\ncontent-type: %.*s\n\n", STR_FMT(m->content_type));
	json_out_init(&o, &b);
	doc_write(value, &o);
	if (buf_ok(&b))
		x->witness = (struct witness){ WITNESS_PROVED, WITNESS_RECORD, arena_printf(a, "%.*s", STR_FMT(flow)), arena_str(a, buf_str(&b)), str_z(before), str_z(after) };
	buf_release(&b);
}

void asyncapi_prove_message(struct asyncapi_comparison *c, struct change *x, struct str flow, const struct asyncapi_message *m, const char *before,
	const char *after)
{
	if (!x || !c->options->witnesses || x->level == CHANGE_INFO || m->language != LANGUAGE_JSON_SCHEMA)
		return;
	const struct doc *value = openapi_sample(&c->arena, m->payload, SCHEMA_USE_ANY);
	if (value)
		show(c, x, flow, m, value, before, after);
}

void asyncapi_prove_refused(struct asyncapi_comparison *c, struct change *x, struct str flow, const struct asyncapi_message *m,
	const struct schema *refusing, const char *before,
	const char *after)
{
	static const struct doc values[] = { { .type = DOC_NULL }, { .type = DOC_INT, .i = 0 }, { .type = DOC_STRING, .count = 0, .p = "" },
		{ .type = DOC_ARRAY }, { .type = DOC_OBJECT } };
	for (size_t i = 0; x && refusing && c->options->witnesses && i < sizeof(values) / sizeof(values[0]); i++)
		if (!schema_valid(refusing, &values[i], SCHEMA_USE_ANY, NULL)) {
			show(c, x, flow, m, &values[i], before, after);
			return;
		}
}
