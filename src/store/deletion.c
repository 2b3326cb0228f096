/* Deletions (deletion.h). */
#include "store/deletion.h"
#include "base/check.h"
#include "base/json.h"
#include "base/metric.h"
#include "store/scan_match.h"
#include "store/upkeep.h"
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { FILE_MOST = 64 << 10 };

static const struct { const char *name; } states[] = { { "waiting" }, { "running" }, { "done" }, { "incomplete" } };

const char *deletion_state_name(enum deletion_state s) { return states[s].name; }

/* --- files ---------------------------------------------------------------------------------------------------------------------------------- */

static bool save(struct str directory, const struct deletion *d, struct err *e)
{
	char space[SYS_PATH_MAX + 1], fingerprint[24];
	struct buf b;
	struct json_out o;
	int n = snprintf(fingerprint, sizeof(fingerprint), "%016llx", (unsigned long long)d->fingerprint);
	buf_init(&b, FILE_MOST);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "state", str_z(states[d->state].name));
	json_kv_str(&o, "q", str_from(d->q, d->q_len));
	json_kv_str(&o, "fingerprint", str_from(fingerprint, (size_t)n));
	json_kv_str(&o, "who", str_z(d->who));
	json_kv_u64(&o, "kinds", d->kinds);
	json_kv_i64(&o, "from", d->from);
	json_kv_i64(&o, "to", d->to);
	json_kv_u64(&o, "upto", d->upto);
	json_kv_i64(&o, "asked", d->asked);
	json_kv_i64(&o, "ended", d->ended);
	json_kv_u64(&o, "rows", d->rows);
	json_kv_u64(&o, "segments", d->segments);
	json_kv_u64(&o, "damaged", d->damaged);
	json_kv_u64(&o, "limited", d->limited);
	json_out_end(&o);
	buf_char(&b, '\n');
	bool ok = buf_ok(&b) ? sys_write_file(store_path(space, directory, d->id, ".deletion"), buf_str(&b), e)
			     : err_set(e, ERR_NO_MEMORY, "no memory for a deletion");
	buf_release(&b);
	return ok;
}

static bool read_fields(struct deletion *d, const struct json *j)
{
	struct str q = json_get_str(j, STR("q"), STR("")), who = json_get_str(j, STR("who"), STR("")), state = json_get_str(j, STR("state"), STR(""));
	uint8_t fingerprint[8];
	if (q.len > QUERY_MAX_TEXT || who.len > DELETION_WHO || !str_to_hex_bytes(json_get_str(j, STR("fingerprint"), STR("")), fingerprint, 8))
		return false;
	for (size_t i = 0; i < 8; i++)
		d->fingerprint = d->fingerprint << 8 | fingerprint[i];
	memcpy(d->q, q.p, q.len);
	d->q_len = q.len;
	memcpy(d->who, who.p, who.len);
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(state, str_z(states[i].name)))
			d->state = (enum deletion_state)i;
	d->kinds = (uint8_t)json_get_i64(j, STR("kinds"), 0);
	d->from = json_get_i64(j, STR("from"), INT64_MIN);
	d->to = json_get_i64(j, STR("to"), INT64_MAX);
	d->upto = (uint64_t)json_get_i64(j, STR("upto"), 0);
	d->asked = json_get_i64(j, STR("asked"), 0);
	d->ended = json_get_i64(j, STR("ended"), 0);
	d->rows = (uint64_t)json_get_i64(j, STR("rows"), 0);
	d->segments = (uint64_t)json_get_i64(j, STR("segments"), 0);
	d->damaged = (uint64_t)json_get_i64(j, STR("damaged"), 0);
	d->limited = (uint64_t)json_get_i64(j, STR("limited"), 0);
	return deletion_ended(d) || d->q_len > 0;
}

static void append(struct deletions *l, struct deletion *d)
{
	struct deletion **end = &l->oldest;
	while (*end)
		end = &(*end)->next;
	*end = d;
	l->count++;
	if (d->id >= l->next_id)
		l->next_id = d->id + 1;
}

static void read_one(struct store *s, uint64_t id)
{
	char space[SYS_PATH_MAX + 1];
	struct arena a;
	struct str text;
	struct err e = { 0 };
	struct deletion *d = calloc(1, sizeof(*d));
	arena_init(&a, 4 * FILE_MOST);
	struct str path = store_path(space, s->directory, id, ".deletion");
	const struct json *j = d && sys_read_file(path, FILE_MOST, &a, &text, &e) ? json_parse(&a, text, &e) : NULL;
	if (d) {
		d->id = id;
		d->resumed = true;
	}
	if (j && read_fields(d, j)) {
		/* Rows from now on come later than it, so they get a number beyond it: also where a crash left nothing of the numbers up to it. */
		if (d->upto >= s->active->number)
			s->active->number = s->wal.number = d->upto + 1;
		append(&s->upkeep->deletions, d);
	} else {
		store_report(s, SEVERITY_ERROR, "the deletion in %.*s cannot be read and is not carried out; ask for it again", STR_FMT(path));
		s->damaged++;
		free(d);
	}
	arena_release(&a);
}

struct names { struct store *s; uint64_t ids[2 * DELETIONS_MAX]; size_t count; };

static bool on_name(void *ctx, struct str name, bool directory)
{
	struct names *n = ctx;
	char space[SYS_PATH_MAX + 1];
	size_t dot = str_find_char(name, '.');
	uint64_t id;
	if (directory || dot == SIZE_MAX || !str_to_u64(str_sub(name, 0, dot), &id) || !str_starts(str_skip(name, dot), STR(".deletion")))
		return true;
	if (str_eq(str_skip(name, dot), STR(".deletion"))) {
		if (n->count < ARRAY_LEN(n->ids))
			n->ids[n->count++] = id;
		return true;
	}
	/* What a crash left of writing one: it may hold a query. */
	int len = snprintf(space, sizeof(space), "%.*s/%.*s", STR_FMT(n->s->directory), STR_FMT(name));
	if (len > 0 && len <= SYS_PATH_MAX)
		sys_unlink(str_from(space, (size_t)len));
	return true;
}

bool deletions_load(struct store *s, struct err *e)
{
	struct names n = { .s = s };
	int code = sys_list(s->directory, on_name, &n);
	for (size_t i = 0; i < n.count && code >= 0; i++)
		read_one(s, n.ids[i]);
	return code >= 0 ? true : sys_err(e, code, "%.*s", STR_FMT(s->directory));
}

void deletions_free(struct deletions *l)
{
	for (struct deletion *d = l->oldest, *next; d; d = next) {
		next = d->next;
		free(d);
	}
}

/* --- asking ---------------------------------------------------------------------------------------------------------------------------------- */

/* The oldest that has ended makes room. */
static bool make_room(struct store *s, struct err *e)
{
	struct deletions *l = &s->upkeep->deletions;
	char space[SYS_PATH_MAX + 1];
	if (l->count < DELETIONS_MAX)
		return true;
	for (struct deletion **at = &l->oldest; *at; at = &(*at)->next) {
		struct deletion *d = *at;
		if (!deletion_ended(d))
			continue;
		sys_unlink(store_path(space, s->directory, d->id, ".deletion"));
		*at = d->next;
		l->count--;
		free(d);
		return true;
	}
	return err_set(e, ERR_OVERLOAD, "%d deletions are under way; try again later", DELETIONS_MAX);
}

bool deletion_ask(struct store *s, struct deletion *d, struct err *e)
{
	struct deletions *l = &s->upkeep->deletions;
	bool empty = s->active->rows == 0 && !s->committing;
	d->upto = s->active->number - (empty ? 1 : 0);
	d->id = l->next_id;
	d->asked = sys_wall();
	d->fingerprint = XXH64(d->q, d->q_len, 0);
	if (!make_room(s, e) || !save(s->directory, d, e)) {
		char space[SYS_PATH_MAX + 1];
		sys_unlink(store_path(space, s->directory, d->id, ".deletion")); /* where only the last step of saving failed */
		free(d);
		return false;
	}
	append(l, d);
	store_report(s, SEVERITY_INFO, "deletion %llu: asked for by \"%s\", %s%s%s, fingerprint of the query %016llx", (unsigned long long)d->id, d->who,
		     d->kinds & 1 << ROW_LOG ? "log records" : "", d->kinds == (1 << ROW_LOG | 1 << ROW_SPAN) ? " and " : "",
		     d->kinds & 1 << ROW_SPAN ? "spans" : "", (unsigned long long)d->fingerprint);
	/* At once, also when others are before it: what comes in from now on is not its business. */
	store_settled(s, &d->upto);
	store_upkeep_next(s);
	return true;
}

/* --- which rows ------------------------------------------------------------------------------------------------------------------------------ */

struct marking { const struct deletion *d; struct query q; struct matcher matcher; uint64_t limited; };

static bool block_may_match(struct marking *k, struct segment_reader *r, const struct segment_block *b)
{
	const struct deletion *d = k->d;
	return d->kinds >> b->kind & 1 && b->max_time >= d->from && b->min_time <= d->to && matcher_may_have(&k->matcher, b) && r->resource_count;
}

static bool mark_block(struct marking *k, struct segment_reader *r, const struct segment_block *b, uint64_t *gone, struct err *e)
{
	uint64_t rows[BITS_WORDS];
	if (!block_open(r, b, e))
		return false;
	struct column *times = block_column(&r->block, COLUMN_TIME), *positions = block_column(&r->block, COLUMN_POSITION);
	bits_fill(rows, b->rows);
	if (!column_numbers(&r->block, times, e))
		return false;
	for (uint32_t i = 0; i < b->rows; i++)
		if (times->numbers[i] < k->d->from || times->numbers[i] > k->d->to)
			bits_clear(rows, i);
	if (!matcher_select(&k->matcher, rows, e) || !column_numbers(&r->block, positions, e))
		return false;
	for (uint32_t i = 0; i < b->rows; i++) {
		if (!bits_get(rows, i))
			continue;
		if (positions->numbers[i] < 0 || positions->numbers[i] >= r->found.rows)
			return segment_corrupt(r, "a position", e);
		bits_set(gone, (uint32_t)positions->numbers[i]);
	}
	return true;
}

static bool mark_blocks(struct marking *k, struct segment_reader *r, uint64_t *gone, struct err *e)
{
	if (!matcher_segment(&k->matcher, r, e))
		return !err_is_set(e);
	for (uint32_t i = 0; i < r->block_count; i++)
		if (block_may_match(k, r, &r->blocks[i]) && !mark_block(k, r, &r->blocks[i], gone, e))
			return false;
	return true;
}

static bool mark(void *ctx, struct segment_reader *r, uint64_t *gone, struct err *e)
{
	struct marking *k = ctx;
	struct arena a;
	arena_init(&a, 16 << 20);
	bool ok = query_parse(&k->q, &a, str_from(k->d->q, k->d->q_len), e);
	if (ok) {
		matcher_init(&k->matcher, &k->q);
		ok = mark_blocks(k, r, gone, e);
		k->limited = query_regex_limited(&k->q);
		matcher_release(&k->matcher);
	}
	query_release(&k->q);
	arena_release(&a);
	return ok;
}

/* --- units ----------------------------------------------------------------------------------------------------------------------------------- */

static struct deletion *current(struct upkeep *u)
{
	struct deletion *d = u->deletions.oldest;
	while (d && deletion_ended(d))
		d = d->next;
	return d;
}

/* Outcome of a rewriting, into the deletion's counts. */
static void count(struct deletion *d, const struct rewrite *w, enum rewrite_result result, uint64_t limited)
{
	d->rows += result == REWRITE_DONE ? w->gone : 0;
	d->segments += result == REWRITE_DONE;
	d->damaged += result == REWRITE_DAMAGED;
	d->limited += limited;
}

static enum rewrite_result carry_out(const struct deletion *d, struct rewrite *w, uint64_t *limited)
{
	struct marking k = { .d = d };
	w->mark = mark;
	w->ctx = &k;
	enum rewrite_result result = segment_rewrite(w);
	*limited = k.limited;
	return result;
}

/* On the worker: the loop sees the new counts when the unit is finished. */
static void run_segment(struct upkeep *u)
{
	struct deletion *d = current(u), after = *d;
	struct err e = { 0 };
	u->result = carry_out(d, &u->rewrite, &u->deletions_limited);
	count(&after, &u->rewrite, u->result, u->deletions_limited);
	/* Only so that the counts survive; a crash before it loses a count, never the deletion. */
	if (u->result == REWRITE_DONE || u->result == REWRITE_DAMAGED)
		save(u->store->directory, &after, &e);
}

static bool finish_segment(struct upkeep *u)
{
	struct deletion *d = current(u);
	if (!upkeep_rewritten(u))
		return false;
	count(d, &u->rewrite, u->result, u->deletions_limited);
	d->at = u->rewrite.segment->number + 1;
	return true;
}

/* The next segment of a snapshot that this deletion has not looked at. */
struct snapshot_place { const struct deletion *d; struct str folder; char name[80]; uint64_t number; };

static bool on_snapshot(void *ctx, struct str name, bool directory)
{
	struct snapshot_place *p = ctx;
	if (!directory || str_starts(name, STR(".")) || name.len >= sizeof(p->name) || str_cmp(name, str_z(p->d->snapshot)) < 0)
		return true;
	if (p->name[0] && str_cmp(name, str_z(p->name)) >= 0)
		return true;
	if (str_eq(name, str_z(p->d->snapshot)) && p->d->snapshot_at == UINT64_MAX)
		return true;
	memset(p->name, 0, sizeof(p->name));
	memcpy(p->name, name.p, name.len);
	return true;
}

static bool on_snapshot_file(void *ctx, struct str name, bool directory)
{
	struct snapshot_place *p = ctx;
	uint64_t number, from = strcmp(p->name, p->d->snapshot) == 0 ? p->d->snapshot_at : 0;
	size_t dot = str_find_char(name, '.');
	if (!directory && dot != SIZE_MAX && str_eq(str_skip(name, dot), STR(".segment")) && str_to_u64(str_sub(name, 0, dot), &number) &&
	    number >= from && number < p->number)
		p->number = number;
	return true;
}

/* One segment of one snapshot; or, when there is none left, the end. */
static void run_snapshot(struct upkeep *u)
{
	char space[SYS_PATH_MAX + 1];
	struct deletion *d = current(u), *after = &u->deletion_after;
	struct snapshot_place p = { .d = d, .number = UINT64_MAX };
	struct err *e = &u->rewrite.err;
	*after = *d;
	u->snapshot_after = (struct snapshot){ 0 };
	u->result = REWRITE_SAME;
	sys_list(snapshot_path(space, u->store->directory, STR("")), on_snapshot, &p);
	if (!p.name[0]) {
		/* Names that went, segments' and snapshots', may not come back with a crash. */
		int code = snapshots_sweep(u->store->directory);
		if (code == 0)
			code = sys_fsync_dir(u->store->directory);
		after->state = d->damaged || d->limited || u->store->unreadable ? DELETION_INCOMPLETE : DELETION_DONE;
		after->damaged += u->store->unreadable;
		after->ended = sys_wall();
		memset(after->q, 0, sizeof(after->q));
		after->q_len = 0;
		if (code < 0)
			sys_err(e, code, "%.*s", STR_FMT(u->store->directory));
		if (code < 0 || !save(u->store->directory, after, e))
			u->result = REWRITE_FAILED;
		return;
	}
	struct str folder = snapshot_path(space, u->store->directory, str_z(p.name));
	sys_list(folder, on_snapshot_file, &p);
	memcpy(after->snapshot, p.name, sizeof(p.name));
	after->snapshot_at = UINT64_MAX;
	if (p.number == UINT64_MAX) {
		if (d->resumed && !snapshot_manifest(folder, &u->snapshot_after, e))
			u->result = REWRITE_FAILED;
		return;
	}
	struct segment seg;
	uint64_t limited = 0;
	u->rewrite.directory = folder;
	u->rewrite.segment = &seg;
	u->result = segment_load(folder, p.number, &seg, e) ? carry_out(d, &u->rewrite, &limited) : REWRITE_DAMAGED;
	count(after, &u->rewrite, u->result, limited);
	after->snapshot_at = p.number + 1;
	if (u->result == REWRITE_DONE && (!snapshot_manifest(folder, &u->snapshot_after, e) || !save(u->store->directory, after, e)))
		u->result = REWRITE_FAILED;
}

static void told_end(const struct store *s, const struct deletion *d)
{
	store_report(s, d->state == DELETION_DONE ? SEVERITY_INFO : SEVERITY_ERROR,
		     "deletion %llu is %s: %llu row(s) removed, %llu segment(s) written anew%s", (unsigned long long)d->id, states[d->state].name,
		     (unsigned long long)d->rows, (unsigned long long)d->segments,
		     d->state == DELETION_DONE ? "" : "; files that cannot be read, or rows too hard for the regular expression, may still hold some");
}

static bool finish_snapshot(struct upkeep *u)
{
	struct deletion *d = current(u), *next = d->next;
	if (u->result == REWRITE_FAILED) {
		if (!u->failing)
			store_report(u->store, SEVERITY_ERROR, "%s; it is tried again", u->rewrite.err.message);
		u->failing = true;
		d->resumed = true;
		return false;
	}
	struct snapshot *known = u->snapshot_after.name[0] ? snapshot_find(&u->snapshots, str_z(u->snapshot_after.name)) : NULL;
	if (known)
		*known = u->snapshot_after;
	if (u->result == REWRITE_DONE) {
		metric_inc(METRIC_STORE_REWRITTEN);
		metric_add(METRIC_STORE_REMOVED_ROWS, u->rewrite.gone);
	}
	*d = u->deletion_after;
	d->next = next;
	if (deletion_ended(d))
		told_end(u->store, d);
	return true;
}

bool deletion_next(struct upkeep *u)
{
	struct store *s = u->store;
	struct deletion *d = current(u);
	if (!d)
		return false;
	if (!store_settled(s, &d->upto)) {
		upkeep_later(u);
		return false;
	}
	if (s->flushing) /* that began one */
		return false;
	d->state = DELETION_RUNNING;
	for (uint32_t i = 0; i < s->segment_count; i++)
		if (s->segments[i]->number >= d->at && s->segments[i]->number <= d->upto) {
			upkeep_begin(u, s->segments[i], run_segment, finish_segment);
			return true;
		}
	/* A segment out of the list whose file a query still reads. */
	if (s->dying) {
		upkeep_later(u);
		return false;
	}
	upkeep_begin(u, NULL, run_snapshot, finish_snapshot);
	return true;
}
