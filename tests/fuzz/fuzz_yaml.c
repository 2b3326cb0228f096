/* Any bytes as YAML: no crash, no leak, nothing printed; a tree within its limits, with places within the text, or an error of the file. */
#include "base/check.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct yaml *y, uint32_t lines, unsigned depth)
{
	CHECK(depth <= 33 && y->line >= 1 && y->line <= lines && y->column >= 1);
	CHECK(y->type != YAML_SCALAR || (y->text.p && str_is_utf8(y->text)));
	for (uint32_t i = 0; i < y->count; i++) {
		if (y->type == YAML_SEQUENCE) {
			check_node(&y->items[i], lines, depth + 1);
			continue;
		}
		CHECK(y->type == YAML_MAPPING && y->pairs[i].key.len > 0 && y->pairs[i].line >= 1 && y->pairs[i].line <= lines);
		CHECK(yaml_get(y, y->pairs[i].key) == &y->pairs[i].value); /* so no key stands there twice */
		check_node(&y->pairs[i].value, lines, depth + 1);
	}
}

/* Shared nodes make a tree that is far larger than its file: only so many of its nodes are looked at. */
static void check_shared(const struct yaml *y, size_t *left)
{
	if (!*left)
		return;
	--*left;
	CHECK(y->line >= 1 && y->type <= YAML_MAPPING);
	for (uint32_t i = 0; i < y->count; i++)
		check_shared(y->type == YAML_SEQUENCE ? &y->items[i] : &y->pairs[i].value, left);
}

static void check_foreign(struct str text)
{
	struct arena a;
	struct err e = { 0 };
	struct yaml_documents d = { NULL, 0 };
	size_t left = 10000;
	arena_init(&a, 8 << 20);
	CHECK(yaml_parse_all(&a, STR("f.yaml"), text, &d, &e) == !err_is_set(&e));
	for (size_t i = 0; i < d.count; i++)
		check_shared(&d.items[i], &left);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct err e = { 0 };
	struct str text = { (const char *)data, size };
	uint32_t lines = 2; /* the end of the last line counts as a line of its own; so does each kind of line end */
	if (size > 16384)
		return 0;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
	arena_init(&a, 8 << 20);
	const struct yaml *y = yaml_parse(&a, STR("f.yaml"), text, &e);
	CHECK((y != NULL) == !err_is_set(&e));
	if (y)
		check_node(y, lines, 0);
	else
		CHECK(e.code != ERR_FILE_INVALID || e.line <= lines);
	arena_release(&a);
	check_foreign(text);
	return 0;
}
