/* Bulk bodies, line by line (ingest_es.h). Action lines repeat, so each is compared with the one before it first. */
#include "store/ingest_es.h"
#include "base/check.h"

enum action { ACTION_CREATE, ACTION_INDEX, ACTION_UPDATE, ACTION_DELETE, ACTION_COUNT };
static const struct {
	struct str name, item;
} actions[ACTION_COUNT] = {
	[ACTION_CREATE] = { STR_INIT("create"), STR_INIT("{\"create\":{\"status\":201}}") },
	[ACTION_INDEX] = { STR_INIT("index"), STR_INIT("{\"index\":{\"status\":201}}") },
	[ACTION_UPDATE] = { STR_INIT("update"), STR_INIT("{\"update\":{\"status\":201}}") },
	[ACTION_DELETE] = { STR_INIT("delete"), STR_INIT("{\"delete\":{\"status\":404}}") },
};

struct bulk {
	struct lines *l;
	struct buf *items;
	struct str index;     /* of the request */
	struct str line;      /* the newest action line */
	enum action action;
	struct str service;   /* that it stands for */
	size_t number;        /* of the line, from 1 */
};

/* "-2026.11.23", ".2026.11", "-2026-11-23", "-000001" at the end. */
static struct str without_number(struct str s)
{
	size_t n = s.len;
	while (n > 0 && ((s.p[n - 1] >= '0' && s.p[n - 1] <= '9') || s.p[n - 1] == '.' || s.p[n - 1] == '-'))
		n--;
	/* what is left must end where the number's separator is, or the digits belong to the name: "web1" */
	bool separate = n == s.len || s.p[n] == '-' || s.p[n] == '.';
	return separate && n > 0 ? str_sub(s, 0, n) : s;
}

struct str es_service(struct str index)
{
	if (str_starts(index, STR("logs-")) && str_ends(index, STR("-default")) && index.len > 13)
		index = str_sub(index, 5, index.len - 8);
	index = without_number(index);
	return index.len <= LOG_FIELDS_NAME ? index : STR("");
}

/* The first key of the line: {"create": … */
static bool action_of(struct str line, enum action *a)
{
	struct str rest = str_strip(line);
	if (!str_starts(rest, STR("{")))
		return false;
	rest = str_strip(str_skip(rest, 1));
	if (!str_starts(rest, STR("\"")))
		return false;
	rest = str_skip(rest, 1);
	struct str name = str_sub(rest, 0, str_find_char(rest, '"'));
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		if (str_eq(name, actions[i].name)) {
			*a = (enum action)i;
			return true;
		}
	}
	return false;
}

/* The _index of the action; its text is the line's where it holds no escape, which index names cannot. */
static struct str index_of(struct bulk *b, struct str line)
{
	for (uint32_t i = 0; i < b->l->flat.count; i++) {
		const struct json_member *m = &b->l->flat.members[i];
		bool inside = m->value.type == JSON_STRING && m->value.s.p >= line.p && m->value.s.p < line.p + line.len;
		if (inside && str_ends(m->key, STR("._index")))
			return m->value.s;
	}
	return b->index;
}

static bool take_action(struct bulk *b, struct str line, struct err *e)
{
	if (b->line.len && str_eq(line, b->line))
		return true;
	if (!action_of(line, &b->action) || json_flat_read(&b->l->flat, line) != JSON_FLAT_OK)
		return err_set(e, ERR_INPUT, "Malformed action/metadata line [%zu], expected {\"create\":{…}}, index, update or delete", b->number);
	b->line = line;
	b->service = es_service(index_of(b, line));
	return true;
}

/* {"doc":{…}}: the document of an update. */
static struct str inner_document(struct str line)
{
	struct str rest = str_strip(line), object;
	if (!str_starts(rest, STR("{\"doc\":")))
		return line;
	rest = str_strip(str_skip(rest, 7));
	return json_flat_cut(&rest, &object) ? object : line;
}

static bool next_line(struct bulk *b, struct str *rest, struct str *line)
{
	while (lines_next(rest, line)) {
		b->number++;
		if (line->len && !str_empty(str_strip(*line)))
			return true;
	}
	return false;
}

bool es_bulk_read(struct lines *l, struct str body, struct str index, struct buf *items, struct err *e)
{
	struct bulk b = { .l = l, .items = items, .index = index };
	struct str line;
	while (next_line(&b, &body, &line)) {
		if (!take_action(&b, line, e))
			return false;
		if (items->len)
			buf_char(items, ',');
		buf_add(items, actions[b.action].item);
		if (b.action == ACTION_DELETE)
			continue;
		if (!next_line(&b, &body, &line))
			return err_set(e, ERR_INPUT, "the last action, in line %zu, has no document behind it", b.number);
		l->service = b.service;
		lines_document(l, b.action == ACTION_UPDATE ? inner_document(line) : line);
	}
	return buf_ok(items) ? true : err_set(e, ERR_TOO_LARGE, "too many actions for one answer; send smaller batches");
}
