/* Any bytes as a JSON or YAML document: no crash, no leak, nothing printed; a tree within its limits, with places within the text, that its own JSON
 * reads back to the same value, or an error with a place in the text. */
#include "base/check.h"
#include "contract/doc/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct doc *d, size_t size, unsigned depth)
{
	CHECK(depth <= DOC_DEPTH_MAX + 1 && d->offset <= size);
	CHECK(d->type != DOC_STRING || str_is_utf8(doc_str(d)));
	for (uint32_t i = 0; i < d->count && d->type == DOC_ARRAY; i++)
		check_node(&d->items[i], size, depth + 1);
	for (uint32_t i = 0; i < d->count && d->type == DOC_OBJECT; i++) {
		CHECK(doc_member(d, doc_key(&d->members[i])) == &d->members[i]); /* so no key stands there twice */
		CHECK(d->members[i].key_offset <= size);
		check_node(&d->members[i].value, size, depth + 1);
	}
}

static void read_back(const struct doc *d)
{
	struct buf b;
	struct json_out o;
	struct arena a;
	struct err e = { 0 };
	buf_init(&b, 16 << 20);
	buf_char(&b, '[');
	json_out_init(&o, &b);
	doc_write(d, &o);
	buf_char(&b, ']');
	arena_init(&a, 64 << 20);
	struct doc_file *f = buf_ok(&b) ? doc_parse(&a, STR("g"), buf_str(&b), &e) : NULL;
	CHECK(!f || (f->root->count == 1 && doc_equal(&f->root->items[0], d) && doc_hash(&f->root->items[0]) == doc_hash(d)));
	CHECK(f || !buf_ok(&b) || e.code == ERR_TOO_LARGE || strstr(e.message, "nested"));
	arena_release(&a);
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct err e = { 0 };
	struct str text = { (const char *)data, size };
	uint32_t lines = 2;
	if (size > 16384)
		return 0;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
	arena_init(&a, 16 << 20);
	struct doc_file *f = doc_parse(&a, STR("f"), text, &e);
	CHECK((f != NULL) == !err_is_set(&e));
	CHECK(f || e.line <= lines);
	if (f) {
		check_node(f->root, size, 0);
		read_back(f->root);
	}
	arena_release(&a);
	return 0;
}
