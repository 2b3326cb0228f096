/* The smallest value of a schema that goes a given way, as JSON and as bytes (avro_value.h). */
#include "contract/avro/avro_value.h"

/* --- ranks --------------------------------------------------------------------------------------------------------------------------------------------- */

enum { RANK_ROUNDS_MAX = 1000 };

static uint32_t rank_of(const uint32_t *ranks, const struct avro_schema *s)
{
	uint32_t rank = s->type == AVRO_UNION ? UINT32_MAX : 0;
	for (size_t i = 0; s->type == AVRO_UNION && i < s->parts_count; i++)
		if (ranks[s->parts[i].schema->id] < rank)
			rank = ranks[s->parts[i].schema->id];
	for (size_t i = 0; i < s->fields_count; i++)
		if (ranks[s->fields[i].use.schema->id] > rank)
			rank = ranks[s->fields[i].use.schema->id];
	return rank == UINT32_MAX ? rank : rank + 1;
}

uint32_t *avro_ranks(struct arena *a, const struct avro_set *set)
{
	uint32_t count = avro_set_schemas(set);
	uint32_t *ranks = ARENA_ARRAY(a, (size_t)count + 1, uint32_t);
	bool changed = ranks != NULL;
	for (uint32_t i = 0; ranks && i < count; i++)
		ranks[i] = UINT32_MAX;
	for (int round = 0; changed && round < RANK_ROUNDS_MAX; round++) {
		changed = false;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t rank = rank_of(ranks, avro_set_schema(set, i));
			changed |= rank < ranks[i];
			if (rank < ranks[i])
				ranks[i] = rank;
		}
	}
	return ranks;
}

/* --- writing --------------------------------------------------------------------------------------------------------------------------------------------- */

static void write_long(struct buf *b, int64_t v)
{
	uint64_t z = ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
	while (z > 0x7f) {
		buf_char(b, (char)(z | 0x80));
		z >>= 7;
	}
	buf_char(b, (char)z);
}

/* The choice for this schema, where it is the next one on the way. */
static bool on_the_way(struct avro_writing *w, const struct avro_schema *s, uint32_t *choice)
{
	if (!w->steps_count || w->steps[0].schema != s)
		return false;
	*choice = w->steps[0].choice;
	w->steps++;
	w->steps_count--;
	return true;
}

static void write_union(struct avro_writing *w, const struct avro_schema *s)
{
	uint32_t choice = 0;
	if (!on_the_way(w, s, &choice))
		for (uint32_t i = 1; i < s->parts_count; i++)
			if (w->ranks[s->parts[i].schema->id] < w->ranks[s->parts[choice].schema->id])
				choice = i;
	const struct avro_schema *branch = s->parts[choice].schema;
	write_long(w->bytes, choice);
	if (branch->type == AVRO_NULL) {
		avro_write_value(w, branch);
		return;
	}
	json_out_object(w->json);
	json_out_key(w->json, avro_type_name(branch));
	avro_write_value(w, branch);
	json_out_end(w->json);
}

/* Only the chosen field is on the way; what stands before it must not take its steps, even where it is of a schema of the way. */
static void write_record(struct avro_writing *w, const struct avro_schema *s)
{
	uint32_t choice = UINT32_MAX;
	bool chosen = on_the_way(w, s, &choice);
	const struct avro_step *steps = w->steps;
	size_t count = w->steps_count;
	json_out_object(w->json);
	for (uint32_t i = 0; i < s->fields_count; i++) {
		bool way = chosen && i == choice;
		w->steps = steps;
		w->steps_count = way ? count : 0;
		json_out_key(w->json, s->fields[i].name);
		avro_write_value(w, s->fields[i].use.schema);
	}
	w->steps_count = 0;
	json_out_end(w->json);
}

static void write_container(struct avro_writing *w, const struct avro_schema *s)
{
	uint32_t choice;
	bool one = on_the_way(w, s, &choice), map = s->type == AVRO_MAP;
	if (map)
		json_out_object(w->json);
	else
		json_out_array(w->json);
	if (one) {
		write_long(w->bytes, 1);
		if (map) {
			json_out_key(w->json, STR("key"));
			write_long(w->bytes, 3);
			buf_add(w->bytes, STR("key"));
		}
		avro_write_value(w, s->parts[0].schema);
	}
	write_long(w->bytes, 0);
	json_out_end(w->json);
}

static void write_fixed(struct avro_writing *w, const struct avro_schema *s)
{
	static const char zeros[64];
	struct buf text;
	if (s->size > AVRO_VALUE_BYTES_MAX / 8) {
		w->failed = true;
		return;
	}
	buf_init(&text, AVRO_VALUE_BYTES_MAX);
	buf_char(&text, '"');
	for (int64_t left = s->size; left > 0; left -= (int64_t)sizeof(zeros)) {
		size_t n = left < (int64_t)sizeof(zeros) ? (size_t)left : sizeof(zeros);
		buf_add(w->bytes, str_from(zeros, n));
		for (size_t i = 0; i < n; i++)
			buf_add(&text, STR("\\u0000"));
	}
	buf_char(&text, '"');
	json_out_raw(w->json, buf_str(&text));
	buf_release(&text);
}

static void write_enum(struct avro_writing *w, const struct avro_schema *s)
{
	uint32_t choice = 0;
	on_the_way(w, s, &choice);
	write_long(w->bytes, choice);
	json_out_str(w->json, s->names.texts[choice]);
}

static void write_primitive(struct avro_writing *w, const struct avro_schema *s)
{
	static const char zeros[8];
	switch (s->type) {
	case AVRO_NULL: json_out_null(w->json); break;
	case AVRO_BOOLEAN:
		json_out_bool(w->json, false);
		buf_char(w->bytes, 0);
		break;
	case AVRO_INT:
	case AVRO_LONG:
		json_out_i64(w->json, 0);
		write_long(w->bytes, 0);
		break;
	case AVRO_FLOAT:
	case AVRO_DOUBLE:
		json_out_i64(w->json, 0);
		buf_add_bytes(w->bytes, zeros, s->type == AVRO_FLOAT ? 4 : 8);
		break;
	default: /* text and bytes */
		json_out_str(w->json, STR(""));
		write_long(w->bytes, 0);
	}
}

bool avro_write_value(struct avro_writing *w, const struct avro_schema *s)
{
	w->failed |= w->depth == AVRO_VALUE_DEPTH_MAX || w->ranks[s->id] == UINT32_MAX;
	if (w->failed) {
		json_out_null(w->json);
		return false;
	}
	w->depth++;
	switch (s->type) {
	case AVRO_UNION: write_union(w, s); break;
	case AVRO_RECORD: write_record(w, s); break;
	case AVRO_ARRAY:
	case AVRO_MAP: write_container(w, s); break;
	case AVRO_FIXED: write_fixed(w, s); break;
	case AVRO_ENUM: write_enum(w, s); break;
	default: write_primitive(w, s);
	}
	w->depth--;
	w->failed |= !buf_ok(w->bytes) || !buf_ok(w->json->b);
	return !w->failed;
}
