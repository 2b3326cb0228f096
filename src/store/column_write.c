/* Packing of columns (column_write.h): what is shared, what is collected, and columns of numbers. Those of text are in column_text.c. */
#include "store/column_impl.h"
#include "store/ints.h"
#include "store/times.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { ZSTD_FAST = 1, WORTH_COMPRESSING = 48 };

static ZSTD_CCtx *new_finder(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	if (!c)
		return NULL;
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, 3);
	ZSTD_CCtx_setParameter(c, ZSTD_c_strategy, ZSTD_dfast);
	ZSTD_CCtx_setParameter(c, ZSTD_c_minMatch, 4);
	ZSTD_CCtx_setParameter(c, ZSTD_c_hashLog, 16);
	ZSTD_CCtx_setParameter(c, ZSTD_c_chainLog, 16);
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 18);
	return c;
}

bool column_shared_init(struct column_shared *s, uint64_t seed)
{
	*s = (struct column_shared){ .seed = seed, .compressor = ZSTD_createCCtx(), .finder = new_finder() };
	if (s->compressor)
		ZSTD_CCtx_setParameter(s->compressor, ZSTD_c_compressionLevel, ZSTD_FAST);
	buf_init(&s->slots.text, STREAM_MAX);
	buf_init(&s->slots.ints, STREAM_MAX);
	buf_init(&s->slots.plain, STREAM_MAX);
	buf_init(&s->index, STREAM_MAX);
	buf_init(&s->compressed, STREAM_MAX * 2);
	bool dictionary = dictionary_init(&s->dictionary), tokens = filter_init(&s->tokens), ids = filter_init(&s->ids);
	return dictionary && tokens && ids && s->compressor && s->finder;
}

void column_shared_release(struct column_shared *s)
{
	dictionary_release(&s->dictionary);
	filter_release(&s->tokens);
	filter_release(&s->ids);
	ZSTD_freeCCtx(s->compressor);
	ZSTD_freeCCtx(s->finder);
	column_free_values(s);
	free(s->local);
	free(s->stamp);
	free(s->vars);
	free(s->slot_words);
	buf_release(&s->slots.text);
	buf_release(&s->slots.ints);
	buf_release(&s->slots.plain);
	buf_release(&s->index);
	buf_release(&s->compressed);
}

/* --- collecting --------------------------------------------------------------------------------------------------------------------------- */

bool column_reserve(struct column_shared *s, struct column_out *c, uint32_t capacity)
{
	if (capacity <= c->capacity)
		return true;
	void *p = realloc(c->numbers, capacity * (c->form == FORM_TEXT ? sizeof(*c->texts) : sizeof(*c->numbers)));
	if (!p) {
		s->failed = true;
		return false;
	}
	c->numbers = p;
	c->capacity = capacity;
	return true;
}

static inline bool room(struct column_shared *s, struct column_out *c)
{
	return c->count < c->capacity || column_reserve(s, c, c->capacity ? c->capacity * 2 : 64);
}

void column_number(struct column_shared *s, struct column_out *c, int64_t v)
{
	if (room(s, c))
		c->numbers[c->count++] = v;
}

void column_text(struct column_shared *s, struct column_out *c, struct str v)
{
	if (room(s, c))
		c->texts[c->count++] = v;
}

void column_release(struct column_out *c)
{
	free(c->numbers);
	buf_release(&c->plain);
}

/* --- streams ------------------------------------------------------------------------------------------------------------------------------ */

/* A stream's entry in the directory: varint bytes; when not 0: varint stored bytes (0: stored as they are), u32 checksum. */
void column_stream_by(struct column_shared *s, ZSTD_CCtx *compressor, struct str raw, struct buf *directory, struct buf *streams)
{
	struct str stored = raw;
	put_varint(directory, raw.len);
	if (raw.len == 0)
		return;
	if (compressor && raw.len >= WORTH_COMPRESSING) {
		size_t bound = ZSTD_compressBound(raw.len);
		buf_clear(&s->compressed);
		char *to = buf_room(&s->compressed, bound);
		size_t n = to ? ZSTD_compress2(compressor, to, bound, raw.p, raw.len) : 0;
		if (!to || ZSTD_isError(n)) {
			s->failed = true;
			return;
		}
		if (n < raw.len - raw.len / 32)
			stored = str_from(to, n);
	}
	put_varint(directory, stored.p == raw.p ? 0 : stored.len);
	put_u32(directory, (uint32_t)XXH64(stored.p, stored.len, s->seed));
	buf_add(streams, stored);
}

void column_stream(struct column_shared *s, struct str raw, bool compress, struct buf *directory, struct buf *streams)
{
	column_stream_by(s, compress ? s->compressor : NULL, raw, directory, streams);
}

static void end_numbers(struct column_shared *s, struct column_out *c, struct buf *directory, struct buf *streams)
{
	struct buf *plain = c->form == FORM_BYTES ? &s->slots.ints : &s->slots.plain;
	buf_clear(&s->slots.ints);
	buf_clear(&s->slots.plain);
	/* FORM_BYTES has its plain stream for itself. */
	if (c->id != COLUMN_SPAN)
		ints_encode(&s->slots.ints, plain, c->numbers, c->count);
	column_stream(s, buf_str(&s->slots.ints), true, directory, streams);
	column_stream(s, buf_str(c->form == FORM_BYTES ? &c->plain : &s->slots.plain), c->form != FORM_BYTES, directory, streams);
	if (!buf_ok(&s->slots.ints) || !buf_ok(&s->slots.plain) || !buf_ok(&c->plain))
		s->failed = true;
}

/* The usual value of each entry is that of its first row. False: there are too many exceptions. */
static bool by_body(struct column_shared *s, const struct column_out *c, int64_t *usual, int64_t *rows, int64_t *values, size_t *exceptions)
{
	size_t most = c->count / 16, n = 0;
	memset(s->order, 0, s->body_locals * sizeof(*s->order));
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t code = s->codes[i];
		if (!s->order[code]) {
			s->order[code] = 1;
			usual[code] = c->numbers[i];
		} else if (usual[code] != c->numbers[i]) {
			if (n == most)
				return false;
			rows[n] = i;
			values[n++] = c->numbers[i];
		}
	}
	*exceptions = n;
	return true;
}

/* The least number of each entry, and how far above it the rows are. False: that is hardly less than the numbers themselves. */
static bool above_body(struct column_shared *s, const struct column_out *c, int64_t *least, int64_t *above)
{
	int64_t most = 0, largest = 0;
	for (uint32_t i = 0; i < s->body_locals; i++)
		least[i] = INT64_MAX;
	for (uint32_t i = 0; i < c->count; i++) {
		int64_t v = c->numbers[i], *l = &least[s->codes[i]];
		if (v < 0)
			return false;
		*l = v < *l ? v : *l;
		largest = v > largest ? v : largest;
	}
	/* The first of the service instead: few different numbers, hardly farther away. */
	for (uint32_t i = 0; i < s->body_locals && c->id == COLUMN_RESOURCE && s->resource_bases; i++)
		least[i] = s->resource_bases[least[i]];
	for (uint32_t i = 0; i < c->count; i++) {
		above[i] = c->numbers[i] - least[s->codes[i]];
		most = above[i] > most ? above[i] : most;
	}
	return most < largest / 4;
}

void column_end_by_body(struct column_shared *s, struct column_out *c, struct buf *directory, struct buf *streams)
{
	size_t exceptions = 0, most = c->count / 16 + 1;
	int64_t *scratch = malloc((s->body_locals + 2 * most + c->count) * sizeof(*scratch));
	int64_t *rows = scratch ? scratch + s->body_locals : NULL, *values = rows ? rows + most : NULL;
	put_u8(directory, (uint8_t)c->id);
	put_varint(directory, c->count);
	bool follows = scratch && s->body_locals && by_body(s, c, scratch, rows, values, &exceptions);
	bool near = scratch && s->body_locals && !follows && above_body(s, c, scratch, scratch + s->body_locals);
	put_u8(directory, follows ? BODY_USUAL : near ? BODY_LEAST : BODY_NOTHING);
	if (!scratch)
		s->failed = true;
	if (near) {
		buf_clear(&s->slots.ints);
		buf_clear(&s->slots.plain);
		ints_encode(&s->slots.ints, &s->slots.plain, scratch, s->body_locals);
		ints_encode(&s->slots.ints, &s->slots.plain, scratch + s->body_locals, c->count);
		column_stream(s, buf_str(&s->slots.ints), true, directory, streams);
		column_stream(s, buf_str(&s->slots.plain), true, directory, streams);
	} else if (!follows) {
		end_numbers(s, c, directory, streams);
	} else {
		buf_clear(&s->slots.ints);
		buf_clear(&s->slots.plain);
		ints_encode(&s->slots.ints, &s->slots.plain, scratch, s->body_locals);
		put_varint(&s->slots.ints, exceptions);
		ints_encode(&s->slots.ints, &s->slots.plain, rows, exceptions);
		ints_encode(&s->slots.ints, &s->slots.plain, values, exceptions);
		column_stream(s, buf_str(&s->slots.ints), true, directory, streams);
		column_stream(s, buf_str(&s->slots.plain), true, directory, streams);
	}
	free(scratch);
	c->count = 0;
}

void column_end_times(struct column_shared *s, struct column_out *c, struct buf *directory, struct buf *streams)
{
	put_u8(directory, (uint8_t)c->id);
	put_varint(directory, c->count);
	buf_clear(&s->slots.ints);
	buf_clear(&s->slots.plain);
	if (s->body_locals && times_encode(&s->slots.ints, &s->slots.plain, c->numbers, c->count, s->codes, s->body_locals)) {
		column_stream(s, buf_str(&s->slots.ints), true, directory, streams);
		column_stream(s, buf_str(&s->slots.plain), true, directory, streams);
	} else {
		end_numbers(s, c, directory, streams);
	}
	c->count = 0;
}

void column_end(struct column_shared *s, struct column_out *c, bool records, struct buf *directory, struct buf *streams)
{
	put_u8(directory, (uint8_t)c->id);
	if (c->id == COLUMN_ATTRIBUTE) {
		put_varint(directory, c->name);
		put_u8(directory, c->type);
	}
	put_varint(directory, c->count);
	if (c->form == FORM_TEXT)
		column_end_text(s, c, records, directory, streams);
	else
		end_numbers(s, c, directory, streams);
	c->count = 0;
	buf_clear(&c->plain);
}
