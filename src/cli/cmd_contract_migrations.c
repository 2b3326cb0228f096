/* pleach contract migrations [SERVICE]: the versions that go away, who still calls each, and what each caller must change. Asks the running fleet. */
#include "base/time.h"
#include "cli/ask.h"
#include "cli/contract.h"
#include "cli/output.h"
#include "part/migrations.h"

static int64_t wall_of(const struct json *x, const char *key) { return json_get_i64(x, str_z(key), 0) * 1000000; }

static struct str date_of(struct cli *c, int64_t wall)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 0);
	struct str s = arena_str(&c->arena, str_sub(buf_str(&b), 0, 10));
	buf_release(&b);
	return s;
}

static enum style state_style(struct str state)
{
	return str_eq(state, STR("overdue")) ? STYLE_RED : str_eq(state, STR("due")) ? STYLE_AMBER : str_eq(state, STR("removable")) ? STYLE_GREEN : STYLE_BLUE;
}

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }

static void print_head(struct cli *c, const struct json *x)
{
	struct str state = text_of(x, "state"), successor = text_of(x, "successor");
	int64_t sunset = wall_of(x, "sunset_ms"), left = json_get_i64(x, STR("days_left"), 0);
	out_bold(c, arena_printf(&c->arena, "%.*s %.*s", STR_FMT(text_of(x, "service")), STR_FMT(text_of(x, "version"))));
	buf_add(&c->out, STR("  "));
	out_styled(c, state_style(state), state);
	if (successor.len)
		buf_printf(&c->out, ", its successor is %.*s", STR_FMT(successor));
	if (sunset && left >= 0)
		buf_printf(&c->out, ", ends %.*s (%lld days left)", STR_FMT(date_of(c, sunset)), (long long)left);
	else if (sunset)
		buf_printf(&c->out, ", ended %.*s (%lld days ago)", STR_FMT(date_of(c, sunset)), (long long)-left);
	buf_char(&c->out, '\n');
	if (text_of(x, "owner").len)
		buf_printf(&c->out, "  owner %.*s %.*s\n", STR_FMT(text_of(x, "owner")), STR_FMT(text_of(x, "contact")));
}

static struct str moment_of(struct cli *c, int64_t wall)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 0);
	struct str s = arena_str(&c->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

/* The one that is on, and the next one. */
static void print_brownouts(struct cli *c, const struct json *x)
{
	const struct json *list = json_get(x, STR("brownouts"));
	bool coming = false;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		const struct json *b = &list->items[i];
		struct str state = text_of(b, "state");
		if (str_eq(state, STR("past")) || (str_eq(state, STR("coming")) && coming))
			continue;
		coming |= str_eq(state, STR("coming"));
		buf_printf(&c->out, "  brown-out %s %.*s to %.*s\n", str_eq(state, STR("now")) ? "NOW, from" : "from", STR_FMT(moment_of(c, wall_of(b, "from_ms"))),
			   STR_FMT(moment_of(c, wall_of(b, "to_ms"))));
	}
}

static bool same_text(const struct json *a, const struct json *b, const char *key) { return str_eq(text_of(a, key), text_of(b, key)); }

/* A change that several operations carry is told once. */
static void print_must(struct cli *c, const struct json *operations)
{
	for (uint32_t i = 0; operations && operations->type == JSON_ARRAY && i < operations->count; i++) {
		const struct json *must = json_get(&operations->items[i], STR("must"));
		for (uint32_t k = 0; must && must->type == JSON_ARRAY && k < must->count; k++) {
			bool told = false;
			for (uint32_t n = 0; n < i && !told; n++) {
				const struct json *before = json_get(&operations->items[n], STR("must"));
				for (uint32_t m = 0; before && before->type == JSON_ARRAY && m < before->count && !told; m++)
					told = same_text(&before->items[m], &must->items[k], "kind") && same_text(&before->items[m], &must->items[k], "fingerprint") &&
					       same_text(&before->items[m], &must->items[k], "sentence");
			}
			if (!told)
				buf_printf(&c->out, "      must  %.*s\n", STR_FMT(text_of(&must->items[k], "sentence")));
		}
	}
}

static void print_callers(struct cli *c, const struct json *x)
{
	const struct json *callers = json_get(x, STR("callers")), *moved = json_get(x, STR("moved"));
	for (uint32_t i = 0; callers && callers->type == JSON_ARRAY && i < callers->count; i++) {
		const struct json *k = &callers->items[i], *operations = json_get(k, STR("operations"));
		struct str owner = text_of(k, "owner");
		buf_add(&c->out, STR("  calls it "));
		out_bold(c, text_of(k, "consumer"));
		if (owner.len)
			buf_printf(&c->out, " (%.*s %.*s)", STR_FMT(owner), STR_FMT(text_of(k, "contact")));
		buf_printf(&c->out, "  %lld calls, %lld a day, last %.*s\n", (long long)json_get_i64(k, STR("calls"), 0), (long long)json_get_i64(k, STR("calls_day"), 0),
			   STR_FMT(text_ago(c, wall_of(k, "last_ms"))));
		for (uint32_t n = 0; operations && operations->type == JSON_ARRAY && n < operations->count; n++)
			buf_printf(&c->out, "      %.*s  %lld\n", STR_FMT(text_of(&operations->items[n], "operation")),
				   (long long)json_get_i64(&operations->items[n], STR("calls"), 0));
		print_must(c, operations);
	}
	for (uint32_t i = 0; moved && moved->type == JSON_ARRAY && i < moved->count; i++)
		buf_printf(&c->out, "  moved    %.*s, its last call of the old version was %.*s\n", STR_FMT(text_of(&moved->items[i], "consumer")),
			   STR_FMT(text_ago(c, wall_of(&moved->items[i], "last_old_ms"))));
	if (callers && !callers->count)
		buf_add(&c->out, STR("  nobody was seen to call it\n"));
}

static void print_rest(struct cli *c, const struct json *x)
{
	const struct json *t = json_get(x, STR("transforms")), *faults = json_get(t, STR("faults"));
	if (t && t->type == JSON_OBJECT)
		buf_printf(&c->out, "  transform %.*s: %.*s\n", STR_FMT(text_of(t, "file")), STR_FMT(text_of(t, "state")));
	for (uint32_t i = 0; faults && faults->type == JSON_ARRAY && i < faults->count; i++)
		if (faults->items[i].type == JSON_STRING)
			buf_printf(&c->out, "      %.*s\n", STR_FMT(faults->items[i].s));
	if (text_of(x, "missing").len) {
		out_styled(c, STYLE_AMBER, STR("  not known: "));
		buf_printf(&c->out, "%.*s\n", STR_FMT(text_of(x, "missing")));
	}
	buf_char(&c->out, '\n');
}

static void print(struct cli *c, const struct json *answer)
{
	const struct json *list = json_get(answer, STR("migrations"));
	struct str only = c->argument_count ? c->arguments[0] : STR("");
	size_t shown = 0;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		const struct json *x = &list->items[i];
		if (only.len && !str_eq(text_of(x, "service"), only))
			continue;
		print_head(c, x);
		print_brownouts(c, x);
		print_callers(c, x);
		print_rest(c, x);
		shown++;
	}
	if (!shown)
		buf_add(&c->out, only.len ? STR("No version of this service goes away. One does when its entry under `serves` says `deprecated` or `sunset`.\n") :
					    STR("No version goes away. One does when its entry under `serves` says `deprecated` or `sunset`.\n"));
}

int cmd_contract_migrations(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str body;
	const struct json *answer = NULL;
	int status = 0;
	bool ok = ask_open(&client, c, &e) && ask_get(&client, PART_SOCKET_CONTROL, STR(MIGRATIONS_PATH), &body, &e) && (answer = json_parse(&c->arena, body, &e));
	if (ok && c->json) {
		status = contract_print(c, arena_printf(&c->arena, "%.*s\n", STR_FMT(body)));
	} else if (ok) {
		print(c, answer);
		struct str text = arena_str(&c->arena, buf_str(&c->out));
		buf_clear(&c->out);
		status = contract_print(c, text);
		ask_link(&client, STR("/migrations"));
	}
	ask_close(&client);
	return ok ? status : contract_fail_plain(c, &e);
}
