/* What reading and comparing schemas costs, step by step: bench_contract_schema OLD.json NEW.json
 * All schemas under #/components/schemas (or $defs, or definitions) of two documents, in both directions; CPU time and the greatest memory after each step. */
#include "base/check.h"
#include "contract/schema/schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct side { struct source source; struct schema_set *set; struct doc_file *file; };

static void tell(const char *step)
{
	static double last;
	struct timespec t;
	struct rusage r;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	getrusage(RUSAGE_SELF, &r);
	double now = (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
	printf("%-10s %8.1f ms  %5ld MiB\n", step, now - last, r.ru_maxrss / 1024);
	last = now;
}

static bool load(struct side *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return err_set(e, ERR_NOT_FOUND, "%s cannot be read", path);
	long size = ftell(f);
	rewind(f);
	char *text = malloc((size_t)size + 1);
	CHECK(text && fread(text, 1, (size_t)size, f) == (size_t)size);
	fclose(f);
	source_init(&s->source, str_z(path));
	bool ok = source_add(&s->source, STR("api.json"), str_from(text, (size_t)size), e) && source_sort(&s->source, e);
	free(text);
	s->set = schema_set_new(&s->source);
	return ok;
}

static const struct doc *schemas_of(const struct side *s)
{
	static const struct str places[] = { STR_INIT("/components/schemas"), STR_INIT("/$defs"), STR_INIT("/definitions") };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const struct doc *d = doc_pointer(s->file->root, places[i]);
		if (d)
			return d;
	}
	return NULL;
}

static bool add_roots(struct schema_compare *c, struct side sides[2], struct err *e)
{
	const struct doc *olds = schemas_of(&sides[0]), *news = schemas_of(&sides[1]);
	for (uint32_t i = 0; olds && news && i < olds->count; i++) {
		struct str name = doc_key(&olds->members[i]);
		const struct doc *node = doc_get(news, name);
		if (!node)
			continue;
		const struct schema *o = schema_set_read(sides[0].set, sides[0].file, &olds->members[i].value, SCHEMA_OPENAPI_30, e);
		const struct schema *n = o ? schema_set_read(sides[1].set, sides[1].file, node, SCHEMA_OPENAPI_30, e) : NULL;
		const struct schema_root root = { .operation = name, .direction = REACH_BOTH, .position = SCHEMA_BODY, .of = name };
		if (!n || !schema_compare_root(c, o, n, &root))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static const struct contract_options options = { .witnesses = true };
	struct side sides[2] = { 0 };
	struct changes changes;
	struct err e = { 0 };
	bool ok = argc == 3;
	for (int i = 0; ok && i < 2; i++)
		ok = load(&sides[i], argv[i + 1], &e);
	tell("load");
	for (int i = 0; ok && i < 2; i++)
		ok = (sides[i].file = schema_set_document(sides[i].set, STR("api.json"), &e)) != NULL;
	tell("parse");
	changes_init(&changes);
	struct schema_compare *c = ok ? schema_compare_new(sides[0].set, sides[1].set, &options, &changes, NULL, NULL) : NULL;
	ok = ok && c && add_roots(c, sides, &e);
	tell("read");
	ok = ok && schema_compare_run(c, &e);
	changes_done(&changes);
	tell("compare");
	size_t proved = 0;
	for (size_t i = 0; i < changes.count; i++)
		proved += changes.items[i].witness.state == WITNESS_PROVED;
	if (ok)
		printf("%zu changes, %zu breaking, %zu with a witness\n", changes.count, changes_at_least(&changes, CHANGE_BREAKING), proved);
	else
		fprintf(stderr, "%s\n", argc == 3 ? e.message : "usage: bench_contract_schema OLD.json NEW.json");
	schema_compare_free(c);
	changes_release(&changes);
	for (int i = 0; i < 2; i++) {
		schema_set_free(sides[i].set);
		source_release(&sides[i].source);
	}
	return ok ? 0 : 1;
}
