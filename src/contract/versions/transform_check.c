/* See transform_check.h. */
#include "contract/versions/transform_check_impl.h"
#include <stdarg.h>

enum { OLD, NEW, OPERATIONS_LOOKED_AT = 5000 };

struct both { const struct openapi *apis[2]; struct str routes[2]; };

void transform_tell(struct checking *c, struct str what, struct str before, struct str after, const char *format, ...)
{
	va_list args;
	struct buf b;
	struct transform_verdict *v = c->v;
	if (v->count == TRANSFORM_FAULTS_MAX || !ARENA_PUSH_ROOM(c->a, v->faults, v->count, v->capacity))
		return;
	buf_init(&b, 4096);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	struct str sentence = arena_str(c->a, buf_str(&b));
	buf_release(&b);
	v->faults[v->count++] = (struct transform_fault){ c->operation, what, sentence.p ? sentence : STR(""), before, after, c->of ? c->of->line : 0, c->of ? c->of->column : 0 };
}

/* --- operations ----------------------------------------------------------------------------------------------------------------------------------- */

/* As the service sees its path. A description's path stands behind that of its server, alone, or below what the service serves it under. */
static bool is_at(const struct both *b, int side, const struct openapi_operation *o, struct str key)
{
	const struct str heads[] = { b->apis[side]->base, STR(""), b->routes[side] };
	for (size_t i = 0; i < 3; i++)
		if (str_starts(key, heads[i]) && str_eq(str_skip(key, heads[i].len), o->path->key))
			return true;
	return false;
}

static const struct openapi_operation *find(struct arena *a, const struct both *b, int side, struct str method, struct str path)
{
	struct str key = openapi_path_key(a, path);
	for (size_t i = 0; i < b->apis[side]->operations.count; i++) {
		const struct openapi_operation *o = b->apis[side]->operations.items[i];
		if (o->inbound && o->path->kind == OPENAPI_OPERATION && str_eq(o->method, method) && is_at(b, side, o, key))
			return o;
	}
	return NULL;
}

/* How the service sees an operation of the old version that the transform does not name. */
static struct str full_path(struct arena *a, const struct both *b, const struct openapi_operation *o)
{
	const struct str heads[] = { b->apis[OLD]->base, STR(""), b->routes[OLD] };
	struct str route = b->routes[OLD];
	for (size_t i = 0; i < 3; i++) {
		struct str path = arena_printf(a, "%.*s%.*s", STR_FMT(heads[i]), STR_FMT(o->path->path));
		if (route.len <= 1 || str_below(path, route))
			return path;
	}
	return o->path->path;
}

/* --- bodies ---------------------------------------------------------------------------------------------------------------------------------------- */

/* The schema of JSON bodies. *any: there are JSON bodies (of NULL: anything). */
static const struct schema *json_of(const struct openapi_medias *m, bool *any)
{
	*any = false;
	for (size_t i = 0; m && i < m->count; i++) {
		struct str type = m->items[i].type;
		if (!str_eq(type, STR("application/json")) && !str_ends(type, STR("+json")) && !str_eq(type, STR("*/*")) && !str_eq(type, STR("application/*")))
			continue;
		*any = true;
		return m->items[i].schema;
	}
	return NULL;
}

static bool is_status(struct str declared, int status)
{
	char text[16] = { (char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10), (char)('0' + status % 10), 0 };
	return str_eq(declared, str_z(text)) || (declared.len == 3 && declared.p[0] == text[0] && (declared.p[1] | 0x20) == 'x');
}

static const struct openapi_response *response_for(const struct openapi_operation *o, int status)
{
	const struct openapi_response *otherwise = NULL;
	for (size_t i = 0; i < o->responses.count; i++) {
		if (is_status(o->responses.items[i].status, status))
			return &o->responses.items[i];
		if (str_eq(o->responses.items[i].status, STR("default")))
			otherwise = &o->responses.items[i];
	}
	return otherwise;
}

static void check_answer(struct checking *c, const struct openapi_operation *old, const struct openapi_response *given)
{
	uint64_t code;
	bool any;
	if (!str_to_u64(given->status, &code) || code < 100 || code > 599)
		return; /* "4XX", "default": of no status in particular */
	int status = c->of ? transform_answer_status(c->of, (int)code) : (int)code;
	const struct openapi_response *wanted = response_for(old, status);
	struct str what = arena_printf(c->a, status == (int)code ? "answer %d" : "answer %d (from %d)", status, (int)code);
	if (!wanted) {
		if (status >= 200 && status < 300)
			transform_tell(c, what, STR(""), STR(""), "the old contract has no answer %d; map it under `status`", status);
		return;
	}
	const struct schema *from = json_of(given->body ? &given->body->medias : NULL, &any);
	if (!any)
		return;
	const struct schema *to = json_of(wanted->body ? &wanted->body->medias : NULL, &any);
	transform_try_body(c, NEW, from, to, c->of ? transform_of_answer(c->of, (int)code) : NULL, SCHEMA_USE_RESPONSE, what);
}

static bool has_query(struct str query, struct str name)
{
	for (struct str rest = query; rest.len;) {
		struct str value = str_split(&rest, '&'), key = str_split(&value, '=');
		if (str_eq(key, name))
			return true;
	}
	return false;
}

/* Parameters that the new operation needs: the old one needs them too, or the transform gives them. */
static void check_query(struct checking *c, const struct openapi_operation *old, const struct openapi_operation *now)
{
	struct buf sent, got;
	buf_init(&sent, 64 << 10);
	buf_init(&got, 64 << 10);
	for (size_t i = 0; i < old->parameters.count; i++)
		if (old->parameters.items[i]->in == OPENAPI_QUERY && old->parameters.items[i]->required)
			buf_printf(&sent, "%s%.*s=1", buf_str(&sent).len ? "&" : "", STR_FMT(old->parameters.items[i]->name));
	struct str query = buf_str(&sent);
	if (c->of && transform_query(&c->of->query, query, &got))
		query = buf_str(&got);
	for (size_t i = 0; i < now->parameters.count; i++) {
		const struct openapi_parameter *p = now->parameters.items[i];
		if (p->in == OPENAPI_QUERY && p->required && !has_query(query, p->name))
			transform_tell(c, STR("query"), arena_printf(c->a, "\"?%.*s\"", STR_FMT(buf_str(&sent))), arena_printf(c->a, "\"?%.*s\"", STR_FMT(query)),
				       "the new contract needs the parameter %.*s, which callers of the old one need not send; give it under `query`", STR_FMT(p->name));
	}
	buf_release(&sent);
	buf_release(&got);
}

static void check_operation(struct checking *c, const struct openapi_operation *old, const struct openapi_operation *now)
{
	bool sends, takes;
	c->v->operations++;
	check_query(c, old, now);
	const struct schema *from = json_of(old->body ? &old->body->medias : NULL, &sends), *to = json_of(now->body ? &now->body->medias : NULL, &takes);
	if (sends && takes)
		transform_try_body(c, OLD, from, to, c->of ? &c->of->request : NULL, SCHEMA_USE_REQUEST, STR("request"));
	else if (now->body && now->body->required && !old->body)
		transform_tell(c, STR("request"), STR(""), STR(""), "the new contract needs a body, which callers of the old one do not send");
	for (size_t i = 0; i < now->responses.count; i++)
		check_answer(c, old, &now->responses.items[i]);
}

/* --- all ------------------------------------------------------------------------------------------------------------------------------------------- */

static void check_declared(struct checking *c, const struct both *b, const struct transform_operation *x)
{
	c->of = x;
	c->operation = arena_printf(c->a, "%.*s %.*s", STR_FMT(x->old_method), STR_FMT(x->old_path));
	const struct openapi_operation *old = find(c->a, b, OLD, x->old_method, x->old_path), *now = find(c->a, b, NEW, x->new_method, x->new_path);
	if (!old)
		transform_tell(c, STR("operation"), STR(""), STR(""), "the old contract has no operation %.*s %.*s", STR_FMT(x->old_method), STR_FMT(x->old_path));
	if (!now)
		transform_tell(c, STR("operation"), STR(""), STR(""), "the new contract has no operation %.*s %.*s", STR_FMT(x->new_method), STR_FMT(x->new_path));
	if (old && now)
		check_operation(c, old, now);
}

/* keys: of the declared operations' old paths. */
static bool is_declared(const struct transform *t, const struct str *keys, struct str method, struct str key)
{
	for (size_t i = 0; t && i < t->count; i++)
		if (str_eq(t->operations[i].old_method, method) && str_eq(keys[i], key))
			return true;
	return false;
}

/* What nothing is declared for: the beginning of its path changes, no more. */
static void check_rest(struct checking *c, const struct both *b, const struct transform *t)
{
	struct str *keys = ARENA_ARRAY(c->a, t ? t->count + 1 : 1, struct str);
	for (size_t i = 0; t && keys && i < t->count; i++)
		keys[i] = openapi_path_key(c->a, t->operations[i].old_path);
	for (size_t i = 0; keys && i < b->apis[OLD]->operations.count && i < OPERATIONS_LOOKED_AT; i++) {
		const struct openapi_operation *old = b->apis[OLD]->operations.items[i];
		if (!old->inbound || old->path->kind != OPENAPI_OPERATION)
			continue;
		struct str path = full_path(c->a, b, old), rest = b->routes[OLD].len > 1 ? str_skip(path, b->routes[OLD].len) : path;
		if (is_declared(t, keys, old->method, openapi_path_key(c->a, path)))
			continue;
		struct str goes = b->routes[NEW].len > 1 ? arena_printf(c->a, "%.*s%.*s", STR_FMT(b->routes[NEW]), STR_FMT(rest)) : rest;
		const struct openapi_operation *now = find(c->a, b, NEW, old->method, goes);
		c->of = NULL;
		c->operation = arena_printf(c->a, "%.*s %.*s", STR_FMT(old->method), STR_FMT(path));
		if (now)
			check_operation(c, old, now);
		else
			transform_tell(c, STR("operation"), STR(""), STR(""), "the new contract has no operation %.*s %.*s, and the transform does not say what takes its place", STR_FMT(old->method), STR_FMT(goes));
	}
}

static const struct openapi *only_api(const struct contract_model *m, struct transform_verdict *v, const char *which, struct arena *a)
{
	const struct openapi_model *o = (const struct openapi_model *)m;
	if (o && o->count == 1)
		return o->items[0];
	v->why = arena_printf(a, o && o->count ? "the %s version has several OpenAPI descriptions; one is checked" : "the %s version has no OpenAPI description: name it as its `schema`", which);
	return NULL;
}

bool transform_check(const struct transform *t, const struct transform_side *old_side, const struct transform_side *new_side, struct arena *a, struct transform_verdict *v, struct err *e)
{
	struct both b = { .routes = { old_side->route, new_side->route } };
	struct checking c = { .a = a, .v = v };
	*v = (struct transform_verdict){ .why = STR("") };
	b.apis[OLD] = only_api(old_side->model, v, "old", a);
	b.apis[NEW] = b.apis[OLD] ? only_api(new_side->model, v, "new", a) : NULL;
	if (!b.apis[OLD] || !b.apis[NEW])
		return true;
	c.samplers[OLD] = schema_sampler_new(((const struct openapi_model *)old_side->model)->set);
	c.samplers[NEW] = schema_sampler_new(((const struct openapi_model *)new_side->model)->set);
	if (c.samplers[OLD] && c.samplers[NEW]) {
		for (size_t i = 0; t && i < t->count; i++)
			check_declared(&c, &b, &t->operations[i]);
		check_rest(&c, &b, t);
		v->checked = true;
	}
	schema_sampler_free(c.samplers[OLD]);
	schema_sampler_free(c.samplers[NEW]);
	return (v->checked && !a->full) || err_set(e, ERR_NO_MEMORY, "the transform and its two contracts do not fit into the memory for a check");
}
