/* See features.h. Hashes of compound features are folded from their parts' hashes, so no text is built; what has no order (fields of a type, parameters of
 * an operation) is folded by addition. A first pass over the types gives their forms, which operations refer to. */
#include "catalog/interfaces/features.h"
#include "base/check.h"
#include "base/map.h"
#include "catalog/interfaces/words.h"
#include <stdlib.h>

const float feature_weights[FEATURE_KINDS] = {
#define FEATURE_ROW(symbol, weight) [FEATURE_##symbol] = (weight),
#include "tbl/interface_features.h"
#undef FEATURE_ROW
};

enum { HOLE = 1, FORM_LEAST = 3 /* fields that a form must have to tell anything */, TEXT_WORD_LEAST = 4, SCRATCH_MAX = 1 << 30 };
struct gather {
	struct arena scratch;
	uint64_t *features;
	struct named *named;
	size_t count, capacity, named_count, named_capacity;
	uint64_t *forms;      /* of the types, in the order of `types` */
	size_t form_count, form_capacity;
	struct map types;     /* name to (place in forms + 1) */
	bool cut;
};

static uint64_t fold(uint64_t a, uint64_t b)
{
	uint64_t both[2] = { a, b };
	return str_hash(str_from((const char *)both, sizeof(both)));
}
static uint64_t of_kind(enum feature_kind kind, uint64_t hash) { return (hash & ~(uint64_t)31) | kind; }
static struct str text_of(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }

static const struct json *list_of(const struct json *j, const char *key)
{
	static const struct json none = { .type = JSON_ARRAY };
	const struct json *x = json_get(j, str_z(key));
	return x && x->type == JSON_ARRAY ? x : &none;
}

static uint64_t add(struct gather *g, enum feature_kind kind, uint64_t hash)
{
	uint64_t feature = of_kind(kind, hash);
	if (ARENA_PUSH_ROOM(&g->scratch, g->features, g->count, g->capacity))
		g->features[g->count++] = feature;
	return feature;
}

static void name(struct gather *g, enum named_kind kind, uint64_t of, uint64_t exact, uint64_t near, struct str shown)
{
	if (g->named_count == INTERFACE_NAMES_MAX)
		g->cut = true;
	if (g->cut || !ARENA_PUSH_ROOM(&g->scratch, g->named, g->named_count, g->named_capacity))
		return;
	g->named[g->named_count] = (struct named){ kind, (uint32_t)g->named_count, of, exact, near, shown };
	g->named_count++;
}

/* The words of a name and the letters of all together; the hash of its normal form, or 0 where it has no words. */
static uint64_t add_words(struct gather *g, const struct words *w)
{
	char out[WORDS_BYTES + 2];
	for (size_t i = 0; i < w->count; i++)
		if (w->len[i] > 1)
			add(g, FEATURE_WORD, str_hash(words_at(w, i)));
	struct str flat = words_flat(w, out + 1);
	out[0] = '^';
	out[flat.len + 1] = '$';
	for (size_t i = 0; flat.len >= 3 && i < flat.len; i++)
		add(g, FEATURE_TRIGRAM, str_hash(str_from(out + i, 3)));
	return w->count ? str_hash(words_joined(w, out)) : 0;
}

static uint64_t skeleton(const struct words *w)
{
	char out[WORDS_BYTES];
	return str_hash(words_skeleton(w, out));
}

static void add_text(struct gather *g, const struct json *j, const char *key)
{
	struct str rest = str_sub(text_of(j, key), 0, INTERFACE_TEXT_MAX);
	struct words w;
	while (rest.p) {
		words_split(&w, str_split(&rest, ' '));
		for (size_t i = 0; i < w.count; i++)
			if (w.len[i] >= TEXT_WORD_LEAST)
				add(g, FEATURE_TEXT, str_hash(words_at(&w, i)));
	}
}

/* Types. */

/* Without what is around the name: "[Order!]!", "null, Order", "map<string, Order>", "Order as application/json", "string (uuid)", "varchar(20)"; adds to
 * *around what it was in: 1 a list, 2 a map. */
static struct str bare_type(struct str t, uint64_t *around)
{
	size_t at = str_find(t, STR(" as "));
	t = str_strip(at == SIZE_MAX ? t : str_sub(t, 0, at));
	for (;;) {
		if (str_ends(t, STR("!")))
			t.len--;
		else if (str_starts(t, STR("null, ")))
			t = str_skip(t, sizeof("null, ") - 1);
		else if (str_ends(t, STR(", null")))
			t.len -= sizeof(", null") - 1;
		else if (t.len > 1 && t.p[0] == '[' && t.p[t.len - 1] == ']') {
			t = str_sub(t, 1, t.len - 1);
			*around = 3 * *around + 1;
		} else if (str_starts(t, STR("map<")) && str_ends(t, STR(">"))) {
			at = str_find(t, STR(", "));
			t = str_sub(t, at == SIZE_MAX ? 4 : at + 2, t.len - 1);
			*around = 3 * *around + 2;
		} else
			break;
	}
	at = str_find_char(t, '(');
	return str_trim(at == SIZE_MAX ? t : str_sub(t, 0, at));
}

static struct str last_name(struct str s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.p[i - 1] == '.' || s.p[i - 1] == '/')
			return str_skip(s, i);
	return s;
}

/* One number for what the formats call differently: int64, integer, long. */
static uint64_t type_kind(struct str type)
{
	static const struct { struct str name; char kind; } scalars[] = {
		{ STR_INIT("string"), 's' }, { STR_INIT("varchar"), 's' }, { STR_INIT("char"), 's' }, { STR_INIT("text"), 's' }, { STR_INIT("uuid"), 's' },
		{ STR_INIT("id"), 's' }, { STR_INIT("timestamp"), 's' }, { STR_INIT("timestamptz"), 's' }, { STR_INIT("date"), 's' }, { STR_INIT("int"), 'i' },
		{ STR_INIT("integer"), 'i' }, { STR_INIT("uint"), 'i' }, { STR_INIT("sint"), 'i' }, { STR_INIT("fixed"), 'i' }, { STR_INIT("sfixed"), 'i' },
		{ STR_INIT("long"), 'i' }, { STR_INIT("bigint"), 'i' }, { STR_INIT("smallint"), 'i' }, { STR_INIT("bigserial"), 'i' }, { STR_INIT("serial"), 'i' },
		{ STR_INIT("bool"), 'b' }, { STR_INIT("boolean"), 'b' }, { STR_INIT("number"), 'n' }, { STR_INIT("float"), 'n' }, { STR_INIT("double"), 'n' },
		{ STR_INIT("numeric"), 'n' }, { STR_INIT("decimal"), 'n' }, { STR_INIT("real"), 'n' }, { STR_INIT("bytes"), 'y' }, { STR_INIT("bytea"), 'y' },
		{ STR_INIT("any"), 'o' }, { STR_INIT("object"), 'o' }, { STR_INIT("json"), 'o' }, { STR_INIT("jsonb"), 'o' }, { STR_INIT(""), 'o' },
	};
	uint64_t around = 0;
	struct str bare = last_name(bare_type(type, &around));
	while (bare.len && bare.p[bare.len - 1] >= '0' && bare.p[bare.len - 1] <= '9')
		bare.len--;
	char kind = 'T';
	for (size_t i = 0; i < ARRAY_LEN(scalars); i++)
		if (str_eq_ci(scalars[i].name, bare))
			kind = scalars[i].kind;
	return fold((uint64_t)kind, around);
}

static uint64_t form_of(const struct json *fields)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < fields->count; i++)
		sum += type_kind(text_of(&fields->items[i], "type"));
	return fields->count >= FORM_LEAST ? of_kind(FEATURE_FORM, fold(sum, fields->count)) : 0;
}

/* The form of what the text names, or the kind of it. */
static uint64_t form_named(const struct gather *g, struct str type)
{
	uint64_t around = 0;
	uintptr_t at = (uintptr_t)map_get(&g->types, bare_type(type, &around));
	return at && g->forms[at - 1] ? fold(g->forms[at - 1], around) : type_kind(type);
}

static void add_forms(struct gather *g, const struct json *contract)
{
	const struct json *types = list_of(contract, "types");
	for (uint32_t i = 0; i < types->count; i++) {
		if (!ARENA_PUSH_ROOM(&g->scratch, g->forms, g->form_count, g->form_capacity))
			return;
		g->forms[g->form_count++] = form_of(list_of(&types->items[i], "fields"));
		map_put(&g->types, text_of(&types->items[i], "name"), (void *)(uintptr_t)g->form_count);
	}
}

/* type: the hash of its type's name; of: that type as a feature. Both 0 for parameters. */
static void add_field(struct gather *g, const struct json *j, uint64_t of, uint64_t type)
{
	struct words w;
	struct str shown = text_of(j, "name");
	words_split(&w, shown);
	uint64_t hash = add_words(g, &w), kind = type_kind(text_of(j, "type")), bones = fold(skeleton(&w), kind);
	add_text(g, j, "description");
	if (!hash)
		return;
	add(g, FEATURE_FIELD, hash);
	uint64_t exact = add(g, FEATURE_FIELD_KIND, fold(hash, kind)), near = add(g, FEATURE_NEAR_FIELD, bones);
	if (type)
		add(g, FEATURE_TYPE_FIELD, fold(type, hash));
	name(g, NAMED_FIELD, of, exact, near, shown);
}

static void add_type(struct gather *g, const struct json *j, uint64_t form)
{
	struct words w;
	char out[WORDS_BYTES];
	struct str shown = last_name(text_of(j, "name"));
	words_split(&w, shown);
	uint64_t hash = add_words(g, &w);
	const struct json *fields = list_of(j, "fields"), *values = list_of(j, "values");
	uint64_t exact = add(g, FEATURE_TYPE, hash);
	if (w.count)
		add(g, FEATURE_NEAR_TYPE, skeleton(&w));
	if (form)
		add(g, FEATURE_FORM, form);
	name(g, NAMED_TYPE, 0, exact, form, shown);
	add_text(g, j, "description");
	for (uint32_t i = 0; i < fields->count; i++)
		add_field(g, &fields->items[i], exact, hash);
	for (uint32_t i = 0; i < values->count; i++) {
		words_split(&w, text_of(&values->items[i], "name"));
		if (w.count)
			add(g, FEATURE_VALUE, str_hash(words_joined(&w, out)));
	}
}

/* Operations. */

static bool is_version(struct str s)
{
	if (str_eq_ci(s, STR("api")) || str_eq_ci(s, STR("rest")))
		return true;
	return s.len > 1 && (s.p[0] == 'v' || s.p[0] == 'V') && s.p[1] >= '0' && s.p[1] <= '9';
}

/* One segment: what is fixed in it, and whether there is a hole. */
static uint64_t segment_hash(struct gather *g, struct str s)
{
	struct words w;
	size_t open = str_find_char(s, '{'), close = str_find_char(s, '}');
	if (open == SIZE_MAX || close == SIZE_MAX) {
		words_split(&w, s);
		return add_words(g, &w);
	}
	words_split(&w, open > 0 ? str_sub(s, 0, open) : str_skip(s, close + 1));
	uint64_t fixed = w.count ? add_words(g, &w) : 0;
	return fixed ? fold(fixed, HOLE) : HOLE;
}

/* Segments and steps are features; the hash of the whole, and *depth, holes as bits above it. A verb behind a colon is a segment of its own. Versions and
 * "api" are passed over: they are in the base path in one document and in each path in the next. */
static uint64_t add_path(struct gather *g, struct str path, uint64_t *last, uint64_t *depth)
{
	uint64_t whole = 0;
	while (path.p) {
		size_t end = 0, inside = 0;
		for (; end < path.len && (inside || (path.p[end] != '/' && path.p[end] != ':')); end++)
			inside = path.p[end] == '{' ? 1 : path.p[end] == '}' ? 0 : inside;
		struct str s = str_sub(path, 0, end);
		path = end < path.len ? str_skip(path, end + 1) : (struct str){ 0 };
		if (!s.len || is_version(s))
			continue;
		uint64_t hash = segment_hash(g, s);
		if (hash != HOLE)
			add(g, FEATURE_SEGMENT, hash);
		if (*last && (hash != HOLE || *last != HOLE))
			add(g, FEATURE_STEP, fold(*last, hash));
		*last = hash;
		*depth = 2 * *depth + (hash == HOLE) + 2;
		whole = fold(whole, hash);
	}
	return whole;
}

/* Its method, path and depth; the name that it has for people. */
static uint64_t add_http(struct gather *g, const struct json *http)
{
	uint64_t last = 0, depth = 0, ignored = 0;
	struct str method = text_of(http, "method"), path = text_of(http, "path");
	add_path(g, text_of(http, "base"), &last, &ignored);
	uint64_t whole = add_path(g, path, &last, &depth), verb = str_hash(method);
	add(g, FEATURE_PATH, whole);
	uint64_t exact = add(g, FEATURE_CALL, fold(verb, whole));
	name(g, NAMED_OPERATION, 0, exact, 0, arena_printf(&g->scratch, "%.*s %.*s", STR_FMT(method), STR_FMT(path)));
	return fold(verb, depth);
}

static void add_named_operation(struct gather *g, struct str id)
{
	struct words w;
	struct str last = last_name(id), before = last_name(str_sub(id, 0, id.len - last.len - (last.len < id.len)));
	words_split(&w, before);
	if (last.len < id.len)
		add_words(g, &w);
	words_split(&w, last);
	uint64_t hash = add_words(g, &w);
	name(g, NAMED_OPERATION, 0, add(g, FEATURE_OPERATION, hash), 0, last);
}

static void add_operation(struct gather *g, const struct json *j)
{
	const struct json *http = json_get(j, STR("http")), *also = list_of(j, "also"), *parameters = list_of(j, "parameters"), *answers = list_of(j, "answers");
	uint64_t form = 0, sum = 0;
	if (http)
		form = add_http(g, http);
	else
		add_named_operation(g, text_of(j, "id"));
	for (uint32_t i = 0; i < also->count; i++)
		add_http(g, &also->items[i]);
	for (uint32_t i = 0; i < parameters->count; i++) {
		const struct json *p = &parameters->items[i];
		add_field(g, p, 0, 0);
		sum += fold(str_hash(text_of(p, "in")), type_kind(text_of(p, "type")));
	}
	form = fold(form, sum);
	form = fold(form, form_named(g, text_of(json_get(j, STR("request")), "type")));
	for (uint32_t i = 0; i < answers->count; i++)
		form = fold(form, form_named(g, text_of(&answers->items[i], "type")));
	add(g, FEATURE_CALL_FORM, form);
	add_text(g, j, "title");
	add_text(g, j, "description");
}

static void add_contract(struct gather *g, const struct json *contract)
{
	const struct json *operations = list_of(contract, "operations"), *types = list_of(contract, "types");
	size_t first = g->form_count;
	add_forms(g, contract);
	if (g->scratch.full)
		return;
	for (uint32_t i = 0; i < operations->count; i++)
		add_operation(g, &operations->items[i]);
	for (uint32_t i = 0; i < types->count; i++)
		add_type(g, &types->items[i], g->forms[first + i]);
}

static void add_documents(struct gather *g, const struct json *j, int depth)
{
	if (!j || depth > 4)
		return;
	for (uint32_t i = 0; j->type == JSON_ARRAY && i < j->count; i++)
		add_documents(g, &j->items[i], depth + 1);
	if (j->type != JSON_OBJECT)
		return;
	const struct json *inner = json_get(j, STR("documents"));
	inner = inner ? inner : json_get(j, STR("contracts"));
	if (inner)
		add_documents(g, inner, depth + 1);
	else
		add_contract(g, j);
}

static int by_hash(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return a < b ? -1 : a > b;
}

static int by_name(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->exact != b->exact)
		return a->exact < b->exact ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* Sorted, each once, into the arena; names with texts of their own. */
static bool keep(struct interface *i, struct arena *a, struct gather *g)
{
	size_t n = 0;
	if (g->count)
		qsort(g->features, g->count, sizeof(*g->features), by_hash);
	for (size_t k = 0; k < g->count; k++)
		if (n == 0 || g->features[k] != g->features[n - 1])
			g->features[n++] = g->features[k];
	i->cut = g->cut || n > INTERFACE_FEATURES_MAX;
	i->count = n < INTERFACE_FEATURES_MAX ? n : INTERFACE_FEATURES_MAX;
	i->named_count = g->named_count;
	i->features = ARENA_ARRAY(a, i->count + 1, uint64_t);
	i->named = ARENA_ARRAY(a, i->named_count + 1, struct named);
	if (!i->features || !i->named)
		return false;
	if (i->count)
		memcpy(i->features, g->features, i->count * sizeof(*g->features));
	for (size_t k = 0; k < i->named_count; k++) {
		i->named[k] = g->named[k];
		i->named[k].shown = arena_str(a, g->named[k].shown);
	}
	if (i->named_count)
		qsort(i->named, i->named_count, sizeof(*i->named), by_name);
	return !a->full;
}

bool interface_read(struct interface *i, struct arena *a, struct str owner, struct str name, const struct json *documents, struct err *e)
{
	struct gather g = { 0 };
	struct interface read = { .owner = arena_str(a, owner), .name = arena_str(a, name) };
	arena_init(&g.scratch, SCRATCH_MAX);
	map_init(&g.types, INTERFACE_NAMES_MAX);
	add_documents(&g, documents, 0);
	bool ok = !g.scratch.full && keep(&read, a, &g);
	map_release(&g.types);
	arena_release(&g.scratch);
	if (!ok)
		return err_set(e, ERR_NO_MEMORY, "the interface %.*s of %.*s does not fit into the memory for it", STR_FMT(name), STR_FMT(owner));
	*i = read;
	return true;
}
