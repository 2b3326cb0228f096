/* Where a schema stands in a description of operations, in the words of its readers: "POST /orders request body" rather than a pointer. */
#include "contract/schema/schema_impl.h"

static struct str part_of(struct str *rest, char *room, size_t size)
{
	struct str part = str_split(rest, '/');
	size_t len = 0;
	for (size_t i = 0; i < part.len && len < size; i++) {
		bool escaped = part.p[i] == '~' && i + 1 < part.len;
		room[len++] = escaped ? (part.p[++i] == '1' ? '/' : '~') : part.p[i];
	}
	return str_from(room, len);
}

static void put_upper(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_char(b, s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] & ~0x20) : s.p[i]);
}

/* "query parameter limit", by the list that the index is of. */
static void put_parameter(struct buf *b, const struct doc *list, struct str index)
{
	uint64_t i = 0;
	str_to_u64(index, &i);
	const struct doc *p = doc_is(list, DOC_ARRAY) && i < list->count ? &list->items[i] : NULL;
	buf_printf(b, "%.*s parameter %.*s", STR_FMT(doc_str(doc_get(p, STR("in")))), STR_FMT(doc_str(doc_get(p, STR("name")))));
}

static void put_status(struct buf *b, struct str *rest)
{
	char room[16];
	struct str status = part_of(rest, room, sizeof(room));
	buf_printf(b, "response %.*s", STR_FMT(status));
}

/* AsyncAPI: "orders message placed", of AsyncAPI 2 "orders publish"; `rest` is behind "channels". */
static void put_message(struct buf *b, struct str *rest)
{
	char rooms[2][512];
	struct str channel = part_of(rest, rooms[0], sizeof(rooms[0])), what = part_of(rest, rooms[1], sizeof(rooms[1]));
	buf_printf(b, "%.*s %.*s", STR_FMT(channel), STR_FMT(what));
	if (str_eq(what, STR("messages"))) {
		struct str name = part_of(rest, rooms[0], sizeof(rooms[0]));
		buf_truncate(b, b->len - 1);
		buf_printf(b, " %.*s", STR_FMT(name));
	}
	/* What is below `payload` or `headers` is the schema's. */
	for (struct str next = { 0 }; rest->p && !str_eq(next, STR("payload"));) {
		next = part_of(rest, rooms[0], sizeof(rooms[0]));
		if (str_eq(next, STR("headers"))) {
			buf_add(b, STR(" headers"));
			break;
		}
	}
}

bool schema_place_in_operation(struct buf *b, struct doc_file *f, struct str *pointer)
{
	char rooms[4][512];
	struct str rest = *pointer;
	struct str top = part_of(&rest, rooms[0], sizeof(rooms[0]));
	if (str_eq(top, STR("channels")) && doc_get(f->root, STR("asyncapi"))) {
		put_message(b, &rest);
		*pointer = rest;
		return true;
	}
	bool webhook = str_eq(top, STR("webhooks"));
	if (!webhook && !str_eq(top, STR("paths")))
		return false;
	const struct doc *all = doc_get(f->root, top);
	struct str path = part_of(&rest, rooms[0], sizeof(rooms[0])), method = part_of(&rest, rooms[1], sizeof(rooms[1]));
	const struct doc *item = doc_get(all, path);
	struct str what = str_eq(method, STR("parameters")) ? method : part_of(&rest, rooms[2], sizeof(rooms[2]));
	if (str_eq(method, STR("parameters"))) {
		buf_printf(b, "%.*s ", STR_FMT(path));
		put_parameter(b, doc_get(item, method), part_of(&rest, rooms[3], sizeof(rooms[3])));
	} else {
		put_upper(b, method);
		buf_printf(b, " %s%.*s ", webhook ? "webhook " : "", STR_FMT(path));
		if (str_eq(what, STR("parameters")))
			put_parameter(b, doc_get(doc_get(item, method), what), part_of(&rest, rooms[3], sizeof(rooms[3])));
		else if (str_eq(what, STR("requestBody")))
			buf_add(b, STR("request body"));
		else if (str_eq(what, STR("responses")))
			put_status(b, &rest);
		else
			buf_add(b, what);
	}
	/* The header's name tells which of the response's schemas it is; a media type mostly does not. */
	struct str next = part_of(&rest, rooms[1], sizeof(rooms[1]));
	if (str_eq(next, STR("headers"))) {
		struct str name = part_of(&rest, rooms[3], sizeof(rooms[3]));
		buf_printf(b, " header %.*s", STR_FMT(name));
	}
	while (rest.p && !str_eq(next, STR("schema")))
		next = part_of(&rest, rooms[1], sizeof(rooms[1]));
	*pointer = rest;
	return true;
}
