/* Building candidates and letting both sides read them. */
#include "contract/proto/witness.h"
#include <stdio.h>
#include <stdlib.h>

enum { WITNESS_BYTES = 4 << 20, VARIANTS_MAX = 14, FILL_DEPTH_MAX = 12 };

/* One try: its own arena, gone afterwards. */
struct attempt {
	struct comparer *c;
	struct arena arena;
	struct change *x;
	bool backwards;          /* written by the new contract, read by the old */
};

static struct dyn *fill(struct arena *a, const struct proto_message *m, unsigned depth);

static bool sample_int(const struct proto_field *f, unsigned variant, struct dyn_value *v)
{
	static const int64_t values[] = { 1, 0, -1, 2, INT32_MAX, INT32_MIN, UINT32_MAX, (int64_t)1 << 40, INT64_MAX, INT64_MIN };
	bool wide = f->type == PROTO_INT64 || f->type == PROTO_SINT64 || f->type == PROTO_SFIXED64;
	if (f->type == PROTO_UINT64 || f->type == PROTO_FIXED64) {
		*v = variant == 10 ? dyn_uint(UINT64_MAX) : dyn_uint(variant < 10 && values[variant] >= 0 ? (uint64_t)values[variant] : 7);
		return variant <= 10;
	}
	if (variant >= sizeof(values) / sizeof(values[0]))
		return false;
	int64_t n = values[variant];
	if (f->type == PROTO_UINT32 || f->type == PROTO_FIXED32)
		n = n < 0 || n > UINT32_MAX ? 7 : n;
	else if (!wide)
		n = n < INT32_MIN || n > INT32_MAX ? 7 : n;
	*v = dyn_int(n);
	return true;
}

static bool sample_enum(const struct proto_enum *e, unsigned variant, struct dyn_value *v)
{
	if (variant >= e->value_count)
		return false;
	*v = dyn_int(e->values[variant + 1 < e->value_count ? variant + 1 : 0].number);
	return true;
}

/* The variant-th value of a field's type; false behind the last. */
static bool sample(struct arena *a, const struct proto_field *f, unsigned variant, unsigned depth, struct dyn_value *v)
{
	static const struct str texts[] = { STR_INIT("a"), STR_INIT(""), STR_INIT("1"), STR_INIT("\xff"), STR_INIT("\x08\x01") };
	static const double reals[] = { 1.5, 0, -2, 1e300 };
	switch (f->type) {
	case PROTO_MESSAGE: case PROTO_GROUP:
		*v = (struct dyn_value){ .kind = DYN_MESSAGE, .message = fill(a, f->message, depth + 1) };
		if (!v->message || variant > f->message->field_count)
			return false;
		if (variant) { /* with one of its fields set, too */
			const struct proto_field *inner = &f->message->fields[variant - 1];
			struct dyn_value one;
			if (depth < 2 && sample(a, inner, 0, depth + 1, &one))
				dyn_put(a, v->message, inner, one);
		}
		return true;
	case PROTO_STRING: case PROTO_BYTES:
		*v = (struct dyn_value){ .kind = DYN_BYTES, .bytes = texts[variant < 5 ? variant : 0] };
		if (f->type == PROTO_STRING && f->features.utf8 == UTF8_VERIFY && !str_is_utf8(v->bytes))
			v->bytes = STR("b");
		return variant < 5;
	case PROTO_DOUBLE: case PROTO_FLOAT:
		*v = (struct dyn_value){ .kind = DYN_REAL, .real = reals[variant < 4 ? variant : 0] };
		if (f->type == PROTO_FLOAT && v->real > 1e30)
			v->real = 2.5;
		return variant < 4;
	case PROTO_BOOL:
		*v = dyn_uint(variant == 0);
		return variant < 2;
	case PROTO_ENUM:
		return sample_enum(f->enumeration, variant, v);
	default:
		return sample_int(f, variant, v);
	}
}

/* The smallest valid instance: required fields only. NULL where a message requires itself. */
static struct dyn *fill(struct arena *a, const struct proto_message *m, unsigned depth)
{
	struct dyn *d = depth > FILL_DEPTH_MAX ? NULL : dyn_new(a, m);
	for (uint32_t i = 0; d && i < m->field_count; i++) {
		struct dyn_value v;
		if (m->fields[i].label != PROTO_REQUIRED && !m->map_entry)
			continue;
		if (!sample(a, &m->fields[i], 0, depth, &v) || !dyn_put(a, d, &m->fields[i], v))
			return NULL;
	}
	return d;
}

static void prove(struct attempt *t, struct str of, struct str text, const char *before, const char *after, enum witness_what what)
{
	struct arena *a = &t->c->out->arena;
	t->x->witness = (struct witness){ .state = WITNESS_PROVED, .what = what, .of = of, .text = arena_str(a, text), .before = arena_str(a, str_z(before)),
		.after = arena_str(a, str_z(after)) };
	if (!t->x->witness.text.p || !t->x->witness.before.p || !t->x->witness.after.p)
		t->x->witness = (struct witness){ .state = WITNESS_UNPROVED };
}

static struct str reading(struct arena *a, const struct dyn *d)
{
	struct buf b;
	buf_init(&b, 2000);
	dyn_say(d, &b);
	struct str s = arena_str(a, str_sub(buf_str(&b), 0, 400));
	buf_release(&b);
	return s;
}

/* What writer and reader make of the same text, told from the side of the old contract. */
static bool settle(struct attempt *t, const struct proto_message *writer, const struct dyn *w, const struct dyn *r, const struct dyn_fault *fault, struct str text, bool json)
{
	struct dyn_fault difference = { "" };
	char mine[600], theirs[900];
	if (!w || w->unknown || (r && (json ? dyn_same_json : dyn_same)(w, r, &difference)))
		return false;
	struct str wrote = reading(&t->arena, w), read = r ? reading(&t->arena, r) : str_z(fault->text);
	snprintf(mine, sizeof(mine), "%s%.*s", t->backwards ? "the new contract writes this as: " : "valid: ", STR_FMT(wrote));
	snprintf(theirs, sizeof(theirs), "%.*s%s%s%s", STR_FMT(read), r ? " (" : "", r ? difference.text : "", r ? ")" : "");
	struct str of = arena_printf(&t->c->out->arena, "message %.*s%s%s", STR_FMT(writer->full), json ? " as JSON" : " on the wire",
		t->backwards ? ", written by the new contract and read by the old" : "");
	if (t->backwards)
		prove(t, of, text, theirs, mine, WITNESS_RECORD);
	else
		prove(t, of, text, mine, theirs, WITNESS_RECORD);
	return true;
}

static bool try_wire(struct attempt *t, const struct dyn *d, const struct proto_message *reader)
{
	struct buf bytes, hex;
	struct dyn_fault mine, theirs;
	buf_init(&bytes, 1 << 16);
	buf_init(&hex, 1 << 18);
	bool proved = false;
	if (dyn_encode(d, &bytes)) {
		struct str s = arena_str(&t->arena, buf_str(&bytes));
		const struct dyn *w = s.p ? dyn_decode(&t->arena, d->type, s, &mine) : NULL;
		buf_hex(&hex, (const uint8_t *)s.p, s.len);
		const struct dyn *r = w ? dyn_decode(&t->arena, reader, s, &theirs) : NULL;
		proved = w && settle(t, d->type, w, r, &theirs, hex.len ? buf_str(&hex) : STR("(no bytes)"), false);
	}
	buf_release(&bytes);
	buf_release(&hex);
	return proved;
}

static bool try_json(struct attempt *t, const struct dyn *d, const struct proto_message *reader)
{
	struct buf text, again;
	struct dyn_fault mine, theirs;
	buf_init(&text, 1 << 16);
	buf_init(&again, 1 << 16);
	bool proved = false;
	if (dyn_to_json(d, &text)) {
		const struct dyn *w = dyn_from_json(&t->arena, d->type, buf_str(&text), &mine), *r = w ? dyn_from_json(&t->arena, reader, buf_str(&text), &theirs) : NULL;
		proved = w && settle(t, d->type, w, r, &theirs, buf_str(&text), true);
		/* the same value in another form: who reads JSON without Protobuf's parser finds another kind of value */
		if (!proved && r && dyn_to_json(r, &again) && !str_eq(buf_str(&text), buf_str(&again))) {
			char after[600];
			snprintf(after, sizeof(after), "the other contract writes the same value as %.*s", STR_FMT(str_sub(buf_str(&again), 0, 400)));
			struct str of = arena_printf(&t->c->out->arena, "message %.*s as JSON", STR_FMT(d->type->full));
			prove(t, of, buf_str(&text), t->backwards ? after : "valid", t->backwards ? "valid" : after, WITNESS_RECORD);
			proved = true;
		}
	}
	buf_release(&text);
	buf_release(&again);
	return proved;
}

/* What has an enum below it by its name only is told apart in JSON; in bytes the number stays. */
static bool try_both(struct attempt *t, const struct dyn *d, const struct proto_message *reader, bool json)
{
	return d && (json ? try_json(t, d, reader) : try_wire(t, d, reader));
}

static struct dyn *with(struct arena *a, const struct proto_message *m, const struct proto_field *f, unsigned variant, unsigned copies)
{
	struct dyn *d = fill(a, m, 0);
	for (unsigned i = 0; d && i < copies; i++) {
		struct dyn_value v;
		if (!sample(a, f, variant + i, 0, &v) && !(i && sample(a, f, variant, 0, &v)))
			return NULL;
		if (!dyn_put(a, d, f, v))
			return NULL;
	}
	return d;
}

static bool focus(struct attempt *t, const struct proto_message *writer, const struct proto_message *reader, const int32_t *numbers, size_t count, bool json)
{
	for (size_t i = 0; i < count; i++) {
		const struct proto_field *f = proto_field_by_number(writer, numbers[i]);
		for (unsigned variant = 0; f && variant < VARIANTS_MAX; variant++)
			for (unsigned copies = 1; copies <= (f->label == PROTO_REPEATED ? 2u : 1u); copies++)
				if (try_both(t, with(&t->arena, writer, f, variant, copies), reader, json))
					return true;
	}
	if (count >= 2) { /* all of them at once */
		struct dyn *d = fill(&t->arena, writer, 0);
		for (size_t i = 0; d && i < count; i++) {
			const struct proto_field *f = proto_field_by_number(writer, numbers[i]);
			struct dyn_value v;
			if (f && sample(&t->arena, f, 0, 0, &v))
				dyn_put(&t->arena, d, f, v);
		}
		if (try_both(t, d, reader, json))
			return true;
	}
	if (writer->field_count && try_both(t, with(&t->arena, writer, &writer->fields[0], 0, 1), reader, json))
		return true;
	return try_both(t, fill(&t->arena, writer, 0), reader, json);
}

static void start(struct attempt *t, struct comparer *c, struct change *x)
{
	*t = (struct attempt){ .c = c, .x = x };
	arena_init(&t->arena, WITNESS_BYTES);
}

void witness_message(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_message *b, const int32_t *numbers, size_t count)
{
	struct attempt t;
	if (!x || !c->options->witnesses)
		return;
	bool wire = x->categories & (CHANGE_WIRE | CHANGE_BEHAVIOUR);
	for (unsigned round = 0; round < 4 && x->witness.state != WITNESS_PROVED; round++) {
		bool json = (round >= 2) == wire;
		if (json && !(x->categories & CHANGE_JSON))
			continue;
		if (!json && !wire)
			continue;
		start(&t, c, x);
		t.backwards = round & 1;
		if (t.backwards)
			focus(&t, b, a, numbers, count, json);
		else
			focus(&t, a, b, numbers, count, json);
		arena_release(&t.arena);
	}
}

void witness_other_field(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_message *b, int32_t number)
{
	struct attempt t;
	struct buf bytes, hex;
	struct dyn_fault fault;
	const struct proto_field *f = proto_field_by_number(a, number), *g = proto_field_by_number(b, number);
	if (!x || !c->options->witnesses || !f || !g || str_eq(f->name, g->name))
		return;
	start(&t, c, x);
	buf_init(&bytes, 1 << 16);
	buf_init(&hex, 1 << 18);
	struct dyn *d = with(&t.arena, a, f, 0, 1);
	if (d && dyn_encode(d, &bytes)) {
		const struct dyn *w = dyn_decode(&t.arena, a, buf_str(&bytes), &fault), *r = w ? dyn_decode(&t.arena, b, buf_str(&bytes), &fault) : NULL;
		buf_hex(&hex, (const uint8_t *)buf_str(&bytes).p, bytes.len);
		if (w && r && dyn_get(w, number) && dyn_get(r, number)) {
			struct str before = arena_strz(&t.arena, reading(&t.arena, w)), after = arena_strz(&t.arena, reading(&t.arena, r));
			if (before.p && after.p)
				prove(&t, arena_printf(&c->out->arena, "message %.*s on the wire", STR_FMT(a->full)), buf_str(&hex), before.p, after.p, WITNESS_RECORD);
		}
	}
	buf_release(&bytes);
	buf_release(&hex);
	arena_release(&t.arena);
}

void witness_enum(struct comparer *c, struct change *x, uint32_t pair, int32_t value)
{
	struct attempt t;
	const struct pair *p = &c->pairs[pair];
	if (!x || !c->options->witnesses)
		return;
	for (uint32_t e = p->users; e != PAIR_NONE && x->witness.state != WITNESS_PROVED; e = c->edges[e].next) {
		const struct pair *user = &c->pairs[c->edges[e].to];
		for (uint32_t i = 0; i < user->old_message->field_count && x->witness.state != WITNESS_PROVED; i++) {
			const struct proto_field *f = &user->old_message->fields[i], *g = proto_field_by_number(user->new_message, f->number);
			if (!g || f->type != PROTO_ENUM || f->enumeration != p->old_enum || g->type != PROTO_ENUM || g->enumeration != p->new_enum)
				continue;
			for (unsigned round = 0; round < 6 && x->witness.state != WITNESS_PROVED; round++) {
				bool json = round >= 3, empty = round % 3 == 2;
				if (json && !(x->categories & CHANGE_JSON))
					continue;
				start(&t, c, x);
				t.backwards = round % 3 == 1;
				const struct proto_field *written = t.backwards ? g : f;
				struct dyn *d = fill(&t.arena, t.backwards ? user->new_message : user->old_message, 0);
				bool can = proto_value_by_number(written->enumeration, value) || written->enumeration->features.enum_type == ENUM_OPEN;
				if (d && (empty || (can && dyn_put(&t.arena, d, written, dyn_int(value)))))
					try_both(&t, d, t.backwards ? user->old_message : user->new_message, json);
				arena_release(&t.arena);
			}
		}
	}
}

void witness_call(struct comparer *c, struct change *x, struct str text, const char *before, const char *after)
{
	struct attempt t = { .c = c, .x = x };
	if (x && c->options->witnesses)
		prove(&t, STR("call"), text, before, after, WITNESS_REQUEST);
}

void witness_code(struct comparer *c, struct change *x, struct str name, const char *before, const char *after)
{
	struct attempt t = { .c = c, .x = x };
	if (x && c->options->witnesses && x->witness.state != WITNESS_PROVED)
		prove(&t, STR("generated code"), name, before, after, WITNESS_CODE);
}

void witness_two_fields(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_field *f, const struct proto_message *b)
{
	struct attempt t;
	struct buf text;
	char before[300], after[300];
	uint32_t same = 0;
	if (!x || !c->options->witnesses)
		return;
	for (uint32_t i = 0; i < b->field_count; i++)
		same += str_eq(b->fields[i].json_name, f->json_name);
	start(&t, c, x);
	buf_init(&text, 1 << 16);
	struct dyn *d = with(&t.arena, a, f, 0, 1);
	if (same > 1 && d && dyn_to_json(d, &text)) {
		snprintf(before, sizeof(before), "fills `%.*s`", STR_FMT(str_sub(f->name, 0, 200)));
		snprintf(after, sizeof(after), "\"%.*s\" is the name of %u fields: which one is filled depends on the reader", STR_FMT(str_sub(f->json_name, 0, 150)), same);
		prove(&t, arena_printf(&c->out->arena, "message %.*s as JSON", STR_FMT(a->full)), buf_str(&text), before, after, WITNESS_RECORD);
	}
	buf_release(&text);
	arena_release(&t.arena);
}

void witness_rule(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_field *f, const struct dyn_value *value, const char *before, const char *after)
{
	struct attempt t;
	struct buf text;
	if (!x || !c->options->witnesses)
		return;
	start(&t, c, x);
	buf_init(&text, 1 << 16);
	struct dyn *d = fill(&t.arena, a, 0);
	if (d && (!value || dyn_put(&t.arena, d, f, *value)) && dyn_to_json(d, &text))
		prove(&t, arena_printf(&c->out->arena, "message %.*s as JSON", STR_FMT(a->full)), buf_str(&text), before, after, WITNESS_RECORD);
	buf_release(&text);
	arena_release(&t.arena);
}
