/* Why a request fits no interaction: the nearest ones with all their differences, or, where no path fits, the paths that there are. */
#include "base/check.h"
#include "contract/stub/stub_impl.h"

struct near { const struct stub_entry *entry; struct pact_mismatches mismatches; size_t distance; };
struct miss {
	struct stub *stub;
	const struct pact_actual *actual;
	struct arena *arena;
	struct near nearest[STUB_SHOWN_MAX];
	size_t count;                /* of nearest */
	bool path_known;
};

static bool same_way(const struct stub_entry *e, struct str method, struct str path)
{
	const struct pact_part *q = &e->interaction->request;
	return str_eq(e->path, path) && (!q->method.len || str_eq_ci(q->method, method));
}

/* Keeps the nearest, nearest first; of equally near ones the first. */
static void keep(struct miss *m, const struct near *n)
{
	size_t at = m->count;
	while (at && m->nearest[at - 1].distance > n->distance)
		at--;
	if (at == STUB_SHOWN_MAX)
		return;
	if (m->count < STUB_SHOWN_MAX)
		m->count++;
	memmove(&m->nearest[at + 1], &m->nearest[at], (m->count - at - 1) * sizeof(*n));
	m->nearest[at] = *n;
}

static void compare(struct miss *m, const struct stub_entry *e)
{
	struct near n = { .entry = e };
	pact_mismatches_init(&n.mismatches, m->arena);
	pact_match_request(&e->interaction->request, m->actual, &m->stub->scratch, &n.mismatches);
	n.distance = n.mismatches.count;
	for (size_t i = 0; i < n.mismatches.count; i++)
		n.distance += n.mismatches.items[i].where == PACT_AT_PATH || n.mismatches.items[i].where == PACT_AT_METHOD ? 1000 : 0;
	if (n.distance < 1000)
		m->path_known = true;
	keep(m, &n);
}

static void find_nearest(struct miss *m, struct str path, struct str state)
{
	const struct stub *s = m->stub;
	size_t compared = 0;
	for (size_t i = 0; i < s->count && compared < STUB_NEAREST_MAX; i++) {
		const struct stub_entry *e = s->entries[i];
		bool likely = same_way(e, m->actual->method, path) || e->interaction->request.rules[PACT_RULES_PATH].count;
		if (!likely || !stub_state_fits(e, state))
			continue;
		compare(m, e);
		compared++;
	}
}

static void put_near(const struct near *n, struct json_out *o)
{
	const struct stub_entry *e = n->entry;
	struct text_place at = e->interaction->node ? doc_place(e->pact->file, e->interaction->node->offset) : (struct text_place){ 0 };
	json_out_object(o);
	json_kv_str(o, "pact", e->name);
	json_kv_u64(o, "line", at.line);
	json_kv_str(o, "description", e->interaction->description);
	json_out_key(o, STR("mismatches"));
	json_out_array(o);
	for (size_t i = 0; i < n->mismatches.count; i++) {
		const struct pact_mismatch *x = &n->mismatches.items[i];
		json_out_object(o);
		json_kv_str(o, "attribute", str_z(pact_where_name(x->where)));
		json_kv_str(o, "path", x->path);
		json_kv_str(o, "message", x->sentence);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

static void put_known(const struct stub *s, struct json_out *o)
{
	json_out_key(o, STR("known"));
	json_out_array(o);
	for (size_t i = 0; i < s->count && i < STUB_KNOWN_MAX; i++) {
		const struct pact_part *q = &s->entries[i]->interaction->request;
		struct buf b;
		buf_init(&b, 64 << 10);
		buf_printf(&b, "%.*s %.*s", STR_FMT(q->method), STR_FMT(q->path));
		json_out_str(o, buf_str(&b));
		buf_release(&b);
	}
	json_out_end(o);
}

static void message(const struct miss *m, struct buf *b)
{
	const struct pact_actual *a = m->actual;
	if (!m->path_known) {
		buf_printf(b, "no interaction has %.*s %.*s", STR_FMT(a->method), STR_FMT(str_sub(a->path, 0, 200)));
		return;
	}
	const struct near *n = &m->nearest[0];
	buf_printf(b, "%.*s %.*s fits no interaction; nearest is \"%.*s\"", STR_FMT(a->method), STR_FMT(str_sub(a->path, 0, 200)), STR_FMT(str_sub(n->entry->interaction->description, 0, 200)));
	if (n->mismatches.count)
		buf_printf(b, ": %s%s%.*s: %.*s", pact_where_name(n->mismatches.items[0].where), n->mismatches.items[0].path.len ? " " : "", STR_FMT(n->mismatches.items[0].path),
			STR_FMT(n->mismatches.items[0].sentence));
}

void stub_missed(struct stub *s, struct http_exchange *x, const struct pact_actual *actual, struct str path, struct str state)
{
	struct miss m = { .stub = s, .actual = actual, .arena = &s->scratch };
	struct buf words, b;
	struct json_out o;
	find_nearest(&m, path, state);
	buf_init(&words, 64 << 10);
	buf_init(&b, 4 << 20);
	message(&m, &words);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "error", m.path_known ? STR("request_differs") : STR("no_interaction"));
	json_kv_str(&o, "message", buf_str(&words));
	json_out_key(&o, STR("nearest"));
	json_out_array(&o);
	for (size_t i = 0; i < m.count && m.path_known; i++)
		put_near(&m.nearest[i], &o);
	json_out_end(&o);
	if (!m.path_known)
		put_known(s, &o);
	json_out_end(&o);
	struct str cors = s->o.cors ? STR("Access-Control-Allow-Origin: *\r\n") : STR("");
	http_answer(x, m.path_known ? 500 : 404, STR("application/json"), cors, buf_ok(&b) ? buf_str(&b) : STR("{\"error\":\"request_differs\",\"message\":\"the differences are too many to be told\"}"));
	if (s->o.missed)
		s->o.missed(s->o.ctx, actual->method, http_request(x)->head.target, buf_str(&words));
	buf_release(&words);
	buf_release(&b);
}
