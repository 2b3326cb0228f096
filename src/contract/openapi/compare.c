/* Comparison of two models: which description stands for which, and what the steps share. */
#include "contract/openapi/compare.h"
#include "contract/openapi/label.h"
#include <stdarg.h>

enum { COMPARE_BYTES = 256 << 20 };

struct openapi_pair openapi_pair_of(struct openapi_comparison *c, const struct openapi_operation *before, const struct openapi_operation *after)
{
	const struct openapi_operation *any = after ? after : before;
	struct openapi_pair pair = { before, after, REACH_REQUEST, REACH_RESPONSE, arena_str(&c->out->arena, any->label) };
	if (!any->inbound) {
		pair.toward = REACH_RESPONSE;
		pair.back = REACH_REQUEST;
	}
	return pair;
}

struct change *openapi_see(struct openapi_comparison *c, const struct openapi_pair *pair, struct cause_key key, struct str subject, enum reach_direction direction)
{
	if (change_infos[key.kind].level == CHANGE_INFO && !c->options->information)
		return NULL;
	return cause_seen(&c->causes, &key, subject, pair ? pair->label : STR("all operations"), direction);
}

static struct str vprint(struct arena *a, const char *format, va_list args)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	buf_vprintf(&b, format, args);
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

void openapi_say(struct openapi_comparison *c, struct change *x, const char *format, ...)
{
	va_list args;
	if (!x)
		return;
	va_start(args, format);
	x->sentence = vprint(&c->out->arena, format, args);
	va_end(args);
}

void openapi_show(struct openapi_comparison *c, struct change *x, enum witness_what what, struct str of, const char *before, const char *after,
	const char *format, ...)
{
	va_list args;
	if (!x || !c->options->witnesses)
		return;
	va_start(args, format);
	struct str text = vprint(&c->out->arena, format, args);
	va_end(args);
	struct str name = arena_printf(&c->out->arena, "%.*s %s", STR_FMT(of), what == WITNESS_RESPONSE ? "response" : "request");
	x->witness = (struct witness){ WITNESS_PROVED, what, name, text, str_z(before), str_z(after) };
}

void openapi_rules(struct openapi_comparison *c, struct change *x, enum rule_id first, enum rule_id second)
{
	enum rule_id ids[2];
	size_t count = 0;
	if (!x)
		return;
	if (first != OPENAPI_NO_RULE)
		ids[count++] = first;
	if (second != OPENAPI_NO_RULE)
		ids[count++] = second;
	change_rules(c->out, x, ids, count);
}

struct str openapi_subject(struct openapi_comparison *c, const struct openapi_operation *op, struct str shared, const char *format, ...)
{
	va_list args;
	if (!str_empty(shared))
		return shared;
	va_start(args, format);
	struct str what = vprint(&c->arena, format, args);
	va_end(args);
	return arena_printf(&c->arena, "%.*s %.*s", STR_FMT(op->label), STR_FMT(what));
}

bool openapi_root(struct openapi_comparison *c, const struct openapi_pair *pair, const struct schema *before, const struct schema *after,
	enum reach_direction direction,
	enum schema_position position, const char *format, ...)
{
	va_list args;
	if (!before || !after)
		return true;
	va_start(args, format);
	struct str what = vprint(&c->arena, format, args);
	va_end(args);
	struct schema_root root = { .operation = pair->label, .direction = direction, .position = position };
	root.of = arena_printf(&c->out->arena, "%.*s %.*s", STR_FMT(root.operation), STR_FMT(what));
	return schema_compare_root(c->schemas, before, after, &root);
}

static bool compare_descriptions(struct openapi_comparison *c, const struct openapi *before, const struct openapi *after)
{
	c->before = before;
	c->after = after;
	openapi_compare_schemes(c);
	return openapi_compare_operations(c);
}

static void whole_contract(struct openapi_comparison *c, const struct openapi *api, enum change_kind kind)
{
	if (change_infos[kind].level == CHANGE_INFO && !c->options->information)
		return;
	struct change *x = changes_add(c->out, kind, arena_str(&c->out->arena, api->file->path), STR(""));
	if (!x)
		return;
	struct change_place p = { api->file->path, 1, 1 };
	*(kind == CHANGE_KIND_CONTRACT_REMOVED ? &x->old_place : &x->new_place) = p;
	x->sentence = arena_printf(&c->out->arena, "the description %.*s %s", STR_FMT(api->title.len ? api->title : api->file->path),
		kind == CHANGE_KIND_CONTRACT_REMOVED ? "was removed" : "is new");
}

/* Which new description an old one became: the only one, the one of the same path, else the one of the same title. */
static const struct openapi *counterpart(const struct openapi_model *other, const struct openapi *api, size_t own_count)
{
	if (!other)
		return NULL;
	if (own_count == 1 && other->count == 1)
		return other->items[0];
	for (size_t i = 0; i < other->count; i++)
		if (str_eq(other->items[i]->file->path, api->file->path))
			return other->items[i];
	for (size_t i = 0; i < other->count; i++)
		if (api->title.len && str_eq(other->items[i]->title, api->title))
			return other->items[i];
	return NULL;
}

static bool compare_all(struct openapi_comparison *c)
{
	size_t old_count = c->old_model ? c->old_model->count : 0, new_count = c->new_model ? c->new_model->count : 0;
	for (size_t i = 0; i < old_count; i++) {
		const struct openapi *api = c->old_model->items[i], *other = counterpart(c->new_model, api, old_count);
		/* Two old ones of one title: the second finds its counterpart taken. */
		if (other && counterpart(c->old_model, other, new_count) != api)
			other = NULL;
		if (!other)
			whole_contract(c, api, CHANGE_KIND_CONTRACT_REMOVED);
		else if (!compare_descriptions(c, api, other))
			return false;
	}
	for (size_t i = 0; i < new_count; i++) {
		const struct openapi *api = c->new_model->items[i], *other = counterpart(c->old_model, api, new_count);
		if (!other || counterpart(c->new_model, other, old_count) != api)
			whole_contract(c, api, CHANGE_KIND_CONTRACT_ADDED);
	}
	return !c->schemas || schema_compare_run(c->schemas, c->e);
}

/* The default of a parameter is a change of the parameter (compare_parameters.c); its schema tells it too, more weakly. */
static void drop_defaults(struct changes *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->count; i++) {
		const struct change *x = &out->items[i];
		if (x->kind != CHANGE_KIND_SCHEMA_DEFAULT_CHANGED || !x->rules_count || x->rules[0] != RULE_OASDIFF_REQUEST_PARAMETER_DEFAULT_VALUE_CHANGED)
			out->items[kept++] = *x;
	}
	out->count = kept;
}

bool openapi_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options,
	struct changes *out, struct err *e)
{
	struct openapi_comparison c = { .old_model = (const struct openapi_model *)old_model, .new_model = (const struct openapi_model *)new_model, .options = options,
		.out = out, .e = e };
	if (old_model && new_model && !(c.schemas = schema_compare_new(c.old_model->set, c.new_model->set, options, out, openapi_label, &c)))
		return err_set(e, ERR_NO_MEMORY, "no memory to compare contracts");
	arena_init(&c.arena, COMPARE_BYTES);
	causes_init(&c.causes, out);
	if (c.schemas && openapi_speaks_of_life(&c))
		c.lives = openapi_life_walks(&c);
	bool ok = compare_all(&c);
	if (!ok && !err_is_set(e))
		err_set(e, ERR_TOO_LARGE, "the descriptions differ in more places than can be compared at once; compare their files one by one");
	causes_done(&c.causes);
	drop_defaults(out);
	if (ok && options->fields)
		openapi_find_fields(&c);
	causes_release(&c.causes);
	if (c.schemas)
		schema_compare_free(c.schemas);
	if (c.lives)
		openapi_life_walks_release(c.lives);
	arena_release(&c.arena);
	return ok;
}

const struct contract_format openapi_format = { STR_INIT("openapi"), STR_INIT("OpenAPI"), openapi_recognises, openapi_read, openapi_free,
	openapi_compare, openapi_describe };
