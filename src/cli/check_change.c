/* `pleach check --change`: gathers from git, judges, prints (check_change.h). */
#include "cli/check_change.h"
#include "cli/check_change_score.h"
#include "base/check.h"
#include "catalog/review/protection.h"
#include "cli/output.h"
#include "contract/report.h"

static const struct str ownerships[] = { STR_INIT("strong"), STR_INIT("weak"), STR_INIT("collective") };
static const enum style styles[] = { STYLE_GREEN, STYLE_RED, STYLE_AMBER, STYLE_DIM, STYLE_AMBER };

static void put_list(struct buf *b, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%.*s", i ? ", " : "", STR_FMT(words[i]));
}

/* What its standing means for those who read it, in one sentence. */
static void put_standing(struct buf *b, const struct review *r, const struct review_service *s)
{
	const struct review_team *t = review_owner(r, s);
	switch (s->standing) {
	case REVIEW_AGREED: buf_printf(b, "%.*s agrees: %.*s (%.*s)", STR_FMT(s->owner), STR_FMT(s->by), STR_FMT(s->from)); break;
	case REVIEW_MISSING:
		buf_printf(b, "%.*s must agree and has not", STR_FMT(s->owner));
		if (t && t->members_count) {
			buf_add(b, STR("; ask one of "));
			put_list(b, t->members, t->members_count);
		} else {
			buf_printf(b, "; who belongs to it is not known: add `members:` to the team `%.*s` in pleach.yaml", STR_FMT(s->owner));
		}
		break;
	case REVIEW_REMINDED: buf_printf(b, "%.*s should look at it; nothing fails", STR_FMT(s->owner)); break;
	case REVIEW_OPEN: buf_add(b, STR("anybody may")); break;
	case REVIEW_UNOWNED: buf_printf(b, "nobody owns it: add `owner:` to %.*s", STR_FMT(s->file)); break;
	}
}

static void line_of(struct cli *c, const char *what, struct str text)
{
	out_styled(c, STYLE_DIM, arena_printf(&c->arena, "    %-13s", what));
	text_safe(&c->out, text);
	buf_char(&c->out, '\n');
}

static void put_more(struct cli *c, const struct review_service *s)
{
	struct arena *a = &c->arena;
	if (s->next_owner.len)
		line_of(c, "hands over", arena_printf(a, "this change gives it from %.*s to %.*s", STR_FMT(s->owner.len ? s->owner : STR("nobody")), STR_FMT(s->next_owner)));
	if (s->next_ownership != s->ownership)
		line_of(c, "loosens", arena_printf(a, "this change makes its ownership %.*s instead of %.*s", STR_FMT(ownerships[s->next_ownership]), STR_FMT(ownerships[s->ownership])));
	for (size_t i = 0; i < s->callers_count; i++)
		line_of(c, "tell", arena_printf(a, "%.*s of %.*s: it calls %.*s, and %.*s changes", STR_FMT(s->callers[i]->owner.len ? s->callers[i]->owner : STR("whoever looks after")),
						 STR_FMT(s->callers[i]->name), STR_FMT(s->name), STR_FMT(s->contract)));
	for (size_t i = 0; i < s->knowers_count; i++)
		line_of(c, i ? "" : "who knows it", arena_printf(a, "%.*s, %u %s in two years", STR_FMT(s->knowers[i].who), s->knowers[i].commits,
									 s->knowers[i].commits == 1 ? "commit" : "commits"));
	if (s->rule.len)
		line_of(c, "rules", s->rule);
}

static void put_service(struct cli *c, const struct review *r, const struct review_service *s)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	out_bold(c, s->name);
	buf_printf(&c->out, "  %.*s%s  ", STR_FMT(ownerships[s->ownership]), s->is_new ? ", new" : "");
	put_standing(&b, r, s);
	out_styled(c, styles[s->standing], buf_str(&b));
	buf_char(&c->out, '\n');
	if (s->touched == 1)
		line_of(c, "touched", s->example);
	else
		line_of(c, "touched", arena_printf(&c->arena, "%.*s and %zu more", STR_FMT(s->example), s->touched - 1));
	put_more(c, s);
	buf_release(&b);
}

static void put_text(struct cli *c, const struct review *r, const struct protection *protection, const struct changed_scores *scores, struct str notes)
{
	enum { SHOWN = 5 };
	size_t services = 0;
	while (services < r->services_count && r->services[services].touched)
		services++;
	for (size_t i = 0; i < services; i++)
		put_service(c, r, &r->services[i]);
	for (size_t i = 0; i < r->outside_count && i < SHOWN; i++)
		line_of(c, i ? "" : "no service's", r->outside[i]);
	if (r->outside_count > SHOWN)
		line_of(c, "", arena_printf(&c->arena, "and %zu more", r->outside_count - SHOWN));
	for (size_t i = 0; i < protection->says_count; i++) {
		out_styled(c, STYLE_AMBER, STR("branch "));
		text_safe(&c->out, protection->says[i]);
		buf_char(&c->out, '\n');
	}
	changed_scores_text(c, scores);
	while (notes.len) {
		out_styled(c, STYLE_AMBER, STR("note "));
		text_safe(&c->out, str_split(&notes, '\n'));
		buf_char(&c->out, '\n');
	}
	if (!r->paths_count)
		buf_add(&c->out, STR("The change touches no file.\n"));
	else if (r->missing)
		buf_printf(&c->out, "%zu %s not agreed.\n", r->missing, r->missing == 1 ? "owner has" : "owners have");
	else
		buf_printf(&c->out, "%zu %s touched; nobody's agreement is missing.\n", services, services == 1 ? "service is" : "services are");
}

static void put_json(struct cli *c, const struct review *r, const struct protection *protection, const struct changed_scores *scores, struct str notes)
{
	struct json_out o;
	json_out_init(&o, &c->out);
	json_out_object(&o);
	json_out_key(&o, STR("change"));
	review_json(&o, r);
	json_out_key(&o, STR("protection"));
	protection_json(&o, protection);
	json_out_key(&o, STR("scores"));
	changed_scores_json(&o, scores);
	json_out_key(&o, STR("notes"));
	json_out_array(&o);
	while (notes.len)
		json_out_str(&o, str_split(&notes, '\n'));
	json_out_end(&o);
	json_out_end(&o);
	buf_char(&c->out, '\n');
}

/* Beside the first file of each service that is touched. */
/* Told beside the change, at the lowest level: a score fails nothing. */
static void put_github_scores(struct cli *c, const struct changed_scores *scores)
{
	for (size_t i = 0; i < scores->count; i++) {
		const struct changed_score *x = &scores->items[i];
		if (x->before < 0 || x->after < 0 || (int)(x->before + 0.5) == (int)(x->after + 0.5))
			continue;
		report_github_line(&c->out, "notice", &(struct change_place){ 0 }, STR("Operability score"), arena_printf(&c->arena, "%.*s: %d points, was %d", STR_FMT(x->service), (int)(x->after + 0.5), (int)(x->before + 0.5)));
	}
}

static void put_github(struct cli *c, const struct review *r, const struct protection *protection, const struct changed_scores *scores, struct str notes)
{
	static const char *const levels[] = { "notice", "error", "warning", "notice", "warning" };
	for (size_t i = 0; i < r->services_count && r->services[i].touched; i++) {
		const struct review_service *s = &r->services[i];
		struct change_place place = { s->example, 1, 0 };
		struct buf b;
		buf_init(&b, 64 << 10);
		put_standing(&b, r, s);
		if (s->rule.len)
			buf_printf(&b, "\n%.*s", STR_FMT(s->rule));
		report_github_line(&c->out, levels[s->standing], &place, arena_printf(&c->arena, "%.*s, ownership %.*s", STR_FMT(s->name), STR_FMT(ownerships[s->ownership])), buf_str(&b));
		buf_release(&b);
	}
	for (size_t i = 0; i < protection->says_count; i++)
		report_github_line(&c->out, "warning", &(struct change_place){ 0 }, STR("Ownership and the branch's rules"), protection->says[i]);
	put_github_scores(c, scores);
	while (notes.len)
		report_github_line(&c->out, "warning", &(struct change_place){ 0 }, STR("Ownership"), str_split(&notes, '\n'));
}

static bool read_approvals(struct cli *c, struct review *r, struct err *e)
{
	struct str files = cli_option(c, "approvals");
	while (files.p) {
		struct str file = str_split(&files, '\n'), text;
		struct arena scratch;
		arena_init(&scratch, 64u << 20);
		bool ok = sys_read_file(file, 16u << 20, &scratch, &text, e) && review_read_consents(r, file, text, e);
		arena_release(&scratch);
		if (!ok)
			return false;
	}
	return true;
}

/* What the forge asks for, where a file tells. */
static bool read_protection(struct cli *c, const struct review *r, struct protection *p, struct err *e)
{
	struct str file = cli_option(c, "protection"), text;
	struct arena scratch;
	*p = (struct protection){ .file = STR("") };
	if (!file.len)
		return true;
	arena_init(&scratch, 64u << 20);
	bool ok = sys_read_file(file, 16u << 20, &scratch, &text, e) && protection_read(p, &c->arena, file, text, e);
	arena_release(&scratch);
	if (ok)
		protection_judge(p, &c->arena, r);
	return ok;
}

static bool knowers(struct cli *c, const struct change_range *range, struct review *r, struct err *e)
{
	bool ok = true;
	for (size_t i = 0; ok && i < r->services_count && r->services[i].touched; i++)
		if (r->services[i].ownership == OWNERSHIP_COLLECTIVE && !r->services[i].is_new)
			ok = change_knowers(c, range, &r->services[i], e);
	return ok;
}

int check_change(struct cli *c)
{
	struct review r;
	struct buf notes;
	struct change_range range;
	struct change_files files = { 0 };
	struct changed_scores scores = { 0 };
	struct protection protection;
	struct err e = { 0 }, unscored = { 0 };
	struct str format = cli_option(c, "format");
	bool json = c->json || str_eq(format, STR("json")), github = str_eq(format, STR("github"));
	int status;
	review_init(&r);
	buf_init(&notes, 1 << 20);
	if (format.p && !json && !github && !str_eq(format, STR("text")))
		err_set(&e, ERR_USAGE, "with --change --format is text, json or github");
	if (!err_is_set(&e) && change_range_read(c, cli_option(c, "change"), &range, &e) && change_gather(c, &range, &files, &r, &notes, &e) && read_approvals(c, &r, &e) && review_judge(&r, &e) &&
	    read_protection(c, &r, &protection, &e) && knowers(c, &range, &r, &e)) {
		/* Whoever asks whose a change is has an answer without it. */
		if (!change_scores(c, &range, &scores, &unscored))
			buf_printf(&notes, "%sthe score before and after it is not known: %s", notes.len ? "\n" : "", unscored.message);
		else if (scores.note.len)
			buf_printf(&notes, "%s%.*s", notes.len ? "\n" : "", STR_FMT(scores.note));
		if (json)
			put_json(c, &r, &protection, &scores, buf_str(&notes));
		else if (github)
			put_github(c, &r, &protection, &scores, buf_str(&notes));
		else
			put_text(c, &r, &protection, &scores, buf_str(&notes));
		cli_flush(c);
		status = r.missing ? 1 : 0;
	} else {
		cli_fail(c, &e);
		status = 2;
	}
	change_files_close(&files);
	buf_release(&notes);
	review_release(&r);
	return status;
}
