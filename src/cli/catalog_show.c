/* See catalog_show.h. */
#include "cli/catalog_show.h"
#include "cli/output.h"
#include <stdlib.h>

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }
static int64_t number_of(const struct json *x, const char *key) { return json_get_i64(x, str_z(key), 0); }

static const struct json *items(const struct json *x, const char *key, uint32_t *n)
{
	const struct json *l = json_get(x, str_z(key));
	*n = l && l->type == JSON_ARRAY ? l->count : 0;
	return *n ? l->items : NULL;
}

/* Commits are old: days at first, then months and years. */
static struct str ago(struct cli *c, int64_t ms)
{
	enum { DAYS_TOLD = 90, MONTHS_TOLD = 24 };
	int64_t days = ms ? (sys_wall() / 1000000 - ms) / (24 * 3600 * INT64_C(1000)) : 0, months = days * 12 / 365;
	if (!ms)
		return STR("-");
	if (days < 2)
		return text_ago(c, ms * 1000000);
	if (days < DAYS_TOLD)
		return arena_printf(&c->arena, "%lld days ago", (long long)days);
	return months < MONTHS_TOLD ? arena_printf(&c->arena, "%lld months ago", (long long)months) : arena_printf(&c->arena, "%lld years ago", (long long)(months / 12));
}

static struct str sure(struct cli *c, const struct json *x, const char *key)
{
	return arena_printf(&c->arena, "%.0f %%", 100 * json_get_f64(x, str_z(key), 0));
}

static struct str trouble(struct cli *c, const struct json *s)
{
	uint32_t n;
	const struct json *reasons = items(s, "orphan", &n);
	struct str text = text_of(s, "conflict").len ? STR("contradicted") : STR("");
	for (uint32_t i = 0; i < n; i++)
		text = arena_printf(&c->arena, "%.*s%s%.*s", STR_FMT(text), text.len ? ", " : "", STR_FMT(text_of(&reasons[i], "reason")));
	return text;
}

static struct str where(struct cli *c, const struct json *s)
{
	struct str repository = path_name(text_of(s, "repository")), root = text_of(s, "root");
	return root.len ? arena_printf(&c->arena, "%.*s:%.*s", STR_FMT(repository), STR_FMT(root)) : repository.len ? repository : STR("-");
}

static void note(struct cli *c, const char *label, struct str text)
{
	if (!text.len)
		return;
	out_styled(c, STYLE_AMBER, str_z(label));
	buf_printf(&c->out, "%.*s\n", STR_FMT(text));
}

static void summary(struct cli *c, const struct json *answer)
{
	const struct json *counts = json_get(answer, STR("counts"));
	uint32_t n, m;
	const struct json *repositories = items(answer, "repositories", &n);
	buf_printf(&c->out, "Services: %lld", (long long)number_of(counts, "services"));
	if (number_of(counts, "entries") > number_of(counts, "services"))
		buf_printf(&c->out, " (and %lld libraries or others that do not run)", (long long)(number_of(counts, "entries") - number_of(counts, "services")));
	buf_printf(&c->out, ". With an owner %lld, contradicted %lld, orphans %lld. Repositories: %u.\n", (long long)number_of(counts, "owned"), (long long)number_of(counts, "conflicts"),
		   (long long)number_of(counts, "orphans"), n);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *problems = items(&repositories[i], "problems", &m);
		for (uint32_t k = 0; k < m && k < 5; k++)
			note(c, "cannot be read: ", arena_printf(&c->arena, "%.*s/%.*s:%lld:%lld: %.*s", STR_FMT(text_of(&repositories[i], "path")), STR_FMT(text_of(&problems[k], "file")),
								     (long long)number_of(&problems[k], "line"), (long long)number_of(&problems[k], "column"), STR_FMT(text_of(&problems[k], "message"))));
		if (m > 5)
			note(c, "cannot be read: ", arena_printf(&c->arena, "%u more in %.*s", m - 5, STR_FMT(text_of(&repositories[i], "path"))));
	}
	note(c, "not known: ", text_of(answer, "missing"));
}

static void orphan(struct cli *c, const struct json *s)
{
	uint32_t n;
	const struct json *reasons = items(s, "orphan", &n);
	out_bold(c, text_of(s, "service"));
	buf_printf(&c->out, "  %.*s\n", STR_FMT(where(c, s)));
	for (uint32_t i = 0; i < n; i++)
		buf_printf(&c->out, "  %-8s%.*s\n", i ? "" : "why", STR_FMT(text_of(&reasons[i], "title")));
	buf_printf(&c->out, "  %-8s%lld of other services call it, last commit %.*s, last seen %.*s\n", "who", (long long)number_of(s, "callers"), STR_FMT(ago(c, number_of(s, "last_commit_ms"))),
		   STR_FMT(ago(c, number_of(s, "seen_ms"))));
	if (text_of(s, "next_owner").len)
		buf_printf(&c->out, "  %-8s%.*s: %.*s\n", "ask", STR_FMT(text_of(s, "next_owner")), STR_FMT(text_of(s, "next_why")));
	if (text_of(s, "next_owner").len && str_find_char(text_of(s, "next_owner"), '@') == SIZE_MAX)
		buf_printf(&c->out, "  %-8spleach catalog %.*s --assign %.*s\n", "then", STR_FMT(text_of(s, "service")), STR_FMT(text_of(s, "next_owner")));
	buf_char(&c->out, '\n');
}

void catalog_show_services(struct cli *c, const struct json *answer, bool orphans)
{
	struct table t;
	uint32_t n;
	const struct json *list = items(answer, "services", &n);
	if (orphans) {
		for (uint32_t i = 0; i < n; i++)
			orphan(c, &list[i]);
		summary(c, answer);
		return;
	}
	table_init(&t, c, 6);
	static const char *const heads[] = { "SERVICE", "OWNER", "SURE", "LAST COMMIT", "CODE", "TROUBLE" };
	for (size_t i = 0; i < 6; i++)
		table_cell(&t, str_z(heads[i]), STYLE_DIM);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *s = &list[i];
		bool owned = text_of(s, "owner").len > 0;
		table_cell(&t, text_of(s, "service"), json_get_bool(s, STR("runs"), false) ? STYLE_BOLD : STYLE_NONE);
		table_cell(&t, owned ? text_of(s, "owner") : STR("nobody"), owned ? STYLE_NONE : STYLE_RED);
		table_right(&t, owned ? sure(c, s, "owner_confidence") : STR("-"), STYLE_DIM);
		table_cell(&t, ago(c, number_of(s, "last_commit_ms")), STYLE_NONE);
		table_cell(&t, where(c, s), STYLE_DIM);
		table_cell(&t, trouble(c, s), STYLE_AMBER);
	}
	if (n)
		table_print(&t);
	else
		buf_add(&c->out, STR("No service.\n"));
	buf_char(&c->out, '\n');
	summary(c, answer);
}

void catalog_show_teams(struct cli *c, const struct json *answer)
{
	struct table t;
	uint32_t n;
	const struct json *list = items(answer, "teams", &n);
	static const char *const heads[] = { "TEAM", "SERVICES", "MEMBERS", "ACTIVE", "LAST COMMIT", "CONTACT", "TROUBLE" };
	table_init(&t, c, 7);
	for (size_t i = 0; i < 7; i++)
		table_cell(&t, str_z(heads[i]), STYLE_DIM);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *x = &list[i], *members = json_get(x, STR("members"));
		bool known = json_get_bool(x, STR("known"), false);
		struct str text = !known ? STR("only named as an owner") : STR("");
		if (number_of(x, "orphans"))
			text = arena_printf(&c->arena, "%.*s%s%lld orphans", STR_FMT(text), text.len ? ", " : "", (long long)number_of(x, "orphans"));
		table_cell(&t, text_of(x, "team"), STYLE_BOLD);
		table_right(&t, arena_printf(&c->arena, "%lld", (long long)number_of(x, "services")), STYLE_NONE);
		table_right(&t, arena_printf(&c->arena, "%u", members && members->type == JSON_ARRAY ? members->count : 0), STYLE_NONE);
		table_right(&t, arena_printf(&c->arena, "%lld", (long long)number_of(x, "active")), STYLE_NONE);
		table_cell(&t, ago(c, number_of(x, "last_commit_ms")), STYLE_NONE);
		table_cell(&t, text_of(x, "contact"), STYLE_NONE);
		table_cell(&t, text, STYLE_AMBER);
	}
	if (n)
		table_print(&t);
	else
		buf_add(&c->out, STR("No team is known: `teams` of pleach.yaml and Backstage's groups name them.\n"));
}

/* --- scores -------------------------------------------------------------------------------------------------------------------------------------------- */

static double points_of(const struct json *s) { return json_get_f64(json_get(s, STR("score")), STR("points"), 0); }

static int by_points(const void *x, const void *y)
{
	double a = points_of(*(const struct json *const *)x), b = points_of(*(const struct json *const *)y);
	return a != b ? (a < b ? -1 : 1) : str_cmp(text_of(*(const struct json *const *)x, "service"), text_of(*(const struct json *const *)y, "service"));
}

/* Below the level of its tier, or below the lowest of all. */
static bool is_low(const struct json *score)
{
	static const char *const levels[] = { "", "bronze", "silver", "gold", "platinum" };
	size_t is = 0, wanted = 1;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		is = str_eq(text_of(score, "level"), str_z(levels[i])) ? i : is;
		wanted = i && str_eq(text_of(score, "wanted"), str_z(levels[i])) ? i : wanted;
	}
	return is < wanted;
}

void catalog_show_scores(struct cli *c, const struct json *answer)
{
	static const char *const heads[] = { "SERVICE", "OWNER", "TIER", "SCORE", "LEVEL", "NEXT" };
	struct table t;
	uint32_t n, count = 0;
	const struct json *list = items(answer, "services", &n);
	const struct json **sorted = ARENA_ARRAY(&c->arena, n + 1, const struct json *);
	for (uint32_t i = 0; sorted && i < n; i++)
		if (json_get_bool(&list[i], STR("runs"), false))
			sorted[count++] = &list[i];
	if (count)
		qsort(sorted, count, sizeof(*sorted), by_points);
	table_init(&t, c, 6);
	for (size_t i = 0; i < 6; i++)
		table_cell(&t, str_z(heads[i]), STYLE_DIM);
	for (uint32_t i = 0; i < count; i++) {
		const struct json *score = json_get(sorted[i], STR("score"));
		struct str raise = text_of(score, "raise"), level = text_of(score, "level");
		table_cell(&t, text_of(sorted[i], "service"), STYLE_BOLD);
		table_cell(&t, text_of(sorted[i], "owner").len ? text_of(sorted[i], "owner") : STR("nobody"), STYLE_NONE);
		table_cell(&t, text_of(score, "wanted").len ? text_of(score, "wanted") : STR("-"), STYLE_DIM);
		table_right(&t, arena_printf(&c->arena, "%.0f", points_of(sorted[i])), is_low(score) ? STYLE_RED : STYLE_GREEN);
		table_cell(&t, level.len ? level : STR("-"), STYLE_NONE);
		table_cell(&t, raise.len ? arena_printf(&c->arena, "+%.0f  %.*s", json_get_f64(score, STR("gain"), 0), STR_FMT(raise)) : STR(""), STYLE_NONE);
	}
	if (count)
		table_print(&t);
	else
		buf_add(&c->out, STR("No service.\n"));
	note(c, "not known: ", text_of(answer, "missing"));
}

static void score(struct cli *c, const struct json *answer)
{
	uint32_t n;
	const struct json *s = json_get(answer, STR("score")), *facets = items(s, "facets", &n);
	buf_printf(&c->out, "\n  How well it can be run: ");
	out_styled(c, is_low(s) ? STYLE_RED : STYLE_GREEN, arena_printf(&c->arena, "%.0f", json_get_f64(s, STR("points"), 0)));
	buf_printf(&c->out, " of 100%s%.*s%s%.*s\n", text_of(s, "level").len ? ", " : "", STR_FMT(text_of(s, "level")), text_of(s, "wanted").len ? "; its tier is " : "", STR_FMT(text_of(s, "wanted")));
	for (uint32_t i = 0; i < n; i++) {
		bool measurable = json_get_bool(&facets[i], STR("measurable"), false);
		double gain = json_get_f64(&facets[i], STR("gain"), 0);
		buf_printf(&c->out, "    %6s  %.*s: ", !measurable ? "-" : gain > 0 ? arena_strz(&c->arena, arena_printf(&c->arena, "+%.0f", gain)).p : "ok", STR_FMT(text_of(&facets[i], "title")));
		out_styled(c, STYLE_DIM, text_of(&facets[i], "measured"));
		buf_char(&c->out, '\n');
		if (gain > 0)
			buf_printf(&c->out, "            %.*s\n", STR_FMT(text_of(&facets[i], "raise")));
	}
}

/* --- built twice ----------------------------------------------------------------------------------------------------------------------------------------- */

static void one_side(struct cli *c, const struct json *x)
{
	struct str owner = text_of(x, "owner"), contact = text_of(x, "contact");
	buf_printf(&c->out, "  %-24.*s  %.*s%s%.*s  ", STR_FMT(text_of(x, "service")), STR_FMT(owner.len ? owner : STR("nobody")), contact.len ? " " : "", STR_FMT(contact));
	out_styled(c, STYLE_DIM, text_of(x, "file"));
	buf_char(&c->out, '\n');
}

void catalog_show_alike(struct cli *c, const struct json *answer)
{
	uint32_t n, m;
	const struct json *pairs = items(answer, "pairs", &n);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *reasons = items(&pairs[i], "reasons", &m), *a = json_get(&pairs[i], STR("a")), *b = json_get(&pairs[i], STR("b"));
		out_bold(c, arena_printf(&c->arena, "%.*s and %.*s", STR_FMT(text_of(a, "service")), STR_FMT(text_of(b, "service"))));
		buf_printf(&c->out, "  %.0f %% alike\n", 100 * json_get_f64(&pairs[i], STR("alike"), 0));
		one_side(c, a);
		one_side(c, b);
		for (uint32_t k = 0; k < m; k++)
			if (reasons[k].type == JSON_STRING)
				buf_printf(&c->out, "  %-8s%.*s\n", k ? "" : "why", STR_FMT(reasons[k].s));
		buf_char(&c->out, '\n');
	}
	buf_printf(&c->out, "%u pairs of %lld interfaces are alike.\n", n, (long long)number_of(answer, "interfaces"));
	note(c, "not known: ", text_of(answer, "missing"));
}

static void one_copy(struct cli *c, const struct json *p)
{
	uint32_t n;
	const struct json *places = items(p, "places", &n), *a = json_get(p, STR("a")), *b = json_get(p, STR("b"));
	out_bold(c, arena_printf(&c->arena, "%.*s and %.*s", STR_FMT(text_of(a, "service")), STR_FMT(text_of(b, "service"))));
	buf_printf(&c->out, "  %lld lines  %.*s, %.*s\n", (long long)number_of(p, "lines"), STR_FMT(text_of(a, "owner").len ? text_of(a, "owner") : STR("nobody")),
		   STR_FMT(text_of(b, "owner").len ? text_of(b, "owner") : STR("nobody")));
	for (uint32_t i = 0; i < n; i++)
		buf_printf(&c->out, "  %.*s:%lld-%lld\n    %.*s:%lld-%lld\n", STR_FMT(text_of(&places[i], "a_file")), (long long)number_of(&places[i], "a_from"), (long long)number_of(&places[i], "a_to"),
			   STR_FMT(text_of(&places[i], "b_file")), (long long)number_of(&places[i], "b_from"), (long long)number_of(&places[i], "b_to"));
	buf_char(&c->out, '\n');
}

void catalog_show_copies(struct cli *c, const struct json *answer)
{
	uint32_t n;
	const struct json *pairs = items(answer, "pairs", &n);
	for (uint32_t i = 0; i < n; i++)
		one_copy(c, &pairs[i]);
	buf_printf(&c->out, "%u pairs of services share code, of %lld files looked at.\n", n, (long long)number_of(answer, "files"));
	if (json_get_bool(answer, STR("cut"), false))
		note(c, "left out: ", STR("there is more code than is looked at; name fewer folders"));
}

/* --- one service ------------------------------------------------------------------------------------------------------------------------------------ */

static void one_claim(struct cli *c, const struct json *x, bool owner)
{
	struct str file = text_of(x, "file"), detail = text_of(x, "detail"), says = text_of(x, owner ? "says" : "value");
	struct str place = number_of(x, "line") && file.len ? arena_printf(&c->arena, "%.*s:%lld", STR_FMT(file), (long long)number_of(x, "line")) : file;
	buf_printf(&c->out, "    %4.0f %%  %.*s", 100 * json_get_f64(x, STR("confidence"), 0), STR_FMT(str_sub(says, 0, 100)));
	out_styled(c, STYLE_DIM, arena_printf(&c->arena, "  %.*s%s%.*s%s%.*s, %.*s", STR_FMT(text_of(x, "source")), detail.len ? ", " : "", STR_FMT(str_sub(detail, 0, 100)), place.len ? ", " : "", STR_FMT(place),
					      STR_FMT(ago(c, number_of(x, "time_ms")))));
	buf_char(&c->out, '\n');
}

static void values(struct cli *c, const struct json *answer)
{
	uint32_t n, m;
	const struct json *list = items(answer, "values", &n);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *claims = items(&list[i], "claims", &m);
		bool many = json_get_bool(&list[i], STR("many"), false);
		buf_printf(&c->out, "  %.*s", STR_FMT(text_of(&list[i], "key")));
		if (!many) {
			buf_add(&c->out, STR("  "));
			out_bold(c, str_sub(text_of(&list[i], "value"), 0, 200));
		}
		buf_char(&c->out, '\n');
		for (uint32_t k = 0; k < m; k++)
			one_claim(c, &claims[k], str_eq(text_of(&list[i], "key"), STR("owner")));
	}
}

/* Versions as they were seen to run, when one is being tried or was taken back. */
static void running(struct cli *c, const struct json *answer)
{
	enum { SHOWN = 3 };
	uint32_t n, shown = 0;
	const struct json *x = json_get(answer, STR("running")), *list = items(x, "events", &n);
	if (text_of(x, "version").len)
		buf_printf(&c->out, "\n  Runs: %.*s%s%.*s\n", STR_FMT(text_of(x, "version")), text_of(x, "tried").len ? ", and beside it " : "", STR_FMT(text_of(x, "tried")));
	for (uint32_t i = 0; i < n && shown < SHOWN; i++)
		if (json_get_bool(&list[i], STR("back"), false)) {
			buf_printf(&c->out, "    from %.*s back to %.*s  %.*s\n", STR_FMT(text_of(&list[i], "from")), STR_FMT(text_of(&list[i], "version")), STR_FMT(ago(c, number_of(&list[i], "at_ms"))));
			shown++;
		}
}

static void releases(struct cli *c, const struct json *answer)
{
	enum { SHOWN = 5 };
	uint32_t n, m;
	const struct json *list = items(answer, "releases", &n), *with = items(answer, "released_with", &m);
	if (n)
		buf_printf(&c->out, "\n  Releases: %lld in the last year%s\n", (long long)number_of(answer, "releases_year"), json_get_bool(&list[0], STR("whole"), false) ? ", by tags of the whole repository" : text_of(&list[0], "tag").len ? "" : ", as they were seen to run");
	for (uint32_t i = 0; i < n && i < SHOWN; i++)
		buf_printf(&c->out, "    %.*s  %.*s\n", STR_FMT(text_of(&list[i], "version")), STR_FMT(ago(c, number_of(&list[i], "time_ms"))));
	for (uint32_t i = 0; i < m; i++)
		buf_printf(&c->out, "    in lock-step with %.*s%s%.*s: %lld of %lld times within an hour; habit alone would make it %.1f\n", STR_FMT(text_of(&with[i], "service")), text_of(&with[i], "owner").len ? " of " : "",
			   STR_FMT(text_of(&with[i], "owner")), (long long)number_of(&with[i], "together"), (long long)number_of(&with[i], "of"), json_get_f64(&with[i], STR("by_habit"), 0));
}

/* Libraries that are known to be given up: its own, and how many others bring in. */
static void abandoned(struct cli *c, const struct json *answer)
{
	uint32_t n, brought = 0;
	const struct json *list = items(answer, "abandoned", &n);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *x = &list[i];
		if (!json_get_bool(x, STR("own"), false)) {
			brought++;
			continue;
		}
		buf_printf(&c->out, "%s  given up  %.*s %.*s", i ? "" : "\n", STR_FMT(text_of(x, "library")), STR_FMT(text_of(x, "version")));
		if (text_of(x, "since").len)
			buf_printf(&c->out, " since %.*s", STR_FMT(text_of(x, "since")));
		buf_add(&c->out, STR(": "));
		text_safe(&c->out, text_of(x, "why"));
		if (text_of(x, "instead").len)
			buf_printf(&c->out, "; use %.*s", STR_FMT(text_of(x, "instead")));
		out_styled(c, STYLE_DIM, arena_printf(&c->arena, "  %.*s:%lld", STR_FMT(text_of(x, "file")), (long long)number_of(x, "line")));
		buf_char(&c->out, '\n');
	}
	if (brought)
		buf_printf(&c->out, "%s  %u libraries that others bring in are given up\n", brought == n ? "\n" : "", brought);
}

static void people(struct cli *c, const struct json *answer)
{
	struct table t;
	uint32_t n;
	const struct json *list = items(answer, "people", &n);
	if (!n)
		return;
	buf_printf(&c->out, "\n  Who wrote it: %lld commits in the last year, truck factor %lld, %lld of %lld files by people who are gone\n", (long long)number_of(answer, "commits"),
		   (long long)number_of(answer, "truck_factor"), (long long)number_of(answer, "files_left"), (long long)number_of(answer, "files"));
	table_init(&t, c, 5);
	for (uint32_t i = 0; i < n; i++) {
		table_cell(&t, arena_printf(&c->arena, "    %.*s", STR_FMT(text_of(&list[i], "name"))), STYLE_NONE);
		table_cell(&t, text_of(&list[i], "team"), STYLE_BOLD);
		table_right(&t, arena_printf(&c->arena, "%lld commits", (long long)number_of(&list[i], "commits")), STYLE_NONE);
		table_right(&t, arena_printf(&c->arena, "%lld files", (long long)number_of(&list[i], "files")), STYLE_NONE);
		table_cell(&t, ago(c, number_of(&list[i], "last_ms")), STYLE_DIM);
	}
	table_print(&t);
}

static void calls(struct cli *c, const struct json *answer, const char *key, const char *label)
{
	uint32_t n;
	const struct json *list = items(answer, key, &n);
	for (uint32_t i = 0; i < n; i++) {
		struct str other = text_of(&list[i], "service");
		buf_printf(&c->out, "%s  %s  %.*s%s%.*s  %lld calls, %lld failed\n", i ? "" : "\n", label, STR_FMT(str_eq(other, STR("edge")) ? STR("outside") : other), text_of(&list[i], "owner").len ? " of " : "",
			   STR_FMT(text_of(&list[i], "owner")), (long long)number_of(&list[i], "calls"), (long long)number_of(&list[i], "errors"));
	}
}

void catalog_show_service(struct cli *c, const struct json *answer)
{
	uint32_t n;
	const struct json *reasons = items(answer, "orphan", &n);
	out_bold(c, text_of(answer, "service"));
	buf_printf(&c->out, "  %.*s%s%.*s\n", STR_FMT(where(c, answer)), text_of(answer, "description").len ? "  " : "", STR_FMT(text_of(answer, "description")));
	if (text_of(answer, "was").len)
		buf_printf(&c->out, "  was called %.*s before\n", STR_FMT(text_of(answer, "was")));
	note(c, "  contradicted: ", text_of(answer, "conflict"));
	for (uint32_t i = 0; i < n; i++)
		note(c, "  orphan: ", text_of(&reasons[i], "title"));
	if (n && text_of(answer, "next_owner").len)
		note(c, "  ask: ", arena_printf(&c->arena, "%.*s, as %.*s", STR_FMT(text_of(answer, "next_owner")), STR_FMT(text_of(answer, "next_why"))));
	values(c, answer);
	score(c, answer);
	abandoned(c, answer);
	running(c, answer);
	releases(c, answer);
	people(c, answer);
	calls(c, answer, "called_by", "called by");
	calls(c, answer, "calls", "calls");
}
