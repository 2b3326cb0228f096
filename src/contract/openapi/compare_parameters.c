/* Parameters, by place and name; path parameters by their position in the path, since callers don't see their names. */
#include "contract/openapi/compare.h"
#include "contract/openapi/sample.h"

/* Position of {name} in the path; SIZE_MAX where it is not there. */
static size_t path_slot(struct str path, struct str name)
{
	size_t slot = 0;
	for (size_t at; (at = str_find_char(path, '{')) != SIZE_MAX; slot++) {
		path = str_skip(path, at + 1);
		size_t end = str_find_char(path, '}');
		if (end == SIZE_MAX)
			return SIZE_MAX;
		if (str_eq(str_sub(path, 0, end), name))
			return slot;
		path = str_skip(path, end);
	}
	return SIZE_MAX;
}

static bool same_parameter(const struct openapi_operation *a, const struct openapi_parameter *p, const struct openapi_operation *b,
	const struct openapi_parameter *q)
{
	if (p->in != q->in)
		return false;
	if (p->in == OPENAPI_HEADER)
		return str_eq_ci(p->name, q->name);
	if (p->in != OPENAPI_PATH || str_eq(p->name, q->name))
		return str_eq(p->name, q->name);
	size_t slot = path_slot(a->path->path, p->name);
	return slot != SIZE_MAX && slot == path_slot(b->path->path, q->name);
}

static const struct openapi_parameter *find_in(const struct openapi_operation *b, const struct openapi_operation *a, const struct openapi_parameter *p)
{
	for (size_t i = 0; i < b->parameters.count; i++)
		if (same_parameter(a, p, b, b->parameters.items[i]))
			return b->parameters.items[i];
	return NULL;
}

/* One of the same name in another place, that has no counterpart of its own. */
static const struct openapi_parameter *moved_to(const struct openapi_pair *pair, const struct openapi_parameter *p)
{
	for (size_t i = 0; i < pair->after->parameters.count; i++) {
		const struct openapi_parameter *q = pair->after->parameters.items[i];
		if (q->in != p->in && str_eq_ci(p->name, q->name) && !find_in(pair->before, pair->after, q))
			return q;
	}
	return NULL;
}

struct str openapi_parameter_subject(struct openapi_comparison *c, const struct openapi_operation *op, const struct openapi_parameter *p)
{
	if (p->of_path && str_empty(p->shared))
		return arena_printf(&c->arena, "%.*s %s parameter %.*s", STR_FMT(op->path->path), openapi_in_name(p->in), STR_FMT(p->name));
	return openapi_subject(c, op, p->shared, "%s parameter %.*s", openapi_in_name(p->in), STR_FMT(p->name));
}

static struct change *see(struct openapi_comparison *c, const struct openapi_pair *pair, enum change_kind kind, const struct openapi_parameter *before,
	const struct openapi_parameter *after, struct str detail)
{
	struct cause_key key = { kind, before ? before->spot : pair->before->spot, after ? after->spot : pair->after->spot, detail };
	/* What is gone or new is one cause wherever a shared part is used: the other side's operation does not count. */
	if (!before || !after) {
		struct doc_spot *other = before ? &key.after : &key.before;
		*other = (struct doc_spot){ 0 };
	}
	struct str subject = before ? openapi_parameter_subject(c, pair->before, before) : openapi_parameter_subject(c, pair->after, after);
	struct change *x = openapi_see(c, pair, key, subject, pair->toward);
	if (x && !before)
		x->old_place = spot_place(pair->before->spot);
	if (x && !after)
		x->new_place = spot_place(pair->after->spot);
	return x;
}

static void sent_less(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *before, const struct openapi_parameter *after)
{
	struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_SENT_LESS, before, after, STR(""));
	openapi_say(c, x, "the %s parameter `%.*s` of %.*s was always sent and %s", openapi_in_name(before->in), STR_FMT(before->name), STR_FMT(pair->before->label),
		after ? "need not be now" : "is gone");
	openapi_show(c, x, WITNESS_REQUEST, pair->before->label, "a required parameter is missing", "valid", "%.*s {the receiver}\n(no %s parameter %.*s)",
		STR_FMT(pair->before->method), openapi_in_name(before->in), STR_FMT(before->name));
}

static void removed(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *p)
{
	enum life_state state = openapi_life_state(c, &p->life);
	if (!pair->before->inbound && p->required) {
		sent_less(c, pair, p, NULL);
		return;
	}
	/* Of a path the slots are the same: it is only no longer described. After its sunset date nobody fails. */
	if (p->in == OPENAPI_PATH || (state == LIFE_OVER && !c->options->information))
		return;
	struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_PARAMETER_REMOVED, p, NULL, STR(""));
	if (!x)
		return;
	bool early = state == LIFE_UNTIL;
	struct str date = doc_str(p->life.sunset.node);
	openapi_rules(c, x, early ? RULE_OASDIFF_REQUEST_PARAMETER_REMOVED_BEFORE_SUNSET : RULE_OASDIFF_REQUEST_PARAMETER_REMOVED, RULE_REDOCLY_PARAMETER_REMOVED);
	if (state == LIFE_OVER) {
		x->level = CHANGE_INFO;
		x->witness.state = WITNESS_NONE;
	} else if (early) {
		x->level = CHANGE_BREAKING;
	}
	openapi_say(c, x, "the %s parameter `%.*s` was removed%s%.*s", openapi_in_name(p->in), STR_FMT(p->name), early ? " before its sunset date, " : "",
		early ? (int)date.len : 0,
		date.p ? date.p : "");
	if (state != LIFE_OVER)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ .with = p });
}

static void moved(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *p, const struct openapi_parameter *q)
{
	struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_PARAMETER_MOVED, p, q, STR(""));
	openapi_rules(c, x, RULE_OASDIFF_NEW_REQUIRED_REQUEST_PARAMETER, RULE_REDOCLY_PARAMETER_REMOVED);
	openapi_say(c, x, "the parameter `%.*s` moved from %s to %s", STR_FMT(p->name), openapi_in_name(p->in), openapi_in_name(q->in));
	if (x)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ .with = p, .without = q->name, .without_in = q->in });
}

static enum rule_id added_rule(const struct openapi_parameter *q)
{
	if (q->in == OPENAPI_PATH)
		return RULE_OASDIFF_NEW_REQUEST_PATH_PARAMETER;
	return q->of_path ? RULE_OASDIFF_NEW_REQUIRED_REQUEST_DEFAULT_PARAMETER_TO_EXISTING_PATH : RULE_OASDIFF_NEW_REQUIRED_REQUEST_PARAMETER;
}

static void added(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *q)
{
	bool breaks = q->required && q->in != OPENAPI_PATH && pair->before->inbound;
	struct change *x = see(c, pair, breaks ? CHANGE_KIND_OPENAPI_PARAMETER_ADDED_REQUIRED : CHANGE_KIND_OPENAPI_PARAMETER_ADDED, NULL, q, STR(""));
	openapi_say(c, x, "the %s%s parameter `%.*s` is new", q->required ? "required " : "", openapi_in_name(q->in), STR_FMT(q->name));
	if (!x || !breaks)
		return;
	openapi_rules(c, x, added_rule(q), RULE_REDOCLY_PARAMETER_BECAME_REQUIRED);
	openapi_prove_request(c, pair, x, &(struct openapi_wish){ .without = q->name, .without_in = q->in });
}

static void required(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *p, const struct openapi_parameter *q)
{
	if (p->required == q->required)
		return;
	if (!pair->before->inbound) {
		if (p->required)
			sent_less(c, pair, p, q);
		return;
	}
	struct change *x = see(c, pair, q->required ? CHANGE_KIND_OPENAPI_PARAMETER_BECAME_REQUIRED : CHANGE_KIND_OPENAPI_PARAMETER_BECAME_OPTIONAL, p, q, STR(""));
	openapi_say(c, x, "the %s parameter `%.*s` became %s", openapi_in_name(q->in), STR_FMT(q->name), q->required ? "required" : "optional");
	if (!x || !q->required)
		return;
	openapi_rules(c, x, RULE_OASDIFF_REQUEST_PARAMETER_BECAME_REQUIRED, RULE_REDOCLY_PARAMETER_BECAME_REQUIRED);
	openapi_prove_request(c, pair, x, &(struct openapi_wish){ .without = q->name, .without_in = q->in });
}

/* Whether values of more than one part may be written: only then do style and explode matter. */
static bool may_have_parts(const struct schema_set *set, const struct openapi_parameter *p)
{
	static const struct str parts[] = { STR_INIT("array"), STR_INIT("object") };
	if (!p->schema)
		return true;
	struct doc_file *file = schema_file(p->schema);
	const struct doc *node = schema_node(p->schema);
	struct err e = { 0 };
	if (!schema_set_follow((struct schema_set *)set, &file, &node, &e))
		return true;
	const struct doc *type = doc_get(node, STR("type"));
	if (!type)
		return doc_get(node, STR("enum")) == NULL;
	for (size_t i = 0; i < 2; i++) {
		if (str_eq(doc_str(type), parts[i]))
			return true;
		for (uint32_t j = 0; doc_is(type, DOC_ARRAY) && j < type->count; j++)
			if (str_eq(doc_str(&type->items[j]), parts[i]))
				return true;
	}
	return false;
}

static struct str way_of(struct openapi_comparison *c, const struct openapi_parameter *p)
{
	return p->media.len ? p->media : arena_printf(&c->arena, "%.*s%s", STR_FMT(p->style), p->explode ? ", exploded" : "");
}

/* A value of two parts, or what else the parameter takes. */
static void prove_serialization(struct openapi_comparison *c, const struct openapi_pair *pair, struct change *x, const struct openapi_parameter *p)
{
	static const struct doc texts[] = { { .type = DOC_STRING, .count = 1, .p = "a" }, { .type = DOC_STRING, .count = 1, .p = "b" } };
	static const struct doc numbers[] = { { .type = DOC_INT, .i = 1 }, { .type = DOC_INT, .i = 2 } };
	static const struct doc_member members[] = { { "a", 1, 0, { .type = DOC_INT, .i = 1 } } };
	static const struct doc lists[] = { { .type = DOC_ARRAY, .count = 2, .items = texts }, { .type = DOC_ARRAY, .count = 2, .items = numbers },
		{ .type = DOC_OBJECT, .count = 1, .members = members } };
	const struct doc *value = NULL;
	for (size_t i = 0; !value && i < 3; i++)
		if (!p->schema || schema_valid(p->schema, &lists[i], SCHEMA_USE_REQUEST, NULL))
			value = &lists[i];
	if (!value)
		value = openapi_sample(&c->arena, p->schema, SCHEMA_USE_REQUEST);
	if (value)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ .with = p, .parts = value });
}

static void serialization(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *p, const struct openapi_parameter *q)
{
	bool style = !str_eq(p->style, q->style), explode = p->explode != q->explode, media = !str_eq(p->media, q->media);
	if (!media && (style || explode) && !(may_have_parts(c->old_model->set, p) || may_have_parts(c->new_model->set, q)))
		style = explode = false;
	/* Of labels and matrices each single value is written another way too. */
	style |= !str_eq(p->style, q->style) && (p->in == OPENAPI_PATH || str_eq(p->style, STR("deepObject")));
	bool empty = p->allow_empty && !q->allow_empty, reserved = p->allow_reserved && !q->allow_reserved;
	if (!style && !explode && !media && !empty && !reserved)
		return;
	const char *what = media ? "media type" : style ? "style" : explode ? "explode" : empty ? "allowEmptyValue" : "allowReserved";
	struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_PARAMETER_SERIALIZATION, p, q, str_z(what));
	openapi_rules(c, x, RULE_REDOCLY_PARAMETER_SERIALIZATION_CHANGED, OPENAPI_NO_RULE);
	openapi_say(c, x, "the %s parameter `%.*s` is written another way: it was %.*s, it is %.*s%s%s", openapi_in_name(q->in), STR_FMT(q->name), STR_FMT(way_of(c, p)),
		STR_FMT(way_of(c, q)), empty ? ", and no longer empty" : "", reserved ? ", and no longer with reserved characters" : "");
	if (x)
		prove_serialization(c, pair, x, p);
}

static void fallback(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *p, const struct openapi_parameter *q)
{
	if (q->required || (!p->fallback && !q->fallback) || (p->fallback && q->fallback && doc_equal(p->fallback, q->fallback)) || !pair->before->inbound)
		return;
	struct change *x = see(c, pair, CHANGE_KIND_OPENAPI_PARAMETER_DEFAULT, p, q, STR(""));
	openapi_rules(c, x, !p->fallback ? RULE_OASDIFF_REQUEST_PARAMETER_DEFAULT_VALUE_ADDED : !q->fallback ? RULE_OASDIFF_REQUEST_PARAMETER_DEFAULT_VALUE_REMOVED :
		RULE_OASDIFF_REQUEST_PARAMETER_DEFAULT_VALUE_CHANGED, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED);
	openapi_say(c, x, "the default of the %s parameter `%.*s` was %s", openapi_in_name(q->in), STR_FMT(q->name),
		!p->fallback ? "added" : !q->fallback ? "removed" : "changed");
	if (x)
		openapi_prove_request(c, pair, x, &(struct openapi_wish){ .without = q->name, .without_in = q->in });
}

static bool compare_one(struct openapi_comparison *c, const struct openapi_pair *pair, const struct openapi_parameter *p, const struct openapi_parameter *q)
{
	struct str name = arena_printf(&c->arena, "the %s parameter `%.*s`", openapi_in_name(p->in), STR_FMT(p->name));
	struct life_pair life = { p->spot, q->spot, &p->life, &q->life, LIFE_OF_PARAMETER, openapi_parameter_subject(c, pair->before, p), name };
	required(c, pair, p, q);
	serialization(c, pair, p, q);
	fallback(c, pair, p, q);
	openapi_compare_life(c, pair, &life);
	return openapi_root(c, pair, p->schema, q->schema, pair->toward, p->in == OPENAPI_HEADER ? SCHEMA_HEADER : SCHEMA_PARAMETER, "%s parameter %.*s",
		openapi_in_name(q->in), STR_FMT(q->name));
}

bool openapi_compare_parameters(struct openapi_comparison *c, const struct openapi_pair *pair)
{
	bool ok = true;
	for (size_t i = 0; ok && i < pair->before->parameters.count; i++) {
		const struct openapi_parameter *p = pair->before->parameters.items[i], *q = find_in(pair->after, pair->before, p);
		const struct openapi_parameter *elsewhere = q ? NULL : moved_to(pair, p);
		if (q)
			ok = compare_one(c, pair, p, q);
		else if (elsewhere && elsewhere->required && pair->before->inbound)
			moved(c, pair, p, elsewhere);
		else
			removed(c, pair, p);
	}
	for (size_t i = 0; i < pair->after->parameters.count; i++) {
		const struct openapi_parameter *q = pair->after->parameters.items[i];
		bool was_elsewhere = false;
		for (size_t j = 0; j < pair->before->parameters.count; j++)
			was_elsewhere |= !find_in(pair->after, pair->before, pair->before->parameters.items[j]) && moved_to(pair, pair->before->parameters.items[j]) == q;
		if (!find_in(pair->before, pair->after, q) && !(was_elsewhere && q->required && pair->before->inbound))
			added(c, pair, q);
	}
	return ok;
}
