/* Values through the steps of a transform. */
#include "contract/doc/doc.h"
#include "contract/versions/transform_check_impl.h"

enum { TRY_MEMORY = 64 << 20, TEXT_MAX = 4 << 20 };
struct seen { char instance[256], keyword[64]; size_t length, at; };
struct body {
	struct checking *c;
	const struct schema *from, *to;
	const struct transform_steps *steps;
	enum schema_use use;
	struct str what;
	struct seen seen[TRANSFORM_FAULTS_OF_ONE];
	size_t seen_count, made;
};

static struct str text_of(struct arena *a, const struct doc *d)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, TEXT_MAX);
	json_out_init(&o, &b);
	doc_write(d, &o);
	struct str s = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ NULL, 0 };
	buf_release(&b);
	return s;
}

static struct str shown(struct arena *a, struct str s)
{
	return s.len <= TRANSFORM_SHOWN ? s : arena_printf(a, "%.*s…", STR_FMT(str_sub(s, 0, TRANSFORM_SHOWN)));
}

/* A place and a rule that it breaks are told once, with the shortest value that shows it. */
static void note(struct body *b, const struct schema_fault *f, struct str before, struct str after)
{
	struct transform_verdict *v = b->c->v;
	struct seen *s = NULL;
	for (size_t i = 0; i < b->seen_count && !s; i++)
		s = strcmp(b->seen[i].instance, f->instance) == 0 && strcmp(b->seen[i].keyword, f->keyword) == 0 ? &b->seen[i] : NULL;
	if ((s && s->length <= before.len) || (!s && b->seen_count == TRANSFORM_FAULTS_OF_ONE))
		return;
	if (!s) {
		s = &b->seen[b->seen_count++];
		*s = (struct seen){ .at = v->count };
		memcpy(s->instance, f->instance, sizeof(s->instance));
		memcpy(s->keyword, f->keyword, sizeof(s->keyword));
		transform_tell(b->c, b->what, STR(""), STR(""), "%s %s", f->instance[0] ? f->instance : "the whole", f->message);
	}
	s->length = before.len;
	if (s->at < v->count) {
		v->faults[s->at].before = arena_str(b->c->a, shown(b->c->a, before));
		v->faults[s->at].after = arena_str(b->c->a, shown(b->c->a, after));
	}
}

static bool try_one(struct body *b, const struct doc *value, struct arena *a)
{
	struct err e = { 0 };
	struct buf out;
	struct str before = text_of(a, value), after = before;
	struct schema_fault fault = { 0 };
	if (!before.p)
		return false;
	buf_init(&out, TEXT_MAX);
	if (b->steps && b->steps->count) {
		bool ok = transform_text(b->steps, before, &out, &e);
		after = ok ? arena_str(a, buf_str(&out)) : (struct str){ NULL, 0 };
		if (!ok && e.code == ERR_TOO_LARGE) {
			buf_release(&out);
			return false;
		}
	}
	const struct doc_file *f = after.p ? doc_parse(a, STR("value"), after, &e) : NULL;
	if (f && !schema_valid(b->to, f->root, b->use, &fault))
		note(b, &fault, before, after);
	buf_release(&out);
	return f != NULL;
}

void transform_try_body(struct checking *c, int side, const struct schema *from, const struct schema *to, const struct transform_steps *steps, enum schema_use use, struct str what)
{
	struct body b = { .c = c, .from = from, .to = to, .steps = steps, .use = use, .what = what };
	struct arena a;
	if (!from || !to) {
		c->v->unjudged += to != NULL; /* where the reader takes anything, anything fits */
		return;
	}
	arena_init(&a, TRY_MEMORY);
	for (uint64_t n = 0; n < TRANSFORM_TRIED; n++) {
		const struct doc *value = schema_sample(c->samplers[side], from, n, use, &a);
		b.made += value && try_one(&b, value, &a);
		arena_reset(&a);
	}
	arena_release(&a);
	c->v->tried += b.made;
	c->v->unjudged += !b.made;
}
