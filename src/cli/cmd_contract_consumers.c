/* pleach contract consumers SERVICE [VERSION]: who uses which operation, by calls that were seen and by what contracts name; and calls that fit no operation. */
#include "base/check.h"
#include "cli/ask.h"
#include "cli/contract.h"
#include "cli/output.h"

static struct str text(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }
static int64_t number(const struct json *j, const char *key) { return json_get_i64(j, str_z(key), 0); }
static uint32_t items(const struct json *j) { return j && j->type == JSON_ARRAY ? j->count : 0; }
static bool truth(const struct json *j, const char *key) { const struct json *x = json_get(j, str_z(key)); return x && x->type == JSON_TRUE; }

static enum style style_of(struct str verdict)
{
	return str_eq(verdict, STR("proved")) ? STYLE_GREEN : str_eq(verdict, STR("possible")) ? STYLE_AMBER : STYLE_DIM;
}

static struct str words_of(struct str verdict)
{
	return str_eq(verdict, STR("not_seen")) ? STR("not seen") : str_eq(verdict, STR("no_data")) ? STR("no data") : str_eq(verdict, STR("proved")) ? STR("used") : verdict;
}

static void heads(struct table *t, struct cli *c, const char *const *names, size_t n)
{
	table_init(t, c, n);
	for (size_t i = 0; i < n; i++)
		table_cell(t, str_z(names[i]), STYLE_DIM);
}

static struct str ago_of(struct cli *c, const struct json *u)
{
	int64_t ms = number(u, "last_ms");
	return ms ? text_ago(c, ms * 1000000) : STR("never");
}

static void put_use(struct cli *c, struct table *t, struct str operation, const struct json *u)
{
	table_cell(t, operation, STYLE_NONE);
	table_cell(t, text(u, "consumer"), STYLE_BOLD);
	table_cell(t, text(u, "owner"), STYLE_NONE);
	table_cell(t, words_of(text(u, "verdict")), style_of(text(u, "verdict")));
	table_right(t, arena_printf(&c->arena, "%lld", (long long)number(u, "calls")), STYLE_NONE);
	table_cell(t, ago_of(c, u), STYLE_NONE);
	table_cell(t, truth(u, "contract") ? STR("yes") : STR("no"), truth(u, "contract") ? STYLE_GREEN : STYLE_DIM);
	table_cell(t, text(u, "last_trace"), STYLE_DIM);
}

static void print_operations(struct cli *c, const struct json *list)
{
	static const char *const names[] = { "OPERATION", "CONSUMER", "OWNER", "USE", "CALLS", "LAST", "CONTRACT", "TRACE" };
	struct table t;
	struct buf unused;
	buf_init(&unused, 1 << 20);
	heads(&t, c, names, ARRAY_LEN(names));
	for (uint32_t i = 0; i < items(list); i++) {
		const struct json *consumers = json_get(&list->items[i], STR("consumers"));
		struct str operation = text(&list->items[i], "operation");
		for (uint32_t k = 0; k < items(consumers); k++)
			put_use(c, &t, k ? STR("") : operation, &consumers->items[k]);
		if (!items(consumers))
			buf_printf(&unused, "%s%.*s", buf_str(&unused).len ? ", " : "", STR_FMT(operation));
	}
	table_print(&t);
	if (buf_str(&unused).len)
		buf_printf(&c->out, "\nUsed by nobody who is known: %.*s\n", STR_FMT(buf_str(&unused)));
	buf_release(&unused);
}

static void print_unknown(struct cli *c, const struct json *list)
{
	static const char *const names[] = { "CALL", "CONSUMER", "CALLS", "LAST", "TRACE" };
	struct table t;
	if (!items(list))
		return;
	buf_add(&c->out, STR("\nCalls that fit no operation of the contract:\n"));
	heads(&t, c, names, ARRAY_LEN(names));
	for (uint32_t i = 0; i < items(list); i++) {
		const struct json *u = &list->items[i];
		table_cell(&t, arena_printf(&c->arena, "%.*s %.*s", STR_FMT(text(u, "method")), STR_FMT(text(u, "path"))), STYLE_NONE);
		table_cell(&t, text(u, "consumer"), STYLE_BOLD);
		table_right(&t, arena_printf(&c->arena, "%lld", (long long)number(u, "calls")), STYLE_NONE);
		table_cell(&t, ago_of(c, u), STYLE_NONE);
		table_cell(&t, text(u, "last_trace"), STYLE_DIM);
	}
	table_print(&t);
}

static void print(struct cli *c, const struct json *answer)
{
	int64_t since = number(answer, "since_ms");
	struct str version = text(answer, "version");
	out_bold(c, arena_printf(&c->arena, "%.*s%s%.*s", STR_FMT(text(answer, "service")), version.len ? " " : "", STR_FMT(version)));
	if (since)
		buf_printf(&c->out, "  calls watched since %.*s, counted over a window of %.*s\n\n", STR_FMT(text_ago(c, since * 1000000)),
			   STR_FMT(text_duration(c, number(answer, "window_ms") * 1000000)));
	else
		buf_add(&c->out, STR("  calls are not watched: name its contract as `schema` under `serves` in service.yaml\n\n"));
	print_operations(c, json_get(answer, STR("operations")));
	print_unknown(c, json_get(answer, STR("unknown")));
}

int cmd_contract_consumers(struct cli *c)
{
	struct ask ask;
	struct err e = { 0 };
	struct target t;
	const struct json *answer;
	struct str body, version = STR("");
	int status = 0;
	target_begin(&t, "/api/consumers");
	target_add(&t, "service", c->arguments[0]);
	target_add(&t, "version", c->argument_count > 1 ? c->arguments[1] : STR(""));
	struct str target = target_end(&t, c);
	bool ok = ask_open(&ask, c, &e) && ask_get(&ask, PART_SOCKET_CONTROL, target, &body, &e);
	if (ok && c->json) {
		buf_printf(&c->out, "%.*s\n", STR_FMT(str_trim(body)));
	} else if (ok && (answer = json_parse(&c->arena, body, &e))) {
		version = text(answer, "version");
		print(c, answer);
	} else {
		status = contract_fail_plain(c, &e);
	}
	if (!status && !c->json)
		ask_link(&ask, arena_printf(&c->arena, "/contracts/%.*s/%.*s?view=consumers", STR_FMT(c->arguments[0]), STR_FMT(c->argument_count > 1 ? c->arguments[1] : version)));
	ask_close(&ask);
	return status;
}
