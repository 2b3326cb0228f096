/* Reading what a writer's schema wrote through a reader's schema (avro_value.h). On what the reader cannot read it notes a failure, skips the writer's value and
 * goes on, so that every failure of a record is found. It asks no memo of pairs: it is the check of what the comparison says. */
#include "contract/avro/avro_value.h"

enum { ITEMS_MAX = 1 << 16 /* of one array or map */ };

static int64_t take_long(struct avro_reading *r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (!r->rest.len)
			break;
		unsigned char c = (unsigned char)r->rest.p[0];
		r->rest = str_skip(r->rest, 1);
		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
	}
	r->broken = true;
	return 0;
}

static struct str take(struct avro_reading *r, int64_t n)
{
	if (n < 0 || (uint64_t)n > r->rest.len) {
		r->broken = true;
		return STR("");
	}
	struct str s = str_sub(r->rest, 0, (size_t)n);
	r->rest = str_skip(r->rest, (size_t)n);
	return s;
}

static void note(struct avro_reading *r, struct avro_failure f)
{
	if (r->failures_count < AVRO_FAILURES_MAX)
		r->failures[r->failures_count++] = f;
}

static void null_out(struct avro_reading *r)
{
	if (r->json)
		json_out_null(r->json);
}

/* Reads over the writer's value. */
static void skip(struct avro_reading *r, const struct avro_schema *writer)
{
	struct json_out *json = r->json;
	r->json = NULL;
	avro_read_value(r, writer, writer);
	r->json = json;
}

static void refuse(struct avro_reading *r, enum avro_fault fault, const struct avro_schema *reader, const struct avro_schema *writer)
{
	note(r, (struct avro_failure){ .fault = fault, .reader = reader, .writer = writer });
	skip(r, writer);
	null_out(r);
}

/* Bytes as Avro's JSON has them: a character each. */
static void bytes_out(struct avro_reading *r, struct str bytes, bool text)
{
	struct buf b;
	if (!r->json)
		return;
	if (text) {
		json_out_str(r->json, bytes);
		return;
	}
	buf_init(&b, AVRO_VALUE_BYTES_MAX * 8);
	buf_char(&b, '"');
	for (size_t i = 0; i < bytes.len; i++)
		buf_printf(&b, "\\u%04x", (unsigned char)bytes.p[i]);
	buf_char(&b, '"');
	json_out_raw(r->json, buf_str(&b));
	buf_release(&b);
}

static void read_number(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	double d = 0;
	int64_t i = 0;
	float f;
	struct str bytes;
	if (writer->type == AVRO_FLOAT) {
		bytes = take(r, 4);
		if (bytes.len == 4)
			memcpy(&f, bytes.p, 4), d = (double)f;
	} else if (writer->type == AVRO_DOUBLE) {
		bytes = take(r, 8);
		if (bytes.len == 8)
			memcpy(&d, bytes.p, 8);
	} else {
		i = take_long(r);
		d = (double)i;
	}
	if (r->json && (reader->type == AVRO_INT || reader->type == AVRO_LONG))
		json_out_i64(r->json, i);
	else if (r->json)
		json_out_f64(r->json, d);
}

static void read_enum(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	int64_t at = take_long(r);
	if (at < 0 || (uint64_t)at >= writer->names.count) {
		r->broken = true;
		null_out(r);
		return;
	}
	struct str symbol = writer->names.texts[at];
	bool known = avro_index_find(&reader->names, symbol) != SIZE_MAX;
	if (!known && !reader->default_symbol.p)
		note(r, (struct avro_failure){ AVRO_FAULT_SYMBOLS, reader, writer, NULL, symbol });
	if (r->json)
		json_out_str(r->json, known ? symbol : reader->default_symbol.p ? reader->default_symbol : STR(""));
}

/* The reader's field that gets this field of the writer; NULL: none. */
static const struct avro_field *taker(const struct avro_schema *reader, const struct avro_schema *writer, const struct avro_field *from)
{
	for (size_t i = 0; i < reader->fields_count; i++)
		if (avro_field_of(&reader->fields[i], writer) == from)
			return &reader->fields[i];
	return NULL;
}

static void read_record(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	if (r->json)
		json_out_object(r->json);
	for (size_t i = 0; i < writer->fields_count && !r->broken; i++) {
		const struct avro_field *to = taker(reader, writer, &writer->fields[i]);
		if (!to) {
			skip(r, writer->fields[i].use.schema);
			continue;
		}
		if (r->json)
			json_out_key(r->json, to->name);
		avro_read_value(r, to->use.schema, writer->fields[i].use.schema);
	}
	for (size_t i = 0; i < reader->fields_count; i++) {
		const struct avro_field *f = &reader->fields[i];
		if (avro_field_of(f, writer))
			continue;
		if (!f->default_value)
			note(r, (struct avro_failure){ .fault = AVRO_FAULT_FIELDS, .reader = reader, .writer = writer, .field = f });
		if (r->json) {
			json_out_key(r->json, f->name);
			if (f->default_value)
				doc_write(f->default_value, r->json);
			else
				json_out_null(r->json);
		}
	}
	if (r->json)
		json_out_end(r->json);
}

static void read_items(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer, int64_t count)
{
	for (int64_t i = 0; i < count && !r->broken; i++) {
		if (writer->type == AVRO_MAP) {
			struct str key = take(r, take_long(r));
			if (r->json)
				json_out_key(r->json, key);
		}
		avro_read_value(r, reader->parts[0].schema, writer->parts[0].schema);
	}
}

static void read_blocks(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	int64_t total = 0;
	if (r->json && reader->type == AVRO_MAP)
		json_out_object(r->json);
	else if (r->json)
		json_out_array(r->json);
	for (int64_t count; !r->broken && (count = take_long(r)) != 0;) {
		if (count < 0) { /* the block's size in bytes follows */
			count = count == INT64_MIN ? INT64_MAX : -count;
			take_long(r);
		}
		total = count > ITEMS_MAX ? ITEMS_MAX + 1 : total + count;
		r->broken |= total > ITEMS_MAX;
		if (!r->broken)
			read_items(r, reader, writer, count);
	}
	if (r->json)
		json_out_end(r->json);
}

/* The branch for a type: the same type by its full name, else one that the first look takes, else one of the right kind and name. */
static const struct avro_schema *branch_for(const struct avro_schema *reader, const struct avro_schema *writer)
{
	const struct avro_schema *fits = NULL, *meant = NULL;
	for (size_t i = 0; i < reader->parts_count; i++) {
		const struct avro_schema *b = reader->parts[i].schema;
		enum avro_fault f = avro_first_look(b, writer);
		if (f == AVRO_FITS && b->type == writer->type && str_eq(b->name, writer->name))
			return b;
		if (f == AVRO_FITS && !fits)
			fits = b;
		if ((f == AVRO_FAULT_SIZE || f == AVRO_FAULT_SYMBOLS) && !meant)
			meant = b;
	}
	return fits ? fits : meant;
}

static void read_into_union(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	const struct avro_schema *branch = branch_for(reader, writer);
	bool wrapped = r->json && branch && branch->type != AVRO_NULL;
	if (!branch) {
		refuse(r, AVRO_FAULT_BRANCH, reader, writer);
		return;
	}
	if (wrapped) {
		json_out_object(r->json);
		json_out_key(r->json, avro_type_name(branch));
	}
	avro_read_value(r, branch, writer);
	if (wrapped)
		json_out_end(r->json);
}

static void read_union(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	int64_t at = take_long(r);
	if (at < 0 || (uint64_t)at >= writer->parts_count) {
		r->broken = true;
		null_out(r);
		return;
	}
	avro_read_value(r, reader, writer->parts[at].schema);
}

/* Both are no unions, and the first look at them is good, or finds symbols missing, which only matters for those. */
static void read_same(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	switch (writer->type) {
	case AVRO_NULL: null_out(r); break;
	case AVRO_BOOLEAN: {
		struct str b = take(r, 1);
		if (r->json)
			json_out_bool(r->json, b.len && b.p[0]);
		break;
	}
	case AVRO_INT:
	case AVRO_LONG:
	case AVRO_FLOAT:
	case AVRO_DOUBLE: read_number(r, reader, writer); break;
	case AVRO_BYTES:
	case AVRO_STRING: bytes_out(r, take(r, take_long(r)), reader->type == AVRO_STRING); break;
	case AVRO_FIXED: bytes_out(r, take(r, writer->size), false); break;
	case AVRO_ENUM: read_enum(r, reader, writer); break;
	case AVRO_RECORD: read_record(r, reader, writer); break;
	default: read_blocks(r, reader, writer);
	}
}

void avro_read_value(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer)
{
	r->broken |= r->depth == AVRO_VALUE_DEPTH_MAX * 2;
	if (r->broken) {
		null_out(r);
		return;
	}
	r->depth++;
	if (reader == writer && writer->type == AVRO_UNION) {
		int64_t at = take_long(r);
		r->broken |= at < 0 || (uint64_t)at >= writer->parts_count;
		const struct avro_schema *branch = r->broken ? NULL : writer->parts[at].schema;
		bool wrapped = r->json && branch && branch->type != AVRO_NULL;
		if (wrapped) {
			json_out_object(r->json);
			json_out_key(r->json, avro_type_name(branch));
		}
		if (branch)
			avro_read_value(r, branch, branch);
		else
			null_out(r);
		if (wrapped)
			json_out_end(r->json);
	} else if (writer->type == AVRO_UNION) {
		read_union(r, reader, writer);
	} else if (reader->type == AVRO_UNION) {
		read_into_union(r, reader, writer);
	} else {
		enum avro_fault f = avro_first_look(reader, writer);
		if (f == AVRO_FITS || f == AVRO_FAULT_SYMBOLS)
			read_same(r, reader, writer);
		else
			refuse(r, f, reader, writer);
	}
	r->depth--;
}
