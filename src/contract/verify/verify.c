/* See verify.h: a run's pacts, filters, counts. */
#include "contract/verify/verify_impl.h"
#include "base/check.h"

void verify_init(struct verify *v, struct loop *l, const struct verify_options *o)
{
	*v = (struct verify){ .loop = l, .o = *o };
	v->last = &v->pacts;
	arena_init(&v->arena, (size_t)VERIFY_RESULTS_BYTES + (size_t)VERIFY_PACTS_MAX * (1 << 20));
	if (!v->o.timeout)
		v->o.timeout = 10 * SECOND;
	if (!v->o.parallel)
		v->o.parallel = 4;
	v->http = http_client_new(l, &(struct http_client_options){ .max_idle = VERIFY_PARALLEL_MAX });
	CHECK(v->http);
}

void verify_release(struct verify *v)
{
	http_client_free(v->http);
	arena_release(&v->arena);
}

const char *verify_verdict_name(enum verify_verdict v)
{
	static const char *const names[] = { [VERIFY_SKIPPED] = "skipped", [VERIFY_FITS] = "success", [VERIFY_DIFFERS] = "failed", [VERIFY_FAILED] = "error" };
	return names[v];
}

/* Whether `text` holds what the filter says, `*` standing for any text. */
static bool holds(struct str filter, struct str text)
{
	while (filter.p) {
		struct str piece = str_split(&filter, '*');
		size_t at = str_find(text, piece);
		if (at == SIZE_MAX)
			return false;
		text = str_skip(text, at + piece.len);
	}
	return true;
}

static bool has_state(const struct pact_interaction *i, struct str filter)
{
	for (uint32_t k = 0; k < i->states_count; k++)
		if (holds(filter, i->states[k].name))
			return true;
	return false;
}

static bool wanted(const struct verify_options *o, const struct pact *p, const struct pact_interaction *i)
{
	return (!o->interaction.len || holds(o->interaction, i->description)) && (!o->state.len || has_state(i, o->state)) && (!o->stateless || !i->states_count) &&
	       (!o->consumer.len || holds(o->consumer, p->consumer));
}

static struct str states_of(struct arena *a, const struct pact_interaction *i)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	for (uint32_t k = 0; k < i->states_count; k++) {
		if (k)
			buf_add(&b, STR(", "));
		buf_add(&b, i->states[k].name);
	}
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static void add_result(struct verify *v, struct verify_pact *p, const struct pact_interaction *i)
{
	struct verify_result *r = &p->results[p->count++];
	*r = (struct verify_result){ .interaction = i, .pact = p, .title = pact_interaction_title(&v->arena, i), .states = states_of(&v->arena, i), .pending = i->pending };
	if (i->node)
		r->place = doc_place(p->pact->file, i->node->offset);
	pact_mismatches_init(&r->mismatches, &v->arena);
	r->verdict = wanted(&v->o, p->pact, i) ? VERIFY_FAILED : VERIFY_SKIPPED;
	if (r->verdict == VERIFY_SKIPPED)
		return;
	v->total++;
	v->states_ignored |= i->states_count && !v->o.states.host.len;
}

struct verify_pact *verify_add(struct verify *v, struct str name, struct str text, struct err *e)
{
	if (v->pact_count == VERIFY_PACTS_MAX) {
		err_set(e, ERR_TOO_LARGE, "there are more than %d pacts; verify those of one provider", VERIFY_PACTS_MAX);
		return NULL;
	}
	struct verify_pact *p = ARENA_NEW(&v->arena, struct verify_pact);
	struct str kept_name = arena_str(&v->arena, name), kept = text.len > PACT_TEXT_MAX ? text : arena_str(&v->arena, text);
	const struct pact *pact = p && kept_name.p && kept.p ? pact_read(&v->arena, kept_name, kept, e) : NULL;
	if (!pact) {
		err_set(e, ERR_NO_MEMORY, "the pacts do not fit into memory; verify fewer at a time");
		return NULL;
	}
	p->name = kept_name;
	p->pact = pact;
	p->results = ARENA_ARRAY(&v->arena, pact->count + 1, struct verify_result);
	if (!p->results) {
		err_set(e, ERR_NO_MEMORY, "the pacts do not fit into memory; verify fewer at a time");
		return NULL;
	}
	for (uint32_t i = 0; i < pact->count; i++)
		add_result(v, p, &pact->interactions[i]);
	*v->last = p;
	v->last = &p->next;
	v->pact_count++;
	return p;
}

struct verify_counts verify_count(const struct verify *v)
{
	struct verify_counts n = { 0 };
	for (const struct verify_pact *p = v->pacts; p; p = p->next) {
		for (size_t i = 0; i < p->count; i++) {
			const struct verify_result *r = &p->results[i];
			bool fails = r->verdict == VERIFY_DIFFERS || r->verdict == VERIFY_FAILED;
			n.all++;
			n.fit += r->verdict == VERIFY_FITS;
			n.skipped += r->verdict == VERIFY_SKIPPED;
			n.pending += fails && (r->pending || p->pending);
			n.differ += r->verdict == VERIFY_DIFFERS && !(r->pending || p->pending);
			n.failed += r->verdict == VERIFY_FAILED && !(r->pending || p->pending);
		}
	}
	return n;
}

bool verify_fails(const struct verify *v)
{
	struct verify_counts n = verify_count(v);
	return n.differ || n.failed;
}
