/* Any bytes as a segment file. Checksums would stop nearly every mutation at the door, so they are put right first, from the inside out: streams,
 * directories, index, filters, sections, footer, header. What is kept in the corpus has its parts stored plainly where the format allows it, and its
 * directories in zstd frames of raw blocks (plain_segment.py), so that mutations reach what the checksums protect.
 *
 * Whatever the file says: it is opened or refused with a message, rows that come out can be read or are refused, queries end, and memory
 * stays within the limits of the reader. Files are in a simulated world, so nothing of the disk is involved. */
#include "base/check.h"
#include "store/internal.h"
#include "store/ints.h"
#include "store/scan_match.h"
#include "store/traces.h"
#include "sys/sim.h"
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NUMBER = 7700, INPUT_MAX = 1 << 20, FOOTER_SECTIONS = 68, FOOTER = FOOTER_SECTIONS + SECTION_COUNT * 36 + 8, BLOCKS = 6, ROWS = 300, BLOCK_FIXED = 57 /* of version 2; one more in 3 */ };

/* --- checksums put right ---------------------------------------------------------------------------------------------------------------------- */

struct file { uint8_t *p; size_t size; };

static bool within(const struct file *f, uint64_t offset, uint64_t n) { return offset <= f->size && n <= f->size - offset; }
static uint64_t sum(const struct file *f, uint64_t offset, uint64_t n) { return XXH64(f->p + offset, n, NUMBER); }

/* A stream's entry at d; its checksum is set. False at the end of what can be followed. */
static bool mend_stream(struct file *f, struct bytes *d, uint64_t *at)
{
	uint64_t raw = take_varint(d);
	if (raw == 0)
		return !d->bad;
	uint64_t stored = take_varint(d);
	stored = stored ? stored : raw;
	if (d->bad || bytes_left(d) < 4 || !within(f, *at, stored))
		return false;
	store_le((uint8_t *)d->p, (uint32_t)sum(f, *at, stored), 4);
	d->p += 4;
	*at += stored;
	return true;
}

static bool mend_column(struct file *f, struct bytes *d, uint64_t *at)
{
	uint8_t id = take_u8(d), type = 0;
	if (id == COLUMN_ATTRIBUTE) {
		take_varint(d);
		type = take_u8(d);
	}
	take_varint(d);
	if (id < COLUMN_IDS && column_by_body((enum column_id)id))
		take_u8(d);
	bool text = id == COLUMN_ATTRIBUTE ? type == VALUE_STR || type == VALUE_JSON || type == VALUE_BYTES : id < COLUMN_IDS && column_form((enum column_id)id) == FORM_TEXT;
	int streams = 2;
	if (text) {
		bool packed = take_u8(d) & WIDTH_PACKED;
		uint64_t n = take_varint(d);
		if (packed && n <= BLOCK_ROWS) {
			ints_skip(d, d, n);
			ints_skip(d, d, n);
		}
		for (; n > 0 && !packed && !d->bad; n--) {
			take_varint(d);
			take_varint(d);
		}
		if (id == COLUMN_ATTRIBUTE)
			take_u8(d);
		streams = STREAM_COUNT;
	}
	while (streams-- > 0)
		if (d->bad || !mend_stream(f, d, at))
			return false;
	return true;
}

/* A directory in a zstd frame of one raw block is mended where it is. Returns false when it is another kind of frame. */
static bool mend_directory(struct file *f, uint64_t offset, uint64_t n)
{
	enum { MAGIC = 4, DESCRIPTOR = 5, BLOCK_HEAD = 3 };
	if (n < DESCRIPTOR || load_le(f->p + offset, MAGIC) != 0xfd2fb528)
		return false;
	/* Single segment, with its size in 1, 2, 4 or 8 bytes. */
	static const uint8_t sizes[] = { 1, 2, 4, 8 };
	uint8_t descriptor = f->p[offset + MAGIC];
	uint64_t head = DESCRIPTOR + sizes[descriptor >> 6] + BLOCK_HEAD;
	if ((descriptor & 0x3f) != 0x20 || n < head)
		return false;
	struct bytes d = { f->p + offset + head, f->p + offset + n, false };
	uint64_t at = offset + n;
	uint32_t columns = take_u32(&d);
	take_u8(&d);
	while (columns-- > 0 && !d.bad && mend_column(f, &d, &at))
		;
	return true;
}

static void mend_index(struct file *f, uint64_t offset, uint64_t n)
{
	struct bytes b = { f->p + offset, f->p + offset + n, false };
	size_t more = load_le(f->p + 8, 4) == 2 ? 0 : 1;
	for (uint32_t blocks = take_u32(&b); blocks > 0 && bytes_left(&b) >= BLOCK_FIXED + more; blocks--) {
		uint8_t *entry = (uint8_t *)b.p + more;
		uint64_t place = load_le(entry + 1, 8), directory = load_le(entry + 13, 4);
		if (within(f, place, directory)) {
			mend_directory(f, place, directory);
			store_le(entry + 21, (uint32_t)sum(f, place, directory), 4);
		}
		b.p += BLOCK_FIXED + more;
		for (int i = 0; i < SEGMENT_LEVELS; i++)
			take_varint(&b);
		for (uint64_t k = take_varint(&b); k > 0 && !b.bad; k--) {
			take_varint(&b);
			take_varint(&b);
		}
	}
}

static void mend(struct file *f)
{
	if (f->size < SEGMENT_HEADER + FOOTER + SEGMENT_TRAILER)
		return;
	size_t end = f->size - SEGMENT_TRAILER, start = end - FOOTER;
	uint8_t *trailer = f->p + end, *footer = f->p + start, *places = footer + FOOTER_SECTIONS;
	memcpy(f->p, "PLEACHSG", 8);
	/* Both versions that are read. */
	store_le(f->p + 8, load_le(f->p + 8, 4) == SEGMENT_OLDEST ? SEGMENT_OLDEST : SEGMENT_VERSION, 4);
	store_le(f->p + 16, NUMBER, 8);
	store_le(trailer, start, 8);
	store_le(trailer + 8, FOOTER, 4);
	memcpy(trailer + 16, "PLEACHSE", 8);
	store_le(footer, NUMBER, 8);
	store_le(places - 4, SECTION_COUNT, 4);
	for (int i = 0; i < SECTION_COUNT; i++) {
		uint8_t *place = places + i * 36;
		uint64_t offset = load_le(place + 4, 8), stored = load_le(place + 12, 8);
		if (!within(f, offset, stored))
			continue;
		if (i == SECTION_BLOCKS && load_le(place, 4) == 0)
			mend_index(f, offset, stored);
		for (uint64_t at = 0; (i == SECTION_TOKENS || i == SECTION_IDS) && at + FILTER_PAGE <= stored; at += FILTER_PAGE)
			store_le(f->p + offset + at + FILTER_PAGE - 8, sum(f, offset + at, FILTER_PAGE - 8), 8);
		store_le(place + 28, sum(f, offset, stored), 8);
	}
	store_le(footer + FOOTER - 8, XXH64(footer, FOOTER - 8, NUMBER), 8);
	store_le(f->p + 56, XXH64(f->p, 56, NUMBER), 8);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------------------- */

/* Rows as those who asked for them would use them. */
static void use_row(const struct segment_reader *r, const struct block_row *row, struct buf *scratch)
{
	struct arena a;
	struct row_head h;
	CHECK(row->resource < r->resource_count);
	if (!row_head(row->row, &h))
		return;
	arena_init(&a, 16 << 20);
	struct log_record log = { 0 };
	struct span span = { 0 };
	if (h.kind == ROW_LOG)
		row_log(row->row, &a, &log);
	else
		row_span(row->row, &a, &span);
	(void)scratch;
	arena_release(&a);
}

static void read_rows(struct segment_reader *r)
{
	struct buf scratch;
	buf_init(&scratch, ROW_HARD_BYTES);
	for (uint32_t i = 0; i < r->block_count && i < BLOCKS; i++) {
		struct block_rows it;
		struct block_row row;
		struct err e = { 0 };
		if (!segment_block(r, &r->blocks[i], &it, &e)) {
			CHECK(err_is_set(&e) && e.message[0]);
			continue;
		}
		uint32_t n = 0;
		while (n < ROWS && block_next(&it, r, &row, &e)) {
			use_row(r, &row, &scratch);
			n++;
		}
		CHECK(err_is_set(&e) || n == r->blocks[i].rows || n == ROWS);
	}
	buf_release(&scratch);
}

static const char *const queries[] = {
	"request", "-cache level>=warn", "key1:* or key3>5", "*a*", "/took [0-9]+ms/", "\"user 7\" service:service-1", "00000000000000000000000000000001", "key0!=7 -key2:true",
	"duration>300us kind:client", "*817*", "*0a1b2c*", "host.name:h1", "trace:01000000000000000000000000000000", "parent:* status:error", "key4=\"\" or a.b:c",
};

static void ask(struct segment_reader *r, const char *text)
{
	struct arena a;
	struct query q = { 0 };
	struct err e = { 0 };
	struct matcher m;
	arena_init(&a, 8 << 20);
	CHECK(query_parse(&q, &a, str_z(text), &e));
	matcher_init(&m, &q);
	if (matcher_segment(&m, r, &e)) {
		for (uint32_t i = 0; i < r->block_count && i < BLOCKS; i++) {
			uint64_t rows[BITS_WORDS];
			struct err damage = { 0 };
			matcher_may_have(&m, &r->blocks[i]);
			if (r->blocks[i].rows > 4 * ROWS || !block_open(r, &r->blocks[i], &damage))
				continue;
			uint32_t count;
			bool known;
			if (!matcher_count(&m, &count, &known, &damage))
				CHECK(err_is_set(&damage) && damage.message[0]);
			damage = (struct err){ 0 };
			bits_fill(rows, r->blocks[i].rows);
			if (!matcher_select(&m, rows, &damage))
				CHECK(err_is_set(&damage) && damage.message[0]);
		}
	}
	matcher_release(&m);
	query_release(&q);
	arena_release(&a);
}

static void read_summaries(struct segment_reader *r)
{
	static struct edge_space space;
	struct str services[TRACE_MAX_SERVICES], section;
	struct err e = { 0 };
	struct trace_part part;
	struct edge edge = { 0 };
	struct seen seen;
	struct bytes b;
	if (segment_section(r, SECTION_TRACES, &section, &e)) {
		b = bytes_of(section);
		for (uint64_t n = take_varint(&b); n > 0 && trace_decode(&b, &part, services); n--)
			CHECK(part.service_count <= TRACE_MAX_SERVICES);
	}
	if (segment_section(r, SECTION_EDGES, &section, &e)) {
		b = bytes_of(section);
		for (uint64_t n = take_varint(&b); n > 0 && edge_decode(&b, &edge, &space); n--)
			;
		hist_release(&edge.durations);
	}
	if (segment_section(r, SECTION_SEEN, &section, &e)) {
		b = bytes_of(section);
		for (uint64_t n = take_varint(&b); n > 0 && seen_decode(&b, &seen); n--)
			;
	}
}

static void read_segment(void)
{
	struct str directory = STR("/s");
	struct segment s;
	struct segment_reader r;
	struct sender_table senders = { 0 };
	struct err e = { 0 };
	uint32_t rank;
	if (!segment_load(directory, NUMBER, &s, &e)) {
		CHECK(err_is_set(&e) && e.message[0]);
		return;
	}
	segment_senders(directory, &s, &senders, &e);
	senders_release(&senders);
	CHECK(segment_open(&r, directory, &s, &e));
	if (segment_index(&r, &e)) {
		read_rows(&r);
		for (size_t i = 0; i < ARRAY_LEN(queries); i++)
			ask(&r, queries[i]);
		e = (struct err){ 0 };
		segment_rank_of(&r, 17, &rank, &e);
		segment_block_of(&r, 17);
	}
	read_summaries(&r);
	segment_close(&r);
}

/* The same by way of the cache, twice: what was loaded, or failed to be, the first time. */
static void read_cached(void)
{
	struct segment_cache cache;
	struct segment_reader r = { 0 };
	struct segment s;
	struct err e = { 0 };
	if (!segment_load(STR("/s"), NUMBER, &s, &e))
		return;
	segment_cache_init(&cache, 1 << 20);
	for (int i = 0; i < 2; i++) {
		e = (struct err){ 0 };
		CHECK(segment_next(&r, &cache, STR("/s"), &s, &e));
		if (!segment_tables(&r, &e))
			CHECK(err_is_set(&e) && e.message[0]);
		for (size_t k = 0; k < ARRAY_LEN(queries) && r.blocks; k++)
			ask(&r, queries[k]);
	}
	segment_close(&r);
	segment_cache_drop(&cache, &s);
	segment_cache_release(&cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char space[SYS_PATH_MAX + 1];
	if (size > INPUT_MAX)
		return 0;
	struct file f = { malloc(size + 1), size };
	CHECK(f.p);
	memcpy(f.p, data, size);
	mend(&f);
	sim_start(&(struct sim_options){ .seed = 1 });
	CHECK(sys_mkdir(STR("/s")) == 0);
	int fd = sys_open(store_path(space, STR("/s"), NUMBER, ".segment"), SYS_OPEN_CREATE);
	CHECK(fd >= 0 && sys_pwrite(fd, f.p, f.size, 0) == 0);
	sys_close(fd);
	read_segment();
	read_cached();
	sim_stop(true);
	free(f.p);
	return 0;
}
