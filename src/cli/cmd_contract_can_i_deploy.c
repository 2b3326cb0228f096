/* pleach contract can-i-deploy SERVICE VERSION [--to ENVIRONMENT]: whether a version fits everything that runs there, by what consumers and providers have verified of
 * each other. Exit status 0: it does; 1: it does not, or it is not known. */
#include "base/check.h"
#include "cli/broker_client.h"
#include "cli/contract.h"
#include "cli/output.h"

static struct str name_of(const struct json *side) { return json_get_str(side, STR("name"), STR("")); }
static struct str number_of(const struct json *side) { return json_get_str(json_get(side, STR("version")), STR("number"), STR("-")); }

static void put_row(struct table *t, const struct json *row)
{
	const struct json *consumer = json_get(row, STR("consumer")), *provider = json_get(row, STR("provider")), *result = json_get(row, STR("verificationResult"));
	const struct json *success = json_get(result, STR("success"));
	bool known = success && (success->type == JSON_TRUE || success->type == JSON_FALSE), good = known && success->type == JSON_TRUE;
	table_cell(t, name_of(consumer), STYLE_NONE);
	table_cell(t, number_of(consumer), STYLE_NONE);
	table_cell(t, name_of(provider), STYLE_NONE);
	table_cell(t, number_of(provider), STYLE_NONE);
	table_cell(t, !known ? STR("not verified") : good ? STR("fits") : STR("does not fit"), !known ? STYLE_AMBER : good ? STYLE_GREEN : STYLE_RED);
	table_cell(t, json_get_str(result, STR("verifiedAt"), STR("")), STYLE_DIM);
}

static void print_matrix(struct cli *c, const struct json *matrix)
{
	static const char *const heads[] = { "CONSUMER", "VERSION", "PROVIDER", "VERSION", "RESULT", "VERIFIED" };
	struct table t;
	if (!matrix || matrix->type != JSON_ARRAY || !matrix->count)
		return;
	table_init(&t, c, ARRAY_LEN(heads));
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		table_cell(&t, str_z(heads[i]), STYLE_DIM);
	for (uint32_t i = 0; i < matrix->count; i++)
		put_row(&t, &matrix->items[i]);
	table_print(&t);
	buf_char(&c->out, '\n');
}

static void print(struct cli *c, const struct json *answer, bool may)
{
	struct str to = cli_option(c, "to"), reason = json_get_str(json_get(answer, STR("summary")), STR("reason"), STR(""));
	const struct json *deployable = json_get(json_get(answer, STR("summary")), STR("deployable"));
	print_matrix(c, json_get(answer, STR("matrix")));
	out_styled(c, may ? STYLE_GREEN : STYLE_RED, may ? STR("Yes: ") : deployable && deployable->type == JSON_NULL ? STR("Not yet known: ") : STR("No: "));
	buf_printf(&c->out, "%.*s %.*s %s %s", STR_FMT(c->arguments[0]), STR_FMT(c->arguments[1]), may ? "may be deployed" : "should not be deployed", to.len ? "to " : "beside the newest of the others");
	buf_printf(&c->out, "%.*s.\n%.*s\n", STR_FMT(to), STR_FMT(reason));
}

int cmd_contract_can_i_deploy(struct cli *c)
{
	struct broker_client b;
	struct err e = { 0 };
	const struct str values[] = { c->arguments[0], c->arguments[1], cli_option(c, "to") };
	struct str text;
	int status = 4;
	const struct json *answer = NULL;
	if (broker_client_open(&b, c, &e)) {
		struct str target = values[2].len ? broker_target(&b, "/matrix?q[][pacticipant]=%s&q[][version]=%s&latestby=cvpv&environment=%s", 3, values)
						  : broker_target(&b, "/matrix?q[][pacticipant]=%s&q[][version]=%s&latestby=cvp&latest=true", 2, values);
		struct err parse = { 0 };
		if (remote_ask(&b.remote, "GET", target, STR(""), &text, &e) && !(answer = json_parse(&c->arena, text, &parse)))
			err_set(&e, ERR_UPSTREAM, "the broker's answer is no JSON: %s", parse.message);
	}
	if (answer) {
		const struct json *deployable = json_get(json_get(answer, STR("summary")), STR("deployable"));
		bool may = deployable && deployable->type == JSON_TRUE;
		status = may ? 0 : 1;
		if (c->json)
			buf_printf(&c->out, "%.*s\n", STR_FMT(str_trim(text)));
		else
			print(c, answer, may);
	} else {
		status = contract_fail_plain(c, &e);
	}
	broker_client_close(&b);
	return status;
}
