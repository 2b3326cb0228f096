/* pleach contract deployed SERVICE VERSION --to ENVIRONMENT: records at the broker what runs where, or that it does not any more, so that can-i-deploy knows. */
#include "cli/broker_client.h"
#include "cli/contract.h"
#include "cli/output.h"

struct deployed { struct broker_client broker; struct str service, version, to, instance, uuid; bool release; };

static bool find_environment(struct deployed *d, struct err *e)
{
	const struct json *answer = remote_json(&d->broker.remote, "GET", broker_target(&d->broker, "/environments", 0, NULL), STR(""), e);
	const struct json *list = json_get(json_get(answer, STR("_embedded")), STR("environments"));
	struct buf names;
	buf_init(&names, 4096);
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		struct str name = json_get_str(&list->items[i], STR("name"), STR(""));
		if (str_eq(name, d->to))
			d->uuid = json_get_str(&list->items[i], STR("uuid"), STR(""));
		buf_printf(&names, "%s%.*s", i ? ", " : "", STR_FMT(name));
	}
	bool ok = !answer ? false : d->uuid.len ? true : err_set(e, ERR_NOT_FOUND, "--to: the broker knows no environment %.*s; it has %.*s", STR_FMT(d->to), STR_FMT(buf_str(&names)));
	buf_release(&names);
	return ok;
}

static struct str body_of(struct deployed *d)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	json_out_object(&o);
	if (d->instance.len)
		json_kv_str(&o, "applicationInstance", d->instance);
	json_out_end(&o);
	struct str s = arena_str(&d->broker.remote.arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static bool record(struct deployed *d, struct err *e)
{
	const struct str values[] = { d->service, d->version, d->uuid };
	struct str target = broker_target(&d->broker, d->release ? "/pacticipants/%s/versions/%s/released-versions/environment/%s" : "/pacticipants/%s/versions/%s/deployed-versions/environment/%s", 3, values);
	return remote_json(&d->broker.remote, "POST", target, body_of(d), e) != NULL;
}

/* Ends what is recorded of this version there. *ended: how many. */
static bool undo(struct deployed *d, size_t *ended, struct err *e)
{
	struct str target = broker_target(&d->broker, d->release ? "/environments/%s/released-versions/currently-supported?pacticipant=%s" : "/environments/%s/deployed-versions/currently-deployed?pacticipant=%s", 2,
					  (const struct str[]){ d->uuid, d->service });
	const struct json *answer = remote_json(&d->broker.remote, "GET", target, STR(""), e);
	const struct json *list = json_get(json_get(answer, STR("_embedded")), d->release ? STR("releasedVersions") : STR("deployedVersions"));
	if (!answer)
		return false;
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		const struct json *x = &list->items[i], *embedded = json_get(x, STR("_embedded"));
		bool ours = str_eq(json_get_str(json_get(embedded, STR("version")), STR("number"), STR("")), d->version) &&
			    str_eq(json_get_str(json_get(embedded, STR("pacticipant")), STR("name"), d->service), d->service) &&
			    (d->release || str_eq(json_get_str(x, STR("applicationInstance"), STR("")), d->instance));
		struct str uuid = json_get_str(x, STR("uuid"), STR(""));
		if (!ours)
			continue;
		target = broker_target(&d->broker, d->release ? "/released-versions/%s" : "/deployed-versions/%s", 1, &uuid);
		if (!remote_json(&d->broker.remote, "PATCH", target, d->release ? STR("{\"currentlySupported\":false}") : STR("{\"currentlyDeployed\":false}"), e))
			return false;
		++*ended;
	}
	return *ended || err_set(e, ERR_NOT_FOUND, "%.*s %.*s is not recorded as %s in %.*s", STR_FMT(d->service), STR_FMT(d->version), d->release ? "released" : "deployed", STR_FMT(d->to));
}

static bool run(struct deployed *d, struct cli *c, struct err *e)
{
	size_t ended = 0;
	*d = (struct deployed){ .service = c->arguments[0], .version = c->arguments[1], .to = cli_option(c, "to"), .instance = cli_option(c, "instance"), .release = cli_flag(c, "release") };
	if (!d->to.len)
		return err_set(e, ERR_USAGE, "--to is missing: the environment, such as --to production");
	if (d->release && d->instance.len)
		return err_set(e, ERR_USAGE, "--instance is about deployments; releases stand beside each other anyway");
	if (!broker_client_open(&d->broker, c, e) || !find_environment(d, e))
		return false;
	return cli_flag(c, "undo") ? undo(d, &ended, e) : record(d, e);
}

int cmd_contract_deployed(struct cli *c)
{
	struct deployed d;
	struct err e = { 0 };
	int status = 0;
	bool undone = cli_flag(c, "undo");
	if (!run(&d, c, &e))
		status = contract_fail_plain(c, &e);
	else if (c->json)
		buf_printf(&c->out, "{\"recorded\":%s}\n", undone ? "false" : "true");
	else
		buf_printf(&c->out, "%.*s %.*s is %s%s %s %.*s\n", STR_FMT(d.service), STR_FMT(d.version), undone ? "no longer " : "", d.release ? "released" : "deployed", "in", STR_FMT(d.to));
	broker_client_close(&d.broker);
	return status;
}
