/* Why two interfaces are alike, in words. Names are sorted (features.h), so what is shared exactly is found by one walk over both; of what is left, names
 * are alike where exactly one on each side has the same `near`. Only as many names are shown as a person reads. */
#include "base/check.h"
#include "catalog/interfaces/interfaces.h"
#include <stdlib.h>

enum { SCRATCH_MAX = 256 << 20 };

struct shown { struct str name, there; size_t fields; uint64_t rank; };
struct shared {
	size_t count, all;                   /* distinct names that both have; that the query has */
	struct shown best[INTERFACES_SHOWN]; /* lowest rank first */
	size_t best_count;
	const struct named **left, **right;  /* only one side has them; each name once */
	size_t left_count, right_count;
};
struct side { const struct named *p; size_t n; };

static struct side of_kind(const struct interface *i, enum named_kind kind)
{
	size_t from = 0, to;
	while (from < i->named_count && i->named[from].kind < kind)
		from++;
	for (to = from; to < i->named_count && i->named[to].kind == kind; to++)
		;
	return (struct side){ i->named + from, to - from };
}

static size_t run_at(struct side s, size_t at)
{
	size_t n = 1;
	while (at + n < s.n && s.p[at + n].exact == s.p[at].exact)
		n++;
	return n;
}

static void show(struct shared *s, struct shown one)
{
	if (s->best_count == INTERFACES_SHOWN && one.rank >= s->best[INTERFACES_SHOWN - 1].rank)
		return;
	size_t at = s->best_count < INTERFACES_SHOWN ? s->best_count++ : INTERFACES_SHOWN - 1;
	for (; at > 0 && s->best[at - 1].rank > one.rank; at--)
		s->best[at] = s->best[at - 1];
	s->best[at] = one;
}

static int by_type(const void *x, const void *y)
{
	const struct named *a = *(const struct named *const *)x, *b = *(const struct named *const *)y;
	if (a->of != b->of)
		return a->of < b->of ? -1 : 1;
	return a->exact < b->exact ? -1 : a->exact > b->exact;
}

static const struct named **fields_by_type(struct side fields, struct arena *scratch)
{
	const struct named **p = ARENA_ARRAY(scratch, fields.n + 1, const struct named *);
	for (size_t i = 0; p && i < fields.n; i++)
		p[i] = &fields.p[i];
	if (p && fields.n)
		qsort(p, fields.n, sizeof(*p), by_type);
	return p;
}

static bool walk(struct shared *s, struct side a, struct side b, struct arena *scratch)
{
	*s = (struct shared){ .left = ARENA_ARRAY(scratch, a.n + 1, const struct named *), .right = ARENA_ARRAY(scratch, b.n + 1, const struct named *) };
	if (!s->left || !s->right)
		return false;
	for (size_t i = 0, k = 0, m, n; i < a.n || k < b.n; i += m, k += n) {
		m = k == b.n || (i < a.n && a.p[i].exact <= b.p[k].exact) ? run_at(a, i) : 0;
		n = i == a.n || (k < b.n && b.p[k].exact <= a.p[i].exact) ? run_at(b, k) : 0;
		s->all += m > 0;
		s->count += m > 0 && n > 0;
		if (m && n)
			show(s, (struct shown){ .name = a.p[i].shown, .there = b.p[k].shown, .rank = a.p[i].place });
		else if (m)
			s->left[s->left_count++] = &a.p[i];
		else
			s->right[s->right_count++] = &b.p[k];
	}
	return true;
}

static int by_near(const void *x, const void *y)
{
	const struct named *a = *(const struct named *const *)x, *b = *(const struct named *const *)y;
	if (a->near != b->near)
		return a->near < b->near ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static bool alone(const struct named **p, size_t n, size_t at)
{
	return p[at]->near != 0 && (at == 0 || p[at - 1]->near != p[at]->near) && (at + 1 == n || p[at + 1]->near != p[at]->near);
}

/* Of what only one side has: what is alike, into `out`. */
static void pair_alike(struct shared *s, struct shared *out)
{
	*out = (struct shared){ .all = s->left_count };
	qsort(s->left, s->left_count, sizeof(*s->left), by_near);
	qsort(s->right, s->right_count, sizeof(*s->right), by_near);
	for (size_t i = 0, k = 0; i < s->left_count && k < s->right_count;) {
		uint64_t x = s->left[i]->near, y = s->right[k]->near;
		if (x == y && alone(s->left, s->left_count, i) && alone(s->right, s->right_count, k)) {
			out->count++;
			show(out, (struct shown){ .name = s->left[i]->shown, .there = s->right[k]->shown, .rank = s->left[i]->place });
		}
		i += x <= y;
		k += y <= x;
	}
}

/* "3 of 4 operations are the same: GET /orders, POST /orders, …" */
static void say(struct str *out, size_t *n, struct arena *a, const struct shared *s, const char *one, const char *many, const char *what, bool there)
{
	struct buf b;
	if (s->count == 0 || *n == INTERFACES_REASONS_MAX)
		return;
	buf_init(&b, 4096);
	buf_printf(&b, "%zu of %zu %s %s: ", s->count, s->all, s->all == 1 ? one : many, what);
	for (size_t i = 0; i < s->best_count; i++) {
		const struct shown *x = &s->best[i];
		buf_printf(&b, "%s%.*s", i ? ", " : "", (int)(x->name.len < 200 ? x->name.len : 200), x->name.p);
		if (there)
			buf_printf(&b, " (there %.*s)", (int)(x->there.len < 200 ? x->there.len : 200), x->there.p);
		else if (x->fields)
			buf_printf(&b, " (%zu field%s the same)", x->fields, x->fields == 1 ? "" : "s");
	}
	if (s->count > s->best_count)
		buf_printf(&b, " and %zu more", s->count - s->best_count);
	struct str kept = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	if (kept.p)
		out[(*n)++] = kept;
}

/* Types with most fields in common first. Fields lie in the order of their types as the types do, so all is one walk. */
static bool rank_types(struct shared *s, struct side a, struct side b, struct side fields_a, struct side fields_b, struct arena *scratch)
{
	const struct named **p = fields_by_type(fields_a, scratch), **q = fields_by_type(fields_b, scratch);
	if (!p || !q)
		return false;
	s->best_count = 0;
	for (size_t i = 0, k = 0, m, n, x = 0, y = 0; i < a.n && k < b.n; i += m, k += n) {
		uint64_t of = a.p[i].exact, fields = 0;
		m = of <= b.p[k].exact ? run_at(a, i) : 0;
		n = b.p[k].exact <= of ? run_at(b, k) : 0;
		if (!m || !n)
			continue;
		while (x < fields_a.n && y < fields_b.n && p[x]->of <= of && q[y]->of <= of) {
			int order = by_type(&p[x], &q[y]);
			fields += order == 0 && p[x]->of == of;
			x += order <= 0;
			y += order >= 0;
		}
		show(s, (struct shown){ .name = a.p[i].shown, .fields = fields, .rank = (INTERFACE_NAMES_MAX - fields) << 32 | a.p[i].place });
	}
	return true;
}

static size_t write_reasons(const struct interface *query, const struct interface *other, struct str *out, size_t *same, struct arena *a, struct arena *scratch)
{
	struct shared operations, types, fields, alike;
	struct side qt = of_kind(query, NAMED_TYPE), ot = of_kind(other, NAMED_TYPE), qf = of_kind(query, NAMED_FIELD), of = of_kind(other, NAMED_FIELD);
	size_t n = 0;
	if (!walk(&operations, of_kind(query, NAMED_OPERATION), of_kind(other, NAMED_OPERATION), scratch) || !walk(&types, qt, ot, scratch) ||
	    !walk(&fields, qf, of, scratch))
		return 0;
	if (!rank_types(&types, qt, ot, qf, of, scratch))
		return 0;
	*same = operations.count + types.count + fields.count;
	say(out, &n, a, &operations, "operation", "operations", operations.count == 1 ? "is the same" : "are the same", false);
	say(out, &n, a, &types, "type", "types", types.count == 1 ? "has the same name" : "have the same name", false);
	say(out, &n, a, &fields, "field", "fields", fields.count == 1 ? "has the same name and kind" : "have the same name and kind", false);
	pair_alike(&types, &alike);
	*same += alike.count;
	say(out, &n, a, &alike, "other type", "other types", alike.count == 1 ? "has the same form under another name" : "have the same form under other names", true);
	pair_alike(&fields, &alike);
	*same += alike.count;
	say(out, &n, a, &alike, "other field", "other fields", alike.count == 1 ? "has a like name" : "have like names", true);
	return n;
}

size_t interfaces_reasons(const struct interface *query, const struct interface *other, struct str out[INTERFACES_REASONS_MAX], size_t *same, struct arena *a)
{
	struct arena scratch;
	arena_init(&scratch, SCRATCH_MAX);
	*same = 0;
	size_t n = write_reasons(query, other, out, same, a, &scratch);
	arena_release(&scratch);
	return n;
}
