/* Which libraries do the same, and the radar, for people (catalog_show.h). */
#include "cli/catalog_show.h"
#include "cli/output.h"

enum { VERSIONS_SHOWN = 4, USERS_SHOWN = 5, PROBLEMS_SHOWN = 10 };

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }
static int64_t number_of(const struct json *x, const char *key) { return json_get_i64(x, str_z(key), 0); }

static const struct json *items(const struct json *x, const char *key, uint32_t *n)
{
	const struct json *l = json_get(x, str_z(key));
	*n = l && l->type == JSON_ARRAY ? l->count : 0;
	return *n ? l->items : NULL;
}

static struct str counted(struct cli *c, int64_t n, const char *one, const char *many) { return arena_printf(&c->arena, "%lld %s", (long long)n, n == 1 ? one : many); }

static void note(struct cli *c, const char *label, struct str text)
{
	if (!text.len)
		return;
	out_styled(c, STYLE_AMBER, str_z(label));
	buf_printf(&c->out, "%.*s\n", STR_FMT(text));
}

/* The same value of the entries before it? */
static bool before(const struct json *list, uint32_t i, const char *key)
{
	for (uint32_t k = 0; k < i; k++)
		if (str_eq(text_of(&list[k], key), text_of(&list[i], key)))
			return true;
	return false;
}

static struct str listed(struct cli *c, const struct json *uses, uint32_t n, const char *key, uint32_t most)
{
	struct str text = STR("");
	uint32_t told = 0, more = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct str value = text_of(&uses[i], key);
		if (!value.len || before(uses, i, key))
			continue;
		if (told++ < most)
			text = arena_printf(&c->arena, "%.*s%s%.*s", STR_FMT(text), text.len ? ", " : "", STR_FMT(str_sub(value, 0, 60)));
		else
			more++;
	}
	return more ? arena_printf(&c->arena, "%.*s and %u more", STR_FMT(text), more) : text;
}

static void one_library(struct cli *c, struct table *t, const struct json *x)
{
	uint32_t n;
	const struct json *uses = items(x, "uses", &n);
	struct str teams = listed(c, uses, n, "owner", USERS_SHOWN), versions = listed(c, uses, n, "version", VERSIONS_SHOWN);
	table_cell(t, arena_printf(&c->arena, "  %.*s", STR_FMT(text_of(x, "library"))), STYLE_BOLD);
	table_right(t, counted(c, number_of(x, "services"), "service", "services"), STYLE_NONE);
	table_cell(t, teams.len ? teams : STR("nobody's"), STYLE_NONE);
	table_cell(t, versions.len ? versions : STR("-"), STYLE_NONE);
	table_cell(t, listed(c, uses, n, "service", USERS_SHOWN), STYLE_DIM);
}

static void ask(struct cli *c, const struct json *choice)
{
	const struct json *x = json_get(choice, STR("ask"));
	struct str team = text_of(x, "team"), contact = text_of(x, "contact"), person = text_of(x, "person"), mail = text_of(x, "mail");
	if (!team.len && !person.len)
		return;
	buf_printf(&c->out, "  ask  %.*s%s%.*s", STR_FMT(team.len ? team : person), contact.len ? " " : "", STR_FMT(contact));
	if (team.len)
		buf_printf(&c->out, ", who have it in %.*s", STR_FMT(counted(c, number_of(x, "services"), "service", "services")));
	if (team.len && person.len)
		buf_printf(&c->out, "; %.*s <%.*s> is most active in %.*s", STR_FMT(person), STR_FMT(mail), STR_FMT(text_of(x, "service")));
	buf_char(&c->out, '\n');
}

static void one_choice(struct cli *c, const struct json *x)
{
	struct table t;
	uint32_t n;
	const struct json *libraries = items(x, "libraries", &n);
	out_bold(c, arena_printf(&c->arena, "%.*s, %.*s", STR_FMT(text_of(x, "capability")), STR_FMT(text_of(x, "ecosystem"))));
	buf_printf(&c->out, "  %.*s: %.*s of %.*s in %.*s", STR_FMT(text_of(x, "meaning")), STR_FMT(counted(c, number_of(x, "families"), "library", "libraries")),
		   STR_FMT(counted(c, number_of(x, "teams"), "team", "teams")), STR_FMT(counted(c, number_of(x, "services"), "service", "services")));
	if (json_get_bool(x, STR("divided"), false) && number_of(x, "apart"))
		out_styled(c, STYLE_AMBER, arena_printf(&c->arena, "; %.*s nothing of %.*s", STR_FMT(counted(c, number_of(x, "apart"), "team uses", "teams use")), STR_FMT(text_of(x, "common"))));
	buf_char(&c->out, '\n');
	table_init(&t, c, 5);
	for (uint32_t i = 0; i < n; i++)
		one_library(c, &t, &libraries[i]);
	if (n)
		table_print(&t);
	ask(c, x);
	buf_char(&c->out, '\n');
}

static void problems(struct cli *c, const struct json *answer)
{
	uint32_t n;
	const struct json *list = items(answer, "problems", &n);
	for (uint32_t i = 0; i < n && i < PROBLEMS_SHOWN; i++) {
		struct str line = number_of(&list[i], "line") ? arena_printf(&c->arena, ":%lld", (long long)number_of(&list[i], "line")) : STR("");
		note(c, "cannot be read: ", arena_printf(&c->arena, "%.*s%.*s: %.*s", STR_FMT(text_of(&list[i], "file")), STR_FMT(line), STR_FMT(text_of(&list[i], "message"))));
	}
	if (n > PROBLEMS_SHOWN)
		note(c, "cannot be read: ", arena_printf(&c->arena, "%u more files", n - PROBLEMS_SHOWN));
	if (json_get_bool(answer, STR("cut"), false))
		note(c, "left out: ", STR("there are more lock files than are looked at; name fewer folders"));
}

void catalog_show_libraries(struct cli *c, const struct json *answer)
{
	uint32_t n;
	const struct json *choices = items(answer, "choices", &n);
	for (uint32_t i = 0; i < n; i++)
		one_choice(c, &choices[i]);
	buf_printf(&c->out, "Of %u choices teams have made %lld differently. Lock files: %lld, packages: %lld.\n", n, (long long)number_of(answer, "divided"), (long long)number_of(answer, "files"),
		   (long long)number_of(answer, "packages"));
	problems(c, answer);
	note(c, "not known: ", text_of(answer, "missing"));
}

/* --- radar ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void one_quadrant(struct cli *c, struct str quadrant, const struct json *blips, uint32_t n)
{
	static const struct { const char *ring; enum style style; } styles[] = { { "adopt", STYLE_GREEN }, { "trial", STYLE_BLUE }, { "assess", STYLE_NONE }, { "hold", STYLE_AMBER } };
	struct table t;
	bool any = false;
	table_init(&t, c, 4);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t others;
		struct str ecosystem = text_of(&blips[i], "ecosystem");
		enum style style = STYLE_NONE;
		if (!str_eq(text_of(&blips[i], "quadrant"), quadrant))
			continue;
		items(&blips[i], "others", &others);
		for (size_t k = 0; k < sizeof(styles) / sizeof(*styles); k++)
			style = str_eq(text_of(&blips[i], "ring"), str_z(styles[k].ring)) ? styles[k].style : style;
		table_cell(&t, arena_printf(&c->arena, "  %.*s", STR_FMT(text_of(&blips[i], "ring"))), style);
		table_cell(&t, others ? arena_printf(&c->arena, "%.*s and %u more", STR_FMT(text_of(&blips[i], "name")), others) : text_of(&blips[i], "name"), STYLE_BOLD);
		table_cell(&t, ecosystem.len ? arena_printf(&c->arena, "%.*s, %.*s", STR_FMT(text_of(&blips[i], "kind")), STR_FMT(ecosystem)) : text_of(&blips[i], "kind"), STYLE_NONE);
		table_cell(&t, text_of(&blips[i], "why"), STYLE_DIM);
		any = true;
	}
	if (!any)
		return;
	out_bold(c, quadrant);
	buf_char(&c->out, '\n');
	table_print(&t);
	buf_char(&c->out, '\n');
}

void catalog_show_radar(struct cli *c, const struct json *answer)
{
	uint32_t n, quadrants, rules;
	const struct json *blips = items(answer, "blips", &n), *quadrant = items(answer, "quadrants", &quadrants), *rule = items(answer, "rules", &rules);
	for (uint32_t i = 0; i < quadrants; i++)
		if (quadrant[i].type == JSON_STRING)
			one_quadrant(c, quadrant[i].s, blips, n);
	for (uint32_t i = 0; n && i < rules; i++)
		buf_printf(&c->out, "%-8.*s%.*s\n", STR_FMT(text_of(&rule[i], "ring")), STR_FMT(text_of(&rule[i], "meaning")));
	if (!n)
		buf_add(&c->out, STR("No library, language or resource is known.\n"));
	if (json_get_bool(answer, STR("cut"), false))
		note(c, "left out: ", STR("there are more lock files than are looked at; name fewer folders"));
	note(c, "not known: ", text_of(answer, "missing"));
}
