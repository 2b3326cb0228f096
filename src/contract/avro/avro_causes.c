/* Causes at types: another type, name, size, branches, symbols, logical type. Told by old and new, never by reader and writer, so that one cause found in
 * both directions is one. */
#include "contract/avro/avro_causes.h"

struct str avro_type_words(struct avro_walk *w, const struct avro_schema *s)
{
	struct buf b;
	buf_init(&b, 4096);
	avro_type_text(s, &b);
	struct str text = arena_str(&w->c->out->arena, buf_str(&b));
	buf_release(&b);
	return text;
}

/* --- the list of causes ---------------------------------------------------------------------------------------------------------------------------------- */

/* The way to the item in the writer's schema: each choice on it, and the last one. */
static void keep_way(struct avro_walk *w, const struct avro_item *at, uint32_t choice, struct avro_cause *x)
{
	size_t count = 0;
	for (const struct avro_item *i = at; i->parent != UINT32_MAX; i = &w->items[i->parent])
		count += i->step != UINT32_MAX;
	count += choice != UINT32_MAX;
	struct avro_step *steps = ARENA_ARRAY(&w->c->arena, count + 1, struct avro_step);
	x->steps = steps;
	if (!steps)
		return;
	x->steps_count = count;
	if (choice != UINT32_MAX)
		steps[--count] = (struct avro_step){ w->r.pairs[at->pair].writer, choice };
	for (const struct avro_item *i = at; i->parent != UINT32_MAX; i = &w->items[i->parent])
		if (i->step != UINT32_MAX)
			steps[--count] = (struct avro_step){ w->r.pairs[w->items[i->parent].pair].writer, i->step };
}

static void reach(struct avro_walk *w, struct avro_cause *x)
{
	x->directions |= (uint8_t)w->direction;
	for (size_t i = x->reached_count; i && x->reached[i - 1].root >= w->root; i--)
		if (x->reached[i - 1].root == w->root) {
			x->reached[i - 1].directions |= (uint8_t)w->direction;
			return;
		}
	if (!ARENA_PUSH_ROOM(&w->c->arena, x->reached, x->reached_count, x->reached_capacity)) {
		w->c->full = true;
		return;
	}
	x->reached[x->reached_count++] = (struct avro_reached){ w->root, (uint8_t)w->direction };
}

static void label(struct avro_cause *x, enum avro_fault fault)
{
	static const enum rule_id rules[] = {
		[AVRO_FAULT_TYPE] = RULE_CONFLUENT_AVRO_TYPE_MISMATCH,
		[AVRO_FAULT_NAME] = RULE_CONFLUENT_AVRO_NAME_MISMATCH,
		[AVRO_FAULT_SIZE] = RULE_CONFLUENT_AVRO_FIXED_SIZE_MISMATCH,
		[AVRO_FAULT_SYMBOLS] = RULE_CONFLUENT_AVRO_MISSING_ENUM_SYMBOLS,
		[AVRO_FAULT_FIELDS] = RULE_CONFLUENT_AVRO_READER_FIELD_MISSING_DEFAULT_VALUE,
		[AVRO_FAULT_BRANCH] = RULE_CONFLUENT_AVRO_MISSING_UNION_BRANCH,
	};
	if (fault == AVRO_FITS)
		return;
	for (size_t i = 0; i < x->rules_count; i++)
		if (x->rules[i] == rules[fault])
			return;
	if (x->rules_count < 2)
		x->rules[x->rules_count++] = rules[fault];
}

static struct avro_cause *add(struct avro_walk *w, struct str key, const struct avro_found *f)
{
	struct avro_compare *c = w->c;
	if (!ARENA_PUSH_ROOM(&c->arena, c->causes, c->causes_count, c->causes_capacity)) {
		c->full = true;
		return NULL;
	}
	struct avro_cause *x = &c->causes[c->causes_count++];
	*x = (struct avro_cause){ .kind = f->kind,
				  .subject = f->subject,
				  .detail = f->detail,
				  .sentence = f->sentence,
				  .before = f->before,
				  .after = f->after,
				  .lesser = f->lesser,
				  .found = w->direction,
				  .root = w->root,
				  .failure = f->failure };
	if (!map_put(&c->known, key, (void *)(uintptr_t)c->causes_count))
		c->full = true;
	return x;
}

void avro_cause(struct avro_walk *w, const struct avro_item *at, const struct avro_found *f)
{
	struct avro_compare *c = w->c;
	struct str key = arena_printf(&c->arena, "%d %.*s %.*s", f->kind, STR_FMT(f->subject), STR_FMT(f->detail));
	if (!key.p || !f->subject.p || !f->detail.p || !f->sentence.p) {
		c->full = true;
		return;
	}
	uintptr_t known = (uintptr_t)map_get(&c->known, key);
	struct avro_cause *x = known ? &c->causes[known - 1] : add(w, key, f);
	if (!x)
		return;
	if (!known)
		keep_way(w, at, f->choice, x);
	label(x, f->failure.fault);
	reach(w, x);
}

/* --- types ------------------------------------------------------------------------------------------------------------------------------------------------- */

static struct avro_place at_use(const struct avro_use *u) { return (struct avro_place){ u->file, u->offset }; }
static struct avro_place at_schema(const struct avro_schema *s) { return (struct avro_place){ s->file, s->offset }; }

struct two { const struct avro_use *before, *after; };
static struct two uses(const struct avro_walk *w, const struct avro_item *at)
{
	return avro_backward(w) ? (struct two){ at->writer, at->reader } : (struct two){ at->reader, at->writer };
}

/* The schemas of a difference: those of the pair, or, within unions, the two that stand for one another. */
static struct avro_failure failure_of(const struct avro_pair *p)
{
	return (struct avro_failure){ .fault = p->fault, .reader = p->reader, .writer = p->writer };
}

static void type_changed(struct avro_walk *w, const struct avro_item *at, const struct avro_schema *before, const struct avro_schema *after, struct avro_failure failure)
{
	struct arena *a = &w->c->out->arena;
	struct two u = uses(w, at);
	struct str from = avro_type_words(w, before), to = avro_type_words(w, after);
	struct avro_found f = { .kind = CHANGE_KIND_AVRO_TYPE_CHANGED,
				.subject = u.before->path,
				.detail = arena_printf(a, "%.*s to %.*s", STR_FMT(from), STR_FMT(to)),
				.sentence = arena_printf(a, "`%.*s` was %.*s and is %.*s now", STR_FMT(u.before->path), STR_FMT(from), STR_FMT(to)),
				.before = at_use(u.before),
				.after = at_use(u.after),
				.failure = failure,
				.choice = UINT32_MAX };
	avro_cause(w, at, &f);
}

/* Two types under different names: one that was renamed, or, where either name lives on, another type at this place. */
static void named_changed(struct avro_walk *w, const struct avro_item *at, const struct avro_schema *before, const struct avro_schema *after, struct avro_failure failure)
{
	struct arena *a = &w->c->out->arena;
	if (before->type != after->type || !avro_is_named(before) || avro_set_find(w->c->after, before->name) || avro_set_find(w->c->before, after->name)) {
		type_changed(w, at, before, after, failure);
		return;
	}
	struct avro_found f = { .kind = CHANGE_KIND_AVRO_TYPE_RENAMED,
				.subject = before->name,
				.detail = arena_printf(a, "to %.*s", STR_FMT(after->name)),
				.sentence = arena_printf(a, "the type `%.*s` is called `%.*s` now", STR_FMT(before->name), STR_FMT(after->name)),
				.before = at_schema(before),
				.after = at_schema(after),
				.failure = failure,
				.choice = UINT32_MAX };
	avro_cause(w, at, &f);
}

static void size_changed(struct avro_walk *w, const struct avro_item *at, const struct avro_pair *p)
{
	struct arena *a = &w->c->out->arena;
	const struct avro_schema *before = avro_backward(w) ? p->writer : p->reader, *after = avro_backward(w) ? p->reader : p->writer;
	struct avro_found f = { .kind = CHANGE_KIND_AVRO_SIZE_CHANGED,
				.subject = before->name,
				.detail = arena_printf(a, "%lld to %lld", (long long)before->size, (long long)after->size),
				.sentence = arena_printf(a, "the fixed type `%.*s` had %lld bytes and has %lld now", STR_FMT(before->name), (long long)before->size,
							 (long long)after->size),
				.before = at_schema(before),
				.after = at_schema(after),
				.failure = failure_of(p),
				.choice = UINT32_MAX };
	avro_cause(w, at, &f);
}

/* Symbols that the writer has and the reader has not: gone ones when old data is read, new ones otherwise. */
static void symbols_changed(struct avro_walk *w, const struct avro_item *at, const struct avro_pair *p, bool defaulted)
{
	struct arena *a = &w->c->out->arena;
	bool backward = avro_backward(w);
	const struct avro_schema *before = backward ? p->writer : p->reader, *after = backward ? p->reader : p->writer;
	for (size_t i = 0; i < p->writer->names.count; i++) {
		struct str symbol = p->writer->names.texts[i];
		if (avro_index_find(&p->reader->names, symbol) != SIZE_MAX)
			continue;
		struct avro_found f = { .kind = defaulted ? CHANGE_KIND_AVRO_SYMBOL_DEFAULTED : backward ? CHANGE_KIND_AVRO_SYMBOL_REMOVED : CHANGE_KIND_AVRO_SYMBOL_ADDED,
					.subject = before->name,
					.detail = symbol,
					.sentence = arena_printf(a, "the symbol `%.*s` of `%.*s` %s%s", STR_FMT(symbol), STR_FMT(before->name),
								 backward ? "was removed" : "was added", defaulted ? "; readers without it take their default" : ""),
					.before = at_schema(before),
					.after = at_schema(after),
					.failure = failure_of(p),
					.choice = (uint32_t)i };
		f.failure.symbol = symbol;
		avro_cause(w, at, &f);
	}
}

void avro_cause_defaulted(struct avro_walk *w, uint32_t item)
{
	if (w->c->options->information)
		symbols_changed(w, &w->items[item], &w->r.pairs[w->items[item].pair], true);
}

/* --- unions -------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool goes_together(const struct avro_schema *reader, const struct avro_schema *writer)
{
	enum avro_fault f = avro_first_look(reader, writer);
	return f != AVRO_FAULT_TYPE && f != AVRO_FAULT_NAME;
}

enum { COUNTERPART_BRANCHES_MAX = 64 /* in larger unions each branch is told by itself */ };

/* A branch that took the place of another: exactly one of the writer's has no counterpart, and exactly one of the reader's has none. */
static const struct avro_schema *counterpart(const struct avro_schema *reader, const struct avro_schema *writer)
{
	const struct avro_schema *alone = NULL;
	size_t readers = 0, writers = 0;
	if (reader->parts_count > COUNTERPART_BRANCHES_MAX || writer->parts_count > COUNTERPART_BRANCHES_MAX)
		return NULL;
	for (size_t i = 0; i < writer->parts_count; i++) {
		bool met = false;
		for (size_t k = 0; k < reader->parts_count; k++)
			met |= goes_together(reader->parts[k].schema, writer->parts[i].schema);
		writers += !met;
	}
	for (size_t k = 0; k < reader->parts_count; k++) {
		bool met = false;
		for (size_t i = 0; i < writer->parts_count; i++)
			met |= goes_together(reader->parts[k].schema, writer->parts[i].schema) || goes_together(writer->parts[i].schema, reader->parts[k].schema);
		readers += !met;
		alone = met ? alone : reader->parts[k].schema;
	}
	return readers == 1 && writers == 1 ? alone : NULL;
}

static void branch_changed(struct avro_walk *w, const struct avro_item *at, const struct avro_pair *p)
{
	struct arena *a = &w->c->out->arena;
	struct two u = uses(w, at);
	struct str branch = avro_type_name(p->writer);
	bool gone = avro_backward(w);
	struct avro_found f = { .kind = gone ? CHANGE_KIND_AVRO_BRANCH_REMOVED : CHANGE_KIND_AVRO_BRANCH_ADDED,
				.subject = u.before->path,
				.detail = branch,
				.sentence = arena_printf(a, gone ? "`%.*s` may no longer be %.*s" : "`%.*s` may be %.*s now", STR_FMT(u.before->path), STR_FMT(branch)),
				.before = at_use(u.before),
				.after = at_use(u.after),
				.failure = failure_of(p),
				.choice = UINT32_MAX };
	avro_cause(w, at, &f);
}

/* The whole union against the whole other side, at the parent's place: nothing of it can be read. */
static void union_replaced(struct avro_walk *w, const struct avro_item *at, const struct avro_pair *p, const struct avro_pair *parent)
{
	struct avro_item whole = *at;
	whole.writer = w->items[at->parent].writer;
	bool backward = avro_backward(w);
	type_changed(w, &whole, backward ? parent->writer : parent->reader, backward ? parent->reader : parent->writer, failure_of(p));
}

/* A branch of a written union that the reader does not take. */
static void branch_refused(struct avro_walk *w, const struct avro_item *at, const struct avro_pair *p, const struct avro_pair *parent)
{
	const struct avro_schema *other = p->reader->type == AVRO_UNION ? counterpart(p->reader, parent->writer) : NULL;
	bool backward = avro_backward(w);
	if (other)
		named_changed(w, at, backward ? p->writer : other, backward ? other : p->writer, failure_of(p));
	else if (!parent->alive && parent->writer->parts_count > 1)
		union_replaced(w, at, p, parent);
	else
		branch_changed(w, at, p);
}

void avro_cause_leaf(struct avro_walk *w, const struct avro_item *at)
{
	const struct avro_pair *p = &w->r.pairs[at->pair], *parent = avro_parent(w, at);
	bool backward = avro_backward(w);
	if (p->fault == AVRO_FAULT_SIZE)
		size_changed(w, at, p);
	else if (p->fault == AVRO_FAULT_SYMBOLS)
		symbols_changed(w, at, p, false);
	else if (parent && parent->writer->type == AVRO_UNION)
		branch_refused(w, at, p, parent);
	else
		named_changed(w, at, backward ? p->writer : p->reader, backward ? p->reader : p->writer, failure_of(p));
}

/* --- logical types ---------------------------------------------------------------------------------------------------------------------------------------------- */

void avro_cause_logical(struct avro_walk *w, const struct avro_item *at)
{
	const struct avro_pair *p = &w->r.pairs[at->pair];
	struct arena *a = &w->c->out->arena;
	const struct avro_schema *before = avro_backward(w) ? p->writer : p->reader, *after = avro_backward(w) ? p->reader : p->writer;
	bool same = str_eq(before->logical, after->logical) && before->precision == after->precision && before->scale == after->scale;
	if (same || before->type == AVRO_UNION || after->type == AVRO_UNION)
		return;
	struct two u = uses(w, at);
	struct str words[2] = { before->logical.len ? before->logical : STR("none"), after->logical.len ? after->logical : STR("none") };
	struct str detail = before->precision && after->precision ? arena_printf(a, "%.*s(%lld,%lld) to %.*s(%lld,%lld)", STR_FMT(words[0]), (long long)before->precision,
										 (long long)before->scale, STR_FMT(words[1]), (long long)after->precision, (long long)after->scale)
								  : arena_printf(a, "%.*s to %.*s", STR_FMT(words[0]), STR_FMT(words[1]));
	struct avro_found f = { .kind = CHANGE_KIND_AVRO_LOGICAL_CHANGED,
				.subject = u.before->path,
				.detail = detail,
				.sentence = arena_printf(a, "the logical type of `%.*s` changed: %.*s", STR_FMT(u.before->path), STR_FMT(detail)),
				.before = at_use(u.before),
				.after = at_use(u.after),
				.failure = { AVRO_FITS, p->reader, p->writer, NULL, { 0 } },
				.lesser = !before->logical.len || !after->logical.len ||
					  (str_eq(before->logical, after->logical) && before->scale == after->scale && after->precision >= before->precision),
				.choice = UINT32_MAX };
	avro_cause(w, at, &f);
}
