/* Any bytes as .proto text and as a descriptor set: an error with its file, or a model whose descriptor set is read back to the same set; two halves of the input are compared
 * as the old and the new contract, each witness built. */
#include "base/check.h"
#include "contract/format.h"
#include "contract/proto/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SET_MAX = 16 << 20 };

static struct contract_model *read_one(struct source *s, const char *path, struct str text)
{
	struct err e = { 0 };
	source_init(s, STR("fuzz"));
	CHECK(source_add(s, str_z(path), text, &e) && source_sort(s, &e));
	struct contract_model *m = proto_format.recognises(&s->files[0]) ? proto_format.read(s, &e) : NULL;
	CHECK(m || !err_is_set(&e) || e.message[0]);
	return m;
}

/* What was read and written must come out the same when it is read again. */
static void round_trip(struct contract_model *m)
{
	struct source s;
	struct buf once, twice;
	buf_init(&once, SET_MAX);
	buf_init(&twice, SET_MAX);
	if (proto_write_set((struct proto_model *)m, true, &once) && once.len < SOURCE_FILE_MAX) {
		struct contract_model *again = read_one(&s, "all.binpb", buf_str(&once));
		if (again) {
			CHECK(proto_write_set((struct proto_model *)again, true, &twice));
			CHECK(once.len == twice.len);
			proto_format.free(again);
		}
		source_release(&s);
	}
	buf_release(&once);
	buf_release(&twice);
}

static void describe(const struct contract_model *m)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, SET_MAX);
	json_out_init(&o, &b);
	proto_format.describe(m, &o);
	buf_release(&b);
}

static void compare(struct contract_model *a, struct contract_model *b)
{
	const struct contract_options options = { .information = true, .witnesses = true };
	struct changes c;
	struct err e = { 0 };
	changes_init(&c);
	CHECK(proto_format.compare(a, b, &options, &c, &e) || err_is_set(&e));
	changes_done(&c);
	changes_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = { (const char *)data, size };
	struct source text, set, half;
	struct contract_model *m = read_one(&text, "a.proto", all), *d = read_one(&set, "a.binpb", all);
	size_t cut = str_find(all, STR("\n---\n"));
	if (m) {
		round_trip(m);
		describe(m);
		compare(m, m);
	}
	if (d) {
		round_trip(d);
		describe(d);
	}
	if (cut != SIZE_MAX) {
		struct source other;
		struct contract_model *a = read_one(&half, "a.proto", str_sub(all, 0, cut)), *b = read_one(&other, "a.proto", str_skip(all, cut + 5));
		if (a && b)
			compare(a, b);
		if (a)
			proto_format.free(a);
		if (b)
			proto_format.free(b);
		source_release(&half);
		source_release(&other);
	}
	if (m)
		proto_format.free(m);
	if (d)
		proto_format.free(d);
	source_release(&text);
	source_release(&set);
	return 0;
}
