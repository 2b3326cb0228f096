/* Comparison beside brute force, on random pairs of schemas: schema_campaign SEED COUNT [print | unproved | openapi | asyncapi]
 * For each pair (a schema and a mutation of it, or two independent ones) and each direction: random instances, and some made from the schema, are checked on both sides. One that is valid
 * where values come from and not valid where they go must be reported, as a break or a warning. What is reported as proved must have a witness that
 * is valid on the one side and not on the other; with `print` the witnesses are printed as JSON lines, for ajv, with `unproved` the breaks without one. With
 * `openapi` (`asyncapi`) the schemas are those of a request's body, a parameter and a response of an OpenAPI 3.1 description (of what is received and sent by an AsyncAPI 3 one), and
 * the descriptions are compared. Ends with a line of counts. */
#include "base/check.h"
#include "contract/format.h"
#include "contract/schema/schema_compare_impl.h"
#include "schema_random.h"
#include <stdio.h>
#include <stdlib.h>

enum { INSTANCES = 60, GUIDED = 60 };
enum output { QUIET, PRINT_WITNESSES, PRINT_UNPROVED, WRAPPED };
struct counts { uint64_t pairs, directions, unlike, breaking, warnings, proved, unproved, found, missed, wrong, refused; };
struct side { struct source source; struct schema_set *set; const struct schema *schema; };

static bool open_side(struct side *s, struct str text, enum schema_dialect dialect, struct err *e)
{
	source_init(&s->source, STR("case"));
	s->set = schema_set_new(&s->source);
	CHECK(source_add(&s->source, STR("s.json"), text, e) && source_sort(&s->source, e));
	struct doc_file *f = schema_set_document(s->set, STR("s.json"), e);
	s->schema = f ? schema_set_read(s->set, f, f->root, dialect, e) : NULL;
	return s->schema != NULL;
}

static void close_side(struct side *s)
{
	schema_set_free(s->set);
	source_release(&s->source);
}

static enum validity check(struct side *s, const struct doc *v) { return schema_check(s->set, s->schema, v, SCHEMA_USE_ANY, NULL); }

static const char *const dialect_names[] = { "draft4", "draft6", "draft7", "draft2019-09", "draft2020-12" };

static void check_witnesses(const struct changes *changes, struct side sides[2], int direction, uint64_t seed, enum schema_dialect dialect,
	struct str texts[2], enum output print,
	struct counts *n)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *x = &changes->items[i];
		n->breaking += x->level == CHANGE_BREAKING;
		n->warnings += x->level == CHANGE_WARNING;
		n->unproved += x->level == CHANGE_BREAKING && x->witness.state == WITNESS_UNPROVED;
		if (print == PRINT_UNPROVED && x->level == CHANGE_BREAKING && x->witness.state == WITNESS_UNPROVED)
			printf("%s seed %llu %s %.*s\n  old %.*s\n  new %.*s\n", change_infos[x->kind].name.p, (unsigned long long)seed,
				direction == REACH_REQUEST ? "requests" : "responses",
				STR_FMT(x->subject), STR_FMT(texts[0]), STR_FMT(texts[1]));
		if (x->witness.state != WITNESS_PROVED)
			continue;
		struct arena a;
		struct err e = { 0 };
		n->proved += x->level == CHANGE_BREAKING;
		arena_init(&a, 16 << 20);
		struct str boxed = arena_printf(&a, "[%.*s]", STR_FMT(x->witness.text));
		struct doc_file *f = doc_parse(&a, STR("witness"), boxed, &e);
		struct side *giver = &sides[direction == REACH_REQUEST ? 0 : 1], *taker = &sides[direction == REACH_REQUEST ? 1 : 0];
		if (!f || check(giver, &f->root->items[0]) != VALIDITY_YES || check(taker, &f->root->items[0]) != VALIDITY_NO) {
			n->wrong++;
			printf("seed %llu: a witness proves nothing: %.*s\n", (unsigned long long)seed, STR_FMT(x->witness.text));
		}
		if (print == PRINT_WITNESSES)
			printf("{\"dialect\":\"%s\",\"valid\":%.*s,\"invalid\":%.*s,\"instance\":%.*s}\n", dialect_names[dialect], STR_FMT(texts[direction == REACH_REQUEST ? 0 : 1]),
				STR_FMT(texts[direction == REACH_REQUEST ? 1 : 0]), STR_FMT(x->witness.text));
		arena_release(&a);
	}
}

/* Instances made from the giving schema, by chance: they reach where random values rarely come. */
static bool find_guided(struct schema_compare *c, struct random *r, struct side *giver, struct side *taker, struct buf *instance)
{
	uint32_t number = view_of_schema(c, giver->schema);
	c->makes = 1000000;
	c->checks = 10000000;
	for (int i = 0; i < GUIDED && number != UINT32_MAX; i++) {
		struct arena a;
		arena_init(&a, 16 << 20);
		struct maker m = { .c = c, .arena = &a, .random = ((uint64_t)random_below(r, 1u << 30) << 20 | random_below(r, 1u << 20)) + 1 };
		struct goal g = GOAL_ANY;
		const struct view v = *view_at(c, number);
		const struct doc *made = make_instance(&m, &v, &g);
		bool found = made && check(giver, made) == VALIDITY_YES && check(taker, made) == VALIDITY_NO;
		if (found) {
			struct json_out o;
			buf_clear(instance);
			json_out_init(&o, instance);
			doc_write(made, &o);
		}
		arena_release(&a);
		if (found)
			return true;
	}
	return false;
}

static bool find_break(struct random *r, struct side *giver, struct side *taker, struct buf *instance)
{
	for (int i = 0; i < INSTANCES; i++) {
		struct arena a;
		struct err e = { 0 };
		buf_clear(instance);
		buf_char(instance, '[');
		random_value(r, 3, instance);
		buf_char(instance, ']');
		arena_init(&a, 1 << 20);
		struct doc_file *f = doc_parse(&a, STR("v"), buf_str(instance), &e);
		CHECK(f);
		bool found = check(giver, &f->root->items[0]) == VALIDITY_YES && check(taker, &f->root->items[0]) == VALIDITY_NO;
		arena_release(&a);
		if (found)
			return true;
	}
	return false;
}

/* --- in an OpenAPI description -------------------------------------------------------------------------------------------------------------- */

/* Descriptions in which the schema crosses in both directions; `mark` is in the names of their operations. */
static const struct wrapping { const char *name, *mark, *text; } wrappings[] = {
	{ "openapi", "/t",
		"openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n  /t:\n    post:\n"
		"      parameters: [{ in: query, name: q, content: { application/json: { schema: { $ref: s.json } } } }]\n"
		"      requestBody: { required: true, content: { application/json: { schema: { $ref: s.json } } } }\n"
		"      responses: { '200': { description: it, content: { application/json: { schema: { $ref: s.json } } } } }\n" },
	{ "asyncapi", "chan",
		"asyncapi: 3.0.0\ninfo: { title: t, version: '1' }\nchannels:\n"
		"  chanin: { address: chanin, messages: { m: { payload: { schemaFormat: 'application/schema+json;version=draft-07', schema: { $ref: s.json } } } } }\n"
		"  chanout: { address: chanout, messages: { m: { payload: { schemaFormat: 'application/schema+json;version=draft-07', schema: { $ref: s.json } } } } }\n"
		"operations:\n  chantake: { action: receive, channel: { $ref: '#/channels/chanin' } }\n  changive: { action: send, channel: { $ref: '#/channels/chanout' } }\n" },
};
static const struct wrapping *wrapping;

static void wrap(struct source *s, struct str schema)
{
	struct err e = { 0 };
	source_init(s, STR("wrapped"));
	CHECK(source_add(s, STR("api.yaml"), str_z(wrapping->text), &e) && source_add(s, STR("s.json"), schema, &e) && source_sort(s, &e));
}

/* Whether the operation is told to break, or may, in that direction. */
static bool tells(const struct changes *c, int direction)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->items[i].reach_count && c->items[i].level >= CHANGE_WARNING; k++)
			if (c->items[i].reach[k].direction & direction && str_find(c->items[i].reach[k].operation, str_z(wrapping->mark)) != SIZE_MAX)
				return true;
	return false;
}

static void compare_wrapped(struct random *r, struct side sides[2], int direction, uint64_t seed, struct str texts[2], struct counts *n)
{
	static const struct contract_options options = { .witnesses = true };
	struct source sources[2];
	struct changes changes, none;
	struct err e = { 0 };
	struct buf instance;
	for (int i = 0; i < 2; i++)
		wrap(&sources[i], texts[i]);
	changes_init(&changes);
	changes_init(&none);
	buf_init(&instance, 1 << 16);
	if (!contract_compare(&sources[0], &sources[1], &options, &changes, &e)) {
		printf("seed %llu: %s\n", (unsigned long long)seed, e.message);
		n->refused++;
	}
	n->directions++;
	n->unlike += tells(&changes, direction);
	struct schema_compare *c = schema_compare_new(sides[0].set, sides[1].set, &options, &none, NULL, NULL);
	struct side *giver = &sides[direction == REACH_REQUEST ? 0 : 1], *taker = &sides[direction == REACH_REQUEST ? 1 : 0];
	if (find_break(r, giver, taker, &instance) || find_guided(c, r, giver, taker, &instance)) {
		n->found++;
		if (!err_is_set(&e) && !tells(&changes, direction)) {
			n->missed++;
			printf("seed %llu: missed in %s of the description, instance %.*s\n  old %.*s\n  new %.*s\n", (unsigned long long)seed,
				direction == REACH_REQUEST ? "requests" : "responses", STR_FMT(buf_str(&instance)), STR_FMT(texts[0]), STR_FMT(texts[1]));
		}
	}
	schema_compare_free(c);
	changes_release(&changes);
	changes_release(&none);
	buf_release(&instance);
	for (int i = 0; i < 2; i++)
		source_release(&sources[i]);
}

/* --- by itself ------------------------------------------------------------------------------------------------------------------------------ */

static void compare_direction(struct random *r, struct side sides[2], int direction, uint64_t seed, enum schema_dialect dialect, struct str texts[2],
	enum output print, struct counts *n)
{
	static const struct contract_options options = { .witnesses = true };
	struct changes changes;
	struct err e = { 0 };
	struct buf instance;
	changes_init(&changes);
	buf_init(&instance, 1 << 16);
	struct schema_compare *c = schema_compare_new(sides[0].set, sides[1].set, &options, &changes, NULL, NULL);
	const struct schema_root root = { .operation = STR("root"), .direction = (enum reach_direction)direction, .position = SCHEMA_RECORD, .of = STR("record") };
	CHECK(schema_compare_root(c, sides[0].schema, sides[1].schema, &root));
	if (!schema_compare_run(c, &e)) {
		printf("seed %llu: %s\n", (unsigned long long)seed, e.message);
		n->refused++;
	}
	changes_done(&changes);
	n->directions++;
	n->unlike += changes_at_least(&changes, CHANGE_WARNING) > 0;
	check_witnesses(&changes, sides, direction, seed, dialect, texts, print, n);
	struct side *giver = &sides[direction == REACH_REQUEST ? 0 : 1], *taker = &sides[direction == REACH_REQUEST ? 1 : 0];
	if (find_break(r, giver, taker, &instance) || find_guided(c, r, giver, taker, &instance)) {
		n->found++;
		if (!changes_at_least(&changes, CHANGE_WARNING)) {
			n->missed++;
			printf("seed %llu: missed in %s, instance %.*s\n  old %.*s\n  new %.*s\n", (unsigned long long)seed, direction == REACH_REQUEST ? "requests" : "responses",
				STR_FMT(buf_str(&instance)), STR_FMT(texts[0]), STR_FMT(texts[1]));
		}
	}
	schema_compare_free(c);
	changes_release(&changes);
	buf_release(&instance);
}

static void one_pair(uint64_t seed, enum output print, struct counts *n)
{
	struct random r;
	struct buf texts[2];
	struct side sides[2] = { 0 };
	struct err e = { 0 };
	struct arena a;
	random_seed(&r, seed);
	enum schema_dialect dialect = print == WRAPPED ? (wrapping == &wrappings[0] ? SCHEMA_2020_12 : SCHEMA_DRAFT7) : (enum schema_dialect)random_below(&r, SCHEMA_2020_12 + 1);
	enum schema_dialect read_as = print == WRAPPED && wrapping == &wrappings[0] ? SCHEMA_OPENAPI_31 : dialect;
	for (int i = 0; i < 2; i++)
		buf_init(&texts[i], 1 << 20);
	random_schema_document(&r, dialect, &texts[0]);
	arena_init(&a, 16 << 20);
	struct doc_file *f = doc_parse(&a, STR("s"), buf_str(&texts[0]), &e);
	CHECK(f);
	if (random_below(&r, 5))
		random_mutation(&r, dialect, f->root, &texts[1]);
	else
		random_schema_document(&r, dialect, &texts[1]);
	struct str both[2] = { buf_str(&texts[0]), buf_str(&texts[1]) };
	bool ok = open_side(&sides[0], both[0], read_as, &e) & open_side(&sides[1], both[1], read_as, &e);
	n->pairs += ok;
	n->refused += !ok;
	if (!ok && print && print != WRAPPED)
		printf("seed %llu: refused: %s\n", (unsigned long long)seed, e.message);
	for (int direction = REACH_REQUEST; ok && direction <= REACH_RESPONSE; direction++)
		if (print == WRAPPED)
			compare_wrapped(&r, sides, direction, seed, both, n);
		else
			compare_direction(&r, sides, direction, seed, dialect, both, print, n);
	for (int i = 0; i < 2; i++) {
		close_side(&sides[i]);
		buf_release(&texts[i]);
	}
	arena_release(&a);
}

int main(int argc, char **argv)
{
	struct counts n = { 0 };
	if (argc < 3) {
		fprintf(stderr, "usage: schema_campaign SEED COUNT [print | unproved | openapi | asyncapi]\n");
		return 2;
	}
	for (size_t i = 0; argc > 3 && i < ARRAY_LEN(wrappings); i++)
		if (!strcmp(argv[3], wrappings[i].name))
			wrapping = &wrappings[i];
	enum output output = argc < 4 ? QUIET : wrapping ? WRAPPED : !strcmp(argv[3], "unproved") ? PRINT_UNPROVED : PRINT_WITNESSES;
	uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
	for (uint64_t i = 0; i < count; i++)
		one_pair(first + i, output, &n);
	fprintf(stderr,
		"%llu pairs (%llu refused), %llu directions, %llu with breaks or warnings, %llu found by brute force, %llu missed; %llu breaking changes: %llu proved, %llu unproved; %llu warnings; "
		"%llu wrong witnesses\n",
		(unsigned long long)n.pairs, (unsigned long long)n.refused, (unsigned long long)n.directions, (unsigned long long)n.unlike, (unsigned long long)n.found,
		(unsigned long long)n.missed, (unsigned long long)n.breaking, (unsigned long long)n.proved, (unsigned long long)n.unproved, (unsigned long long)n.warnings,
		(unsigned long long)n.wrong);
	return n.missed || n.wrong;
}
