/* pleach contract verify [PACT]…: runs the interactions of pacts against a running provider, tells what does not fit, and gives the results to a broker.
 * Exit status 0: all fit; 1: something does not; 2: wrong use or an unreadable pact; 4: provider, broker or fleet not reachable. */
#include "base/check.h"
#include "cli/broker_client.h"
#include "cli/contract.h"
#include "cli/output.h"
#include "cli/verify_input.h"
#include "contract/verify/remote.h"
#include <stdio.h>

enum { REPORT_BYTES = 1 << 30 };

struct verification {
	struct cli *cli;
	struct loop *loop;
	struct verify verify;
	struct verify_options options;
	struct verify_about about;
	struct remote broker;
	struct remote_query query;
	struct str build_url;
	enum report_format format;
	bool ready, has_broker;
};

/* --- options --------------------------------------------------------------------------------------------------------------------------------- */

static bool read_format(struct verification *x, struct err *e)
{
	struct cli *c = x->cli;
	struct str format = cli_option(c, "format");
	x->format = c->json ? REPORT_JSON : REPORT_TEXT;
	if (format.p && !report_format_parse(format, &x->format, e))
		return false;
	if (x->format == REPORT_SARIF || x->format == REPORT_GITHUB)
		return err_set(e, ERR_USAGE, "--format %.*s: a verification is written as text, json or junit", STR_FMT(format));
	if (c->json && x->format != REPORT_JSON)
		return err_set(e, ERR_USAGE, "--json and --format %.*s are two forms; write one of them", STR_FMT(format));
	c->json = x->format == REPORT_JSON;
	return true;
}

static bool read_headers(struct verification *x, struct err *e)
{
	struct str *lines;
	size_t count;
	if (!input_list(x->cli, "header", VERIFY_HEADERS_MAX, &lines, &count, e))
		return false;
	struct verify_header *headers = ARENA_ARRAY(&x->cli->arena, VERIFY_HEADERS_MAX, struct verify_header);
	CHECK(headers);
	for (size_t i = 0; i < count; i++) {
		struct str value = lines[i], name = str_trim(str_split(&value, ':'));
		if (!value.p || !http1_is_token(name) || !http1_is_value(str_trim(value)))
			return err_set(e, ERR_USAGE, "--header: `%.*s` is no header; write 'Name: value'", STR_FMT(str_sub(lines[i], 0, 100)));
		headers[i] = (struct verify_header){ name, str_trim(value) };
	}
	x->options.headers = headers;
	x->options.header_count = count;
	return true;
}

static bool read_parallel(struct verification *x, struct err *e)
{
	struct str text = cli_option(x->cli, "parallel");
	uint64_t n;
	if (!text.p)
		return true;
	if (!str_to_u64(text, &n) || n < 1 || n > VERIFY_PARALLEL_MAX)
		return err_set(e, ERR_USAGE, "--parallel: `%.*s` is no number from 1 to %d", STR_FMT(text), VERIFY_PARALLEL_MAX);
	x->options.parallel = (unsigned)n;
	return true;
}

/* A place beside the provider, where one is named: parsed, and its address found. */
static bool read_place(struct verification *x, const char *option, struct url *u, struct err *e)
{
	struct str text = cli_option(x->cli, option);
	char name[32] = "--";
	if (!text.p)
		return true;
	strncat(name, option, sizeof(name) - 3);
	return url_parse(u, &x->cli->arena, text, name, e) && url_find(u, x->loop, 3 * SECOND, e);
}

static bool read_broker_options(struct verification *x, struct err *e)
{
	struct cli *c = x->cli;
	struct remote_query *q = &x->query;
	struct str *tags, *selectors;
	x->about.branch = q->branch = cli_option(c, "branch");
	x->about.version = cli_option(c, "provider-version");
	x->build_url = cli_option(c, "build-url");
	q->pending = cli_flag(c, "pending");
	q->wip_since = cli_option(c, "wip-since");
	if (!input_list(c, "tag", BROKER_TAGS_MAX, &tags, &q->tag_count, e) || !input_list(c, "selector", BROKER_SELECTORS_MAX, &selectors, &q->selector_count, e))
		return false;
	q->tags = tags;
	q->selectors = selectors;
	bool filtered = x->options.interaction.len || x->options.state.len || x->options.consumer.len || x->options.stateless || x->options.fail_fast;
	if (cli_flag(c, "publish") && !x->about.version.len)
		return err_set(e, ERR_USAGE, "--publish needs --provider-version: which version the results are about");
	if (cli_flag(c, "publish") && filtered)
		return err_set(e, ERR_USAGE, "--publish tells of whole pacts; leave out what runs only a part (--interaction, --state, --no-state, --consumer, --fail-fast)");
	return true;
}

static void show_progress(void *ctx, size_t done, size_t all)
{
	char line[80];
	(void)ctx;
	progress(str_from(line, (size_t)snprintf(line, sizeof(line), "verified %zu of %zu interactions", done, all)));
}

static bool read_options(struct verification *x, struct err *e)
{
	struct cli *c = x->cli;
	struct verify_options *o = &x->options;
	struct str provider = cli_option(c, "provider"), service = { 0 };
	if (!provider.len)
		return err_set(e, ERR_USAGE, "--provider is missing: the URL of the running provider, or the name of a service of the running fleet");
	*o = (struct verify_options){ .interaction = cli_option(c, "interaction"), .state = cli_option(c, "state"), .consumer = cli_option(c, "consumer"), .stateless = cli_flag(c, "no-state"),
		.teardown = cli_flag(c, "teardown"), .fail_fast = cli_flag(c, "fail-fast"), .version = STR(PLEACH_VERSION), .progress = show_progress };
	if (!read_format(x, e) || !read_headers(x, e) || !read_parallel(x, e) || !cli_duration(c, "timeout", 10 * SECOND, &o->timeout, e) || !read_broker_options(x, e) ||
		!input_provider(c, provider, &o->provider, &service, e) || !url_find(&o->provider, x->loop, 3 * SECOND, e) || !read_place(x, "states", &o->states, e) ||
		!read_place(x, "messages", &o->messages, e) || !read_place(x, "grpc", &o->grpc, e))
		return false;
	struct str name = cli_option(c, "provider-name");
	x->about.provider = x->query.provider = name.len ? name : service;
	x->about.url = arena_printf(&c->arena, "%s://%.*s%.*s", url_scheme(&o->provider), STR_FMT(o->provider.authority), STR_FMT(o->provider.path));
	return true;
}

/* --- pacts ----------------------------------------------------------------------------------------------------------------------------------- */

static bool add_pact(void *ctx, struct str name, struct str text, struct err *e)
{
	struct verification *x = ctx;
	return verify_add(&x->verify, name, text, e) != NULL;
}

static bool open_broker(struct verification *x, struct str text, struct err *e)
{
	struct url u;
	if (!url_parse(&u, &x->cli->arena, text, "--broker", e))
		return false;
	if (x->has_broker)
		remote_release(&x->broker);
	x->has_broker = true;
	return remote_init(&x->broker, x->loop, &u, sys_env("PACT_BROKER_TOKEN"), sys_env("PACT_BROKER_USERNAME"), sys_env("PACT_BROKER_PASSWORD"), 60 * SECOND, STR(PLEACH_VERSION), e);
}

static bool add_argument(struct verification *x, struct str argument, struct err *e)
{
	if (!input_is_url(argument))
		return input_pacts(x->cli, argument, PACT_TEXT_MAX, add_pact, x, e);
	return open_broker(x, argument, e) && remote_get_pact(&x->broker, x->broker.url.path.len ? x->broker.url.path : STR("/"), argument, &x->verify, e);
}

static bool add_pacts(struct verification *x, struct err *e)
{
	struct cli *c = x->cli;
	struct str broker = cli_option(c, "broker");
	struct err none = { 0 };
	if (!broker.p && !c->argument_count && !broker_client_url(c, &broker, &none))
		return err_set(e, ERR_USAGE, "PACT is missing: a pact file, a folder of them, a pact's URL, or --broker URL");
	if (broker.len && !x->query.provider.len)
		return err_set(e, ERR_USAGE, "--broker needs --provider-name: which provider's pacts it shall give");
	for (size_t i = 0; i < c->argument_count; i++)
		if (!add_argument(x, c->arguments[i], e))
			return false;
	if (broker.len && !(open_broker(x, broker, e) && remote_fetch(&x->broker, &x->query, &x->verify, e)))
		return false;
	if (cli_flag(c, "publish") && !x->has_broker)
		return err_set(e, ERR_USAGE, "--publish needs pacts that a broker gave: --broker URL, or a pact's URL");
	return true;
}

/* --- the end ----------------------------------------------------------------------------------------------------------------------------------- */

static int report(struct verification *x)
{
	struct buf b;
	struct cli *c = x->cli;
	struct err e = { 0 };
	buf_init(&b, REPORT_BYTES);
	if (x->format == REPORT_JSON)
		verify_report_json(&x->verify, &x->about, &b);
	else if (x->format == REPORT_JUNIT)
		verify_report_junit(&x->verify, &x->about, &b);
	else
		verify_report_text(&x->verify, &x->about, c->color && !cli_option(c, "output").p, &b);
	int status = verify_fails(&x->verify) ? 1 : 0, printed;
	if (buf_ok(&b)) {
		printed = contract_print(c, buf_str(&b));
	} else {
		err_set(&e, ERR_TOO_LARGE, "the report is larger than %d MiB", REPORT_BYTES >> 20);
		printed = contract_fail_plain(c, &e);
	}
	buf_release(&b);
	return printed ? printed : status;
}

static bool publish(struct verification *x, struct err *e)
{
	const struct remote_results r = { .version = x->about.version, .branch = x->about.branch, .build_url = x->build_url, .tags = x->query.tags, .tag_count = x->query.tag_count };
	size_t published = 0;
	if (!cli_flag(x->cli, "publish"))
		return true;
	bool ok = remote_publish(&x->broker, &x->verify, &r, &published, e);
	if (ok && x->format == REPORT_TEXT)
		sys_print(SYS_STDERR, arena_printf(&x->cli->arena, "published the results of %zu pact%s as version %.*s\n", published, published == 1 ? "" : "s", STR_FMT(r.version)));
	return ok;
}

static bool prepare(struct verification *x, struct err *e)
{
	x->loop = loop_new();
	if (!x->loop)
		return err_set(e, ERR_SYSTEM, "no event loop could be made: too many open files?");
	if (!read_options(x, e))
		return false;
	verify_init(&x->verify, x->loop, &x->options);
	x->ready = true;
	return add_pacts(x, e);
}

int cmd_contract_verify(struct cli *c)
{
	struct verification x = { .cli = c };
	struct err e = { 0 };
	int status;
	if (prepare(&x, &e)) {
		verify_run(&x.verify);
		progress_end();
		status = report(&x);
		if (!publish(&x, &e))
			status = contract_fail_plain(c, &e);
	} else {
		status = contract_fail_plain(c, &e);
	}
	if (x.has_broker)
		remote_release(&x.broker);
	if (x.ready)
		verify_release(&x.verify);
	struct url *places[] = { &x.options.provider, &x.options.messages, &x.options.states, &x.options.grpc };
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		url_release(places[i]);
	if (x.loop)
		loop_free(x.loop);
	return status;
}
