/* gzip and zlib ("deflate", RFC 9110 section 8.4.1.2) bodies by zlib, with a bound on what comes out. Called by the HTTP servers that
 * take compressed bodies and by the outbox that sends them. */
#include "base/gzip.h"
#include <limits.h>
#include <zlib.h>

enum { GZIP_STEP = 64 * 1024, GZIP_FIRST = 4096 };

/* Inflates one member at z->next_in. Z_STREAM_END, or a zlib error; Z_BUF_ERROR stands for a truncated input, Z_MEM_ERROR for
 * output beyond the limit or no memory. */
static int inflate_member(z_stream *z, struct buf *out)
{
	size_t step = GZIP_FIRST;
	for (;;) {
		size_t room = out->limit - out->len;
		/* One byte more than allowed would be too much; but a member may end exactly at the limit, so give zlib a byte to
		 * overflow into rather than no room at all. */
		unsigned char spare;
		size_t give = room < step ? room : step;
		char *to = give ? buf_room(out, give) : NULL;
		if (give && !to)
			return Z_MEM_ERROR;
		z->next_out = to ? (unsigned char *)to : &spare;
		z->avail_out = to ? (uInt)give : 1;
		uInt had = z->avail_out;
		int result = inflate(z, Z_NO_FLUSH);
		size_t made = had - z->avail_out;
		if (!to && made)
			return Z_MEM_ERROR;
		if (to)
			buf_added(out, made);
		if (result != Z_OK)
			return result;
		if (z->avail_in == 0 && z->avail_out > 0)
			return Z_BUF_ERROR;
		if (step < GZIP_STEP)
			step *= 2;
	}
}

static int inflate_all(struct str in, struct buf *out)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (uInt)in.len };
	if (inflateInit2(&z, 15 + 32) != Z_OK) /* +32: gzip or zlib, as the header says */
		return Z_MEM_ERROR;
	int result;
	do {
		result = inflate_member(&z, out);
	} while (result == Z_STREAM_END && z.avail_in > 0 && (result = inflateReset(&z)) == Z_OK);
	inflateEnd(&z);
	return result;
}

bool gzip_inflate(struct str in, struct buf *out, struct err *e)
{
	if (!buf_ok(out))
		return err_set(e, ERR_TOO_LARGE, "the body is larger than %zu bytes", out->limit);
	if (in.len > UINT_MAX)
		return err_set(e, ERR_TOO_LARGE, "the compressed body is larger than 4 GiB");
	size_t before = out->len;
	int result = in.len ? inflate_all(in, out) : Z_BUF_ERROR;
	if (result == Z_STREAM_END)
		return true;
	buf_rewind(out, before);
	if (result == Z_MEM_ERROR)
		return err_set(e, ERR_TOO_LARGE, "the body is larger than %zu bytes when decompressed; send smaller batches", out->limit);
	if (result == Z_BUF_ERROR)
		return err_set(e, ERR_INPUT, "the compressed body ends too early");
	return err_set(e, ERR_INPUT, "the compressed body is damaged or not gzip");
}

bool gzip_deflate(struct str in, int level, struct buf *out)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)(in.len ? in.p : ""), .avail_in = (uInt)in.len };
	if (!buf_ok(out) || in.len > UINT_MAX || deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t before = out->len;
	uLong bound = deflateBound(&z, in.len);
	size_t room = out->limit - out->len;
	char *to = bound <= UINT_MAX ? buf_room(out, bound < room ? bound : room) : NULL;
	int result = Z_MEM_ERROR;
	if (to) {
		z.next_out = (unsigned char *)to;
		z.avail_out = (uInt)(bound < room ? bound : room);
		result = deflate(&z, Z_FINISH);
		if (result == Z_STREAM_END)
			buf_added(out, z.total_out);
	}
	deflateEnd(&z);
	if (result != Z_STREAM_END) {
		buf_truncate(out, before);
		out->failed = true;
		return false;
	}
	return true;
}
