/* pleach contract publish PACT… --app-version VERSION: gives consumers' pacts to a broker, all of a consumer's in one request, and says what the broker says. */
#include "base/base64.h"
#include "cli/broker_client.h"
#include "cli/contract.h"
#include "cli/output.h"
#include "cli/verify_input.h"
#include "contract/pact/pact.h"

enum { PACTS_MAX = 1000, TAGS_MAX = 64, REQUEST_MAX = 16 << 20 };
struct pact_text { struct str file, text, consumer, provider; bool sent; };
struct publishing {
	struct cli *cli;
	struct arena arena;
	struct broker_client broker;
	struct pact_text *pacts;
	size_t count, capacity;
	struct str version, *tags;
	size_t tag_count;
};

static bool add_pact(void *ctx, struct str name, struct str text, struct err *e)
{
	struct publishing *p = ctx;
	struct err parse = { 0 };
	struct arena a;
	arena_init(&a, 256 << 20);
	const struct json *j = json_parse(&a, text, &parse);
	struct pact_text x = { .file = arena_str(&p->arena, name), .consumer = arena_str(&p->arena, json_get_str(json_get(j, STR("consumer")), STR("name"), STR(""))),
			       .provider = arena_str(&p->arena, json_get_str(json_get(j, STR("provider")), STR("name"), STR(""))), .text = arena_str(&p->arena, text) };
	arena_release(&a);
	if (!j)
		return err_set(e, ERR_INPUT, "%.*s: %s", STR_FMT(name), parse.message);
	if (!x.consumer.len || !x.provider.len)
		return err_set(e, ERR_INPUT, "%.*s: is no pact: it names no consumer or no provider (`consumer: {name}`, `provider: {name}`)", STR_FMT(name));
	if (p->count == PACTS_MAX || !x.text.p || !ARENA_PUSH_ROOM(&p->arena, p->pacts, p->count, p->capacity))
		return err_set(e, ERR_TOO_LARGE, "%.*s: more than %d pacts, or more than fit into memory; publish them in parts", STR_FMT(name), PACTS_MAX);
	p->pacts[p->count++] = x;
	return true;
}

static void put_contract(const struct pact_text *x, struct json_out *o)
{
	struct buf coded;
	buf_init(&coded, REQUEST_MAX);
	base64_encode(&coded, x->text);
	json_out_object(o);
	json_kv_str(o, "consumerName", x->consumer);
	json_kv_str(o, "providerName", x->provider);
	json_kv_str(o, "specification", STR("pact"));
	json_kv_str(o, "contentType", STR("application/json"));
	json_kv_str(o, "content", buf_str(&coded));
	json_out_end(o);
	buf_release(&coded);
}

static void put_request(struct publishing *p, struct str consumer, struct json_out *o)
{
	struct str branch = cli_option(p->cli, "branch"), build = cli_option(p->cli, "build-url");
	json_out_object(o);
	json_kv_str(o, "pacticipantName", consumer);
	json_kv_str(o, "pacticipantVersionNumber", p->version);
	if (branch.len)
		json_kv_str(o, "branch", branch);
	if (build.len)
		json_kv_str(o, "buildUrl", build);
	json_out_key(o, STR("tags"));
	json_out_array(o);
	for (size_t i = 0; i < p->tag_count; i++)
		json_out_str(o, p->tags[i]);
	json_out_end(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (size_t i = 0; i < p->count; i++) {
		if (!str_eq(p->pacts[i].consumer, consumer))
			continue;
		put_contract(&p->pacts[i], o);
		p->pacts[i].sent = true;
	}
	json_out_end(o);
	json_out_end(o);
}

static void tell(struct publishing *p, const struct json *answer)
{
	const struct json *notices = json_get(answer, STR("notices"));
	for (uint32_t i = 0; notices && notices->type == JSON_ARRAY && i < notices->count; i++) {
		struct str type = json_get_str(&notices->items[i], STR("type"), STR(""));
		out_styled(p->cli, str_eq(type, STR("success")) ? STYLE_GREEN : str_eq(type, STR("error")) || str_eq(type, STR("danger")) ? STYLE_RED : str_eq(type, STR("warning")) ? STYLE_AMBER : STYLE_NONE,
			   json_get_str(&notices->items[i], STR("text"), STR("")));
		buf_char(&p->cli->out, '\n');
	}
}

static bool publish(struct publishing *p, struct str consumer, struct json_out *answers, struct err *e)
{
	struct buf b;
	struct json_out o;
	struct str answer;
	buf_init(&b, REQUEST_MAX);
	json_out_init(&o, &b);
	put_request(p, consumer, &o);
	bool ok = buf_ok(&b) || err_set(e, ERR_TOO_LARGE, "the pacts of %.*s are larger than a broker takes at once (%d MiB)", STR_FMT(consumer), REQUEST_MAX >> 20);
	ok = ok && remote_ask(&p->broker.remote, "POST", broker_target(&p->broker, "/contracts/publish", 0, NULL), buf_str(&b), &answer, e);
	buf_release(&b);
	if (!ok)
		return false;
	struct err parse = { 0 };
	if (p->cli->json)
		json_out_raw(answers, str_trim(answer));
	else
		tell(p, json_parse(&p->arena, answer, &parse));
	return true;
}

static bool run(struct publishing *p, struct json_out *answers, struct err *e)
{
	struct cli *c = p->cli;
	p->version = cli_option(c, "app-version");
	if (!p->version.len)
		return err_set(e, ERR_USAGE, "--app-version is missing: which version of the consumer these pacts are of, such as `--app-version $(git rev-parse --short HEAD)`");
	if (!input_list(c, "tag", TAGS_MAX, &p->tags, &p->tag_count, e))
		return false;
	for (size_t i = 0; i < c->argument_count; i++)
		if (!input_pacts(c, c->arguments[i], PACT_TEXT_MAX, add_pact, p, e))
			return false;
	if (!p->count)
		return err_set(e, ERR_INPUT, "there is no pact in %.*s", STR_FMT(c->arguments[0]));
	if (!broker_client_open(&p->broker, c, e))
		return false;
	for (size_t i = 0; i < p->count; i++)
		if (!p->pacts[i].sent && !publish(p, p->pacts[i].consumer, answers, e))
			return false;
	return true;
}

int cmd_contract_publish(struct cli *c)
{
	struct publishing p = { .cli = c };
	struct err e = { 0 };
	struct buf b;
	struct json_out answers;
	arena_init(&p.arena, 512 << 20);
	buf_init(&b, 64 << 20);
	json_out_init(&answers, &b);
	json_out_array(&answers);
	bool ok = run(&p, &answers, &e);
	json_out_end(&answers);
	broker_client_close(&p.broker);
	if (ok && c->json) {
		buf_add(&c->out, buf_str(&b));
		buf_char(&c->out, '\n');
	}
	buf_release(&b);
	arena_release(&p.arena);
	return ok ? 0 : contract_fail_plain(c, &e);
}
