/* Usage in memory (usage.h): rows, their counts by day, what is left out at the limits, and the questions. The file is usage_db.c's. */
#include "contract/usage/usage_impl.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

enum { VERSIONS_ALL_MAX = 20000, WATCHED_MAX = 20000, BOOTS_MAX = 256 };

static int64_t day_of(int64_t ms) { return ms / USAGE_DAY_MS; }

bool usage_key(char out[USAGE_KEY_MAX], struct str *key, struct str service, struct str version, struct str consumer, struct str operation, struct str field)
{
	const struct str parts[USAGE_NAMES] = { service, version, consumer, operation, field };
	size_t n = 0;
	for (size_t i = 0; i < USAGE_NAMES; i++) {
		if (parts[i].len > USAGE_TEXT_MAX || str_find_char(parts[i], USAGE_SEPARATOR) != SIZE_MAX)
			return false;
		if (i)
			out[n++] = USAGE_SEPARATOR;
		memcpy(out + n, parts[i].len ? parts[i].p : "", parts[i].len);
		n += parts[i].len;
	}
	*key = str_from(out, n);
	return true;
}

/* The key of the call that a field belongs to: all but the last name. */
static struct str group_key(const struct usage_row *r) { return str_sub(r->key, 0, r->key.len - r->field.len); }

/* --- rows -------------------------------------------------------------------------------------------------------------------------------------- */

static bool group_add(struct usage *u, const struct usage_row *r)
{
	struct usage_group *g = map_get(&u->groups, group_key(r));
	if (!g) {
		struct str key = group_key(r);
		g = calloc(1, sizeof(*g) + key.len);
		if (!g)
			return false;
		memcpy(g->key, key.p, key.len);
		if (!map_put(&u->groups, str_from(g->key, key.len), g)) {
			free(g);
			return false;
		}
	}
	g->count++;
	return true;
}

static void group_remove(struct usage *u, const struct usage_row *r)
{
	struct usage_group *g = map_get(&u->groups, group_key(r));
	CHECK(g && g->count);
	if (!--g->count) {
		map_remove(&u->groups, group_key(r));
		free(g);
	}
}

struct usage_row *usage_row_add(struct usage *u, struct str key, int64_t id)
{
	struct usage_row *r = calloc(1, sizeof(*r) + key.len);
	if (!r)
		return NULL;
	memcpy((char *)(r + 1), key.p, key.len);
	r->id = id;
	r->key = str_from((char *)(r + 1), key.len);
	struct str rest = r->key, *parts[USAGE_NAMES] = { &r->service, &r->version, &r->consumer, &r->operation, &r->field };
	for (size_t i = 0; i < USAGE_NAMES; i++)
		*parts[i] = str_split(&rest, USAGE_SEPARATOR);
	if (!map_put(&u->rows, r->key, r)) {
		free(r);
		return NULL;
	}
	if (!group_add(u, r)) {
		map_remove(&u->rows, r->key);
		free(r);
		return NULL;
	}
	return r;
}

static void row_remove(struct usage *u, struct usage_row *r)
{
	map_remove(&u->rows, r->key);
	group_remove(u, r);
	free(r);
}

static uint32_t plus(uint32_t a, uint64_t b) { return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b; }

void usage_row_count(struct usage_row *r, int64_t day, uint64_t calls, uint64_t failed)
{
	if (day <= r->day - USAGE_DAYS)
		return;
	for (; r->day < day; r->day++) {
		if (day - r->day > USAGE_DAYS)
			r->day = day - USAGE_DAYS;
		r->calls[(r->day + 1) % USAGE_DAYS] = r->failed[(r->day + 1) % USAGE_DAYS] = 0;
	}
	r->calls[day % USAGE_DAYS] = plus(r->calls[day % USAGE_DAYS], calls);
	r->failed[day % USAGE_DAYS] = plus(r->failed[day % USAGE_DAYS], failed);
}

static uint32_t calls_on(const struct usage_row *r, int64_t day) { return day <= r->day && day > r->day - USAGE_DAYS && day >= 0 ? r->calls[day % USAGE_DAYS] : 0; }
static uint32_t failed_on(const struct usage_row *r, int64_t day) { return day <= r->day && day > r->day - USAGE_DAYS && day >= 0 ? r->failed[day % USAGE_DAYS] : 0; }

/* --- small lists ------------------------------------------------------------------------------------------------------------------------------- */

/* Copies of up to three texts behind a structure of `size`; NULL where there is no memory. */
static void *with_texts(size_t size, struct str *a, struct str *b, struct str *c)
{
	char *p = calloc(1, size + a->len + b->len + c->len);
	struct str *all[] = { a, b, c };
	char *to = p + size;
	for (size_t i = 0; p && i < ARRAY_LEN(all); i++) {
		memcpy(to, all[i]->len ? all[i]->p : "", all[i]->len);
		all[i]->p = to;
		to += all[i]->len;
	}
	return p;
}

/* The list of a consumer's versions of one service keeps the newest. */
void usage_version_seen(struct usage *u, struct str consumer, struct str service, struct str version, int64_t last_ms)
{
	struct usage_consumer_version *oldest = NULL;
	size_t same = 0;
	for (struct usage_consumer_version *v = u->versions; v; v = v->next) {
		if (!str_eq(v->consumer, consumer) || !str_eq(v->service, service))
			continue;
		if (str_eq(v->version, version)) {
			v->last_ms = last_ms > v->last_ms ? last_ms : v->last_ms;
			return;
		}
		same++;
		if (!oldest || v->last_ms < oldest->last_ms)
			oldest = v;
	}
	if (same >= USAGE_VERSIONS_MAX) {
		struct usage_consumer_version **at = &u->versions;
		while (*at != oldest)
			at = &(*at)->next;
		*at = oldest->next;
		free(oldest);
		u->versions_count--;
	}
	if (u->versions_count >= VERSIONS_ALL_MAX)
		return;
	struct usage_consumer_version *v = with_texts(sizeof(*v), &consumer, &service, &version);
	if (!v)
		return;
	*v = (struct usage_consumer_version){ consumer, service, version, last_ms, u->versions };
	u->versions = v;
	u->versions_count++;
}

static struct usage_watched *watched_find(const struct usage *u, struct str service, struct str version)
{
	for (struct usage_watched *w = u->watched; w; w = w->next)
		if (str_eq(w->service, service) && str_eq(w->version, version))
			return w;
	return NULL;
}

void usage_watched_set(struct usage *u, struct str service, struct str version, int64_t since_ms)
{
	struct str none = STR("");
	struct usage_watched *w = u->watched_count < WATCHED_MAX ? with_texts(sizeof(*w), &service, &version, &none) : NULL;
	if (!w)
		return;
	*w = (struct usage_watched){ service, version, since_ms, u->watched };
	u->watched = w;
	u->watched_count++;
}

static struct usage_boot *boot_find(const struct usage *u, struct str name)
{
	for (struct usage_boot *b = u->boots; b; b = b->next)
		if (str_eq(b->name, name))
			return b;
	return NULL;
}

struct usage_boot *usage_boot_set(struct usage *u, struct str name, struct str boot, uint64_t sequence)
{
	struct str none = STR("");
	struct usage_boot **at = &u->boots;
	while (*at && !str_eq((*at)->name, name))
		at = &(*at)->next;
	struct usage_boot *b = *at || u->boots_count < BOOTS_MAX ? with_texts(sizeof(*b), &name, &boot, &none) : NULL;
	if (!b)
		return NULL;
	struct usage_boot *old = *at;
	*b = (struct usage_boot){ name, boot, sequence, old ? old->next : NULL };
	*at = b;
	u->boots_count += !old;
	free(old);
	return b;
}

/* --- life -------------------------------------------------------------------------------------------------------------------------------------- */

#define FREE_LIST(list)                                                                                                                    \
	while (list) {                                                                                                                     \
		void *gone = (list);                                                                                                       \
		(list) = (list)->next;                                                                                                     \
		free(gone);                                                                                                                \
	}

static void clear(struct usage *u)
{
	for (uint32_t i = 0; i < u->rows.count; i++)
		free(u->rows.entries[i].value);
	for (uint32_t i = 0; i < u->groups.count; i++)
		free(u->groups.entries[i].value);
	map_clear(&u->rows);
	map_clear(&u->groups);
	FREE_LIST(u->versions)
	FREE_LIST(u->watched)
	FREE_LIST(u->boots)
	u->versions_count = u->watched_count = u->boots_count = 0;
}

struct usage *usage_new(struct str file, struct err *e)
{
	struct usage *u = calloc(1, sizeof(*u));
	if (!u) {
		err_set(e, ERR_NO_MEMORY, "no memory for what consumers use");
		return NULL;
	}
	map_init(&u->rows, USAGE_ROWS_MAX);
	map_init(&u->groups, USAGE_ROWS_MAX);
	if (!usage_open(u, file, e))
		clear(u);
	return u;
}

void usage_free(struct usage *u)
{
	if (!u)
		return;
	clear(u);
	map_release(&u->rows);
	map_release(&u->groups);
	sqlite3_close_v2(u->db);
	free(u);
}

const char *usage_trouble(const struct usage *u) { return u->db ? NULL : u->trouble; }
uint64_t usage_dropped(const struct usage *u) { return u->dropped; }

/* --- taking ------------------------------------------------------------------------------------------------------------------------------------ */

static bool forget(struct usage *u, struct usage_row *r, struct err *e)
{
	bool ok = usage_do(u, NULL, e, "DELETE FROM days WHERE id = ?", "i", r->id) && usage_do(u, NULL, e, "DELETE FROM names WHERE id = ?", "i", r->id);
	if (ok)
		row_remove(u, r);
	return ok;
}

/* Of a full group, the field that was seen longest ago. A search through all rows: only who invents names without end gets here. */
static bool make_room(struct usage *u, struct str group, struct err *e)
{
	struct usage_row *oldest = NULL;
	for (uint32_t i = 0; i < u->rows.count; i++) {
		struct usage_row *r = u->rows.entries[i].value;
		if (r->field.len && str_eq(group_key(r), group) && (!oldest || r->last_ms < oldest->last_ms))
			oldest = r;
	}
	return !oldest || forget(u, oldest, e);
}

static struct usage_row *new_row(struct usage *u, struct str key, const struct usage_delta *d, struct err *e)
{
	struct str group = str_sub(key, 0, key.len - d->field.len);
	const struct usage_group *g = map_get(&u->groups, group);
	int64_t id = 0;
	if (g && g->count > USAGE_FIELDS_MAX && !make_room(u, group, e))
		return NULL;
	if (u->rows.count >= USAGE_ROWS_MAX) {
		u->dropped++;
		return NULL;
	}
	bool ok = usage_do(u, &id, e, "INSERT INTO names (service, version, consumer, operation, field, first, last, trace) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id", "sssssiib",
			   d->service, d->version, d->consumer, d->operation, d->field, d->first_ms, d->last_ms, str_from((const char *)d->trace, sizeof(d->trace)));
	struct usage_row *r = ok ? usage_row_add(u, key, id) : NULL;
	if (ok && !r)
		err_set(e, ERR_NO_MEMORY, "no memory for what consumers use");
	if (r)
		r->first_ms = d->first_ms;
	return r;
}

/* False only with e; what there is no room for is left out. */
static bool take_one(struct usage *u, const struct usage_delta *d, struct err *e)
{
	char text[USAGE_KEY_MAX];
	struct str key;
	if (!usage_key(text, &key, d->service, d->version, d->consumer, d->operation, d->field)) {
		u->dropped++;
		return true;
	}
	struct usage_row *r = map_get(&u->rows, key);
	if (!r && !(r = new_row(u, key, d, e)))
		return !err_is_set(e);
	if (d->last_ms >= r->last_ms) {
		r->last_ms = d->last_ms;
		memcpy(r->trace, d->trace, sizeof(r->trace));
	}
	if (d->first_ms < r->first_ms)
		r->first_ms = d->first_ms;
	usage_row_count(r, day_of(d->last_ms), d->calls, d->failed);
	return usage_do(u, NULL, e, "UPDATE names SET first = ?, last = ?, trace = ? WHERE id = ?", "iibi", r->first_ms, r->last_ms, str_from((const char *)r->trace, sizeof(r->trace)), r->id) &&
	       usage_do(u, NULL, e, "INSERT INTO days (id, day, calls, failed) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failed = failed + excluded.failed", "iiii",
			r->id, day_of(d->last_ms), (int64_t)d->calls, (int64_t)d->failed);
}

static bool take_version(struct usage *u, const struct usage_delta *d, struct err *e)
{
	if (!d->consumer_version.len || d->consumer_version.len > USAGE_TEXT_MAX)
		return true;
	usage_version_seen(u, d->consumer, d->service, d->consumer_version, d->last_ms);
	return usage_do(u, NULL, e, "INSERT INTO versions (consumer, service, version, last) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)", "sssi", d->consumer,
			d->service, d->consumer_version, d->last_ms);
}

static bool take_all(struct usage *u, const struct usage_source *from, const struct usage_delta *items, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].last_ms > 0 && (!take_one(u, &items[i], e) || !take_version(u, &items[i], e)))
			return false;
	return usage_do(u, NULL, e, "INSERT INTO sources (name, boot, sequence) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET boot = excluded.boot, sequence = excluded.sequence", "ssi", from->name, from->boot,
			(int64_t)from->sequence) &&
	       usage_commit(u, e);
}

/* What memory learned of a transaction that did not come through is forgotten by reading the file again. */
static bool again(struct usage *u)
{
	struct err ignored = { 0 };
	usage_rollback(u);
	clear(u);
	usage_read(u, &ignored);
	return false;
}

bool usage_take(struct usage *u, const struct usage_source *from, const struct usage_delta *items, size_t count, struct err *e)
{
	const struct usage_boot *b = boot_find(u, from->name);
	if (!u->db)
		return err_set(e, ERR_CORRUPT, "%s", u->trouble);
	if (count > USAGE_BATCH_MAX || from->name.len > USAGE_TEXT_MAX || from->boot.len > USAGE_TEXT_MAX)
		return err_set(e, ERR_TOO_LARGE, "a batch of usage may have %d rows", USAGE_BATCH_MAX);
	if (b && str_eq(b->boot, from->boot) && from->sequence <= b->sequence)
		return true;
	if (!usage_begin(u, e))
		return false;
	if (!take_all(u, from, items, count, e))
		return again(u);
	usage_boot_set(u, from->name, from->boot, from->sequence);
	return true;
}

void usage_watch(struct usage *u, struct str service, struct str version, int64_t now_ms)
{
	struct err ignored = { 0 }; /* then it is watched from the next start on */
	if (!u->db || watched_find(u, service, version) || service.len > USAGE_TEXT_MAX || version.len > USAGE_TEXT_MAX)
		return;
	usage_watched_set(u, service, version, now_ms);
	usage_do(u, NULL, &ignored, "INSERT OR IGNORE INTO watched (service, version, since) VALUES (?, ?, ?)", "ssi", service, version, now_ms);
}

int64_t usage_watched_since(const struct usage *u, struct str service, struct str version)
{
	const struct usage_watched *w = watched_find(u, service, version);
	return w ? w->since_ms : 0;
}

void usage_trim(struct usage *u, int64_t now_ms)
{
	struct err e = { 0 };
	int64_t day = day_of(now_ms), oldest = now_ms - USAGE_DAYS * USAGE_DAY_MS;
	if (!u->db || day == u->trimmed_day)
		return;
	u->trimmed_day = day;
	if (!usage_begin(u, &e))
		return;
	bool ok = true;
	for (uint32_t i = u->rows.count; ok && i > 0; i--) { /* backwards: the last takes the place of the one that goes */
		struct usage_row *r = u->rows.entries[i - 1].value;
		ok = r->last_ms >= oldest || forget(u, r, &e);
	}
	ok = ok && usage_do(u, NULL, &e, "DELETE FROM days WHERE day <= ?", "i", day - USAGE_DAYS) && usage_do(u, NULL, &e, "DELETE FROM versions WHERE last < ?", "i", oldest) &&
	     usage_commit(u, &e);
	if (!ok)
		again(u);
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------------------ */

static int by_names(const void *a, const void *b)
{
	const struct usage_row *x = *(const struct usage_row *const *)a, *y = *(const struct usage_row *const *)b;
	int order = str_cmp(x->operation, y->operation);
	order = order ? order : str_cmp(x->version, y->version);
	order = order ? order : str_cmp(x->consumer, y->consumer);
	return order ? order : str_cmp(x->field, y->field);
}

static struct usage_seen seen_of(const struct usage_row *r, int64_t since_ms)
{
	struct usage_seen s = { .consumer = r->consumer, .service = r->service, .version = r->version, .operation = r->operation, .field = r->field, .first_ms = r->first_ms, .last_ms = r->last_ms };
	memcpy(s.trace, r->trace, sizeof(s.trace));
	int64_t first = since_ms > 0 ? day_of(since_ms) : 0;
	if (r->last_ms < since_ms) /* earlier on the first of these days */
		return s;
	for (int64_t day = r->day - USAGE_DAYS + 1 > first ? r->day - USAGE_DAYS + 1 : first; day <= r->day; day++) {
		s.calls += calls_on(r, day);
		s.failed += failed_on(r, day);
	}
	return s;
}

static void each(const struct usage *u, struct str service, struct str version, int64_t since_ms, bool ever, void (*seen)(void *ctx, const struct usage_seen *s), void *ctx)
{
	const struct usage_row **found = calloc(u->rows.count + 1, sizeof(*found));
	size_t count = 0;
	CHECK(found);
	for (uint32_t i = 0; i < u->rows.count; i++) {
		const struct usage_row *r = u->rows.entries[i].value;
		if ((ever || r->last_ms >= since_ms) && str_eq(r->service, service) && (!version.p || str_eq(r->version, version)))
			found[count++] = r;
	}
	if (count)
		qsort(found, count, sizeof(*found), by_names);
	for (size_t i = 0; i < count; i++) {
		struct usage_seen s = seen_of(found[i], since_ms);
		seen(ctx, &s);
	}
	free(found);
}

void usage_each(const struct usage *u, struct str service, struct str version, int64_t since_ms, void (*seen)(void *ctx, const struct usage_seen *s), void *ctx)
{
	each(u, service, version, since_ms, false, seen, ctx);
}

void usage_each_ever(const struct usage *u, struct str service, struct str version, int64_t since_ms, void (*seen)(void *ctx, const struct usage_seen *s), void *ctx)
{
	each(u, service, version, since_ms, true, seen, ctx);
}

uint64_t usage_days(const struct usage *u, struct str consumer, struct str service, struct str version, int64_t now_ms, uint32_t *days, size_t n)
{
	uint64_t sum = 0;
	memset(days, 0, n * sizeof(*days));
	for (uint32_t i = 0; i < u->rows.count; i++) {
		const struct usage_row *r = u->rows.entries[i].value;
		if (r->field.len || !str_eq(r->service, service) || !str_eq(r->version, version) || !str_eq(r->consumer, consumer))
			continue;
		for (size_t k = 0; k < n; k++) {
			uint32_t calls = calls_on(r, day_of(now_ms) - (int64_t)(n - 1 - k));
			days[k] = plus(days[k], calls);
			sum += calls;
		}
	}
	return sum;
}

size_t usage_versions(const struct usage *u, struct str consumer, struct str service, struct str versions[USAGE_VERSIONS_MAX])
{
	const struct usage_consumer_version *sorted[USAGE_VERSIONS_MAX];
	size_t n = 0;
	for (const struct usage_consumer_version *v = u->versions; v && n < USAGE_VERSIONS_MAX; v = v->next) {
		if (!str_eq(v->consumer, consumer) || !str_eq(v->service, service))
			continue;
		size_t at = n++;
		for (; at && sorted[at - 1]->last_ms < v->last_ms; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = v;
	}
	for (size_t i = 0; i < n; i++)
		versions[i] = sorted[i]->version;
	return n;
}
