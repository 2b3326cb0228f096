/* Writes a segment of rows of every kind and shape, and the rows as they were given, for compare.py:
 *   sample DIRECTORY [SEED [ROWS [regular]]]
 * leaves DIRECTORY/0000007700.segment, and prints for each row its position, its resource and itself in hex digits. */
#include "../unit/store_rows.h"

static void print_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		printf("%02x", (uint8_t)s.p[i]);
}

/* Few rows, half of them of one template and shape, as services write them. */
static struct memtable *few(uint64_t rows)
{
	struct err e = { 0 };
	struct batch_builder b;
	struct arena a;
	struct memtable *m = memtable_new(7700);
	random_most = 24;
	arena_init(&a, 64 << 20);
	batch_builder_init(&b);
	const struct resource r = { STR_INIT("service-1"), STR_INIT("1"), STR_INIT("i"), NULL, 0 };
	uint32_t resource = batch_resource(&b, &r);
	for (uint64_t i = 0; i < rows; i++) {
		if (draw(2)) {
			add_some_row(&b, resource, &a, i);
			continue;
		}
		const struct attr attrs[] = { attr_int(STR("key1"), (int64_t)draw(500)), attr_str(STR("key3"), arena_printf(&a, "user %llu", (unsigned long long)draw(9))) };
		struct log_record l = { .time = INT64_C(1795000000) * SECOND + (int64_t)i * 1000, .severity = (uint8_t)(draw(8) ? 9 : 17), .attrs = attrs, .attr_count = 2,
					.body = arena_printf(&a, "request %llu took %llums", (unsigned long long)i, (unsigned long long)draw(300)) };
		batch_add_log(&b, resource, &l);
	}
	struct batch *done = batch_finish(&b, &e);
	CHECK(done);
	memtable_add(m, done);
	batch_builder_release(&b);
	arena_release(&a);
	return m;
}

/* What five services with eight instances each write: the instance follows from the text, all but for a little, and an attribute from the instance. */
static struct memtable *services(uint64_t rows)
{
	enum { SERVICES = 5, INSTANCES = 8 };
	static const char *const texts[SERVICES] = { "order %llu taken", "user %llu came", "invoice %llu sent", "stock of %llu is low", "%llu bytes read" };
	struct err e = { 0 };
	struct batch_builder b;
	struct arena a;
	struct memtable *m = memtable_new(7700);
	uint32_t resources[SERVICES * INSTANCES];
	arena_init(&a, 64 << 20);
	batch_builder_init(&b);
	for (uint32_t i = 0; i < SERVICES * INSTANCES; i++) {
		const struct resource r = { .service = arena_printf(&a, "service-%u", i / INSTANCES), .instance = arena_printf(&a, "service-%u-%u", i / INSTANCES, i % INSTANCES) };
		resources[i] = batch_resource(&b, &r);
	}
	for (uint64_t i = 0; i < rows; i++) {
		uint32_t who = (uint32_t)draw(SERVICES * INSTANCES);
		const struct attr attrs[] = { attr_str(STR("pod"), arena_printf(&a, "pod of %c%u", 'a' + who / INSTANCES, who % INSTANCES)), attr_int(STR("size"), (int64_t)draw(1000000)) };
		struct log_record l = { .time = INT64_C(1795000000) * SECOND + (int64_t)i * (who % 3 ? 1000000 : 1000003), .severity = 9, .attrs = attrs, .attr_count = 2 };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		l.body = arena_printf(&a, texts[who / INSTANCES], (unsigned long long)draw(100000));
#pragma GCC diagnostic pop
		batch_add_log(&b, resources[who], &l);
	}
	struct batch *done = batch_finish(&b, &e);
	CHECK(done);
	memtable_add(m, done);
	batch_builder_release(&b);
	arena_release(&a);
	return m;
}

int main(int argc, char **argv)
{
	struct segment seg;
	int64_t code;
	if (argc < 2) {
		fprintf(stderr, "usage: %s DIRECTORY [SEED [ROWS [regular]]]\n", argv[0]);
		return 2;
	}
	if (argc > 2)
		seed = seed * 31 + strtoull(argv[2], NULL, 10);
	sys_init();
	struct memtable *m = argc > 4 ? services(strtoull(argv[3], NULL, 10)) : argc > 3 ? few(strtoull(argv[3], NULL, 10)) : rows_memtable(7700);
	if (!segment_write(m, str_z(argv[1]), &seg, &code)) {
		fprintf(stderr, "the segment cannot be written: %lld\n", (long long)code);
		return 1;
	}
	for (uint32_t i = 0; i < m->rows; i++) {
		const struct mem_row *row = memtable_row(m, i, m->rows);
		if (!row)
			continue;
		printf("%u ", i);
		print_hex(memtable_resource(m, row->resource)->bytes);
		printf(" ");
		print_hex(mem_row_str(row));
		printf("\n");
	}
	memtable_unref(m);
	return 0;
}
