/* Fluent Forward (forward.h): messages taken apart and checked. What becomes of the records is in forward_record.c. */
#include "store/forward.h"
#include "base/gzip.h"
#include "store/forward_record.h"
#include "store/row.h"
#include <zstd.h>

enum { FIELDS_MEMORY = 8 << 20, TREE_MEMORY = 64 << 20, KEEP_MEMORY = 1 << 20 };

bool forward_decoder_init(struct forward_decoder *d)
{
	*d = (struct forward_decoder){ 0 };
	arena_init(&d->arena, TREE_MEMORY);
	buf_init(&d->inflated, FORWARD_MAX_INFLATED);
	buf_init(&d->text, ROW_HARD_BYTES);
	return log_fields_init(&d->fields, ROW_MAX_ATTRS - LOG_FIELDS_ROOM, FIELDS_MEMORY);
}

void forward_decoder_release(struct forward_decoder *d)
{
	log_fields_release(&d->fields);
	arena_release(&d->arena);
	buf_release(&d->inflated);
	buf_release(&d->text);
}

/* --- decompression ----------------------------------------------------------------------------------------------------------------------- */

static bool too_large(struct err *e) { return err_set(e, ERR_TOO_LARGE, "more than %d MiB after decompression", FORWARD_MAX_INFLATED >> 20); }

static bool inflate_zstd(struct str in, struct buf *out, struct err *e)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	size_t left = 1;
	if (!z)
		return err_set(e, ERR_NO_MEMORY, "no memory for decompression");
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 25); /* no more memory than what may come out */
	while (from.pos < from.size || left > 0) {
		char *room = buf_room(out, ZSTD_DStreamOutSize());
		if (!room) {
			too_large(e);
			break;
		}
		ZSTD_outBuffer to = { room, ZSTD_DStreamOutSize(), 0 };
		size_t before = from.pos;
		left = ZSTD_decompressStream(z, &to, &from);
		buf_added(out, to.pos);
		if (ZSTD_isError(left) || (to.pos == 0 && from.pos == before)) {
			err_set(e, ERR_INPUT, "malformed or truncated zstd data");
			break;
		}
	}
	ZSTD_freeDCtx(z);
	return !err_is_set(e);
}

static bool inflate(struct forward_decoder *d, struct str how, struct str *entries, struct err *e)
{
	if (str_empty(how) || str_eq(how, STR("text")))
		return true;
	buf_clear(&d->inflated);
	bool ok = str_eq(how, STR("gzip"))   ? gzip_inflate(*entries, &d->inflated, e)
		  : str_eq(how, STR("zstd")) ? inflate_zstd(*entries, &d->inflated, e)
					     : err_set(e, ERR_INPUT, "entries compressed by \"%.*s\"; gzip and zstd are understood", STR_FMT(how));
	*entries = buf_str(&d->inflated);
	return ok;
}

/* --- messages ------------------------------------------------------------------------------------------------------------------------------- */

static bool read_options(struct forward_decoder *d, struct str in, struct forward_message *m, struct str *compressed, struct err *e)
{
	struct str value;
	if (str_empty(in))
		return true;
	if (!msgpack_take(&in, &value) || !str_empty(in))
		return err_set(e, ERR_INPUT, "a message of more than four parts");
	const struct json *options = msgpack_parse(&d->arena, value, e);
	if (!options)
		return false;
	m->chunk = json_get_str(options, STR("chunk"), STR(""));
	m->signal = json_get_i64(options, STR("fluent_signal"), 0);
	*compressed = json_get_str(options, STR("compressed"), STR(""));
	if (m->chunk.len > FORWARD_MAX_CHUNK)
		return err_set(e, ERR_INPUT, "the id of a chunk is longer than %d bytes", FORWARD_MAX_CHUNK);
	return true;
}

/* Every entry is [time, record]: so much is known before the first is taken. */
static bool check_entries(struct forward_message *m, struct err *e)
{
	struct str rest = m->entries, value;
	for (m->count = 0; rest.len; m->count++) {
		uint32_t parts;
		if (m->count >= FORWARD_MAX_RECORDS)
			return err_set(e, ERR_TOO_LARGE, "more than %d records in one message", FORWARD_MAX_RECORDS);
		if (!msgpack_take(&rest, &value) || !msgpack_take_array(&value, &parts) || parts < 2)
			return err_set(e, ERR_INPUT, "entry %u of a message is not [time, record]", m->count + 1);
	}
	return true;
}

/* What stands between the head of an array of `count` values and what follows it. */
static bool take_values(struct str *in, uint32_t count, struct str *values)
{
	const char *from = in->p;
	struct str value;
	for (uint32_t i = 0; i < count; i++)
		if (!msgpack_take(in, &value))
			return false;
	*values = str_from(from, (size_t)(in->p - from));
	return true;
}

/* What follows the tag, by its mode. */
static bool read_entries(struct forward_decoder *d, struct str in, uint32_t parts, struct forward_message *m, struct err *e)
{
	uint32_t count;
	struct str compressed = STR("");
	if (msgpack_take_array(&in, &count)) {
		if (!take_values(&in, count, &m->entries))
			return err_set(e, ERR_INPUT, "a message that is not whole");
		return read_options(d, in, m, &compressed, e) && check_entries(m, e);
	}
	if (msgpack_take_bytes(&in, &m->entries))
		return read_options(d, in, m, &compressed, e) && (m->signal || (inflate(d, compressed, &m->entries, e) && check_entries(m, e)));
	m->single = true;
	m->count = 1;
	if (parts < 3 || !take_values(&in, 2, &m->entries))
		return err_set(e, ERR_INPUT, "a message is [tag, time, record], [tag, [entries]] or [tag, packed entries], each with or without options");
	return read_options(d, in, m, &compressed, e);
}

bool forward_read(struct forward_decoder *d, struct str bytes, struct forward_message *m, struct err *e)
{
	uint32_t parts;
	*m = (struct forward_message){ .chunk = STR(""), .tag = STR("") };
	if (d->arena.chunks)
		arena_reset(&d->arena);
	if (d->inflated.capacity > KEEP_MEMORY) {
		buf_release(&d->inflated);
		buf_init(&d->inflated, FORWARD_MAX_INFLATED);
	}
	m->nil = str_eq(bytes, STR("\xc0"));
	if (m->nil)
		return true;
	if (!msgpack_take_array(&bytes, &parts) || parts < 2 || parts > 4 || !msgpack_take_bytes(&bytes, &m->tag))
		return err_set(e, ERR_INPUT, "a message is an array that begins with a tag");
	return read_entries(d, bytes, parts, m, e);
}

void forward_add(struct forward_decoder *d, const struct forward_message *m, const struct time_window *w, struct str host, struct batch_builder *b)
{
	struct forward_origin origin = { m->tag, host, w };
	struct str rest = m->entries, entry;
	uint32_t parts;
	if (m->single) {
		forward_record(d, &origin, rest, b);
		return;
	}
	while (msgpack_take(&rest, &entry) && msgpack_take_array(&entry, &parts))
		forward_record(d, &origin, entry, b);
}
