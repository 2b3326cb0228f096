/* Writing a segment from a frozen memtable (segment.h). Runs on a worker; touches nothing but the memtable, which no longer changes, and
 * its own file. Rows are put in order, cut into blocks (block_write.c), and the tables of the segment follow. The file is written front to back
 * through one buffer; places and checksums of all parts end up in the footer. */
#include "base/check.h"
#include "store/block_write.h"
#include "store/bodies.h"
#include "store/query.h"
#include "store/segment.h"
#include "store/traces.h"
#include "store/wal.h"
#include <stdlib.h>
#include <xxhash.h>
#include <zstd.h>

enum { WRITE_BUFFER = 256 << 10, ZSTD_LEVEL = 3, SECTION_LIMIT = SEGMENT_MAX_SECTION };

/* group: a span's trace's start; a record's time, or position. */
struct ordered { int64_t group, time; const struct mem_row *row; const char *body; uint32_t body_len, position; uint8_t kind; };

struct writer {
	const struct memtable *m;
	int fd;
	uint64_t offset;             /* bytes given to the file or the buffer */
	struct buf buffer;
	int64_t code;                /* first failure, sticky */
	struct block_writer rows;
	struct bodies bodies;
	struct ordered *order;       /* by rank */
	uint32_t count;              /* rows (gaps left out) */
	uint32_t *resources, *resource_number; /* the memtable's in the order of the segment; the segment's number of each */
	uint32_t *resource_bases;    /* by the segment's number: the first number of the same service */
	struct buf index;
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
	struct buf *to = &w->rows.shared.compressed;
	size_t bound = ZSTD_compressBound(raw.len);
	buf_clear(to);
	char *room = buf_room(to, bound);
	size_t n = room ? ZSTD_compressCCtx(w->rows.shared.compressor, room, bound, raw.p, raw.len, ZSTD_LEVEL) : 0;
	if (!room || ZSTD_isError(n)) {
		w->code = w->code ? w->code : SYS_LIMIT;
		return STR("");
	}
	buf_added(to, n);
	return buf_str(to);
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

/* Log records stay in order of arrival unless some are late by more than this: positions cost nothing then. */
#define LATE_MOST (INT64_C(120) * 1000000000)

/* --- order ------------------------------------------------------------------------------------------------------------------------------ */

/* Of a span: it has one, behind its head. */
static const uint8_t *trace_of(const struct ordered *o) { return o->row->p + ROW_HEAD; }

static int compare(const struct ordered *x, const struct ordered *y)
{
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	int trace = x->kind == ROW_SPAN ? memcmp(trace_of(x), trace_of(y), sizeof(struct trace_id)) : 0;
	if (trace)
		return trace;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static int by_order(const void *a, const void *b) { return compare(a, b); }

/* Spans of one trace stand together, where its first one begins. */
static bool group_traces(struct writer *w)
{
	size_t size = 1024;
	while (size < (size_t)w->m->spans * 2)
		size *= 2;
	uint32_t *table = w->m->spans ? calloc(size, sizeof(*table)) : NULL; /* rank of the earliest span so far + 1 */
	if (w->m->spans && !table)
		return false;
	for (int pass = 0; table && pass < 2; pass++)
		for (uint32_t i = 0; i < w->count; i++) {
			struct ordered *o = &w->order[i];
			if (o->kind != ROW_SPAN)
				continue;
			size_t at = XXH3_64bits(trace_of(o), sizeof(struct trace_id)) & (size - 1);
			while (table[at] && memcmp(trace_of(&w->order[table[at] - 1]), trace_of(o), sizeof(struct trace_id)) != 0)
				at = (at + 1) & (size - 1);
			if (pass == 1)
				o->group = w->order[table[at] - 1].time;
			else if (!table[at] || o->time < w->order[table[at] - 1].time)
				table[at] = i + 1;
		}
	free(table);
	return true;
}

static bool order_rows(struct writer *w)
{
	const struct memtable *m = w->m;
	uint32_t position = 0;
	int64_t newest = INT64_MIN, latest = 0;
	w->order = malloc((m->rows + 1) * sizeof(*w->order));
	if (!w->order)
		return false;
	for (const struct mem_chunk *c = m->first; c; c = c->next)
		for (uint32_t i = 0; i < MEM_CHUNK && position < m->rows; i++, position++) {
			struct row_parts p;
			if (!c->rows[i].p || !row_parts(mem_row_str(&c->rows[i]), &p))
				continue;
			int64_t time = p.head.time;
			w->order[w->count] = (struct ordered){ time, time, &c->rows[i], p.body.p, (uint32_t)p.body.len, position, (uint8_t)p.head.kind };
			if (p.head.kind == ROW_LOG) {
				newest = time > newest ? time : newest;
				uint64_t late = (uint64_t)newest - (uint64_t)time;
				latest = late > (uint64_t)LATE_MOST ? INT64_MAX : (int64_t)late > latest ? (int64_t)late : latest;
			}
			w->count++;
		}
	if (!group_traces(w))
		return false;
	for (uint32_t i = 0; i < w->count && latest <= LATE_MOST; i++)
		if (w->order[i].kind == ROW_LOG)
			w->order[i].group = w->order[i].position;
	if (m->spans || latest > LATE_MOST)
		qsort(w->order, w->count, sizeof(*w->order), by_order);
	return true;
}

/* --- resources ---------------------------------------------------------------------------------------------------------------------------- */

static int by_names(const void *a, const void *b, void *ctx)
{
	const struct mem_resource *x = memtable_resource(ctx, *(const uint32_t *)a), *y = memtable_resource(ctx, *(const uint32_t *)b);
	int order = str_cmp(x->names.service, y->names.service);
	order = order ? order : str_cmp(x->names.version, y->names.version);
	order = order ? order : str_cmp(x->names.instance, y->names.instance);
	return order ? order : str_cmp(x->bytes, y->bytes);
}

/* Those of one service get numbers next to each other: then a number is near to what the text of the row says. */
static bool order_resources(struct writer *w)
{
	uint32_t n = w->m->resource_count;
	w->resources = malloc((n + 1) * sizeof(*w->resources));
	w->resource_number = malloc((n + 1) * sizeof(*w->resource_number));
	w->resource_bases = malloc((n + 1) * sizeof(*w->resource_bases));
	if (!w->resources || !w->resource_number || !w->resource_bases)
		return false;
	for (uint32_t i = 0; i < n; i++)
		w->resources[i] = i;
	qsort_r(w->resources, n, sizeof(*w->resources), by_names, (void *)(uintptr_t)w->m);
	for (uint32_t i = 0; i < n; i++)
		w->resource_number[w->resources[i]] = i;
	for (uint32_t i = 0; i < n; i++) {
		bool first = i == 0 || !str_eq(memtable_resource(w->m, w->resources[i - 1])->names.service, memtable_resource(w->m, w->resources[i])->names.service);
		w->resource_bases[i] = first ? i : w->resource_bases[i - 1];
	}
	w->rows.shared.resource_bases = w->resource_bases;
	return true;
}

/* --- blocks ------------------------------------------------------------------------------------------------------------------------------- */

/* The newest records stand in a small block of their own: many questions end there. */
enum { LAST_ROWS = 2048 };
/* Spans are asked for by trace: a few of a block, which is unpacked as a whole. */
enum { SPAN_BLOCK_ROWS = 4096 };

struct tally { uint32_t resource, rows; };

/* One block being filled. */
struct filling {
	struct segment_block b;
	struct tally resources[SEGMENT_BLOCK_RESOURCES];
	uint32_t last; /* index of the resource met last */
	bool any;
};

static void note_resource(struct filling *k, uint32_t resource)
{
	if (k->any)
		return;
	if (k->b.resource_count && k->resources[k->last].resource == resource) {
		k->resources[k->last].rows++;
		return;
	}
	for (k->last = 0; k->last < k->b.resource_count; k->last++)
		if (k->resources[k->last].resource == resource) {
			k->resources[k->last].rows++;
			return;
		}
	if (k->b.resource_count < SEGMENT_BLOCK_RESOURCES)
		k->resources[k->b.resource_count++] = (struct tally){ resource, 1 };
	else
		k->any = true;
}

static void put_entry(struct writer *w, const struct filling *k, const struct block_bytes *bytes)
{
	struct buf *b = &w->index;
	put_u8(b, k->b.kind);
	put_u8(b, k->b.odd);
	put_u64(b, w->offset);
	put_u32(b, (uint32_t)(bytes->directory.len + bytes->streams.len));
	put_u32(b, (uint32_t)bytes->directory.len);
	put_u32(b, bytes->directory_raw);
	put_u32(b, (uint32_t)XXH64(bytes->directory.p, bytes->directory.len, w->m->number));
	put_u32(b, k->b.rows);
	put_u32(b, k->b.first_rank);
	put_i64(b, k->b.min_time);
	put_i64(b, k->b.max_time);
	put_u32(b, k->b.min_position);
	put_u32(b, k->b.max_position);
	for (int i = 0; i < SEGMENT_LEVELS; i++)
		put_varint(b, k->b.level_rows[i]);
	uint32_t n = k->any ? 0 : k->b.resource_count;
	put_varint(b, n);
	for (uint32_t i = 0; i < n; i++) {
		put_varint(b, k->resources[i].resource);
		put_varint(b, k->resources[i].rows);
	}
}

static void end_block(struct writer *w, struct filling *k)
{
	struct block_bytes bytes;
	if (k->b.rows == 0)
		return;
	k->b.odd = w->rows.odd;
	if (!block_end(&w->rows, &bytes)) {
		w->code = w->code ? w->code : SYS_LIMIT;
		return;
	}
	put_entry(w, k, &bytes);
	put(w, bytes.directory);
	put(w, bytes.streams);
	w->blocks++;
	*k = (struct filling){ 0 };
}

static void add_row(struct writer *w, struct filling *k, uint32_t rank)
{
	const struct ordered *o = &w->order[rank];
	const struct mem_row *row = o->row;
	struct row_parts p;
	CHECK(row_parts(mem_row_str(row), &p));
	if (k->b.rows == 0) {
		k->b = (struct segment_block){ .kind = o->kind, .first_rank = rank, .min_time = o->time, .max_time = o->time,
					       .min_position = o->position, .max_position = o->position };
	}
	k->b.rows++;
	k->b.min_time = o->time < k->b.min_time ? o->time : k->b.min_time;
	k->b.max_time = o->time > k->b.max_time ? o->time : k->b.max_time;
	k->b.min_position = o->position < k->b.min_position ? o->position : k->b.min_position;
	k->b.max_position = o->position > k->b.max_position ? o->position : k->b.max_position;
	k->b.level_rows[row_level(&p.head)]++;
	note_resource(k, w->resource_number[row->resource]);
	block_add(&w->rows, mem_row_str(row), &p, w->resource_number[row->resource], o->position);
	if (p.head.kind == ROW_SPAN)
		trace_table_span(&w->traces, memtable_resource(w->m, row->resource)->names.service, &p);
}

/* Whether the row begins a block when that before has this many rows and bytes. */
static bool begins_block(const struct writer *w, uint32_t rank, uint32_t records, uint32_t rows, size_t bytes)
{
	uint8_t before = w->order[rank - 1].kind;
	return rows == (before == ROW_SPAN ? SPAN_BLOCK_ROWS : BLOCK_ROWS) || bytes >= BLOCK_BYTES || before != w->order[rank].kind ||
	       (records > LAST_ROWS && rank == records - LAST_ROWS);
}

/* Where blocks begin must be known before the first is written: filters hear of a row's words together with its block. */
static void split_bodies(struct writer *w, uint32_t records)
{
	uint32_t block = 0, rows = 0;
	size_t bytes = 0;
	for (uint32_t rank = 0; rank < w->count; rank++) {
		const struct ordered *o = &w->order[rank];
		if (rows && begins_block(w, rank, records, rows, bytes)) {
			block++;
			rows = 0;
			bytes = 0;
		}
		rows++;
		const struct mem_row *row = o->row;
		bytes += row->len;
		bodies_add(&w->bodies, str_from(o->body, o->body_len), block, w->resource_bases[w->resource_number[row->resource]]);
	}
	bodies_fold(&w->bodies, &w->rows.shared);
	w->rows.shared.bodies = &w->bodies;
	if (w->bodies.failed)
		w->code = w->code ? w->code : SYS_LIMIT;
}

static void write_blocks(struct writer *w)
{
	uint32_t records = 0;
	while (records < w->count && w->order[records].kind == ROW_LOG)
		records++;
	split_bodies(w, records);
	struct filling k = { 0 };
	put_u32(&w->index, 0); /* number of blocks, filled in below */
	for (uint32_t rank = 0; rank < w->count && w->code == 0; rank++) {
		if (k.b.rows && begins_block(w, rank, records, k.b.rows, w->rows.bytes))
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
		put_text(b, memtable_resource(w->m, w->resources[i])->bytes);
	put_section(w, SECTION_RESOURCES, b, true);
}

/* What words of resources name is in every block, as far as the filter knows. */
static void note_resources(struct writer *w)
{
	struct buf text;
	buf_init(&text, ROW_HARD_BYTES);
	for (uint32_t i = 0; i < w->m->resource_count; i++) {
		const struct mem_resource *r = memtable_resource(w->m, i);
		struct attrs it;
		struct attr a;
		w->rows.shared.block = FILTER_ANY;
		column_note_tokens(&w->rows.shared, r->names.service);
		column_note_tokens(&w->rows.shared, r->names.version);
		column_note_tokens(&w->rows.shared, r->names.instance);
		for (bool more = resource_attrs(r->bytes, &it); more && attrs_next(&it, &a);) {
			column_note_value(&w->rows.shared, &a.value, &text);
		}
	}
	buf_release(&text);
}

static void write_filters(struct writer *w, struct buf *b)
{
	struct column_shared *s = &w->rows.shared;
	note_resources(w);
	if (s->tokens.failed || s->ids.failed)
		w->code = w->code ? w->code : SYS_LIMIT;
	buf_clear(b);
	filter_encode(&s->tokens, &filter_tokens, w->blocks, w->m->number, b);
	put_section(w, SECTION_TOKENS, b, false);
	buf_clear(b);
	filter_encode(&s->ids, &filter_ids, w->blocks, w->m->number, b);
	put_section(w, SECTION_IDS, b, false);
}

static void write_tables(struct writer *w, struct buf *b)
{
	buf_clear(b);
	block_encode_names(&w->rows, b);
	put_section(w, SECTION_NAMES, b, true);
	buf_clear(b);
	block_encode_shapes(&w->rows, b);
	put_section(w, SECTION_SHAPES, b, true);
	buf_clear(b);
	dictionary_encode(&w->rows.shared.dictionary, b);
	put_section(w, SECTION_DICTIONARY, b, true);
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
	write_tables(w, &b);
	write_filters(w, &b);
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
	put_u32(&b, out->blocks);
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
	out->sum = XXH64(buf_str(&b).p, b.len, out->number);
	put_u64(&b, out->sum);
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
	buf_init(&w->index, SECTION_LIMIT);
	trace_table_init(&w->traces, TRACE_TABLE_ARENA);
	if (!block_writer_init(&w->rows, m->number) || !bodies_init(&w->bodies, m->rows) || !order_rows(w) || !order_resources(w)) {
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
	buf_release(&w->index);
	trace_table_release(&w->traces);
	block_writer_release(&w->rows);
	bodies_release(&w->bodies);
	free(w->order);
	free(w->resources);
	free(w->resource_number);
	free(w->resource_bases);
	if (w->fd >= 0)
		sys_close(w->fd);
}

bool segment_write(const struct memtable *m, struct str directory, struct segment *out, int64_t *code)
{
	char space[SYS_PATH_MAX + 1], final_space[SYS_PATH_MAX + 1];
	struct str path = store_path(space, directory, m->number, ".tmp"), final = store_path(final_space, directory, m->number, ".segment");
	struct writer w;
	struct segment s = { .number = m->number, .version = SEGMENT_VERSION, .refs = 1, .rows = m->rows, .records = m->records, .spans = m->spans, .min_time = m->min_time,
			     .max_time = m->max_time, .created = m->created ? m->created : sys_wall(), .log_length = m->wal_length };
	begin(&w, m, path);
	if (w.code == 0) {
		write_header(&w, s.created);
		write_blocks(&w);
		write_sections(&w);
		s.blocks = w.blocks;
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
