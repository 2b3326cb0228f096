/* See meter.h. The usual call costs one match of its path, one look into an array and some additions; texts are compared only where it has a query. */
#include "gateway/meter.h"
#include "gateway/state.h"
#include <stdlib.h>

enum { KEY_MAX = 1024, UNKNOWN_PATH_MAX = 240, QUERY_KEYS_MAX = 32 /* looked at of one call */, QUERY_KEY_MAX = 120 };

void meter_init(struct meter *m)
{
	*m = (struct meter){ 0 };
	map_init(&m->cells, METER_CELLS_MAX);
}

static void cell_free(struct meter_cell *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->fields[i].name);
	free(c->fields);
	free(c);
}

void meter_release(struct meter *m)
{
	for (uint32_t i = 0; i < m->cells.count; i++)
		cell_free(m->cells.entries[i].value);
	map_release(&m->cells);
	while (m->free_lookers) {
		struct meter_looker *l = m->free_lookers;
		m->free_lookers = l->next;
		free(l);
	}
}

/* --- cells ------------------------------------------------------------------------------------------------------------------------------------- */

static struct str behind(char **to, struct str s)
{
	struct str copy = str_from(*to, s.len);
	memcpy(*to, s.len ? s.p : "", s.len);
	*to += s.len;
	return copy;
}

static struct meter_cell *cell_new(struct meter *m, struct str key, const struct str parts[4])
{
	struct meter_cell *c = calloc(1, sizeof(*c) + key.len + parts[0].len + parts[1].len + parts[2].len + parts[3].len);
	if (!c)
		return NULL;
	char *to = (char *)(c + 1);
	struct str own_key = behind(&to, key);
	c->consumer = behind(&to, parts[0]);
	c->service = behind(&to, parts[1]);
	c->api = behind(&to, parts[2]);
	c->operation = behind(&to, parts[3]);
	c->interval = 1;
	if (map_put(&m->cells, own_key, c))
		return c;
	free(c);
	return NULL;
}

/* By its names: when the first call on a lane's operation comes in a plan. */
static struct meter_cell *find_cell(struct meter *m, const struct call *k, const struct operation *op)
{
	const struct str parts[4] = { k->lane->outside ? STR(USAGE_REPORT_OUTSIDE) : k->lane->caller, k->lane->target->service, k->route->version, op ? op->name : STR("") };
	char text[KEY_MAX];
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (n + parts[i].len + 1 > sizeof(text))
			return NULL;
		memcpy(text + n, parts[i].len ? parts[i].p : "", parts[i].len);
		n += parts[i].len;
		text[n++] = '\n';
	}
	struct str key = str_from(text, n);
	struct meter_cell *c = map_get(&m->cells, key);
	if (c)
		return c;
	return m->cells.count < METER_CELLS_MAX ? cell_new(m, key, parts) : NULL;
}

static struct meter_cell *cell_of(struct call *k)
{
	const struct lane *l = k->lane;
	const struct route *r = k->route;
	struct meter_line *line = &l->lines[r - l->target->routes];
	size_t at = k->operation == OPERATIONS_NONE ? r->operation_count : k->operation;
	if (!line->cells && !(line->cells = calloc(r->operation_count + 1, sizeof(*line->cells))))
		return NULL;
	if (!line->cells[at])
		line->cells[at] = find_cell(&call_gateway(k)->meter, k, k->operation == OPERATIONS_NONE ? NULL : &r->operation_list[k->operation]);
	return line->cells[at];
}

/* --- fields ------------------------------------------------------------------------------------------------------------------------------------ */

static uint32_t hash_of(struct str s) { return (uint32_t)str_hash(s); }

static struct meter_field *add_field(struct meter *m, struct meter_cell *c, struct str name, uint32_t hash)
{
	if (c->count == METER_CELL_FIELDS_MAX || m->fields == METER_FIELDS_MAX || name.len > USAGE_REPORT_NAME_MAX) {
		metric_inc(METRIC_GATEWAY_USAGE_DROPPED);
		return NULL;
	}
	if (c->count == c->capacity) {
		uint16_t capacity = (uint16_t)(c->capacity ? c->capacity * 2 : 8);
		struct meter_field *more = realloc(c->fields, capacity * sizeof(*more));
		if (!more)
			return NULL;
		c->fields = more;
		c->capacity = capacity;
	}
	char *text = malloc(name.len ? name.len : 1);
	if (!text)
		return NULL;
	memcpy(text, name.p, name.len);
	m->fields++;
	c->fields[c->count] = (struct meter_field){ .hash = hash, .len = (uint16_t)name.len, .name = text };
	return &c->fields[c->count++];
}

/* True where the name was not known. */
static bool count_field(struct meter *m, struct meter_cell *c, struct str name, const struct call *k, int64_t ms)
{
	uint32_t hash = hash_of(name);
	struct meter_field *f = NULL;
	for (size_t i = 0; i < c->count && !f; i++)
		if (c->fields[i].hash == hash && str_eq(str_from(c->fields[i].name, c->fields[i].len), name))
			f = &c->fields[i];
	bool is_new = !f;
	if (!f && !(f = add_field(m, c, name, hash)))
		return false;
	f->calls += f->serial != m->serial;
	f->serial = m->serial;
	f->idle = 0;
	f->last_ms = ms;
	memcpy(f->trace, k->context.trace.b, sizeof(f->trace));
	return is_new;
}

/* "limit=5&sort=asc": each key once or more; what could be no name of a parameter is left alone. */
static void count_query(struct meter *m, struct meter_cell *c, const struct call *k, int64_t ms)
{
	char name[6 + QUERY_KEY_MAX];
	struct str rest = k->request.query;
	memcpy(name, "query.", 6);
	for (int i = 0; rest.len && i < QUERY_KEYS_MAX; i++) {
		struct str pair = str_split(&rest, '&');
		struct str key = str_sub(pair, 0, str_find_char(pair, '='));
		if (!key.len || key.len > QUERY_KEY_MAX)
			continue;
		size_t n = http_unescape(name + 6, key, true);
		if (n != SIZE_MAX && str_is_utf8(str_from(name + 6, n)))
			count_field(m, c, str_from(name, 6 + n), k, ms);
	}
}

static void count_headers(struct meter *m, struct meter_cell *c, const struct call *k, int64_t ms)
{
	char name[7 + OPERATION_HEADERS_MAX];
	struct str rest = k->route->operation_list[k->operation].headers;
	memcpy(name, "header.", 7);
	while (rest.len) {
		struct str wanted = str_split(&rest, ' ');
		if (!wanted.len || !http1_find(&k->request, wanted).p)
			continue;
		memcpy(name + 7, wanted.p, wanted.len);
		count_field(m, c, str_from(name, 7 + wanted.len), k, ms);
	}
}

/* A path that fits nothing, with {} for what looks like an id. Only where the service answered, and not that it does not know it either. */
static void count_unknown(struct meter *m, struct meter_cell *c, const struct call *k, int64_t ms)
{
	char name[OPERATION_METHOD_MAX + 1 + UNKNOWN_PATH_MAX];
	struct str method = str_sub(k->request.method, 0, OPERATION_METHOD_MAX), rest = str_skip(k->path, 1);
	if (k->reason != CALL_OK || k->status == 404 || k->status == 405 || k->status == 501)
		return;
	memcpy(name, method.p, method.len);
	size_t n = method.len;
	name[n++] = ' ';
	do {
		struct str segment = str_split(&rest, '/'), shown = fields_is_id(segment) ? STR("{}") : segment;
		if (n + 1 + shown.len > sizeof(name))
			break;
		name[n++] = '/';
		memcpy(name + n, shown.len ? shown.p : "", shown.len);
		n += shown.len;
	} while (rest.p);
	if (str_is_utf8(str_from(name, n)))
		count_field(m, c, str_from(name, n), k, ms);
}

/* --- bodies ------------------------------------------------------------------------------------------------------------------------------------ */

static bool is_json(const struct call *k)
{
	struct str type = http1_get(&k->request, HTTP_CONTENT_TYPE);
	if (http1_get(&k->request, HTTP_CONTENT_ENCODING).len)
		return false;
	type = str_trim(str_sub(type, 0, str_find_char(type, ';')));
	return str_eq_ci(type, STR("application/json")) || (type.len > 5 && str_eq_ci(str_skip(type, type.len - 5), STR("+json")));
}

static bool is_due(struct meter_cell *c)
{
	if (++c->bodies < c->next_look)
		return false;
	if (c->bodies >= METER_LOOK_FIRST && c->interval < METER_LOOK_RARELY)
		c->interval *= 2;
	c->next_look = c->bodies + c->interval;
	return true;
}

static struct meter_looker *take_looker(struct meter *m)
{
	struct meter_looker *l = m->free_lookers;
	if (l)
		m->free_lookers = l->next;
	else if (m->lookers < METER_LOOKERS && (l = calloc(1, sizeof(*l))))
		m->lookers++;
	if (l)
		fields_begin(&l->fields);
	return l;
}

static void give_looker(struct meter *m, struct call *k)
{
	k->look->next = m->free_lookers;
	m->free_lookers = k->look;
	k->look = NULL;
}

static void count_body(struct meter *m, struct meter_cell *c, struct call *k, int64_t ms)
{
	struct fields *f = &k->look->fields;
	bool news = false;
	if (k->in.done && fields_end(f)) {
		if (!f->cut)
			count_field(m, c, STR(USAGE_REPORT_BODY), k, ms);
		for (size_t i = 0; i < f->count; i++)
			news |= count_field(m, c, fields_name(f, i), k, ms);
	}
	if (news && c->bodies >= METER_LOOK_FIRST) {
		c->interval = 1;
		c->bodies = METER_LOOK_FIRST - METER_LOOK_AGAIN; /* rarer again when that many have come */
		c->next_look = 0;
	}
	give_looker(m, k);
}

/* --- the way of a call ------------------------------------------------------------------------------------------------------------------------- */

void meter_begin(struct call *k)
{
	k->operation = k->route->operation_count ? operations_match(&k->route->operations, k->request.method, k->path) : OPERATIONS_NONE;
	if (k->in.done || !is_json(k))
		return;
	struct meter_cell *c = cell_of(k);
	if (c && is_due(c))
		k->look = take_looker(&call_gateway(k)->meter);
}

void meter_drop(struct call *k)
{
	if (k->look)
		give_looker(&call_gateway(k)->meter, k);
}

void meter_end(struct call *k, int64_t end)
{
	struct gateway *g = call_gateway(k);
	struct meter *m = &g->meter;
	struct meter_cell *c = k->route && !k->malformed ? cell_of(k) : NULL;
	if (!c) {
		if (k->route)
			metric_inc(METRIC_GATEWAY_USAGE_DROPPED);
		meter_drop(k);
		return;
	}
	int64_t ms = gateway_wall(g, end) / MSEC;
	m->serial = m->serial == UINT32_MAX ? 1 : m->serial + 1; /* 0: a new field's */
	if (!c->dirty) {
		c->dirty = true;
		c->next_dirty = m->dirty;
		m->dirty = c;
		c->first_ms = ms;
	}
	c->calls++;
	c->failed += k->reason != CALL_OK || k->status >= 500;
	c->last_ms = ms;
	memcpy(c->trace, k->context.trace.b, sizeof(c->trace));
	if (k->request.query.len)
		count_query(m, c, k, ms);
	if (k->operation == OPERATIONS_NONE)
		count_unknown(m, c, k, ms);
	else if (k->route->operation_list[k->operation].headers.len)
		count_headers(m, c, k, ms);
	if (k->look)
		count_body(m, c, k, ms);
}
