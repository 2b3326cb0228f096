/* What a test that crosses borders means, in words, and as the answer of GET /api/tests (borders.h). */
#include "base/check.h"
#include "base/time.h"
#include "contract/borders/borders_impl.h"

static const struct str kind_names[BORDER_KINDS] = { STR_INIT("end-to-end"), STR_INIT("contract"), STR_INIT("journey") };
static const struct str form_names[BORDER_FORMS] = { STR_INIT("variable"), STR_INIT("host"), STR_INIT("path"), STR_INIT("client"), STR_INIT("port"), STR_INIT("compose"),
						     STR_INIT("called") };

struct str border_kind_name(enum border_kind k) { return kind_names[k]; }

static bool owns(const struct border_test *t, struct str team)
{
	for (size_t i = 0; i < t->owner_count; i++)
		if (str_eq(t->owners[i], team))
			return true;
	return false;
}

bool border_crosses(struct border_test *t)
{
	bool crosses = false, several = false;
	struct str first = STR("");
	for (size_t i = 0; i < t->touch_count; i++) {
		struct str owner = t->touches[i].owner;
		several |= first.len && owner.len && !str_eq(first, owner);
		first = first.len ? first : owner;
	}
	for (size_t i = t->touch_count; i-- > 0;) {
		struct border_touch *x = &t->touches[i];
		x->foreign = x->owner.len && (t->owner_count ? !owns(t, x->owner) : several);
		if (x->foreign)
			t->line = x->line;
		crosses |= x->foreign;
	}
	return crosses;
}

/* --- words ------------------------------------------------------------------------------------------------------------------------------------- */

static struct str owners_text(struct arena *a, const struct border_test *t)
{
	struct str text = STR("");
	for (size_t i = 0; i < t->owner_count; i++)
		text = arena_printf(a, "%.*s%s%.*s", STR_FMT(text), i ? " and " : "", STR_FMT(t->owners[i]));
	return text;
}

/* "invoicing of billing, notification of logistics" */
static struct str touched_text(struct arena *a, const struct border_test *t)
{
	enum { NAMED = 4 };
	struct str text = STR("");
	size_t n = 0;
	for (size_t i = 0; i < t->touch_count; i++)
		if (t->touches[i].foreign && n++ < NAMED)
			text = arena_printf(a, "%.*s%s%.*s of %.*s", STR_FMT(text), n > 1 ? ", " : "", STR_FMT(t->touches[i].service), STR_FMT(t->touches[i].owner));
	return n > NAMED ? arena_printf(a, "%.*s and %zu more", STR_FMT(text), n - NAMED) : text;
}

static const struct border_touch *first_foreign(const struct border_test *t)
{
	for (size_t i = 0; i < t->touch_count; i++)
		if (t->touches[i].foreign)
			return &t->touches[i];
	return NULL;
}

static struct str subject(const struct border_test *t) { return t->file.len ? t->file : t->name; }

struct str border_sentence(struct arena *a, const struct border_test *t)
{
	struct str owners = owners_text(a, t);
	return arena_printf(a, "%.*s%s%.*s%s calls %.*s", STR_FMT(subject(t)), owners.len ? " (owned by " : " (owned by nobody", STR_FMT(owners), ")", STR_FMT(touched_text(a, t)));
}

struct str border_why(struct arena *a, const struct border_test *t)
{
	const struct border_touch *x = first_foreign(t);
	struct str owners = owners_text(a, t), who = owners.len ? owners : STR("whoever runs it");
	return arena_printf(a,
			    "A change of %.*s by %.*s fails this test in the pipeline of %.*s, after the change is out, and %.*s does not see it; and nobody can change either side "
			    "without a place where all of them run together.",
			    STR_FMT(x->service), STR_FMT(x->owner), STR_FMT(who), STR_FMT(x->owner));
}

struct str border_remedy(struct arena *a, const struct border_test *t)
{
	const struct border_touch *x = first_foreign(t);
	struct str consumer = t->service.len && !str_eq(t->service, x->service) ? t->service : STR("CONSUMER"), provider = x->service;
	struct str nobody = t->owner_count ? STR("") : STR("\nSay whose the test is: a line in CODEOWNERS, or move it into the folder of a service.");
	return arena_printf(a,
			    "Write down what %.*s needs of %.*s as a contract of the consumer, let the pipeline of %.*s verify it, then drop the call from the test:\n"
			    "pleach contract record %.*s %.*s --output %.*s-%.*s.json\n"
			    "pleach contract verify %.*s-%.*s.json --provider URL%.*s",
			    STR_FMT(consumer), STR_FMT(provider), STR_FMT(x->owner), STR_FMT(consumer), STR_FMT(provider), STR_FMT(consumer), STR_FMT(provider), STR_FMT(consumer),
			    STR_FMT(provider), STR_FMT(nobody));
}

/* --- JSON --------------------------------------------------------------------------------------------------------------------------------------- */

static struct str contact(const struct fleet *f, struct str team)
{
	const struct team *t = fleet_team(f, team);
	return t ? t->contact : STR("");
}

static void touch_json(struct json_out *o, const struct fleet *f, const struct border_touch *x)
{
	json_out_object(o);
	json_kv_str(o, "service", x->service);
	json_kv_str(o, "owner", x->owner);
	json_kv_str(o, "contact", contact(f, x->owner));
	json_kv_bool(o, "foreign", x->foreign);
	json_kv_str(o, "evidence", form_names[x->form]);
	json_kv_str(o, "text", x->text);
	json_kv_u64(o, "line", x->line);
	json_out_end(o);
}

static void owners_json(struct json_out *o, const struct fleet *f, const struct border_test *t)
{
	json_out_key(o, STR("owners"));
	json_out_array(o);
	for (size_t i = 0; i < t->owner_count; i++) {
		json_out_object(o);
		json_kv_str(o, "owner", t->owners[i]);
		json_kv_str(o, "contact", contact(f, t->owners[i]));
		json_out_end(o);
	}
	json_out_end(o);
	json_kv_str(o, "owner_from", t->owner_from);
}

static void test_json(struct json_out *o, const struct fleet *f, const struct border_test *t)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	json_out_object(o);
	json_kv_str(o, "file", t->file);
	json_kv_u64(o, "line", t->line);
	json_kv_str(o, "name", t->name);
	json_kv_str(o, "tool", t->tool);
	json_kv_str(o, "kind", kind_names[t->kind]);
	json_kv_str(o, "service", t->service);
	owners_json(o, f, t);
	json_out_key(o, STR("touches"));
	json_out_array(o);
	for (size_t i = 0; i < t->touch_count; i++)
		touch_json(o, f, &t->touches[i]);
	json_out_end(o);
	json_kv_str(o, "trace", t->trace);
	json_kv_u64(o, "runs", t->runs);
	json_kv_i64(o, "last_ms", t->last / 1000000);
	json_kv_str(o, "sentence", border_sentence(&a, t));
	json_kv_str(o, "why", border_why(&a, t));
	json_kv_str(o, "remedy", border_remedy(&a, t));
	json_out_end(o);
	arena_release(&a);
}

void borders_json(struct json_out *o, const struct fleet *f, const struct borders *b, const struct border_test *seen, size_t seen_count, struct str missing)
{
	json_out_object(o);
	json_out_key(o, STR("tests"));
	json_out_array(o);
	for (size_t i = 0; b && i < b->crossing_count; i++)
		test_json(o, f, &b->crossing[i]);
	for (size_t i = 0; i < seen_count; i++)
		test_json(o, f, &seen[i]);
	json_out_end(o);
	json_out_key(o, STR("counts"));
	json_out_object(o);
	json_kv_u64(o, "tests", b ? b->tests : 0);
	json_kv_u64(o, "crossing", b ? b->crossing_count : 0);
	json_kv_u64(o, "seen", seen_count);
	json_kv_u64(o, "own", b ? b->own_count : 0);
	json_kv_u64(o, "contracts", b ? b->contracts : 0);
	json_kv_u64(o, "mocked", b ? b->mocked : 0);
	json_out_end(o);
	json_kv_bool(o, "complete", b && !b->cut && !missing.len);
	json_kv_str(o, "cut", b && b->cut ? b->why : STR(""));
	json_kv_str(o, "missing", missing);
	json_out_end(o);
}
