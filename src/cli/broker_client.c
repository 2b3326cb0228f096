/* See broker_client.h. */
#include "cli/broker_client.h"
#include "base/check.h"
#include "cli/ask.h"
#include "control/control.h"

enum { TARGET_MAX = 64 << 10 };

/* The console's address, as control says it. */
static bool of_fleet(struct cli *c, struct str *url, struct err *e)
{
	struct ask ask;
	const struct json *fleet;
	struct err none = { 0 };
	bool ok = ask_open(&ask, c, &none) && ask_json(&ask, STR("/api/fleet"), &fleet, &none);
	if (ok)
		*url = arena_printf(&c->arena, "%.*s" CONTROL_BROKER_PATH, STR_FMT(json_get_str(fleet, STR("console"), STR(""))));
	ask_close(&ask);
	return ok || err_set(e, ERR_UNAVAILABLE, "no broker is named and no fleet runs here: write --broker URL, set PACT_BROKER_BASE_URL, or start the fleet with `pleach up`");
}

bool broker_client_url(struct cli *c, struct str *url, struct err *e)
{
	*url = cli_option(c, "broker");
	if (!url->len)
		*url = sys_env("PACT_BROKER_BASE_URL");
	return url->len || of_fleet(c, url, e);
}

bool broker_client_open(struct broker_client *b, struct cli *c, struct err *e)
{
	struct str text;
	struct url u;
	*b = (struct broker_client){ .cli = c };
	if (!broker_client_url(c, &text, e))
		return false;
	if (!url_parse(&u, &c->arena, text, "--broker", e))
		return false;
	b->loop = loop_new();
	if (!b->loop)
		return err_set(e, ERR_SYSTEM, "no event loop could be made: too many open files?");
	b->open = true;
	return remote_init(&b->remote, b->loop, &u, sys_env("PACT_BROKER_TOKEN"), sys_env("PACT_BROKER_USERNAME"), sys_env("PACT_BROKER_PASSWORD"), 60 * SECOND, STR(PLEACH_VERSION), e);
}

void broker_client_close(struct broker_client *b)
{
	if (b->open)
		remote_release(&b->remote);
	if (b->loop)
		loop_free(b->loop);
}

struct str broker_target(struct broker_client *b, const char *format, size_t count, const struct str *values)
{
	struct buf t;
	struct str rest = str_z(format), base = b->remote.url.path;
	buf_init(&t, TARGET_MAX);
	while (base.len && base.p[base.len - 1] == '/')
		base.len--;
	buf_add(&t, base);
	for (size_t i = 0; rest.len; i++) {
		size_t at = str_find(rest, STR("%s"));
		buf_add(&t, str_sub(rest, 0, at == SIZE_MAX ? rest.len : at));
		if (at == SIZE_MAX)
			break;
		CHECK(i < count);
		http_escape(&t, values[i], NULL);
		rest = str_skip(rest, at + 2);
	}
	struct str target = arena_str(&b->remote.arena, buf_str(&t));
	CHECK(target.p);
	buf_release(&t);
	return target;
}
