/* Writing a segment from a frozen memtable (segment.h). Runs on a worker; touches nothing but the memtable, which no longer changes, and
 * its own file. The file is written front to back through one buffer; places and checksums of all parts end up in the footer. */
#include "base/check.h"
#include "store/query.h"
#include "store/segment.h"
#include "store/traces.h"
#include "store/wal.h"
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

enum { WRITE_BUFFER = 256 << 10, ZSTD_LEVEL = 3, SECTION_LIMIT = SEGMENT_MAX_SECTION };

struct ordered { int64_t time; uint32_t position; uint8_t kind; };
struct id_rank { struct trace_id id; uint32_t rank; };

struct writer {
	const struct memtable *m;
	int fd;
	uint64_t offset;             /* bytes given to the file or the buffer */
	struct buf buffer;
	int64_t code;                /* first failure, sticky */
	ZSTD_CCtx *compressor;
	struct ordered *order;       /* by rank */
	uint32_t count;              /* rows (gaps left out) */
	struct id_rank *ids;
	size_t id_count;
	struct buf raw, compressed, index;
	uint32_t blocks;
	struct trace_table traces;
	struct section_place sections[SECTION_COUNT];
};

/* --- the file ------------------------------------------------------------------------------------------------------------------------- */

static void flush(struct writer *w)
{
	if (w->code == 0 && w->buffer.len)
		w->code = sys_pwrite(w->fd, buf_str(&w->buffer).p, w->buffer.len, (int64_t)(w->offset - w->buffer.len));
	buf_clear(&w->buffer);
}

static void put(struct writer *w, struct str bytes)
{
	while (bytes.len && w->code == 0) {
		size_t n = WRITE_BUFFER - w->buffer.len < bytes.len ? WRITE_BUFFER - w->buffer.len : bytes.len;
		buf_add(&w->buffer, str_sub(bytes, 0, n));
		if (!buf_ok(&w->buffer))
			w->code = SYS_LIMIT;
		w->offset += n;
		bytes = str_skip(bytes, n);
		if (w->buffer.len == WRITE_BUFFER)
			flush(w);
	}
}

static struct str compress(struct writer *w, struct str raw)
{
	size_t bound = ZSTD_compressBound(raw.len);
	buf_clear(&w->compressed);
	char *to = buf_room(&w->compressed, bound);
	size_t n = to ? ZSTD_compressCCtx(w->compressor, to, bound, raw.p, raw.len, ZSTD_LEVEL) : 0;
	if (!to || ZSTD_isError(n)) {
		w->code = w->code ? w->code : SYS_LIMIT;
		return STR("");
	}
	buf_added(&w->compressed, n);
	return buf_str(&w->compressed);
}

static void put_section(struct writer *w, enum section s, struct buf *content, bool compressed)
{
	if (!buf_ok(content)) {
		w->code = w->code ? w->code : SYS_LIMIT;
		return;
	}
	struct str stored = compressed ? compress(w, buf_str(content)) : buf_str(content);
	w->sections[s] = (struct section_place){ .offset = w->offset, .stored = stored.len, .raw = content->len, .codec = compressed,
						 .sum = XXH64(stored.p, stored.len, w->m->number) };
	put(w, stored);
}

/* --- rows and blocks -------------------------------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static bool order_rows(struct writer *w)
{
	const struct memtable *m = w->m;
	uint32_t position = 0;
	w->order = malloc((m->rows + 1) * sizeof(*w->order));
	w->ids = malloc((m->rows + 1) * sizeof(*w->ids));
	if (!w->order || !w->ids)
		return false;
	for (const struct mem_chunk *c = m->first; c; c = c->next)
		for (uint32_t i = 0; i < MEM_CHUNK && position < m->rows; i++, position++) {
			struct row_head h;
			if (!c->rows[i].p || !row_head(mem_row_str(&c->rows[i]), &h))
				continue;
			w->order[w->count++] = (struct ordered){ h.time, position, (uint8_t)h.kind };
		}
	qsort(w->order, w->count, sizeof(*w->order), by_time);
	return true;
}

/* One block being filled. */
struct block {
	struct segment_block b;
	uint32_t resources[SEGMENT_BLOCK_RESOURCES];
	bool any;
};

static void note_resource(struct block *k, uint32_t resource)
{
	for (uint32_t i = 0; i < k->b.resource_count; i++)
		if (k->resources[i] == resource)
			return;
	if (k->b.resource_count < SEGMENT_BLOCK_RESOURCES)
		k->resources[k->b.resource_count++] = resource;
	else
		k->any = true;
}

static void end_block(struct writer *w, struct block *k)
{
	if (k->b.rows == 0)
		return;
	struct str stored = compress(w, buf_str(&w->raw));
	if (!buf_ok(&w->raw))
		w->code = w->code ? w->code : SYS_LIMIT;
	put_u8(&w->index, k->b.kind);
	put_u8(&w->index, k->b.levels);
	put_u64(&w->index, w->offset);
	put_u32(&w->index, (uint32_t)stored.len);
	put_u32(&w->index, (uint32_t)w->raw.len);
	put_u32(&w->index, k->b.rows);
	put_u32(&w->index, k->b.first_rank);
	put_i64(&w->index, k->b.min_time);
	put_i64(&w->index, k->b.max_time);
	put_u64(&w->index, XXH64(stored.p, stored.len, w->m->number));
	uint32_t n = k->any ? 0 : k->b.resource_count;
	put_varint(&w->index, n);
	for (uint32_t i = 0; i < n; i++)
		put_varint(&w->index, k->resources[i]);
	put(w, stored);
	w->blocks++;
	buf_clear(&w->raw);
	k->b = (struct segment_block){ 0 };
	k->any = false;
}

static void add_row(struct writer *w, struct block *k, uint32_t rank)
{
	const struct ordered *o = &w->order[rank];
	const struct mem_row *row = memtable_row(w->m, o->position, w->m->rows);
	struct row_parts p;
	CHECK(row && row_parts(mem_row_str(row), &p));
	if (k->b.rows == 0) {
		k->b.kind = o->kind;
		k->b.first_rank = rank;
		k->b.min_time = o->time;
	}
	k->b.rows++;
	k->b.max_time = o->time;
	k->b.levels |= (uint8_t)(1u << row_level(&p.head));
	note_resource(k, row->resource);
	put_varint(&w->raw, row->resource);
	put_varint(&w->raw, o->position);
	put_text(&w->raw, mem_row_str(row));
	if (p.head.has_trace)
		w->ids[w->id_count++] = (struct id_rank){ p.head.trace, rank };
	if (p.head.kind == ROW_SPAN)
		trace_table_span(&w->traces, memtable_resource(w->m, row->resource)->names.service, &p);
}

static void write_blocks(struct writer *w)
{
	struct block k = { 0 };
	put_u32(&w->index, 0); /* number of blocks, filled in below */
	for (uint32_t rank = 0; rank < w->count && w->code == 0; rank++) {
		if (k.b.rows == SEGMENT_BLOCK_ROWS || w->raw.len >= SEGMENT_BLOCK_BYTES || (k.b.rows && k.b.kind != w->order[rank].kind))
			end_block(w, &k);
		add_row(w, &k, rank);
	}
	end_block(w, &k);
	if (buf_ok(&w->index))
		store_le((uint8_t *)w->index.data + w->index.start, w->blocks, 4);
}

/* --- sections --------------------------------------------------------------------------------------------------------------------------- */

static void write_resources(struct writer *w, struct buf *b)
{
	buf_clear(b);
	put_varint(b, w->m->resource_count);
	for (uint32_t i = 0; i < w->m->resource_count; i++)
		put_text(b, memtable_resource(w->m, i)->bytes);
	put_section(w, SECTION_RESOURCES, b, true);
}

/* Rank by position; UINT32_MAX for a gap. */
static void write_order(struct writer *w, struct buf *b)
{
	buf_clear(b);
	char *to = buf_room(b, (size_t)w->m->rows * 4);
	if (!to) {
		w->code = w->code ? w->code : SYS_LIMIT;
		return;
	}
	memset(to, 0xff, (size_t)w->m->rows * 4);
	for (uint32_t rank = 0; rank < w->count; rank++)
		store_le((uint8_t *)to + (size_t)w->order[rank].position * 4, rank, 4);
	buf_added(b, (size_t)w->m->rows * 4);
	put_section(w, SECTION_ORDER, b, true);
}

static int by_id(const void *a, const void *b)
{
	const struct id_rank *x = a, *y = b;
	int order = memcmp(&x->id, &y->id, sizeof(x->id));
	return order ? order : x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Count of ids; the ids, sorted; for each the index of its first rank; the ranks. */
static uint32_t write_ids(struct writer *w, struct buf *b)
{
	uint32_t unique = 0;
	qsort(w->ids, w->id_count, sizeof(*w->ids), by_id);
	buf_clear(b);
	put_u32(b, 0);
	for (size_t i = 0; i < w->id_count; i++)
		if (i == 0 || !trace_id_eq(&w->ids[i].id, &w->ids[i - 1].id)) {
			buf_add_bytes(b, w->ids[i].id.b, sizeof(w->ids[i].id.b));
			unique++;
		}
	for (size_t i = 0; i < w->id_count; i++)
		if (i == 0 || !trace_id_eq(&w->ids[i].id, &w->ids[i - 1].id))
			put_u32(b, (uint32_t)i);
	for (size_t i = 0; i < w->id_count; i++)
		put_u32(b, w->ids[i].rank);
	if (buf_ok(b))
		store_le((uint8_t *)b->data + b->start, unique, 4);
	put_section(w, SECTION_TRACE_IDS, b, false);
	return unique;
}

static void write_filter(struct writer *w, struct buf *b, uint32_t unique)
{
	uint32_t pages = (uint32_t)(((uint64_t)unique * FILTER_BITS_PER_ID + FILTER_BITS - 1) / FILTER_BITS);
	buf_clear(b);
	char *to = buf_room(b, (size_t)pages * FILTER_PAGE);
	if (pages && !to) {
		w->code = w->code ? w->code : SYS_LIMIT;
		return;
	}
	if (pages)
		memset(to, 0, (size_t)pages * FILTER_PAGE);
	for (size_t i = 0; i < w->id_count; i++) {
		struct filter_spot spot = filter_spot(&w->ids[i].id, pages);
		for (int k = 0; k < FILTER_PROBES; k++)
			to[(size_t)spot.page * FILTER_PAGE + spot.bits[k] / 8] |= (char)(1 << spot.bits[k] % 8);
	}
	for (uint32_t i = 0; i < pages; i++) {
		uint8_t *page = (uint8_t *)to + (size_t)i * FILTER_PAGE;
		store_le(page + FILTER_PAGE - 8, XXH64(page, FILTER_PAGE - 8, w->m->number), 8);
	}
	if (pages)
		buf_added(b, (size_t)pages * FILTER_PAGE);
	put_section(w, SECTION_FILTER, b, false);
}

struct filter_spot filter_spot(const struct trace_id *id, uint32_t pages)
{
	/* Ids are random in most senders but not in all: hash them. Probes by double hashing, the step odd. */
	uint64_t h = XXH64(id->b, sizeof(id->b), 0);
	struct filter_spot spot = { .page = (uint32_t)((h >> 32) * pages >> 32) };
	uint32_t a = (uint32_t)h, step = (uint32_t)(h >> 17) | 1;
	for (int k = 0; k < FILTER_PROBES; k++, a += step)
		spot.bits[k] = a % FILTER_BITS;
	return spot;
}

static void write_sections(struct writer *w)
{
	struct buf b;
	struct sender_table senders;
	if (!senders_copy(&senders, &w->m->senders))
		w->code = w->code ? w->code : SYS_LIMIT;
	buf_init(&b, SECTION_LIMIT);
	write_resources(w, &b);
	put_section(w, SECTION_BLOCKS, &w->index, true);
	write_order(w, &b);
	uint32_t unique = write_ids(w, &b);
	write_filter(w, &b, unique);
	buf_clear(&b);
	trace_table_encode(&w->traces, &b);
	put_section(w, SECTION_TRACES, &b, true);
	buf_clear(&b);
	edge_table_encode(&w->m->edges, &b);
	put_section(w, SECTION_EDGES, &b, true);
	buf_clear(&b);
	seen_table_encode(&w->m->seen, &b);
	put_section(w, SECTION_SEEN, &b, true);
	buf_clear(&b);
	senders_encode(&senders, &b);
	put_section(w, SECTION_SENDERS, &b, true);
	senders_release(&senders);
	buf_release(&b);
}

static void write_header(struct writer *w, int64_t created)
{
	uint8_t h[SEGMENT_HEADER] = "PLEACHSG";
	store_le(h + 8, SEGMENT_VERSION, 4);
	store_le(h + 16, w->m->number, 8);
	store_le(h + 24, (uint64_t)created, 8);
	store_le(h + 56, XXH64(h, 56, w->m->number), 8);
	put(w, str_from((const char *)h, sizeof(h)));
}

static void write_footer(struct writer *w, struct segment *out)
{
	struct buf b;
	buf_init(&b, 4096);
	put_u64(&b, out->number);
	put_u32(&b, out->rows);
	put_u32(&b, out->records);
	put_u32(&b, out->spans);
	put_i64(&b, out->min_time);
	put_i64(&b, out->max_time);
	put_i64(&b, out->created);
	put_u64(&b, w->m->number);                /* the log file that it covers, and up to where */
	put_i64(&b, w->m->wal_length);
	put_u32(&b, SECTION_COUNT);
	for (int i = 0; i < SECTION_COUNT; i++) {
		put_u32(&b, w->sections[i].codec);
		put_u64(&b, w->sections[i].offset);
		put_u64(&b, w->sections[i].stored);
		put_u64(&b, w->sections[i].raw);
		put_u64(&b, w->sections[i].sum);
	}
	put_u64(&b, XXH64(buf_str(&b).p, b.len, out->number));
	out->footer_offset = w->offset;
	out->footer_length = (uint32_t)b.len;
	put_u64(&b, w->offset);
	put_u32(&b, out->footer_length);
	put_u32(&b, SEGMENT_VERSION);
	buf_add(&b, STR("PLEACHSE"));
	if (!buf_ok(&b))
		w->code = SYS_LIMIT;
	put(w, buf_str(&b));
	out->bytes = (int64_t)w->offset;
	buf_release(&b);
}

/* --- all of it ------------------------------------------------------------------------------------------------------------------------- */

static void begin(struct writer *w, const struct memtable *m, struct str path)
{
	*w = (struct writer){ .m = m, .fd = -1 };
	buf_init(&w->buffer, WRITE_BUFFER);
	buf_init(&w->raw, SEGMENT_MAX_BLOCK);
	buf_init(&w->compressed, SECTION_LIMIT + (SECTION_LIMIT >> 7));
	buf_init(&w->index, SECTION_LIMIT);
	trace_table_init(&w->traces, TRACE_TABLE_ARENA);
	w->compressor = ZSTD_createCCtx();
	if (!w->compressor || !order_rows(w)) {
		w->code = SYS_LIMIT;
		return;
	}
	sys_unlink(path);
	w->fd = sys_open(path, SYS_OPEN_CREATE);
	if (w->fd < 0)
		w->code = w->fd;
}

static void end(struct writer *w)
{
	buf_release(&w->buffer);
	buf_release(&w->raw);
	buf_release(&w->compressed);
	buf_release(&w->index);
	trace_table_release(&w->traces);
	ZSTD_freeCCtx(w->compressor);
	free(w->order);
	free(w->ids);
	if (w->fd >= 0)
		sys_close(w->fd);
}

bool segment_write(const struct memtable *m, struct str directory, struct segment *out, int64_t *code)
{
	char space[SYS_PATH_MAX + 1], final_space[SYS_PATH_MAX + 1];
	struct str path = store_path(space, directory, m->number, ".tmp"), final = store_path(final_space, directory, m->number, ".segment");
	struct writer w;
	struct segment s = { .number = m->number, .refs = 1, .rows = m->rows, .records = m->records, .spans = m->spans, .min_time = m->min_time,
			     .max_time = m->max_time, .created = sys_wall() };
	begin(&w, m, path);
	if (w.code == 0) {
		write_header(&w, s.created);
		write_blocks(&w);
		write_sections(&w);
		write_footer(&w, &s);
		flush(&w);
	}
	if (w.code == 0)
		w.code = sys_fsync(w.fd);
	if (w.code == 0)
		w.code = sys_rename(path, final);
	if (w.code == 0)
		w.code = sys_fsync_dir(directory);
	else if (w.fd >= 0)
		sys_unlink(path);
	*code = w.code;
	end(&w);
	if (*code == 0)
		*out = s;
	return *code == 0;
}
