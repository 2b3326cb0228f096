/* Random pairs of contracts against brute force: a contract is made, changed at random in one to three places, and both are compared. Then random instances of the old
 * messages, as bytes and as JSON, are read by the new contract: where one is refused or read differently, the comparison must have reported a break at a message or enum that the
 * instance can hold. With --witnesses also each break's witness is asked for, and how many stay unproved is counted.
 *   proto_random PAIRS [SEED] [--witnesses]          a failing pair is printed with its seed */
#include "base/check.h"
#include "contract/format.h"
#include "contract/proto/dynamic.h"
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES = 4, ENUMS = 2, FIELDS_MAX = 8, VALUES_MAX = 6, INSTANCES = 24, SCALARS = 15, TEXT_MAX = 1 << 16 };
static const char *const scalars[SCALARS] = { "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
	"float", "double" };
/* A field's type: below SCALARS a scalar, then the enums, then the messages. */
enum label { SINGLE, OPTIONAL_LABEL, REQUIRED_LABEL, REPEATED_LABEL, MAP_LABEL, LABELS };
struct field { int number, name, type; enum label label; bool in_oneof, has_default; int default_value, json; };
struct message { int name, field_count; struct field fields[FIELDS_MAX]; bool reserve_removed; int removed_number, removed_name; };
struct value { int number, name; };
struct enumeration { int name, value_count; struct value values[VALUES_MAX]; };
struct contract { bool proto3; struct message messages[MESSAGES]; struct enumeration enums[ENUMS]; };

static uint64_t state;
static uint64_t next_random(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}
static int below(int n) { return (int)(next_random() % (uint64_t)n); }
static bool chance(int percent) { return below(100) < percent; }

static bool has_number(const struct message *m, int number)
{
	for (int i = 0; i < m->field_count; i++)
		if (m->fields[i].number == number)
			return true;
	return false;
}

static struct field random_field(const struct contract *c, const struct message *m)
{
	struct field f = { .name = below(1000000), .type = below(SCALARS + ENUMS + MESSAGES), .json = -1 };
	do
		f.number = 1 + below(12);
	while (has_number(m, f.number));
	f.label = c->proto3 ? (enum label[]){ SINGLE, SINGLE, OPTIONAL_LABEL, REPEATED_LABEL, MAP_LABEL }[below(5)]
			    : (enum label[]){ OPTIONAL_LABEL, OPTIONAL_LABEL, REQUIRED_LABEL, REPEATED_LABEL, MAP_LABEL }[below(5)];
	if (f.label == REQUIRED_LABEL && (f.type >= SCALARS + ENUMS || chance(60)))
		f.label = OPTIONAL_LABEL;
	f.in_oneof = f.label <= OPTIONAL_LABEL && chance(20);
	f.has_default = !c->proto3 && f.label == OPTIONAL_LABEL && !f.in_oneof && f.type < 10 && chance(30);
	f.default_value = below(50);
	return f;
}

static struct contract random_contract(void)
{
	struct contract c = { .proto3 = chance(50) };
	for (int e = 0; e < ENUMS; e++) {
		c.enums[e] = (struct enumeration){ .name = e, .value_count = 2 + below(3) };
		for (int i = 0; i < c.enums[e].value_count; i++)
			c.enums[e].values[i] = (struct value){ i, below(1000000) };
	}
	for (int i = 0; i < MESSAGES; i++) {
		struct message *m = &c.messages[i];
		*m = (struct message){ .name = i };
		for (int n = 1 + below(5); m->field_count < n;)
			m->fields[m->field_count] = random_field(&c, m), m->field_count++;
	}
	return c;
}

static void type_name(const struct contract *c, int type, char *to, size_t room)
{
	if (type < SCALARS)
		snprintf(to, room, "%s", scalars[type]);
	else if (type < SCALARS + ENUMS)
		snprintf(to, room, "E%d", c->enums[type - SCALARS].name);
	else
		snprintf(to, room, "M%d", c->messages[type - SCALARS - ENUMS].name);
}

static void render_field(const struct contract *c, const struct field *f, struct buf *b)
{
	char type[32];
	type_name(c, f->type, type, sizeof(type));
	if (f->label == MAP_LABEL)
		buf_printf(b, "  map<string, %s> f%d = %d", type, f->name, f->number);
	else
		buf_printf(b, "  %s%s f%d = %d", f->in_oneof || f->label == SINGLE ? "" : f->label == OPTIONAL_LABEL ? "optional " : f->label == REQUIRED_LABEL ? "required " : "repeated ",
			type, f->name, f->number);
	if (f->has_default && f->json >= 0)
		buf_printf(b, " [default = %d, json_name = \"j%d\"]", f->default_value, f->json);
	else if (f->has_default)
		buf_printf(b, " [default = %d]", f->default_value);
	else if (f->json >= 0)
		buf_printf(b, " [json_name = \"j%d\"]", f->json);
	buf_add(b, STR(";\n"));
}

static void render(const struct contract *c, struct buf *b)
{
	buf_printf(b, "syntax = \"%s\";\npackage r;\n", c->proto3 ? "proto3" : "proto2");
	for (int e = 0; e < ENUMS; e++) {
		buf_printf(b, "enum E%d {\n", c->enums[e].name);
		for (int i = 0; i < c->enums[e].value_count; i++)
			buf_printf(b, "  V%d = %d;\n", c->enums[e].values[i].name, c->enums[e].values[i].number);
		buf_add(b, STR("}\n"));
	}
	for (int i = 0; i < MESSAGES; i++) {
		const struct message *m = &c->messages[i];
		bool any = false;
		buf_printf(b, "message M%d {\n", m->name);
		if (m->reserve_removed)
			buf_printf(b, "  reserved %d;\n  reserved \"f%d\";\n", m->removed_number, m->removed_name);
		for (int k = 0; k < m->field_count; k++) {
			any = any || m->fields[k].in_oneof;
			if (!m->fields[k].in_oneof)
				render_field(c, &m->fields[k], b);
		}
		if (any) {
			buf_add(b, STR("  oneof one {\n"));
			for (int k = 0; k < m->field_count; k++)
				if (m->fields[k].in_oneof)
					render_field(c, &m->fields[k], b);
			buf_add(b, STR("  }\n"));
		}
		buf_add(b, STR("}\n"));
	}
}

static void change_field(struct contract *c, struct message *m, struct field *f)
{
	switch (below(9)) {
	case 0:
		f->name = below(1000000);
		break;
	case 1:
		do
			f->number = 1 + below(14);
		while (has_number(m, f->number) && chance(95));
		break;
	case 2: case 3:
		f->type = below(SCALARS + ENUMS + MESSAGES);
		f->has_default = f->has_default && f->type < 10;
		if (f->label == REQUIRED_LABEL && f->type >= SCALARS + ENUMS)
			f->label = OPTIONAL_LABEL;
		break;
	case 4: case 5:
		f->label = c->proto3 ? (enum label[]){ SINGLE, OPTIONAL_LABEL, REPEATED_LABEL, MAP_LABEL }[below(4)]
				     : (enum label[]){ OPTIONAL_LABEL, f->type < SCALARS + ENUMS ? REQUIRED_LABEL : OPTIONAL_LABEL, REPEATED_LABEL, MAP_LABEL }[below(4)];
		f->in_oneof = false;
		f->has_default = f->has_default && f->label == OPTIONAL_LABEL;
		break;
	case 6:
		f->in_oneof = !f->in_oneof && f->label <= OPTIONAL_LABEL;
		f->has_default = f->has_default && !f->in_oneof;
		break;
	case 7:
		f->json = below(1000000);
		break;
	default:
		f->default_value = below(50);
		break;
	}
}

static void change_enum(struct enumeration *e)
{
	int at = below(e->value_count);
	if (chance(30) && e->value_count > 1 && at)
		e->values[at] = e->values[--e->value_count];
	else if (chance(50))
		e->values[at].name = below(1000000);
	else if (e->value_count < VALUES_MAX)
		e->values[e->value_count++] = (struct value){ 10 + below(1000), below(1000000) };
}

static void change(struct contract *c)
{
	struct message *m = &c->messages[below(MESSAGES)];
	struct field *f = m->field_count ? &m->fields[below(m->field_count)] : NULL;
	int what = below(10);
	if (what < 6 && f) {
		change_field(c, m, f);
	} else if (what == 6 && f) {
		m->reserve_removed = chance(50);
		m->removed_number = f->number;
		m->removed_name = f->name;
		*f = m->fields[--m->field_count];
	} else if (what == 7 && m->field_count < FIELDS_MAX) {
		struct field added = random_field(c, m);
		if (!m->reserve_removed || added.number != m->removed_number)
			m->fields[m->field_count++] = added;
	} else if (what == 8) {
		change_enum(&c->enums[below(ENUMS)]);
	} else if (m->field_count > 1) { /* order does not count */
		struct field t = m->fields[0];
		m->fields[0] = m->fields[m->field_count - 1];
		m->fields[m->field_count - 1] = t;
	}
	if (chance(10))
		m->name = 10 + below(10);
}

/* A random instance. */
static bool random_value(struct arena *a, const struct proto_field *f, unsigned depth, struct dyn_value *v);
static struct dyn *random_instance(struct arena *a, const struct proto_message *m, unsigned depth)
{
	struct dyn *d = dyn_new(a, m);
	for (uint32_t i = 0; d && i < m->field_count; i++) {
		const struct proto_field *f = &m->fields[i];
		bool required = f->label == PROTO_REQUIRED;
		if (!required && !m->map_entry && chance(depth > 3 && proto_is_message(f) ? 95 : 40))
			continue;
		for (int n = f->label == PROTO_REPEATED ? 1 + below(3) : 1; n; n--) {
			struct dyn_value v;
			if (random_value(a, f, depth + 1, &v))
				dyn_put(a, d, f, v);
		}
	}
	return d;
}

static bool random_value(struct arena *a, const struct proto_field *f, unsigned depth, struct dyn_value *v)
{
	static const int64_t numbers[] = { 0, 1, 2, -1, 7, 127, 128, -128, INT32_MAX, INT32_MIN, (int64_t)1 << 33, INT64_MAX, INT64_MIN };
	static const struct str texts[] = { STR_INIT(""), STR_INIT("a"), STR_INIT("1"), STR_INIT("true"), STR_INIT("AQID"), STR_INIT("\x08\x05"), STR_INIT("\xff\xfe") };
	int64_t n = numbers[below((int)ARRAY_LEN(numbers))];
	*v = (struct dyn_value){ .kind = DYN_BYTES };
	switch (f->type) {
	case PROTO_MESSAGE: case PROTO_GROUP:
		*v = (struct dyn_value){ .kind = DYN_MESSAGE, .message = depth > 8 ? NULL : random_instance(a, f->message, depth) };
		return v->message != NULL;
	case PROTO_STRING: case PROTO_BYTES:
		v->bytes = texts[below((int)ARRAY_LEN(texts) - (f->type == PROTO_STRING && f->features.utf8 == UTF8_VERIFY))];
		return true;
	case PROTO_DOUBLE: case PROTO_FLOAT:
		*v = (struct dyn_value){ .kind = DYN_REAL, .real = (double)below(100) / 4 };
		return true;
	case PROTO_BOOL:
		*v = dyn_int(below(2));
		return true;
	case PROTO_ENUM:
		*v = dyn_int(f->enumeration->features.enum_type == ENUM_OPEN && chance(10) ? below(2000) : f->enumeration->values[below((int)f->enumeration->value_count)].number);
		return true;
	case PROTO_INT32: case PROTO_SINT32: case PROTO_SFIXED32:
		*v = dyn_int((int32_t)n);
		return true;
	case PROTO_UINT32: case PROTO_FIXED32:
		*v = dyn_uint((uint32_t)n);
		return true;
	case PROTO_UINT64: case PROTO_FIXED64:
		*v = dyn_uint((uint64_t)n);
		return true;
	default:
		*v = dyn_int(n);
		return true;
	}
}

/* Whether the name of a message or enum that `m` can hold is that of the change's subject, or begins it. */
enum { SEEN_MAX = 64 };
struct seen { const void *items[SEEN_MAX]; int count; };
static bool subject_is(struct str subject, struct str full)
{
	return str_starts(subject, full) && (subject.len == full.len || subject.p[full.len] == '.');
}

static bool reports(const struct changes *c, struct str full, uint8_t categories)
{
	struct str renamed = full;
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].kind == CHANGE_KIND_PROTO_MESSAGE_RENAMED && str_eq(c->items[i].subject, full))
			renamed = c->items[i].detail;
	for (size_t i = 0; i < c->count; i++) {
		const struct change *x = &c->items[i];
		if (x->level != CHANGE_INFO && x->categories & categories && (subject_is(x->subject, full) || subject_is(x->subject, renamed)))
			return true;
	}
	return false;
}

static bool reported(const struct changes *c, const struct proto_message *m, uint8_t categories, struct seen *seen)
{
	for (int i = 0; i < seen->count; i++)
		if (seen->items[i] == m)
			return false;
	if (seen->count == SEEN_MAX)
		return true;
	seen->items[seen->count++] = m;
	if (reports(c, m->full, categories))
		return true;
	for (uint32_t i = 0; i < m->field_count; i++) {
		if (proto_is_message(&m->fields[i]) && reported(c, m->fields[i].message, categories, seen))
			return true;
		if (m->fields[i].type == PROTO_ENUM && reports(c, m->fields[i].enumeration->full, categories))
			return true;
	}
	return false;
}

struct tally { size_t pairs, unreadable, instances, broken, breaks, proved, wire_or_json, wire_or_json_proved; };

static bool missed(const struct changes *c, const struct proto_message *a, const char *how, struct str text, const struct dyn_fault *why)
{
	struct seen seen = { .count = 0 };
	if (reported(c, a, CHANGE_WIRE | CHANGE_BEHAVIOUR | (how[0] == 'J' ? CHANGE_JSON : 0), &seen))
		return false;
	printf("missed: an instance of %.*s as %s: ", STR_FMT(a->full), how);
	for (size_t i = 0; i < text.len; i++)
		printf(how[0] == 'b' ? "%02x" : "%c", (unsigned char)text.p[i]);
	printf(": %s\n", why->text);
	return true;
}

static bool try_instance(struct arena *a, const struct dyn *d, const struct proto_message *reader, const struct changes *c, struct tally *t)
{
	struct buf bytes, text;
	struct dyn_fault why = { "" }, mine;
	bool bad = false;
	buf_init(&bytes, 1 << 20);
	buf_init(&text, 1 << 20);
	CHECK(dyn_encode(d, &bytes));
	t->instances++;
	const struct dyn *w = dyn_decode(a, d->type, buf_str(&bytes), &mine), *r = w && !w->unknown ? dyn_decode(a, reader, buf_str(&bytes), &why) : NULL;
	if (w && !w->unknown && (!r || !dyn_same(w, r, &why))) {
		t->broken++;
		bad = missed(c, d->type, "bytes", buf_str(&bytes), &why);
	}
	if (!bad && dyn_to_json(d, &text)) {
		w = dyn_from_json(a, d->type, buf_str(&text), &mine);
		r = w ? dyn_from_json(a, reader, buf_str(&text), &why) : NULL;
		if (w && (!r || !dyn_same_json(w, r, &why))) {
			t->broken++;
			bad = missed(c, d->type, "JSON", buf_str(&text), &why);
		}
	}
	buf_release(&bytes);
	buf_release(&text);
	return bad;
}

static bool search(const struct contract *after, struct proto_model *m, struct proto_model *n, const struct changes *c, struct tally *t)
{
	for (int i = 0; i < MESSAGES; i++) {
		char name[16];
		snprintf(name, sizeof(name), "r.M%d", i);
		const struct proto_symbol *s = map_get(&m->by_name, str_z(name));
		snprintf(name, sizeof(name), "r.M%d", after->messages[i].name);
		const struct proto_symbol *u = map_get(&n->by_name, str_z(name));
		CHECK(s && u);
		for (int k = 0; k < INSTANCES; k++) {
			struct arena a;
			arena_init(&a, 16 << 20);
			struct dyn *d = random_instance(&a, s->message, 0);
			bool bad = d && !a.full && try_instance(&a, d, u->message, c, t);
			arena_release(&a);
			if (bad)
				return false;
		}
	}
	return true;
}

static void count(const struct changes *c, struct tally *t)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct change *x = &c->items[i];
		bool on_wire = x->categories & (CHANGE_WIRE | CHANGE_JSON);
		t->breaks += x->level == CHANGE_BREAKING;
		t->proved += x->level == CHANGE_BREAKING && x->witness.state == WITNESS_PROVED;
		t->wire_or_json += x->level == CHANGE_BREAKING && on_wire;
		if (getenv("PROTO_RANDOM_SHOW") && x->level == CHANGE_BREAKING && on_wire && x->witness.what == WITNESS_CODE)
			printf("%.*s: %.*s, categories %d\n", STR_FMT(change_infos[x->kind].name), STR_FMT(x->sentence), x->categories);
		t->wire_or_json_proved += x->level == CHANGE_BREAKING && on_wire && x->witness.state == WITNESS_PROVED && x->witness.what != WITNESS_CODE;
	}
}

static struct contract_model *read_text(struct source *s, struct str text, struct err *e)
{
	source_init(s, STR("random"));
	CHECK(source_add(s, STR("a.proto"), text, e) && source_sort(s, e));
	return proto_format.read(s, e);
}

static bool run(uint64_t seed, bool witnesses, struct tally *t)
{
	struct source old_source, new_source;
	struct buf old_text, new_text;
	struct err e = { 0 }, f = { 0 };
	struct changes c;
	const struct contract_options options = { .information = true, .witnesses = witnesses };
	state = seed;
	struct contract before = random_contract(), after = before;
	for (int n = 1 + below(3); n; n--)
		change(&after);
	buf_init(&old_text, TEXT_MAX);
	buf_init(&new_text, TEXT_MAX);
	render(&before, &old_text);
	render(&after, &new_text);
	struct contract_model *a = read_text(&old_source, buf_str(&old_text), &e), *b = read_text(&new_source, buf_str(&new_text), &f);
	changes_init(&c);
	bool ok = true;
	t->pairs++;
	if (a && b) {
		CHECK(proto_format.compare(a, b, &options, &c, &e));
		count(&c, t);
		ok = search(&after, (struct proto_model *)a, (struct proto_model *)b, &c, t);
	} else {
		t->unreadable++; /* a number or a name twice */
	}
	if (!ok)
		printf("seed %llu\n%.*s---\n%.*s", (unsigned long long)seed, STR_FMT(buf_str(&old_text)), STR_FMT(buf_str(&new_text)));
	changes_release(&c);
	if (a)
		proto_format.free(a);
	if (b)
		proto_format.free(b);
	source_release(&old_source);
	source_release(&new_source);
	buf_release(&old_text);
	buf_release(&new_text);
	return ok;
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	long pairs = argc > 1 ? atol(argv[1]) : 1000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	bool witnesses = argc > 3 && !strcmp(argv[3], "--witnesses");
	size_t failed = 0;
	for (long i = 0; i < pairs && failed < 5; i++)
		failed += !run(seed + (uint64_t)i, witnesses, &t);
	printf("%zu pairs (%zu not readable), %zu instances, %zu of them broken, %zu missed; %zu breaking changes", t.pairs, t.unreadable, t.instances, t.broken, failed, t.breaks);
	if (witnesses)
		printf(", %zu proved; %zu on the wire or in JSON, %zu of them by bytes or JSON", t.proved, t.wire_or_json, t.wire_or_json_proved);
	printf("\n");
	return failed || !t.broken;
}
