/* pleach tests: the tests that call services of other teams. Of a running fleet control knows more (what tests were seen to call); without one the files here are
 * looked through. */
#include "cli/ask.h"
#include "cli/output.h"
#include "contract/borders/borders.h"

static struct str text_of(const struct json *x, const char *key) { return json_get_str(x, str_z(key), STR("")); }

static void owners(struct cli *c, const struct json *x)
{
	const struct json *list = json_get(x, STR("owners"));
	struct str from = text_of(x, "owner_from");
	bool any = false;
	buf_add(&c->out, STR("  owner   "));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++, any = true) {
		struct str contact = text_of(&list->items[i], "contact");
		buf_printf(&c->out, "%s%.*s%s%.*s", i ? ", " : "", STR_FMT(text_of(&list->items[i], "owner")), contact.len ? " " : "", STR_FMT(contact));
	}
	if (any)
		buf_printf(&c->out, ", by %.*s\n", STR_FMT(from));
	else
		buf_add(&c->out, STR("nobody: no line of CODEOWNERS names a team of the fleet, and it is in no service's folder\n"));
}

static struct str evidence(struct cli *c, const struct json *touch, struct str file)
{
	struct str text = text_of(touch, "text");
	long long line = (long long)json_get_i64(touch, STR("line"), 0);
	return line ? arena_printf(&c->arena, "%.*s:%lld  %.*s", STR_FMT(file), line, STR_FMT(text)) : STR("seen to be called");
}

static void touches(struct cli *c, const struct json *x)
{
	const struct json *list = json_get(x, STR("touches"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		const struct json *touch = &list->items[i];
		struct str owner = text_of(touch, "owner"), contact = text_of(touch, "contact");
		if (!json_get_bool(touch, STR("foreign"), false))
			continue;
		buf_printf(&c->out, "  calls   %.*s of %.*s%s%.*s  ", STR_FMT(text_of(touch, "service")), STR_FMT(owner), contact.len ? " " : "", STR_FMT(contact));
		out_styled(c, STYLE_DIM, evidence(c, touch, text_of(x, "file")));
		buf_char(&c->out, '\n');
	}
}

static void why(struct cli *c, struct str text)
{
	buf_add(&c->out, STR("  why     "));
	text_wrapped(&c->out, text, 10, 100);
}

static void remedy(struct cli *c, struct str text)
{
	bool first = true;
	while (text.p) {
		struct str line = str_split(&text, '\n');
		buf_printf(&c->out, "  %-8s%.*s\n", first ? "do" : "", STR_FMT(line));
		first = false;
	}
}

static void one(struct cli *c, const struct json *x)
{
	struct str file = text_of(x, "file"), name = text_of(x, "name"), trace = text_of(x, "trace"), tool = text_of(x, "tool");
	int64_t last = json_get_i64(x, STR("last_ms"), 0) * 1000000;
	out_bold(c, file.len && !name.len ? arena_printf(&c->arena, "%.*s:%lld", STR_FMT(file), (long long)json_get_i64(x, STR("line"), 0)) : name);
	buf_printf(&c->out, "  %.*s%s%.*s\n", STR_FMT(text_of(x, "kind")), tool.len ? ", by " : "", STR_FMT(tool));
	owners(c, x);
	touches(c, x);
	if (trace.len)
		buf_printf(&c->out, "  seen    %lld times, last %.*s: pleach trace %.*s\n", (long long)json_get_i64(x, STR("runs"), 0), STR_FMT(text_ago(c, last)), STR_FMT(trace));
	why(c, text_of(x, "why"));
	remedy(c, text_of(x, "remedy"));
	buf_char(&c->out, '\n');
}

static void note(struct cli *c, const char *label, struct str text)
{
	if (!text.len)
		return;
	out_styled(c, STYLE_AMBER, str_z(label));
	buf_printf(&c->out, "%.*s\n", STR_FMT(text));
}

static size_t print(struct cli *c, const struct json *answer)
{
	const struct json *list = json_get(answer, STR("tests")), *counts = json_get(answer, STR("counts"));
	uint32_t n = list && list->type == JSON_ARRAY ? list->count : 0;
	for (uint32_t i = 0; i < n; i++)
		one(c, &list->items[i]);
	if (!n)
		buf_add(&c->out, STR("No test crosses a team's border. "));
	buf_printf(&c->out, "Tests: %lld. Across borders %lld, within their team %lld, contracts of consumers %lld, with the other side played %lld.\n",
		   (long long)json_get_i64(counts, STR("tests"), 0), (long long)json_get_i64(counts, STR("crossing"), 0), (long long)json_get_i64(counts, STR("own"), 0),
		   (long long)json_get_i64(counts, STR("contracts"), 0), (long long)json_get_i64(counts, STR("mocked"), 0));
	note(c, "left out: ", text_of(answer, "cut"));
	note(c, "not known: ", text_of(answer, "missing"));
	return n;
}

/* The same answer, made of the files alone. */
static bool look_here(struct cli *c, struct str *body, struct err *e)
{
	struct str root;
	struct buf out;
	struct json_out o;
	struct fleet *f = cli_root(c, &root, e) ? fleet_load(root, e, NULL) : NULL;
	struct borders *b = f ? borders_find(f, NULL, e) : NULL;
	if (b) {
		buf_init(&out, 64u << 20);
		json_out_init(&o, &out);
		borders_json(&o, f, b, NULL, 0, STR("what tests were seen to call: the fleet is not running"));
		*body = arena_str(&c->arena, buf_str(&out));
		if (!buf_ok(&out) || !body->p)
			err_set(e, ERR_TOO_LARGE, "the tests that cross borders are too many to be shown");
		buf_release(&out);
	}
	borders_free(b);
	fleet_free(f);
	return !err_is_set(e);
}

static bool ask_control(struct cli *c, struct str *body, struct err *e)
{
	struct ask client;
	bool ok = ask_open(&client, c, e) && ask_get(&client, PART_SOCKET_CONTROL, STR("/api/tests"), body, e);
	ask_close(&client);
	return ok;
}

int cmd_tests(struct cli *c)
{
	struct err e = { 0 };
	struct str body;
	bool ok = ask_control(c, &body, &e);
	if (!ok && e.code == ERR_UNAVAILABLE) {
		err_clear(&e);
		ok = look_here(c, &body, &e);
	}
	const struct json *answer = ok ? json_parse(&c->arena, body, &e) : NULL;
	if (!answer)
		return cli_fail(c, &e);
	const struct json *list = json_get(answer, STR("tests"));
	size_t n = list && list->type == JSON_ARRAY ? list->count : 0;
	if (c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else
		print(c, answer);
	return n && cli_flag(c, "strict") ? 1 : 0;
}
