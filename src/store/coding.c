/* Decompression of bodies (coding.h): zlib by base/gzip.h, zstd and snappy by their libraries. */
#include "store/coding.h"
#include "base/gzip.h"
#include <snappy-c.h>
#include <zstd.h>

enum { ZSTD_STEP = 128 << 10, ZSTD_WINDOW_LOG = 26 /* memory that a frame may ask for: 64 MiB */ };

static bool too_large(const struct buf *out, struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "the body is larger than %zu bytes when decompressed; send smaller batches", out->limit);
}

/* False at the end of the input or a fault. */
static bool zstd_frames(ZSTD_DCtx *z, struct str in, struct buf *out, struct err *e)
{
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	size_t left = 1;
	while (from.pos < from.size || left == 1) {
		size_t room = out->limit - out->len < ZSTD_STEP ? out->limit - out->len : ZSTD_STEP;
		char spare;
		char *p = room ? buf_room(out, room) : &spare;
		if (!p)
			return too_large(out, e);
		ZSTD_outBuffer to = { p, room ? room : 1, 0 };
		size_t before = from.pos;
		left = ZSTD_decompressStream(z, &to, &from);
		if (ZSTD_isError(left))
			return err_set(e, ERR_INPUT, "the compressed body is damaged or not zstd: %s", ZSTD_getErrorName(left));
		if (!room && to.pos)
			return too_large(out, e);
		if (room)
			buf_added(out, to.pos);
		if (left && from.pos == from.size && to.pos < to.size)
			return err_set(e, ERR_INPUT, "the compressed body ends too early");
		if (!left && from.pos == from.size)
			return true;
		if (from.pos == before && to.pos == 0)
			return err_set(e, ERR_INPUT, "the compressed body is damaged");
		left = left ? 1 : 0;
	}
	return true;
}

bool zstd_inflate(struct str in, struct buf *out, struct err *e)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	if (!z)
		return err_set(e, ERR_NO_MEMORY, "no memory to decompress a body");
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	bool ok = zstd_frames(z, in, out, e);
	ZSTD_freeDCtx(z);
	return ok;
}

bool snappy_inflate(struct str in, struct buf *out, struct err *e)
{
	size_t len;
	if (snappy_uncompressed_length(in.p, in.len, &len) != SNAPPY_OK)
		return err_set(e, ERR_INPUT, "the body is not snappy's block format");
	if (len > out->limit - out->len)
		return too_large(out, e);
	/* A byte of input gives at most 64 of output: a length that lies is refused before memory is taken for it. */
	if (len / 64 > in.len)
		return err_set(e, ERR_INPUT, "the body's snappy length cannot be true");
	char *p = buf_room(out, len + !len);
	if (!p)
		return too_large(out, e);
	if (snappy_uncompress(in.p, in.len, p, &len) != SNAPPY_OK)
		return err_set(e, ERR_INPUT, "the compressed body is damaged or not snappy's block format");
	buf_added(out, len);
	return true;
}

bool coding_decode(struct str coding, struct str in, struct buf *out, struct str *body, struct err *e)
{
	coding = str_trim(coding);
	bool ok;
	if (str_empty(coding) || str_eq_ci(coding, STR("identity"))) {
		if (in.len > out->limit)
			return too_large(out, e);
		*body = in;
		return true;
	}
	if (str_eq_ci(coding, STR("gzip")) || str_eq_ci(coding, STR("x-gzip")) || str_eq_ci(coding, STR("deflate")))
		ok = gzip_inflate(in, out, e);
	else if (str_eq_ci(coding, STR("zstd")))
		ok = zstd_inflate(in, out, e);
	else if (str_eq_ci(coding, STR("snappy")))
		ok = snappy_inflate(in, out, e);
	else
		return err_set(e, ERR_MEDIA_TYPE, "content encoding \"%.*s\" is not understood: send gzip, deflate, zstd or none", STR_FMT(coding));
	*body = buf_str(out);
	return ok;
}
