/* See draft.h. */
#include "contract/pact/draft.h"

enum { BODY_NONE, BODY_JSON, BODY_TEXT };
struct draft_body { int kind; const struct json *json; struct str text, type; };
struct query_key { struct str name, value; size_t calls, last; /* last: the number of the call that had it last */ };
struct draft_interaction {
	struct str method, template, path, version; /* template: of the operation; empty: the path itself */
	int64_t status;
	struct query_key *query;
	size_t query_count, query_capacity;
	struct draft_body request, answer;
	size_t calls;
};

void draft_init(struct draft *d, bool (*is_secret)(struct str key))
{
	*d = (struct draft){ .is_secret = is_secret };
	arena_init(&d->arena, DRAFT_MEMORY);
}

void draft_release(struct draft *d) { arena_release(&d->arena); }

static struct str text(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }

/* --- what calls have in common -------------------------------------------------------------------------------------------------------------------- */

static bool is_number(const struct json *j) { return j->type == JSON_INT || j->type == JSON_UINT || j->type == JSON_DOUBLE; }
static bool is_bool(const struct json *j) { return j->type == JSON_TRUE || j->type == JSON_FALSE; }

static struct json *common(struct arena *a, const struct json *x, const struct json *y, int depth);

static bool common_object(struct arena *a, const struct json *x, const struct json *y, struct json *out, int depth)
{
	struct json_member *members = ARENA_ARRAY(a, x->count + 1, struct json_member);
	uint32_t n = 0;
	for (uint32_t i = 0; members && i < x->count; i++) {
		const struct json *other = json_get(y, x->members[i].key);
		const struct json *both = other ? common(a, &x->members[i].value, other, depth + 1) : NULL;
		if (both)
			members[n++] = (struct json_member){ .key = x->members[i].key, .value = *both };
	}
	out->members = members;
	out->count = n;
	return members != NULL;
}

/* NULL: nothing in common. Of lists the first item that either has. */
static struct json *common(struct arena *a, const struct json *x, const struct json *y, int depth)
{
	struct json *out = ARENA_NEW(a, struct json);
	bool alike = x->type == y->type || (is_number(x) && is_number(y)) || (is_bool(x) && is_bool(y));
	if (!out || !alike || depth > DRAFT_DEPTH_MAX)
		return NULL;
	*out = *x;
	if (x->type == JSON_OBJECT)
		return common_object(a, x, y, out, depth) ? out : NULL;
	if (x->type == JSON_ARRAY && x->count && y->count) {
		struct json *item = common(a, &x->items[0], &y->items[0], depth + 1);
		out->items = item;
		out->count = item != NULL;
	} else if (x->type == JSON_ARRAY) {
		*out = x->count ? *x : *y;
		out->count = out->count != 0;
	}
	return out;
}

/* Only the first item of each list: what the others have in common with it. */
static const struct json *shortened(struct arena *a, const struct json *x)
{
	const struct json *out = common(a, x, x, 0);
	return out ? out : x;
}

/* --- reading a call ------------------------------------------------------------------------------------------------------------------------------- */

static bool is_json(struct str type)
{
	struct str rest = type, name = str_trim(str_split(&rest, ';'));
	return str_eq_ci(name, STR("application/json")) || str_ends(name, STR("+json"));
}

/* False: it cannot be read. */
static bool read_body(struct draft *d, const struct json *call, const char *type_key, const char *key, struct draft_body *b)
{
	struct err e = { 0 };
	const struct json *body = json_get(call, str_z(key));
	*b = (struct draft_body){ .type = arena_str(&d->arena, text(call, type_key)) };
	if (!body)
		return false; /* bytes */
	if (!body->s.len)
		return true;
	struct str kept = arena_str(&d->arena, body->s);
	b->kind = is_json(b->type) ? BODY_JSON : BODY_TEXT;
	b->text = kept;
	if (b->kind == BODY_JSON && (b->json = json_parse(&d->arena, kept, &e)))
		b->json = shortened(&d->arena, b->json);
	return b->kind != BODY_JSON || b->json;
}

static void merge_body(struct draft *d, struct draft_body *all, const struct draft_body *one)
{
	if (all->kind == BODY_JSON && one->kind == BODY_JSON)
		all->json = common(&d->arena, all->json, one->json, 0);
	if (all->kind != one->kind || (all->kind == BODY_JSON && !all->json))
		*all = (struct draft_body){ .type = all->type }; /* now so, now so: nothing is said */
}

static bool note_query(struct draft *d, struct draft_interaction *x, struct str query)
{
	while (query.len) {
		struct str value = str_split(&query, '&'), name = str_split(&value, '=');
		struct query_key *k = NULL;
		for (size_t i = 0; i < x->query_count && !k; i++)
			k = str_eq(x->query[i].name, name) ? &x->query[i] : NULL;
		if (!k && name.len && ARENA_PUSH_ROOM(&d->arena, x->query, x->query_count, x->query_capacity)) {
			k = &x->query[x->query_count++];
			*k = (struct query_key){ arena_str(&d->arena, name), arena_str(&d->arena, value.p ? value : STR("")), 0, 0 };
		}
		if (name.len && !k)
			return false;
		if (k && k->last != x->calls + 1) { /* once a call */
			k->calls++;
			k->last = x->calls + 1;
		}
	}
	return true;
}

bool draft_add(struct draft *d, const struct json *call)
{
	struct draft_interaction *x = NULL;
	struct draft_body request, answer;
	struct str method = text(call, "method"), template = text(call, "operation"), path = text(call, "path");
	int64_t status = json_get_i64(call, STR("status"), 0);
	const struct json *cut = json_get(call, STR("cut"));
	d->calls++;
	if (!method.len || !path.len || !status || (cut && cut->type == JSON_TRUE) || !read_body(d, call, "type", "body", &request) || !read_body(d, call, "answer_type", "answer", &answer)) {
		d->left_out++;
		return !d->arena.full;
	}
	for (size_t i = 0; i < d->count && !x; i++) {
		struct draft_interaction *o = &d->items[i];
		if (str_eq(o->method, method) && o->status == status && (template.len ? str_eq(o->template, template) : str_eq(o->path, path)))
			x = o;
	}
	if (x) {
		bool ok = note_query(d, x, text(call, "query"));
		merge_body(d, &x->request, &request);
		merge_body(d, &x->answer, &answer);
		x->calls++;
		return ok && !d->arena.full;
	}
	if (d->count == DRAFT_INTERACTIONS_MAX || !ARENA_PUSH_ROOM(&d->arena, d->items, d->count, d->capacity))
		return false;
	x = &d->items[d->count++];
	*x = (struct draft_interaction){ .method = arena_str(&d->arena, method), .template = arena_str(&d->arena, template), .path = arena_str(&d->arena, path), .status = status, .request = request,
					 .answer = answer };
	bool ok = note_query(d, x, text(call, "query"));
	x->calls = 1;
	return ok && !d->arena.full;
}

/* --- writing -------------------------------------------------------------------------------------------------------------------------------------- */

static void put_value(const struct draft *d, struct json_out *o, const struct json *j, struct str key)
{
	if (j->type == JSON_STRING && key.len && d->is_secret(key)) {
		json_out_str(o, STR("[redacted]"));
	} else if (j->type == JSON_OBJECT) {
		json_out_object(o);
		for (uint32_t i = 0; i < j->count; i++) {
			json_out_key(o, j->members[i].key);
			put_value(d, o, &j->members[i].value, j->members[i].key);
		}
		json_out_end(o);
	} else if (j->type == JSON_ARRAY) {
		json_out_array(o);
		for (uint32_t i = 0; i < j->count; i++)
			put_value(d, o, &j->items[i], key);
		json_out_end(o);
	} else {
		json_out_value(o, j);
	}
}

static void put_rule(struct json_out *o, struct str at, const char *match, struct str regex)
{
	json_out_key(o, at);
	json_out_object(o);
	json_kv_str(o, "combine", STR("AND"));
	json_out_key(o, STR("matchers"));
	json_out_array(o);
	json_out_object(o);
	json_kv_str(o, "match", str_z(match));
	if (regex.len)
		json_kv_str(o, "regex", regex);
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
}

static void put_body(const struct draft *d, struct json_out *o, const struct draft_body *b)
{
	if (b->kind == BODY_NONE)
		return;
	json_out_key(o, STR("headers"));
	json_out_object(o);
	json_out_key(o, STR("Content-Type"));
	json_out_array(o);
	json_out_str(o, b->type);
	json_out_end(o);
	json_out_end(o);
	json_out_key(o, STR("body"));
	json_out_object(o);
	json_out_key(o, STR("content"));
	if (b->kind == BODY_JSON)
		put_value(d, o, b->json, STR(""));
	else
		json_out_str(o, b->text);
	json_kv_str(o, "contentType", b->type);
	json_kv_bool(o, "encoded", false);
	json_out_end(o);
}

/* JSON by its types; text of an answer may be any. */
static void put_body_rules(struct json_out *o, const struct draft_body *b, bool answer)
{
	if (b->kind == BODY_NONE || (b->kind == BODY_TEXT && !answer))
		return;
	json_out_key(o, STR("body"));
	json_out_object(o);
	put_rule(o, STR("$"), b->kind == BODY_JSON ? "type" : "regex", b->kind == BODY_JSON ? STR("") : STR("(?s).*"));
	json_out_end(o);
}

/* "/v1/orders/{id}" takes "/v1/orders/7". */
static struct str path_regex(struct arena *a, struct str template)
{
	struct buf b;
	bool inside = false;
	buf_init(&b, 8192);
	buf_char(&b, '^');
	for (size_t i = 0; i < template.len; i++) {
		char c = template.p[i];
		if (c == '{')
			buf_add(&b, STR("[^/]+"));
		else if (!inside && c != '}' && strchr(".*+?()[]^$|\\", c))
			buf_printf(&b, "\\%c", c);
		else if (!inside && c != '}')
			buf_char(&b, c);
		inside = c == '{' || (inside && c != '}');
	}
	buf_char(&b, '$');
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static bool has_parameters(const struct draft_interaction *x) { return str_find_char(x->template, '{') != SIZE_MAX; }

static void put_query(const struct draft *d, struct json_out *o, const struct draft_interaction *x, bool rules)
{
	json_out_key(o, STR("query"));
	json_out_object(o);
	for (size_t i = 0; i < x->query_count; i++) {
		const struct query_key *k = &x->query[i];
		if (k->calls < x->calls)
			continue; /* not in all calls */
		if (rules) {
			put_rule(o, k->name, "type", STR(""));
			continue;
		}
		json_out_key(o, k->name);
		json_out_array(o);
		json_out_str(o, d->is_secret(k->name) ? STR("[redacted]") : k->value);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_request(const struct draft *d, struct json_out *o, const struct draft_interaction *x, struct arena *a)
{
	json_out_key(o, STR("request"));
	json_out_object(o);
	json_kv_str(o, "method", x->method);
	json_kv_str(o, "path", x->path);
	if (x->query_count)
		put_query(d, o, x, false);
	put_body(d, o, &x->request);
	json_out_key(o, STR("matchingRules"));
	json_out_object(o);
	if (has_parameters(x)) {
		json_out_key(o, STR("path"));
		json_out_object(o);
		json_kv_str(o, "combine", STR("AND"));
		json_out_key(o, STR("matchers"));
		json_out_array(o);
		json_out_object(o);
		json_kv_str(o, "match", STR("regex"));
		json_kv_str(o, "regex", path_regex(a, x->template));
		json_out_end(o);
		json_out_end(o);
		json_out_end(o);
	}
	if (x->query_count)
		put_query(d, o, x, true);
	put_body_rules(o, &x->request, false);
	json_out_end(o);
	json_out_end(o);
}

static void put_interaction(const struct draft *d, struct json_out *o, const struct draft_interaction *x, struct arena *a)
{
	json_out_object(o);
	json_kv_str(o, "type", STR("Synchronous/HTTP"));
	json_kv_str(o, "description", arena_printf(a, "%.*s %.*s answers %lld", STR_FMT(x->method), STR_FMT(x->template.len ? x->template : x->path), (long long)x->status));
	json_out_key(o, STR("comments"));
	json_out_object(o);
	json_out_key(o, STR("text"));
	json_out_array(o);
	json_out_str(o, arena_printf(a, "Drafted from %zu recorded call%s. Name the provider state that it needs, and leave out what the consumer does not rely on.", x->calls, x->calls == 1 ? "" : "s"));
	json_out_end(o);
	json_out_end(o);
	put_request(d, o, x, a);
	json_out_key(o, STR("response"));
	json_out_object(o);
	json_kv_i64(o, "status", x->status);
	put_body(d, o, &x->answer);
	json_out_key(o, STR("matchingRules"));
	json_out_object(o);
	put_body_rules(o, &x->answer, true);
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
}

static void put_name(struct json_out *o, const char *key, struct str name)
{
	json_out_key(o, str_z(key));
	json_out_object(o);
	json_kv_str(o, "name", name);
	json_out_end(o);
}

bool draft_write(const struct draft *d, struct str consumer, struct str provider, struct str version, struct buf *out)
{
	struct json_out o;
	struct arena a;
	arena_init(&a, 16 << 20);
	json_out_init(&o, out);
	json_out_object(&o);
	put_name(&o, "consumer", consumer);
	put_name(&o, "provider", provider);
	json_out_key(&o, STR("interactions"));
	json_out_array(&o);
	for (size_t i = 0; i < d->count; i++)
		put_interaction(d, &o, &d->items[i], &a);
	json_out_end(&o);
	json_out_key(&o, STR("metadata"));
	json_out_object(&o);
	json_out_key(&o, STR("pactSpecification"));
	json_out_object(&o);
	json_kv_str(&o, "version", STR("4.0"));
	json_out_end(&o);
	json_out_key(&o, STR("pleach"));
	json_out_object(&o);
	json_kv_str(&o, "version", version);
	json_out_end(&o);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(out, '\n');
	bool ok = buf_ok(out) && !a.full;
	arena_release(&a);
	return ok;
}
