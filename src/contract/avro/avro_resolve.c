/* Pairs of reader's and writer's types (avro_resolve.h): looking at them, and the fixed point. */
#include "contract/avro/avro_resolve.h"
#include <stdlib.h>

enum { SLOTS_FIRST = 1024 };

bool avro_resolution_init(struct avro_resolution *r, struct arena *arena)
{
	*r = (struct avro_resolution){ .arena = arena, .mask = SLOTS_FIRST - 1, .slots = ARENA_ARRAY(arena, SLOTS_FIRST, uint32_t) };
	return r->slots != NULL;
}

static size_t slot_of(const struct avro_resolution *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	const uint32_t ids[2] = { reader->id, writer->id };
	size_t at = str_hash(str_from((const char *)ids, sizeof(ids))) & r->mask;
	while (r->slots[at] && (r->pairs[r->slots[at] - 1].reader != reader || r->pairs[r->slots[at] - 1].writer != writer))
		at = (at + 1) & r->mask;
	return at;
}

static bool grow_slots(struct avro_resolution *r)
{
	size_t size = (r->mask + 1) * 2;
	r->slots = ARENA_ARRAY(r->arena, size, uint32_t);
	if (!r->slots)
		return false;
	r->mask = size - 1;
	for (size_t i = 0; i < r->count; i++)
		r->slots[slot_of(r, r->pairs[i].reader, r->pairs[i].writer)] = (uint32_t)i + 1;
	return true;
}

uint32_t avro_resolution_add(struct avro_resolution *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	size_t at = slot_of(r, reader, writer);
	if (r->slots[at])
		return r->slots[at] - 1;
	if (r->count == AVRO_PAIRS_MAX || !ARENA_PUSH_ROOM(r->arena, r->pairs, r->count, r->capacity))
		return UINT32_MAX;
	r->pairs[r->count] = (struct avro_pair){ .reader = reader, .writer = writer, .fits = true };
	r->slots[at] = (uint32_t)++r->count;
	if (r->count * 2 > r->mask && !grow_slots(r))
		return UINT32_MAX;
	return (uint32_t)r->count - 1;
}

/* --- one pair ------------------------------------------------------------------------------------------------------------------------------------------ */

bool avro_names_fit(const struct avro_schema *reader, const struct avro_schema *writer)
{
	if (str_eq(avro_short_name(reader->name), avro_short_name(writer->name)))
		return true;
	for (size_t i = 0; i < reader->aliases_count; i++)
		if (str_eq(reader->aliases[i], writer->name))
			return true;
	return false;
}

static bool promoted(enum avro_type reader, enum avro_type writer)
{
	switch (writer) {
	case AVRO_INT: return reader == AVRO_LONG || reader == AVRO_FLOAT || reader == AVRO_DOUBLE;
	case AVRO_LONG: return reader == AVRO_FLOAT || reader == AVRO_DOUBLE;
	case AVRO_FLOAT: return reader == AVRO_DOUBLE;
	case AVRO_STRING: return reader == AVRO_BYTES;
	case AVRO_BYTES: return reader == AVRO_STRING;
	default: return false;
	}
}

static bool symbols_known(const struct avro_schema *reader, const struct avro_schema *writer)
{
	for (size_t i = 0; !reader->default_symbol.p && i < writer->names.count; i++)
		if (avro_index_find(&reader->names, writer->names.texts[i]) == SIZE_MAX)
			return false;
	return true;
}

enum avro_fault avro_first_look(const struct avro_schema *reader, const struct avro_schema *writer)
{
	if (reader->type != writer->type)
		return promoted(reader->type, writer->type) ? AVRO_FITS : AVRO_FAULT_TYPE;
	if (avro_is_named(reader) && !avro_names_fit(reader, writer))
		return AVRO_FAULT_NAME;
	if (reader->type == AVRO_FIXED && reader->size != writer->size)
		return AVRO_FAULT_SIZE;
	if (reader->type == AVRO_ENUM && !symbols_known(reader, writer))
		return AVRO_FAULT_SYMBOLS;
	return AVRO_FITS;
}

const struct avro_field *avro_field_of(const struct avro_field *reader_field, const struct avro_schema *writer)
{
	size_t at = avro_index_find(&writer->names, reader_field->name);
	for (size_t i = 0; at == SIZE_MAX && i < reader_field->aliases_count; i++)
		at = avro_index_find(&writer->names, reader_field->aliases[i]);
	return at == SIZE_MAX ? NULL : &writer->fields[at];
}

static bool edge(struct avro_resolution *r, const struct avro_schema *reader, const struct avro_schema *writer, struct avro_edge e)
{
	e.pair = avro_resolution_add(r, reader, writer);
	if (e.pair == UINT32_MAX || !ARENA_PUSH_ROOM(r->arena, r->edges, r->edges_count, r->edges_capacity))
		return false;
	r->edges[r->edges_count++] = e;
	return true;
}

static bool written_union(struct avro_resolution *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	for (size_t i = 0; i < writer->parts_count; i++)
		if (!edge(r, reader, writer->parts[i].schema, (struct avro_edge){ .step = (uint32_t)i, .writer = &writer->parts[i] }))
			return false;
	return true;
}

/* Only branches that the first look does not exclude; kind and name being right, a difference below is the branch's own. */
static bool reading_union(struct avro_resolution *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	for (size_t i = 0; i < reader->parts_count; i++) {
		enum avro_fault f = avro_first_look(reader->parts[i].schema, writer);
		if (f != AVRO_FAULT_TYPE && f != AVRO_FAULT_NAME &&
		    !edge(r, reader->parts[i].schema, writer, (struct avro_edge){ .step = UINT32_MAX, .reader = &reader->parts[i] }))
			return false;
	}
	return true;
}

static bool records(struct avro_resolution *r, uint32_t pair, const struct avro_schema *reader, const struct avro_schema *writer)
{
	for (size_t i = 0; i < reader->fields_count; i++) {
		const struct avro_field *f = &reader->fields[i], *from = avro_field_of(f, writer);
		if (!from && !f->default_value)
			r->pairs[pair].fault = AVRO_FAULT_FIELDS;
		if (from && !edge(r, f->use.schema, from->use.schema, (struct avro_edge){ .step = (uint32_t)(from - writer->fields), .reader = &f->use, .writer = &from->use }))
			return false;
	}
	return true;
}

static bool look(struct avro_resolution *r, uint32_t pair)
{
	const struct avro_schema *reader = r->pairs[pair].reader, *writer = r->pairs[pair].writer;
	bool ok = true;
	r->pairs[pair].first_edge = (uint32_t)r->edges_count;
	if (writer->type == AVRO_UNION) {
		ok = written_union(r, reader, writer);
	} else if (reader->type == AVRO_UNION) {
		r->pairs[pair].any = true;
		ok = reading_union(r, reader, writer);
		if (r->edges_count == r->pairs[pair].first_edge)
			r->pairs[pair].fault = AVRO_FAULT_BRANCH;
	} else {
		r->pairs[pair].fault = avro_first_look(reader, writer);
		if (r->pairs[pair].fault == AVRO_FITS && reader->type == AVRO_RECORD)
			ok = records(r, pair, reader, writer);
		else if (r->pairs[pair].fault == AVRO_FITS && (reader->type == AVRO_ARRAY || reader->type == AVRO_MAP))
			ok = edge(r, reader->parts[0].schema, writer->parts[0].schema, (struct avro_edge){ .reader = &reader->parts[0], .writer = &writer->parts[0] });
	}
	r->pairs[pair].alive = r->pairs[pair].edge_count = (uint32_t)(r->edges_count - r->pairs[pair].first_edge);
	return ok;
}

/* --- the fixed point ---------------------------------------------------------------------------------------------------------------------------------- */

/* Parents of each pair: parents[starts[p]] … parents[starts[p + 1]]. */
struct parents { uint32_t *starts, *parents; };

static bool find_parents(const struct avro_resolution *r, struct parents *p)
{
	p->starts = calloc(r->count + 2, sizeof(uint32_t));
	p->parents = malloc((r->edges_count + 1) * sizeof(uint32_t));
	if (!p->starts || !p->parents)
		return false;
	for (size_t i = 0; i < r->edges_count; i++)
		p->starts[r->edges[i].pair + 2]++;
	for (size_t i = 2; i < r->count + 2; i++)
		p->starts[i] += p->starts[i - 1];
	for (size_t i = 0; i < r->count; i++)
		for (uint32_t k = 0; k < r->pairs[i].edge_count; k++)
			p->parents[p->starts[r->edges[r->pairs[i].first_edge + k].pair + 1]++] = (uint32_t)i;
	return true;
}

static void fail(struct avro_resolution *r, uint32_t pair, uint32_t *queue, size_t *queued)
{
	if (!r->pairs[pair].fits)
		return;
	r->pairs[pair].fits = false;
	queue[(*queued)++] = pair;
}

static void spread(struct avro_resolution *r, const struct parents *p, uint32_t *queue)
{
	size_t queued = 0;
	for (size_t i = 0; i < r->count; i++)
		if (r->pairs[i].fault != AVRO_FITS)
			fail(r, (uint32_t)i, queue, &queued);
	for (size_t i = 0; i < queued; i++)
		for (uint32_t k = p->starts[queue[i]]; k < p->starts[queue[i] + 1]; k++) {
			struct avro_pair *parent = &r->pairs[p->parents[k]];
			parent->alive--;
			if (!parent->any || !parent->alive)
				fail(r, p->parents[k], queue, &queued);
		}
}

bool avro_resolution_run(struct avro_resolution *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!look(r, (uint32_t)i))
			return false;
	struct parents p = { 0 };
	uint32_t *queue = malloc((r->count + 1) * sizeof(uint32_t));
	bool ok = queue && find_parents(r, &p);
	if (ok)
		spread(r, &p, queue);
	free(p.starts);
	free(p.parents);
	free(queue);
	return ok;
}
