/* Environments, and what is deployed or released in them. A deployment takes the place of the one before (of the same application instance); releases stand beside
 * each other until their support ends. */
#include "contract/broker/broker_impl.h"

void put_environment_members(struct call *c, const struct environment *e)
{
	json_kv_str(&c->json, "uuid", e->uuid);
	json_kv_str(&c->json, "name", e->name);
	json_kv_str(&c->json, "displayName", e->display);
	json_kv_bool(&c->json, "production", e->production);
	if (e->contacts.len) {
		json_out_key(&c->json, STR("contacts"));
		json_out_raw(&c->json, e->contacts);
	}
	put_time(c, "createdAt", e->created);
	put_time(c, "updatedAt", e->updated);
	hal_begin(c);
	hal_link(c, "self", STR("Environment"), e->name, "/environments/%.*s", STR_FMT(e->uuid));
	hal_link(c, "pb:currently-deployed-deployed-versions", STR("Versions deployed here"), STR(""), "/environments/%.*s/deployed-versions/currently-deployed", STR_FMT(e->uuid));
	hal_link(c, "pb:currently-supported-released-versions", STR("Versions released here"), STR(""), "/environments/%.*s/released-versions/currently-supported", STR_FMT(e->uuid));
	hal_end(c);
}

static void put(struct call *c, const struct environment *e)
{
	json_out_object(&c->json);
	put_environment_members(c, e);
	json_out_end(&c->json);
}

static struct environment *environment_at(struct call *c, size_t i)
{
	struct environment *e = broker_environment(c->broker, c->parameters[i]);
	if (!e)
		broker_fault(c, 404, "No environment %.*s found", STR_FMT(c->parameters[i]));
	return e;
}

void broker_environments(struct call *c)
{
	const struct broker *b = c->broker;
	json_out_object(&c->json);
	hal_embedded(c, "environments");
	for (size_t i = 0; i < b->environments.count; i++)
		put(c, b->environments.items[i]);
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR("Environments"), STR(""), "/environments");
	hal_list(c, "pb:environments");
	for (size_t i = 0; i < b->environments.count; i++)
		hal_item(c, b->environments.items[i]->display, b->environments.items[i]->name, "/environments/%.*s", STR_FMT(b->environments.items[i]->uuid));
	hal_list_end(c);
	hal_end(c);
	json_out_end(&c->json);
}

void broker_environment_show(struct call *c)
{
	const struct environment *e = environment_at(c, 0);
	if (e)
		put(c, e);
}

/* What the body says of an environment; what it does not say stays as in *x. False with a fault. */
static bool read_body(struct call *c, struct environment *x, const struct environment *self)
{
	x->name = json_get_str(c->body, STR("name"), x->name);
	x->display = json_get_str(c->body, STR("displayName"), x->display.len ? x->display : x->name);
	x->production = json_get_bool(c->body, STR("production"), x->production);
	const struct json *contacts = json_get(c->body, STR("contacts"));
	const struct environment *other = broker_environment(c->broker, x->name);
	if (!broker_name_valid(c, "name", x->name) || !broker_name_valid(c, "displayName", x->display))
		return false;
	if (str_find_char(x->name, ' ') != SIZE_MAX)
		return broker_invalid(c, "name", "cannot contain spaces");
	if (other && other != self)
		return broker_invalid(c, "name", "has already been taken: there is an environment %.*s", STR_FMT(x->name));
	if (!contacts)
		return true;
	struct buf b;
	struct json_out o;
	buf_init(&b, 16 << 10);
	json_out_init(&o, &b);
	json_out_value(&o, contacts);
	bool ok = buf_ok(&b) ? true : broker_invalid(c, "contacts", "are larger than 16 KiB");
	x->contacts = arena_str(c->arena, buf_str(&b));
	buf_release(&b);
	return ok;
}

void broker_environment_create(struct call *c)
{
	struct environment x = { .name = STR(""), .display = STR(""), .contacts = STR("") };
	if (!json_get(c->body, STR("production"))) {
		broker_invalid(c, "production", "must be one of true, false");
		return;
	}
	if (!read_body(c, &x, NULL))
		return;
	const struct environment *e = add_environment(c, broker_uuid(c->arena), x.name, x.display, x.production, x.contacts);
	if (!e)
		return;
	c->status = 201;
	c->headers = arena_printf(c->arena, "Cache-Control: no-store\r\nLocation: %.*s/environments/%.*s\r\n", STR_FMT(c->base), STR_FMT(e->uuid));
	put(c, e);
}

void broker_environment_set(struct call *c)
{
	struct environment *e = environment_at(c, 0), x;
	if (!e)
		return;
	x = *e;
	if (!read_body(c, &x, e) || !broker_begin(c) ||
	    !broker_do(c, "UPDATE environments SET name = ?, display = ?, production = ?, contacts = ?, updated = ? WHERE id = ?", "ssisii", x.name, x.display, (int64_t)x.production, x.contacts,
		       broker_now(), e->id))
		return;
	e->name = broker_keep(c->broker, x.name);
	e->display = broker_keep(c->broker, x.display);
	e->contacts = broker_keep(c->broker, x.contacts);
	e->production = x.production;
	e->updated = broker_now();
	put(c, e);
}

void broker_environment_delete(struct call *c)
{
	const struct environment *e = environment_at(c, 0);
	if (!e || !broker_begin(c) || !broker_do(c, "DELETE FROM environments WHERE id = ?", "i", e->id))
		return;
	c->stale = true;
	c->status = 204;
}

/* --- deployments and releases ----------------------------------------------------------------------------------------------------------------------------- */

static const char *path_of(const struct deployment *d) { return d->released ? "/released-versions" : "/deployed-versions"; }

static void put_deployment(struct call *c, const struct deployment *d)
{
	const struct version *v = d->version;
	json_out_object(&c->json);
	json_kv_str(&c->json, "uuid", d->uuid);
	json_kv_bool(&c->json, d->released ? "currentlySupported" : "currentlyDeployed", !d->ended);
	if (d->instance.len) {
		json_kv_str(&c->json, "applicationInstance", d->instance);
		json_kv_str(&c->json, "target", d->instance);
	}
	put_time(c, "createdAt", d->created);
	if (d->ended)
		put_time(c, d->released ? "supportEndedAt" : "undeployedAt", d->ended);
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	json_out_key(&c->json, STR("pacticipant"));
	json_out_object(&c->json);
	put_participant_brief(c, v->participant);
	json_out_end(&c->json);
	json_out_key(&c->json, STR("version"));
	json_out_object(&c->json);
	put_version_brief(c, v);
	json_out_end(&c->json);
	json_out_key(&c->json, STR("environment"));
	put(c, d->environment);
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "self", d->released ? STR("Released version") : STR("Deployed version"), STR(""), "%s/%.*s", path_of(d), STR_FMT(d->uuid));
	hal_link(c, "pb:pacticipant", STR(""), v->participant->name, "%.*s", STR_FMT(path_participant(c, v->participant)));
	hal_link(c, "pb:version", STR(""), v->number, "%.*s", STR_FMT(path_version(c, v)));
	hal_link(c, "pb:environment", STR(""), d->environment->name, "/environments/%.*s", STR_FMT(d->environment->uuid));
	hal_end(c);
	json_out_end(&c->json);
}

static void current(struct call *c, bool released)
{
	const struct broker *b = c->broker;
	const struct environment *e = environment_at(c, 0);
	struct str only = broker_parameter(c, "pacticipant"), instance = broker_parameter(c, "applicationInstance");
	if (!e)
		return;
	json_out_object(&c->json);
	hal_embedded(c, released ? "releasedVersions" : "deployedVersions");
	for (size_t i = 0; i < b->participants.count; i++) {
		const struct participant *p = b->participants.items[i];
		for (size_t k = 0; k < p->current.count && (!only.len || str_eq(only, p->name)); k++) {
			const struct deployment *d = p->current.items[k];
			if (d->environment == e && d->released == released && (!instance.p || str_eq(instance, d->instance)))
				put_deployment(c, d);
		}
	}
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "/environments/%.*s/%s", STR_FMT(e->uuid), released ? "released-versions/currently-supported" : "deployed-versions/currently-deployed");
	hal_end(c);
	json_out_end(&c->json);
}

void broker_currently_deployed(struct call *c) { current(c, false); }
void broker_currently_supported(struct call *c) { current(c, true); }

static void of_version(struct call *c, bool released)
{
	const struct version *v = path_version_at(c, 0, 1);
	const struct environment *e = v ? environment_at(c, 2) : NULL;
	if (!e)
		return;
	json_out_object(&c->json);
	hal_embedded(c, released ? "releasedVersions" : "deployedVersions");
	for (size_t i = 0; i < c->broker->deployments.count; i++) {
		const struct deployment *d = c->broker->deployments.items[i];
		if (d->version == v && d->environment == e && d->released == released)
			put_deployment(c, d);
	}
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s/%s/environment/%.*s", STR_FMT(path_version(c, v)), released ? "released-versions" : "deployed-versions", STR_FMT(e->uuid));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_deployed_of(struct call *c) { of_version(c, false); }
void broker_released_of(struct call *c) { of_version(c, true); }

static bool replaces(const struct deployment *d, const struct environment *e, struct str instance)
{
	return !d->released && d->environment == e && str_eq(d->instance, instance);
}

/* A version that is released already stays as it was recorded first; one that is deployed again is recorded again. */
static struct deployment *record(struct call *c, struct version *v, struct environment *e, bool released, struct str instance)
{
	struct participant *p = v->participant;
	for (size_t i = 0; released && i < p->current.count; i++)
		if (p->current.items[i]->released && p->current.items[i]->version == v && p->current.items[i]->environment == e)
			return p->current.items[i];
	for (size_t i = p->current.count; !released && i-- > 0;)
		if (replaces(p->current.items[i], e, instance) && !end_deployment(c, p->current.items[i]))
			return NULL;
	return add_deployment(c, v, e, released, instance);
}

static void record_at(struct call *c, bool released)
{
	struct version *v = path_version_at(c, 0, 1);
	struct environment *e = v ? environment_at(c, 2) : NULL;
	struct str instance = json_get_str(c->body, STR("applicationInstance"), json_get_str(c->body, STR("target"), STR("")));
	if (!e || (instance.len && !broker_name_valid(c, "applicationInstance", instance)))
		return;
	const struct deployment *d = record(c, v, e, released, instance);
	if (!d)
		return;
	c->status = 201;
	c->headers = arena_printf(c->arena, "Cache-Control: no-store\r\nLocation: %.*s%s/%.*s\r\n", STR_FMT(c->base), path_of(d), STR_FMT(d->uuid));
	put_deployment(c, d);
}

void broker_deployed_record(struct call *c) { record_at(c, false); }
void broker_released_record(struct call *c) { record_at(c, true); }

static struct deployment *deployment_at(struct call *c, bool released)
{
	struct deployment *d = broker_deployment(c->broker, c->parameters[0]);
	if (d && d->released == released)
		return d;
	broker_fault(c, 404, "No such %s recorded", released ? "release is" : "deployment is");
	return NULL;
}

static void show(struct call *c, bool released)
{
	const struct deployment *d = deployment_at(c, released);
	if (d)
		put_deployment(c, d);
}

static void change(struct call *c, bool released)
{
	struct deployment *d = deployment_at(c, released);
	const char *member = released ? "currentlySupported" : "currentlyDeployed";
	const struct json *value = json_get(c->body, str_z(member));
	if (!d)
		return;
	if (value && value->type == JSON_TRUE && d->ended) {
		broker_fault(c, 409, "it has ended; record it anew");
		return;
	}
	if (value && value->type != JSON_FALSE && value->type != JSON_TRUE) {
		broker_invalid(c, member, "must be one of true, false");
		return;
	}
	if (value && value->type == JSON_FALSE && !end_deployment(c, d))
		return;
	put_deployment(c, d);
}

void broker_deployed_show(struct call *c) { show(c, false); }
void broker_released_show(struct call *c) { show(c, true); }
void broker_deployed_change(struct call *c) { change(c, false); }
void broker_released_change(struct call *c) { change(c, true); }
