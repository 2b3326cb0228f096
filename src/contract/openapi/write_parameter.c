/* The serialization of parameters: the styles of OpenAPI 3.1's section 4.8.12, and Swagger 2.0's tab-separated lists. */
#include "contract/openapi/write_parameter.h"

enum { VALUE_TEXT_MAX = 16384 };

static void put_encoded(struct buf *b, struct str s, bool query)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c && ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-._~:@/", c) || (!query && strchr(" \"{}[]", c)));
		if (plain)
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static void put_value(struct buf *b, const struct doc *value, bool query)
{
	struct buf text;
	struct json_out o;
	if (value->type == DOC_STRING) {
		put_encoded(b, doc_str(value), query);
		return;
	}
	buf_init(&text, VALUE_TEXT_MAX);
	json_out_init(&o, &text);
	doc_write(value, &o);
	put_encoded(b, buf_str(&text), query);
	buf_release(&text);
}

static void put_name(struct buf *b, const struct openapi_parameter *p, bool named)
{
	if (named)
		buf_printf(b, "%.*s=", STR_FMT(p->name));
}

static const char *separator_of(const struct openapi_parameter *p)
{
	static const struct { struct str style; const char *between; } rows[] = { { STR_INIT("spaceDelimited"), "%20" }, { STR_INIT("pipeDelimited"), "|" },
		{ STR_INIT("tabDelimited"), "%09" }, { STR_INIT("label"), "." }, { STR_INIT("matrix"), "," } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_eq(p->style, rows[i].style))
			return rows[i].between;
	return ",";
}

/* "a=1&b=2", "p[a]=1&p[b]=2" or "p=a,1,b,2". */
static void put_object(struct buf *b, const struct openapi_parameter *p, const struct doc *value, bool query)
{
	bool deep = str_eq(p->style, STR("deepObject"));
	if (!deep && !p->explode)
		put_name(b, p, query);
	for (uint32_t i = 0; i < value->count; i++) {
		struct str key = doc_key(&value->members[i]);
		if (deep)
			buf_printf(b, "%s%.*s[%.*s]=", i ? "&" : "", STR_FMT(p->name), STR_FMT(key));
		else
			buf_printf(b, "%s%.*s%s", i ? (p->explode && query ? "&" : ",") : "", STR_FMT(key), p->explode ? "=" : ",");
		put_value(b, &value->members[i].value, query);
	}
}

static void put_list(struct buf *b, const struct openapi_parameter *p, const struct doc *value, bool query)
{
	bool repeated = query && p->explode;
	if (!repeated)
		put_name(b, p, query);
	for (uint32_t i = 0; i < value->count; i++) {
		buf_add(b, str_z(!i ? "" : repeated ? "&" : separator_of(p)));
		put_name(b, p, repeated);
		put_value(b, &value->items[i], query);
	}
}

void openapi_write_parameter(struct buf *b, const struct openapi_parameter *p, const struct doc *value)
{
	bool query = p->in == OPENAPI_QUERY || p->in == OPENAPI_COOKIE || p->in == OPENAPI_QUERYSTRING;
	if (str_eq(p->style, STR("label")))
		buf_char(b, '.');
	if (str_eq(p->style, STR("matrix")))
		buf_printf(b, ";%.*s=", STR_FMT(p->name));
	if (!p->media.len && value->type == DOC_OBJECT) {
		put_object(b, p, value, query);
	} else if (!p->media.len && value->type == DOC_ARRAY) {
		put_list(b, p, value, query);
	} else {
		put_name(b, p, query);
		put_value(b, value, query);
	}
}
