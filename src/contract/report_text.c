/* A report for people: breaks first, each with what changed, where, why somebody fails, the proof, whom it reaches, and the way to the same goal without
 * breaking anyone. Reason and remedy of a kind are said once, unless everything is to be explained. */
#include "contract/report.h"
#include "base/check.h"
#include "base/text.h"
#include "contract/select.h"

enum { WIDTH = 110, INDENT = 10, REACH_SHOWN = 5, WITNESS_SHOWN = 2000, CONSUMERS_SHOWN = 5 };
#define BOLD "\033[1m"
#define RED "\033[31m"
#define AMBER "\033[33m"
#define GREEN "\033[32m"
#define BLUE "\033[36m"
#define PLAIN "\033[0m"

static void styled(const struct report *r, struct buf *b, const char *style, struct str text)
{
	if (r->color)
		buf_add(b, str_z(style));
	text_safe(b, text);
	if (r->color)
		buf_add(b, STR(PLAIN));
}

/* "  why     text", wrapped; every control character made visible. */
static void line(struct buf *b, const char *label, struct str text)
{
	struct buf safe;
	buf_init(&safe, 4u << 20);
	text_safe(&safe, text);
	buf_printf(b, "  %-*s", INDENT - 2, label);
	text_wrapped(b, buf_str(&safe), INDENT, WIDTH);
	buf_release(&safe);
}

static void place_line(struct buf *b, const char *label, const struct change_place *p, struct str of)
{
	if (!p->file.len)
		return;
	buf_printf(b, "  %-*s", INDENT - 2, label);
	text_safe(b, p->file);
	if (p->line)
		buf_printf(b, ":%u:%u", p->line, p->column ? p->column : 1);
	if (of.len) {
		buf_add(b, STR("  in "));
		text_safe(b, of);
	}
	buf_char(b, '\n');
}

/* A text of several lines keeps them; one that is very long is cut, and says so. */
static void witness_text(struct buf *b, struct str text)
{
	size_t whole = text.len;
	text = str_sub(text, 0, WITNESS_SHOWN);
	bool cut = text.len < whole;
	while (text.p) {
		struct str one = str_split(&text, '\n');
		buf_printf(b, "%*s", INDENT + 2, "");
		text_safe(b, one);
		buf_char(b, '\n');
	}
	if (cut)
		buf_printf(b, "%*s… (%zu bytes; --json has all of them)\n", INDENT + 2, "", whole);
}

static void witness(struct buf *b, const struct change *x)
{
	const struct witness *w = &x->witness;
	struct buf safe;
	if (w->state == WITNESS_UNPROVED)
		line(b, "proof", STR("unproved: no value was found that shows it; judge it yourself"));
	if (w->state != WITNESS_PROVED)
		return;
	line(b, "proof", w->of);
	witness_text(b, w->text);
	buf_init(&safe, 1 << 20);
	text_safe(&safe, w->before);
	buf_printf(b, "%*sold: %.*s\n", INDENT, "", STR_FMT(buf_str(&safe)));
	buf_clear(&safe);
	text_safe(&safe, w->after);
	buf_printf(b, "%*snew: %.*s\n", INDENT, "", STR_FMT(buf_str(&safe)));
	buf_release(&safe);
}

static void reach(const struct report *r, struct buf *b, const struct change *x)
{
	static const char *const directions[] = { "", " (request)", " (response)", "" };
	struct buf text;
	if (!x->reach_count)
		return;
	buf_init(&text, 4u << 20);
	size_t shown = r->explain || x->reach_count <= REACH_SHOWN + 1 ? x->reach_count : REACH_SHOWN;
	for (size_t i = 0; i < shown; i++)
		buf_printf(&text, "%s%.*s%s", i ? ", " : "", STR_FMT(x->reach[i].operation), directions[x->reach[i].direction & REACH_BOTH]);
	if (shown < x->reach_count)
		buf_printf(&text, " and %zu more", x->reach_count - shown);
	line(b, "reaches", buf_str(&text));
	buf_release(&text);
}

static void use(const struct report *r, struct buf *b, const struct change *x)
{
	struct buf text;
	if (!x->use)
		return;
	buf_init(&text, 4u << 20);
	report_use(&text, x, r->explain ? SIZE_MAX : CONSUMERS_SHOWN, "\n");
	struct str rest = buf_str(&text);
	for (bool first = true; rest.p; first = false)
		line(b, first ? "used by" : "", str_split(&rest, '\n'));
	buf_release(&text);
}

static struct str checker_of(const struct change *x, size_t i) { return rule_infos[x->rules[i]].checker; }

static bool is_first_of_checker(const struct change *x, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(checker_of(x, k), checker_of(x, i)))
			return false;
	return true;
}

/* "buf FIELD_NO_DELETE, FIELD_SAME_TYPE" */
static void rules_of_checker(struct buf *b, const struct change *x, size_t first)
{
	buf_printf(b, "%s%.*s", first ? "; " : "", STR_FMT(checker_of(x, first)));
	for (size_t i = first; i < x->rules_count; i++)
		if (str_eq(checker_of(x, i), checker_of(x, first)))
			buf_printf(b, "%s %.*s", i == first ? "" : ",", STR_FMT(rule_infos[x->rules[i]].name));
}

static void rules(const struct report *r, struct buf *b, const struct change *x)
{
	struct buf text;
	if (!x->rules_count)
		return;
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < x->rules_count; i++)
		if (is_first_of_checker(x, i))
			rules_of_checker(&text, x, i);
	line(b, "also", buf_str(&text));
	for (size_t i = 0; r->explain && i < x->rules_count; i++)
		buf_printf(b, "%*s%.*s: %.*s\n", INDENT, "", STR_FMT(rule_infos[x->rules[i]].name), STR_FMT(rule_infos[x->rules[i]].purpose));
	buf_release(&text);
}

static void identity(struct buf *b, const struct change *x)
{
	struct str names[4];
	size_t n = category_names(x->categories, names);
	buf_printf(b, "  %-*s", INDENT - 2, "id");
	buf_hex(b, x->fingerprint, sizeof(x->fingerprint));
	buf_add(b, STR("  "));
	report_kind(b, x->kind);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%.*s", i ? ", " : "  ", STR_FMT(names[i]));
	buf_char(b, '\n');
}

static void put_change(const struct report *r, struct buf *b, const struct change *x, bool told)
{
	static const char *const styles[] = { [CHANGE_INFO] = BLUE, [CHANGE_WARNING] = AMBER, [CHANGE_BREAKING] = RED };
	const struct change_info *info = &change_infos[x->kind];
	const struct approval *a = report_approval(r, x);
	struct buf text;
	buf_init(&text, 64 << 10);
	buf_printf(&text, "%-9s ", a ? "approved" : report_unused(x) ? "unused" : change_level_name(x->level));
	styled(r, b, a ? GREEN : report_unused(x) ? BLUE : styles[x->level], buf_str(&text));
	styled(r, b, BOLD, x->sentence.len ? x->sentence : info->title);
	buf_char(b, '\n');
	place_line(b, "new", &x->new_place, STR(""));
	place_line(b, "old", &x->old_place, r->old_elsewhere ? r->old_name : STR(""));
	if (a) {
		buf_clear(&text);
		buf_printf(&text, "%.*s, until %.*s: %.*s", STR_FMT(a->owner), STR_FMT(a->expires), STR_FMT(a->reason));
		line(b, "by", buf_str(&text));
	}
	if (info->why.len && (!told || r->explain))
		line(b, "why", info->why);
	if (!a || r->explain)
		witness(b, x);
	reach(r, b, x);
	use(r, b, x);
	rules(r, b, x);
	if (info->remedy.len && (r->explain || (!told && !a)))
		line(b, "instead", info->remedy);
	identity(b, x);
	buf_char(b, '\n');
	buf_release(&text);
}

static void notes(const struct report *r, struct buf *b)
{
	for (size_t i = 0; r->notes && i < r->notes->count; i++) {
		const struct report_note *n = &r->notes->items[i];
		styled(r, b, n->failure ? RED : BLUE, n->failure ? STR("error     ") : STR("note      "));
		if (n->place.file.len) {
			text_safe(b, n->place.file);
			if (n->place.line)
				buf_printf(b, ":%u:%u", n->place.line, n->place.column);
			buf_add(b, STR(": "));
		}
		text_safe(b, n->text);
		buf_char(b, '\n');
	}
	if (r->notes && r->notes->count)
		buf_char(b, '\n');
}

static void count(struct buf *b, size_t n, const char *one, const char *many, bool *first)
{
	if (!n)
		return;
	buf_printf(b, "%s%zu %s", *first ? "" : ", ", n, n == 1 ? one : many);
	*first = false;
}

static void summary(const struct report *r, struct buf *b)
{
	struct report_counts n = report_count(r);
	bool first = true;
	size_t below = r->hidden[CHANGE_INFO] + r->hidden[CHANGE_WARNING];
	count(b, n.level[CHANGE_BREAKING], "breaking change", "breaking changes", &first);
	count(b, n.level[CHANGE_WARNING], "warning", "warnings", &first);
	count(b, n.level[CHANGE_INFO], "change that breaks nobody", "changes that break nobody", &first);
	count(b, n.approved, "approved", "approved", &first);
	count(b, n.unused, "change of what nobody was seen to use", "changes of what nobody was seen to use", &first);
	count(b, n.failures, "problem", "problems", &first);
	if (first)
		buf_add(b, below ? STR("Nothing breaks") : STR("No change"));
	buf_add(b, STR(" between "));
	text_safe(b, r->old_name);
	buf_add(b, STR(" and "));
	text_safe(b, r->new_name);
	first = true;
	buf_add(b, below ? STR("; not shown: ") : STR(""));
	count(b, r->hidden[CHANGE_WARNING], "warning", "warnings", &first);
	count(b, r->hidden[CHANGE_INFO], "change that breaks nobody", "changes that break nobody", &first);
	buf_add(b, r->hidden[CHANGE_INFO] ? STR(" (--level info)") : r->hidden[CHANGE_WARNING] ? STR(" (--level warning)") : STR(""));
	buf_char(b, '\n');
	if (r->usage.len) {
		buf_add(b, STR("Use: "));
		text_safe(b, r->usage);
		buf_char(b, '\n');
	}
	if (r->changes->dropped)
		buf_printf(b, "There are %zu more changes than fit into a report: this one is not complete.\n", r->changes->dropped);
}

void report_text(const struct report *r, struct buf *b)
{
	bool told[CHANGE_KIND_COUNT] = { false };
	for (size_t i = 0; i < r->changes->count; i++) {
		const struct change *x = &r->changes->items[i];
		put_change(r, b, x, told[x->kind]);
		told[x->kind] = true;
	}
	notes(r, b);
	summary(r, b);
}
