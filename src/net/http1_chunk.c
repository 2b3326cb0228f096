/* Decoder of chunked bodies (RFC 9112 section 7.1), a state machine that may stop at every byte. Sizes are 1 to 16 hex digits and
 * nothing else but well-formed extensions; every line ends in CRLF; trailers are checked and dropped.
 *
 * States, and what leads on:
 *   SIZE      hex digit: SIZE; after at least one: ';' EXT_NAME, CR SIZE_LF
 *   EXT_NAME  token character; after at least one: '=' EXT_START, ';' EXT_NAME (fresh), CR SIZE_LF
 *   EXT_START '"' EXT_QUOTED, token character EXT_VALUE
 *   EXT_VALUE token character; ';' EXT_NAME, CR SIZE_LF
 *   EXT_QUOTED any text but '"', '\' and controls; '"' EXT_END
 *   EXT_END   ';' EXT_NAME, CR SIZE_LF
 *   SIZE_LF   LF: DATA, or LINE after a size of 0
 *   DATA      `left` bytes, then DATA_CR, DATA_LF, SIZE
 *   LINE      CR: END_LF; else the first character of a trailer's NAME
 *   NAME      token characters, ':' VALUE;  VALUE to CR VALUE_LF, LINE
 *   END_LF    LF: done
 * Any other byte in any state refuses the body. */
#include "net/http1.h"
#include "net/http1_scan.h"

enum state {
	SIZE,
	EXT_NAME,
	EXT_START,
	EXT_VALUE,
	EXT_QUOTED,
	EXT_END,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	LINE,
	NAME,
	VALUE,
	VALUE_LF,
	END_LF,
	ENDED
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	char low = (char)(c | 0x20);
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Fields that change framing, routing or the connection must not come after the body (RFC 9110 section 6.5.1). */
static bool is_forbidden(const struct http1_chunks *c)
{
	static const struct str forbidden[] = {
	    STR_INIT("content-length"),
	    STR_INIT("transfer-encoding"),
	    STR_INIT("host"),
	    STR_INIT("connection"),
	    STR_INIT("trailer"),
	    STR_INIT("te"),
	    STR_INIT("upgrade"),
	    STR_INIT("expect"),
	    STR_INIT("authorization"),
	    STR_INIT("content-encoding"),
	    STR_INIT("content-type"),
	    STR_INIT("keep-alive"),
	    STR_INIT("proxy-connection"),
	    STR_INIT("traceparent"),
	};
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (str_eq(str_from(c->name, c->name_len), forbidden[i]))
			return true;
	return false;
}

static bool size_byte(struct http1_chunks *c, char b)
{
	int digit = hex_digit(b);
	if (digit >= 0) {
		c->left = c->left << 4 | (unsigned)digit;
		return c->digits++ < 16 && c->left <= INT64_MAX;
	}
	c->state = b == '\r' ? SIZE_LF : EXT_NAME;
	return c->digits && (b == '\r' || b == ';');
}

/* What ends an extension's name or value. */
static bool extension_end(struct http1_chunks *c, char b)
{
	c->state = b == '\r' ? SIZE_LF : EXT_NAME;
	c->digits = 0; /* length of the next name so far, 0 or more */
	return b == '\r' || b == ';';
}

static bool extension_byte(struct http1_chunks *c, char b)
{
	if (b != '\r' && ++c->extension > HTTP1_MAX_CHUNK_EXTENSION)
		return false;
	switch ((enum state)c->state) {
	case EXT_NAME:
		if (http1_is_token_char(b)) {
			c->digits = 1;
			return true;
		}
		if (b == '=')
			c->state = EXT_START;
		return c->digits && (b == '=' || extension_end(c, b));
	case EXT_START:
		c->state = b == '"' ? EXT_QUOTED : EXT_VALUE;
		return b == '"' || http1_is_token_char(b);
	case EXT_VALUE:
		return http1_is_token_char(b) || extension_end(c, b);
	case EXT_QUOTED:
		if (b == '"')
			c->state = EXT_END;
		return http1_is_value_char(b) && b != '\\';
	default:
		return extension_end(c, b);
	}
}

static bool trailer_byte(struct http1_chunks *c, char b)
{
	if (++c->trailers > HTTP1_MAX_TRAILERS)
		return false;
	switch ((enum state)c->state) {
	case LINE:
		c->name_len = 0;
		if (b == '\r') {
			c->state = END_LF;
			return true;
		}
		c->state = NAME;
		__attribute__((fallthrough));
	case NAME:
		if (b == ':') {
			c->state = VALUE;
			return c->name_len && !is_forbidden(c);
		}
		if (c->name_len < sizeof(c->name)) /* a longer name is none of the forbidden */
			c->name[c->name_len++] = (char)(b >= 'A' && b <= 'Z' ? b | 0x20 : b);
		return http1_is_token_char(b);
	case VALUE:
		if (b == '\r')
			c->state = VALUE_LF;
		return b == '\r' || http1_is_value_char(b);
	case VALUE_LF:
		c->state = LINE;
		return b == '\n';
	default: /* END_LF */
		c->state = ENDED;
		return b == '\n';
	}
}

/* One byte outside of the data. */
static enum http1_result step(struct http1_chunks *c, char b)
{
	bool ok;
	switch ((enum state)c->state) {
	case SIZE:
		ok = size_byte(c, b);
		if (c->state == EXT_NAME)
			c->digits = 0;
		break;
	case SIZE_LF:
		ok = b == '\n';
		c->state = c->left ? DATA : LINE;
		break;
	case DATA_CR:
		ok = b == '\r';
		c->state = DATA_LF;
		break;
	case DATA_LF:
		ok = b == '\n';
		c->state = SIZE;
		c->digits = 0;
		c->extension = 0;
		break;
	case LINE:
	case NAME:
	case VALUE:
	case VALUE_LF:
	case END_LF:
		return trailer_byte(c, b) ? HTTP1_DONE : HTTP1_BAD_TRAILER;
	default:
		ok = extension_byte(c, b);
	}
	return ok ? HTTP1_DONE : HTTP1_BAD_CHUNK;
}

enum http1_result http1_chunk(struct http1_chunks *c, struct str in, size_t *used, struct str *data)
{
	size_t i = 0;
	*data = str_from(NULL, 0);
	while (i < in.len && c->state != DATA && c->state != ENDED) {
		enum http1_result r = step(c, in.p[i]);
		if (r != HTTP1_DONE) {
			*used = i;
			return r;
		}
		i++;
	}
	if (c->state == DATA && i < in.len) {
		*data = str_sub(in, i, c->left < in.len - i ? i + c->left : in.len);
		c->left -= data->len;
		i += data->len;
		if (c->left == 0)
			c->state = DATA_CR;
	}
	*used = i;
	return c->state == ENDED ? HTTP1_DONE : HTTP1_MORE;
}
