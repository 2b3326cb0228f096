/* The store while rows are deleted by query, those of one service go by age, and snapshots are made and removed, in the world of store_sim.h. Besides what holds there:
 * no other row goes, ids stay; a deletion that was taken comes to its end through all crashes; once it is done, its rows never come back; a snapshot holds
 * what it says from the moment it was made, and nothing that is gone. */
#include "store/upkeep.h"
#include "store_sim.h"

enum { DELETIONS = 6 };

static struct {
	struct {
		bool may_go;     /* a deletion that may be about it was asked for */
		bool gone;       /* a deletion that is about it is done */
		uint8_t about;   /* bit per deletion that is certainly about it */
	} rows[ALL_ROWS];
	uint32_t deletions;
	bool syncs_fail;
	bool snapshot;               /* there is one, and nothing is being done to it */
	bool asked[DELETIONS + 1];   /* by id: it was taken */
} upkeep;
static struct { unsigned deleted, rewritten, resumed, snapshots, snapshot_rows; } upkeep_seen;

static const struct resource brief = { STR_INIT("brief"), STR_INIT(""), STR_INIT(""), NULL, 0 };
static const struct store_keep keep[] = { { STR_INIT("bri*"), 100 * (int64_t)MSEC } };

static bool is_brief(uint32_t number) { return number % 3 == 1 && number % 5 == 2; }

static void fill(struct batch_builder *b, uint32_t sender, uint32_t batch)
{
	static char filler[FILLER];
	uint32_t logs = batch_resource(b, &service), spans = batch_resource(b, &gateway), short_lived = batch_resource(b, &brief);
	for (uint32_t i = 0; i < rows_in(sender, batch); i++) {
		uint32_t number = row_number(sender, batch, i);
		const struct attr attrs[] = { attr_int(STR("number"), number), attr_str(STR(CALL_CALLER), STR("edge")), attr_str(STR(CALL_SERVICE), STR("writer")),
					      attr_str(STR("filler"), str_from(filler, number * 37 % FILLER)) };
		int64_t time = INT64_C(1795000000) * SECOND + (int64_t)(number * 7919 % 100000) * MSEC;
		add_row(b, is_span(number) ? spans : is_brief(number) ? short_lived : logs, number, time, STR("a line"), attrs, ARRAY_LEN(attrs));
	}
}

/* The spy has seen where recovery found it, unless a deletion has taken all of it. */
static bool repeated(uint32_t sender, uint32_t batch, uint32_t rows)
{
	bool repeat = false;
	for (uint32_t i = 0; i < rows; i++)
		repeat |= world.rows[row_number(sender, batch, i)].found > 0;
	return repeat;
}

static void place(struct truth *t, uint32_t number, uint32_t position)
{
	(void)number;
	t->segment = world.store->active->number;
	t->position = position;
}

static bool is_placed(const struct truth *t, uint32_t number) { return (void)number, t->acknowledged || t->segment; }
static bool may_miss(uint32_t number) { return upkeep.rows[number].may_go || is_brief(number); }

/* --- deleting ------------------------------------------------------------------------------------------------------------------------------- */

/* Rows of some numbers: those that are visible now must go; those on their way in may. */
static void ask_deletion(void)
{
	struct err e = { 0 };
	uint32_t from = (uint32_t)draw(ALL_ROWS), to = from + 1 + (uint32_t)draw(80);
	struct deletion *d = calloc(1, sizeof(*d));
	CHECK(d);
	d->q_len = (size_t)snprintf(d->q, sizeof(d->q), "number>=%u number<%u", from, to);
	d->kinds = 6;
	d->from = INT64_MIN;
	d->to = INT64_MAX;
	for (uint32_t i = from; i < to && i < ALL_ROWS; i++) {
		uint32_t sender = i / (BATCHES * ROWS), batch = i / ROWS % BATCHES;
		bool on_its_way = batch == world.acknowledged[sender];
		upkeep.rows[i].may_go |= world.rows[i].acknowledged || world.rows[i].found || on_its_way;
	}
	if (!deletion_ask(world.store, d, &e))
		return;
	CHECK(d->id <= DELETIONS);
	upkeep.asked[d->id] = true;
	for (uint32_t i = from; i < to && i < ALL_ROWS; i++)
		if (world.rows[i].found)
			upkeep.rows[i].about |= (uint8_t)(1 << d->id);
	upkeep.deletions++;
}

static uint32_t check_deletions(void);

/* Rows of a snapshot: none that is gone, all that it says; and it is there from the moment it was made. */
static void check_snapshot(const struct snapshot *s)
{
	char space[SYS_PATH_MAX + 1];
	struct str folder = snapshot_path(space, STR("/store"), str_z(s->name));
	uint64_t rows = 0;
	for (uint64_t number = 1; number < world.store->active->number; number++) {
		struct segment seg;
		struct segment_reader r;
		struct err e = { 0 };
		if (!segment_load(folder, number, &seg, &e)) {
			CHECK(e.code == ERR_NOT_FOUND);
			continue;
		}
		CHECK(segment_open(&r, folder, &seg, &e) && segment_index(&r, &e));
		for (uint32_t i = 0; i < r.block_count; i++) {
			struct block_rows it;
			struct block_row row;
			CHECK(segment_block(&r, &r.blocks[i], &it, &e));
			for (; block_next(&it, &r, &row, &e); rows++)
				CHECK(!upkeep.rows[number_of(row.row)].gone);
			CHECK(!err_is_set(&e));
		}
		segment_close(&r);
	}
	/* While a deletion goes through it, the manifest may be behind. */
	CHECK(rows == s->records + s->spans || check_deletions());
	upkeep_seen.snapshot_rows += (unsigned)rows;
}

static void check_snapshots(void)
{
	struct snapshots *l = &world.store->upkeep->snapshots;
	bool busy = world.store->upkeep->busy || l->work != SNAPSHOT_NOTHING;
	/* Where syncs fail, one may not be listed until the next start. */
	CHECK(busy || !upkeep.snapshot || upkeep.syncs_fail || snapshot_find(l, STR("one")));
	for (uint32_t i = 0; i < l->count && !(busy && l->work == SNAPSHOT_REMOVE); i++)
		check_snapshot(&l->list[i]);
	if (busy)
		return;
	upkeep.snapshot = snapshot_find(l, STR("one")) != NULL;
	upkeep_seen.snapshots += upkeep.snapshot;
	if (!world.calm && draw(4) == 0) {
		/* From here on either may be what a crash leaves. */
		snapshot_ask(world.store, upkeep.snapshot ? SNAPSHOT_REMOVE : SNAPSHOT_MAKE, STR("one"), NULL);
		upkeep.snapshot = false;
	}
}

/* What is done stays done; what was asked for is never forgotten. */
static uint32_t check_deletions(void)
{
	uint32_t pending = 0, known = 0;
	for (const struct deletion *d = world.store->upkeep->deletions.oldest; d; d = d->next) {
		CHECK(d->state != DELETION_INCOMPLETE);
		known += upkeep.asked[d->id];
		pending += !deletion_ended(d);
		for (size_t i = 0; i < ALL_ROWS && d->state == DELETION_DONE; i++) {
			upkeep_seen.deleted += upkeep.rows[i].about >> d->id & 1 && !upkeep.rows[i].gone;
			upkeep.rows[i].gone |= upkeep.rows[i].about >> d->id & 1;
		}
	}
	CHECK(known == upkeep.deletions);
	return pending;
}

static void check_gone(void)
{
	for (uint32_t i = 0; i < ALL_ROWS; i++)
		CHECK(!upkeep.rows[i].gone || !world.rows[i].found); /* nothing deleted comes back */
}

/* --- the story ---------------------------------------------------------------------------------------------------------------------------------- */

static void start(uint64_t seed)
{
	(void)seed;
	memset(&upkeep, 0, sizeof(upkeep));
	upkeep.syncs_fail = world.options.fsync_fail_chance > 0;
}

static void options(struct store_options *o)
{
	o->keep = keep;
	o->keep_count = ARRAY_LEN(keep);
}

static void began(void)
{
	upkeep_seen.resumed += check_deletions() > 0;
	check_snapshots();
}

static void look(void)
{
	check_deletions();
	check_all(false);
	check_gone();
	check_snapshots();
	if (!world.calm && upkeep.deletions < DELETIONS - 1 && world.store->upkeep->deletions.next_id <= DELETIONS && draw(3) == 0)
		ask_deletion();
	store_retain(world.store);
	store_upkeep_next(world.store);
	upkeep_seen.rewritten += world.store->upkeep->rewritten > 0;
}

static void disturb(void) { world_fault(draw(6)); }
static bool settled(void) { return check_deletions() == 0; }
static void leave(void) {}

static void ended(void)
{
	check_gone();
	step(SECOND);
	for (uint32_t i = 0; i < ALL_ROWS; i++)
		CHECK(!is_brief(i) || !world.rows[i].found); /* their time is over */
}

int main(int argc, char **argv)
{
	static const struct story deleting = { .start = start, .options = options, .fill = fill, .repeated = repeated, .is_placed = is_placed, .place = place, .may_miss = may_miss, .began = began,
					       .look = look, .disturb = disturb, .settled = settled, .leave = leave, .ended = ended };
	story = &deleting;
	int result = sim_main(argc, argv, run);
	print_seen();
	printf(", rows deleted %u, deletions resumed %u, looks at rewritten segments %u, at snapshots %u (rows %u)\n", upkeep_seen.deleted, upkeep_seen.resumed, upkeep_seen.rewritten,
	       upkeep_seen.snapshots, upkeep_seen.snapshot_rows);
	return result;
}
