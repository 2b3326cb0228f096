/* Proof of a cause: the smallest record of the writer's schema that goes there, read back by the writer's own schema and refused by the reader's, at
 * just this place. The text is one JSON object: the record in Avro's JSON encoding, its bytes in hex, and which schema wrote it. */
#include "contract/avro/avro_compare.h"

static bool same_failure(const struct avro_failure *a, const struct avro_failure *b)
{
	return a->fault == b->fault && a->reader == b->reader && a->writer == b->writer && a->field == b->field && str_eq(a->symbol, b->symbol);
}

static bool refused(const struct avro_reading *r, const struct avro_failure *wanted)
{
	for (size_t i = 0; i < r->failures_count; i++)
		if (same_failure(&r->failures[i], wanted))
			return true;
	return false;
}

static struct str refusal(struct arena *a, const struct avro_failure *f)
{
	struct str reader = avro_type_name(f->reader), writer = avro_type_name(f->writer);
	switch (f->fault) {
	case AVRO_FAULT_FIELDS:
		return arena_printf(a, "`%.*s` of %.*s is missing in the record and has no default", STR_FMT(f->field->name), STR_FMT(reader));
	case AVRO_FAULT_SYMBOLS: return arena_printf(a, "%.*s has no symbol `%.*s` and no default", STR_FMT(reader), STR_FMT(f->symbol));
	case AVRO_FAULT_SIZE:
		return arena_printf(a, "%.*s has %lld bytes, the record holds %lld", STR_FMT(reader), (long long)f->reader->size, (long long)f->writer->size);
	case AVRO_FAULT_NAME: return arena_printf(a, "the record holds a %.*s, which %.*s has not among its names", STR_FMT(writer), STR_FMT(reader));
	case AVRO_FAULT_BRANCH: return arena_printf(a, "the record holds %.*s, for which the union has no branch", STR_FMT(writer));
	default: return arena_printf(a, "the record holds %.*s where %.*s is read", STR_FMT(writer), STR_FMT(reader));
	}
}

struct proof {
	struct buf bytes, json, read;
	struct json_out json_out, read_out;
	struct avro_reading reading;
};

static const uint32_t *ranks_of(struct avro_compare *c, bool before)
{
	const uint32_t **ranks = &c->ranks[before ? 0 : 1];
	if (!*ranks)
		*ranks = avro_ranks(&c->arena, before ? c->before : c->after);
	return *ranks;
}

static bool write_record(struct avro_compare *c, const struct avro_cause *x, const struct avro_schema *writer, struct proof *p)
{
	struct avro_writing w = { .ranks = ranks_of(c, x->found == REACH_REQUEST),
				  .steps = x->steps,
				  .steps_count = x->steps_count,
				  .bytes = &p->bytes,
				  .json = &p->json_out };
	return w.ranks && x->steps && avro_write_value(&w, writer);
}

static void read_record(struct proof *p, const struct avro_schema *reader, const struct avro_schema *writer)
{
	p->reading = (struct avro_reading){ .rest = buf_str(&p->bytes), .json = &p->read_out };
	buf_clear(&p->read);
	json_out_init(&p->read_out, &p->read);
	avro_read_value(&p->reading, reader, writer);
}

static bool proved(struct avro_compare *c, const struct avro_cause *x, struct proof *p)
{
	bool backward = x->found == REACH_REQUEST;
	const struct avro_root *root = &c->roots[x->root];
	const struct avro_schema *writer = backward ? root->before.schema : root->after.schema, *reader = backward ? root->after.schema : root->before.schema;
	if (!write_record(c, x, writer, p))
		return false;
	read_record(p, writer, writer);
	if (p->reading.broken || p->reading.failures_count || p->reading.rest.len)
		return false;
	read_record(p, reader, writer);
	if (p->reading.broken)
		return false;
	return x->failure.fault == AVRO_FITS ? buf_ok(&p->read) : refused(&p->reading, &x->failure);
}

static void text(struct avro_compare *c, const struct avro_cause *x, struct proof *p, struct witness *w)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, AVRO_VALUE_BYTES_MAX * 4);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "written_by", x->found == REACH_REQUEST ? STR("old") : STR("new"));
	json_out_key(&o, STR("record"));
	json_out_raw(&o, buf_str(&p->json));
	json_out_key(&o, STR("binary"));
	json_out_hex(&o, (const uint8_t *)buf_str(&p->bytes).p, p->bytes.len);
	json_out_end(&o);
	w->text = buf_ok(&b) ? arena_str(&c->out->arena, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
}

static struct str meaning(struct arena *a, const struct avro_schema *s)
{
	if (!s->logical.len)
		return arena_printf(a, "valid; a plain %.*s", STR_FMT(avro_type_name(s)));
	if (s->precision)
		return arena_printf(a, "valid; a %.*s with %lld digits, %lld of them behind the point", STR_FMT(s->logical), (long long)s->precision, (long long)s->scale);
	return arena_printf(a, "valid; a %.*s", STR_FMT(s->logical));
}

static void words(struct avro_compare *c, const struct avro_cause *x, struct witness *w)
{
	struct arena *a = &c->out->arena;
	bool backward = x->found == REACH_REQUEST, meant = x->failure.fault == AVRO_FITS;
	struct str written = meant ? meaning(a, x->failure.writer) : STR("valid");
	struct str read = meant ? meaning(a, x->failure.reader) : refusal(a, &x->failure);
	w->before = backward ? written : read;
	w->after = backward ? read : written;
}

void avro_witness(struct avro_compare *c, const struct avro_cause *x, struct change *out)
{
	struct proof p;
	buf_init(&p.bytes, AVRO_VALUE_BYTES_MAX);
	buf_init(&p.json, AVRO_VALUE_BYTES_MAX * 2);
	buf_init(&p.read, AVRO_VALUE_BYTES_MAX * 8);
	json_out_init(&p.json_out, &p.json);
	if (proved(c, x, &p)) {
		text(c, x, &p, &out->witness);
		words(c, x, &out->witness);
		out->witness.what = WITNESS_RECORD;
		out->witness.of = arena_str(&c->out->arena, c->roots[x->root].before.path);
		if (out->witness.text.p && out->witness.before.p && out->witness.after.p)
			out->witness.state = WITNESS_PROVED;
	}
	buf_release(&p.bytes);
	buf_release(&p.json);
	buf_release(&p.read);
}
