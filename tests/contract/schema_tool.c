/* What the tests of schemas run in bulk, beside other validators: reads one file of JSON and prints JSON lines.
 *   schema_tool validate FILE   [{"schema", "dialect"?, "files"?: {path: schema}, "instances": […]}…]: for each a line with a list of "yes", "no", "open", or an error
 *   schema_tool generate SEED COUNT   such a file, random
 * Not part of ./pleach. */
#include "base/check.h"
#include "contract/schema/schema_impl.h"
#include "schema_random.h"
#include <stdio.h>
#include <stdlib.h>

static struct str read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return (struct str){ 0 };
	long size = ftell(f);
	rewind(f);
	char *p = arena_bytes(a, (size_t)size + 1);
	size_t n = p ? fread(p, 1, (size_t)size, f) : 0;
	fclose(f);
	return str_from(p, n);
}

static const struct str dialects[] = { STR_INIT("draft4"), STR_INIT("draft6"), STR_INIT("draft7"), STR_INIT("draft2019-09"), STR_INIT("draft2020-12"),
	STR_INIT("swagger2"),
	STR_INIT("openapi3.0"), STR_INIT("openapi3.1") };

static enum schema_dialect schema_dialect_named(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
		if (str_eq(dialects[i], name))
			return (enum schema_dialect)i;
	return SCHEMA_2020_12;
}

static bool add(struct source *s, struct str path, const struct doc *value, struct err *e)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, SOURCE_FILE_MAX);
	json_out_init(&o, &b);
	doc_write(value, &o);
	bool ok = source_add(s, path, buf_str(&b), e);
	buf_release(&b);
	return ok;
}

static bool fill(struct source *s, const struct doc *c, struct err *e)
{
	const struct doc *files = doc_get(c, STR("files"));
	bool ok = add(s, STR("schema.json"), doc_get(c, STR("schema")), e);
	for (uint32_t i = 0; ok && files && i < files->count; i++)
		ok = add(s, doc_key(&files->members[i]), &files->members[i].value, e);
	return ok && source_sort(s, e);
}

static void validate_case(const struct doc *c)
{
	static const char *const words[] = { "no", "yes", "open" };
	struct source s;
	struct err e = { 0 };
	source_init(&s, STR("case"));
	struct schema_set *set = schema_set_new(&s);
	const struct doc *instances = doc_get(c, STR("instances"));
	struct doc_file *f = fill(&s, c, &e) ? schema_set_document(set, STR("schema.json"), &e) : NULL;
	const struct schema *schema = f ? schema_set_read(set, f, f->root, schema_dialect_named(doc_str(doc_get(c, STR("dialect")))), &e) : NULL;
	if (!schema) {
		printf("{\"error\":\"%u:%u: ", e.line, e.column);
		for (const char *p = e.message; *p; p++)
			putchar(*p == '"' || *p == '\\' || *p < ' ' ? '\'' : *p);
		printf("\"}\n");
	} else {
		putchar('[');
		for (uint32_t i = 0; i < instances->count; i++)
			printf("%s\"%s\"", i ? "," : "", words[schema_check(set, schema, &instances->items[i], SCHEMA_USE_ANY, NULL)]);
		printf("]\n");
	}
	schema_set_free(set);
	source_release(&s);
}

static void generate(uint64_t seed, uint64_t count)
{
	enum { INSTANCES = 12 };
	struct random r;
	struct buf b;
	buf_init(&b, 1 << 20);
	putchar('[');
	for (uint64_t i = 0; i < count; i++) {
		enum schema_dialect dialect = (enum schema_dialect)(i % (SCHEMA_2020_12 + 1));
		random_seed(&r, seed + i);
		buf_clear(&b);
		random_schema_document(&r, dialect, &b);
		printf("%s\n{\"seed\":%llu,\"dialect\":\"%s\",\"schema\":%.*s,\"instances\":[", i ? "," : "", (unsigned long long)(seed + i), dialects[dialect].p,
			STR_FMT(buf_str(&b)));
		for (int k = 0; k < INSTANCES; k++) {
			buf_clear(&b);
			random_value(&r, 3, &b);
			printf("%s%.*s", k ? "," : "", STR_FMT(buf_str(&b)));
		}
		printf("]}");
	}
	printf("]\n");
	buf_release(&b);
}

static int validate(const char *path)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, (size_t)1 << 30);
	struct doc_file *f = doc_parse(&a, str_z(path), read_file(&a, path), &e);
	if (!f) {
		fprintf(stderr, "%s:%u:%u: %s\n", path, e.line, e.column, e.message);
		return 1;
	}
	for (uint32_t i = 0; i < f->root->count; i++)
		validate_case(&f->root->items[i]);
	arena_release(&a);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "validate"))
		return validate(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "generate")) {
		generate(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
		return 0;
	}
	fprintf(stderr, "usage: schema_tool validate FILE | generate SEED COUNT\n");
	return 2;
}
