/* pleach contract stub PACT…: serves the HTTP interactions of pacts until it is interrupted. What fits none is told on standard error, STUB_TOLD_MAX times at most. */
#include "base/text.h"
#include "cli/contract.h"
#include "cli/verify_input.h"
#include "contract/stub/stub.h"

enum { STUB_TOLD_MAX = 1000, STUB_BODY_MAX = 32 << 20 };
#define PACTS_BYTES ((size_t)2 << 30)

struct serving {
	struct cli *cli;
	struct loop *loop;
	struct stub *stub;
	struct http_server *server;
	struct arena pacts;
	size_t interactions, files, told, messages;
};

static void on_signal(void *ctx, enum sys_signal s)
{
	struct serving *x = ctx;
	(void)s;
	loop_stop(x->loop);
}

static void on_missed(void *ctx, struct str method, struct str target, struct str words)
{
	struct serving *x = ctx;
	struct buf b;
	(void)method, (void)target;
	if (x->told++ >= STUB_TOLD_MAX)
		return;
	buf_init(&b, 256 << 10);
	text_safe(&b, words);
	buf_add(&b, x->told == STUB_TOLD_MAX ? STR("\n(further ones are not told)\n") : STR("\n"));
	sys_print(SYS_STDERR, buf_str(&b));
	buf_release(&b);
}

static bool add_pact(void *ctx, struct str name, struct str text, struct err *e)
{
	struct serving *x = ctx;
	size_t added = 0;
	struct str kept_name = arena_str(&x->pacts, name), kept = arena_str(&x->pacts, text);
	const struct pact *p = kept.p && kept_name.p ? pact_read(&x->pacts, kept_name, kept, e) : NULL;
	if (!p)
		return err_set(e, ERR_NO_MEMORY, "the pacts do not fit into memory");
	if (!stub_add(x->stub, p, kept_name, &added, e))
		return false;
	x->interactions += added;
	x->messages += p->count - added;
	x->files++;
	return true;
}

static bool listen_at(struct serving *x, struct sys_addr *bound, struct err *e)
{
	struct str text = cli_option(x->cli, "listen");
	struct sys_addr a;
	char at[128];
	if (!sys_addr_parse(&a, text.p ? text : STR("127.0.0.1:8090"), e) || !http_server_listen(x->server, &a, bound, e))
		return false;
	struct str shown = sys_addr_text(bound, at);
	stub_set_base_url(x->stub, arena_printf(&x->cli->arena, "http://%.*s", STR_FMT(shown)));
	return true;
}

static void tell(struct serving *x, const struct sys_addr *bound)
{
	char at[128];
	struct str shown = sys_addr_text(bound, at);
	struct buf *b = &x->cli->out;
	struct json_out o;
	if (x->cli->json) {
		json_out_init(&o, b);
		json_out_object(&o);
		json_kv_str(&o, "url", arena_printf(&x->cli->arena, "http://%.*s", STR_FMT(shown)));
		json_kv_u64(&o, "interactions", x->interactions);
		json_kv_u64(&o, "pacts", x->files);
		json_out_end(&o);
		buf_char(b, '\n');
	} else {
		buf_printf(b, "serving %zu interaction%s of %zu pact%s at http://%.*s (Ctrl-C ends it)\n", x->interactions, x->interactions == 1 ? "" : "s", x->files, x->files == 1 ? "" : "s", STR_FMT(shown));
		if (x->messages)
			buf_printf(b, "%zu message%s not served: a stub answers HTTP\n", x->messages, x->messages == 1 ? " is" : "s are");
	}
	cli_flush(x->cli);
}

static bool prepare(struct serving *x, struct sys_addr *bound, struct err *e)
{
	struct cli *c = x->cli;
	const struct stub_options o = { .cors = cli_flag(c, "cors"), .state = cli_option(c, "state"), .missed = on_missed, .ctx = x };
	x->loop = loop_new();
	x->stub = stub_new(&o);
	if (!x->loop || !x->stub)
		return err_set(e, ERR_SYSTEM, "no event loop could be made: too many open files?");
	for (size_t i = 0; i < c->argument_count; i++)
		if (!input_pacts(c, c->arguments[i], PACT_TEXT_MAX, add_pact, x, e))
			return false;
	if (!x->interactions)
		return err_set(e, ERR_NOT_FOUND, "there is no HTTP interaction in what was named: a stub would have no answer");
	x->server = http_server_new(x->loop, &(struct http_server_options){ .max_connections = 10000, .max_body = STUB_BODY_MAX, .max_arena = 64 << 20 }, stub_serve, x->stub);
	return listen_at(x, bound, e);
}

int cmd_contract_stub(struct cli *c)
{
	struct serving x = { .cli = c };
	struct err e = { 0 };
	struct sys_addr bound;
	int status = 0;
	arena_init(&x.pacts, PACTS_BYTES);
	if (prepare(&x, &bound, &e)) {
		loop_on_signal(x.loop, on_signal, &x);
		tell(&x, &bound);
		loop_run(x.loop);
	} else {
		status = contract_fail_plain(c, &e);
	}
	if (x.server)
		http_server_free(x.server);
	stub_free(x.stub);
	arena_release(&x.pacts);
	if (x.loop)
		loop_free(x.loop);
	return status;
}
