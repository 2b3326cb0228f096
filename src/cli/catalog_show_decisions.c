/* Decisions across teams, for people (catalog_show.h): what is about the same first, then what is open. */
#include "cli/catalog_show.h"
#include "cli/output.h"

enum { PEOPLE_SHOWN = 3 };

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }

static const struct json *items(const struct json *x, const char *key, uint32_t *n)
{
	const struct json *l = json_get(x, str_z(key));
	*n = l && l->type == JSON_ARRAY ? l->count : 0;
	return *n ? l->items : NULL;
}

/* "billing #billing: Ada <ada@x>", of each team once: services stand with the most commits first. */
static struct str people(struct cli *c, const struct json *decision)
{
	uint32_t n, told = 0;
	const struct json *services = items(decision, "services", &n);
	struct str text = STR("");
	for (uint32_t i = 0; i < n && told < PEOPLE_SHOWN; i++) {
		struct str owner = text_of(&services[i], "owner"), contact = text_of(&services[i], "contact"), person = text_of(&services[i], "person"), mail = text_of(&services[i], "mail");
		bool before = !owner.len && !person.len;
		for (uint32_t k = 0; k < i && !before; k++)
			before = str_eq(text_of(&services[k], "owner"), owner) && (owner.len || str_eq(text_of(&services[k], "mail"), mail));
		if (before)
			continue;
		text = arena_printf(&c->arena, "%.*s%s%.*s%s%.*s%s", STR_FMT(text), told++ ? "; " : "", STR_FMT(owner), contact.len ? " " : "", STR_FMT(contact), owner.len && person.len ? ": " : "");
		if (person.len)
			text = arena_printf(&c->arena, "%.*s%.*s <%.*s>", STR_FMT(text), STR_FMT(person), STR_FMT(mail));
	}
	return text.len ? text : STR("nobody is known");
}

static void row(struct cli *c, struct table *t, const struct json *x)
{
	static const struct { const char *state; enum style style; } styles[] = { { "open", STYLE_AMBER }, { "taken", STYLE_GREEN }, { "unsaid", STYLE_NONE }, { "ended", STYLE_DIM } };
	enum style style = STYLE_NONE;
	for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++)
		style = str_eq(text_of(x, "state"), str_z(styles[i].state)) ? styles[i].style : style;
	table_cell(t, arena_printf(&c->arena, "  %.*s", STR_FMT(text_of(x, "state"))), style);
	table_cell(t, text_of(x, "title"), STYLE_NONE);
	table_cell(t, arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(path_name(text_of(x, "repository"))), STR_FMT(text_of(x, "file"))), STYLE_DIM);
	table_cell(t, people(c, x), STYLE_NONE);
}

static void one_group(struct cli *c, const struct json *g, const struct json *decisions, uint32_t count)
{
	struct table t;
	uint32_t n;
	const struct json *places = items(g, "decisions", &n);
	bool differs = json_get_bool(g, STR("differs"), false);
	out_bold(c, text_of(g, "subject"));
	if (differs)
		out_styled(c, STYLE_AMBER, STR("  decided differently"));
	if (json_get_bool(g, STR("open"), false))
		out_styled(c, STYLE_AMBER, differs ? STR(", and open elsewhere") : STR("  open here, decided elsewhere"));
	buf_char(&c->out, '\n');
	table_init(&t, c, 4);
	for (uint32_t i = 0; i < n; i++)
		if (places[i].type == JSON_INT && places[i].i >= 0 && places[i].i < count)
			row(c, &t, &decisions[places[i].i]);
	table_print(&t);
	buf_char(&c->out, '\n');
}

static bool in_group(const struct json *groups, uint32_t n, int64_t decision)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t m;
		const struct json *places = items(&groups[i], "decisions", &m);
		for (uint32_t k = 0; k < m; k++)
			if (places[k].type == JSON_INT && places[k].i == decision)
				return true;
	}
	return false;
}

void catalog_show_decisions(struct cli *c, const struct json *answer)
{
	struct table t;
	uint32_t n, groups_count, alone = 0, open = 0, taken = 0;
	const struct json *decisions = items(answer, "decisions", &n), *groups = items(answer, "groups", &groups_count);
	for (uint32_t i = 0; i < groups_count; i++)
		one_group(c, &groups[i], decisions, n);
	table_init(&t, c, 4);
	for (uint32_t i = 0; i < n; i++) {
		open += str_eq(text_of(&decisions[i], "state"), STR("open"));
		taken += str_eq(text_of(&decisions[i], "state"), STR("taken"));
		if (in_group(groups, groups_count, i))
			continue;
		row(c, &t, &decisions[i]);
		alone++;
	}
	if (alone) {
		out_bold(c, groups_count ? STR("others") : STR("decisions"));
		buf_char(&c->out, '\n');
		table_print(&t);
		buf_char(&c->out, '\n');
	}
	buf_printf(&c->out, "Decisions: %u, open %u, taken %u. Decided differently by different teams: %lld.\n", n, open, taken, (long long)json_get_i64(answer, STR("differ"), 0));
	struct str missing = text_of(answer, "missing");
	if (missing.len) {
		out_styled(c, STYLE_AMBER, STR("not known: "));
		buf_printf(&c->out, "%.*s\n", STR_FMT(missing));
	}
}
