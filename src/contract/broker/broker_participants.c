/* Pacticipants (services that take part in contracts) and their labels. */
#include "contract/broker/broker_impl.h"

static void put_labels(struct call *c, const struct participant *p)
{
	json_out_key(&c->json, STR("labels"));
	json_out_array(&c->json);
	for (size_t i = 0; i < p->labels.count; i++) {
		json_out_object(&c->json);
		json_kv_str(&c->json, "name", p->labels.items[i]);
		hal_begin(c);
		hal_link(c, "self", STR(""), STR(""), "%.*s/labels/%.*s", STR_FMT(path_participant(c, p)), STR_FMT(esc(c, p->labels.items[i])));
		hal_end(c);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

static void put_members(struct call *c, const struct participant *p)
{
	struct str path = path_participant(c, p);
	json_kv_str(&c->json, "name", p->name);
	json_kv_str(&c->json, "displayName", p->display.len ? p->display : p->name);
	if (p->main_branch.len)
		json_kv_str(&c->json, "mainBranch", p->main_branch);
	if (p->repository_url.len)
		json_kv_str(&c->json, "repositoryUrl", p->repository_url);
	if (p->repository_name.len)
		json_kv_str(&c->json, "repositoryName", p->repository_name);
	if (p->repository_namespace.len)
		json_kv_str(&c->json, "repositoryNamespace", p->repository_namespace);
	put_time(c, "createdAt", p->created);
	put_time(c, "updatedAt", p->updated);
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	put_labels(c, p);
	if (p->versions.count) {
		json_out_key(&c->json, STR("latestVersion"));
		json_out_object(&c->json);
		put_version_brief(c, p->versions.items[p->versions.count - 1]);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR(""), p->name, "%.*s", STR_FMT(path));
	hal_link(c, "pb:versions", STR(""), STR(""), "%.*s/versions", STR_FMT(path));
	hal_link(c, "pb:version", STR(""), STR(""), "%.*s/versions/{version}", STR_FMT(path));
	hal_link(c, "pb:branches", STR(""), STR(""), "%.*s/branches", STR_FMT(path));
	hal_link(c, "pb:branch-version", STR(""), STR(""), "%.*s/branches/{branch}/versions/{version}", STR_FMT(path));
	hal_link(c, "pb:version-tag", STR(""), STR(""), "%.*s/versions/{version}/tags/{tag}", STR_FMT(path));
	hal_link(c, "pb:label", STR(""), STR(""), "%.*s/labels/{label}", STR_FMT(path));
	hal_link(c, "versions", STR(""), STR(""), "%.*s/versions", STR_FMT(path));
	if (p->versions.count)
		hal_link(c, "latest-version", STR(""), STR(""), "%.*s", STR_FMT(path_version(c, p->versions.items[p->versions.count - 1])));
	if (p->repository_url.len) {
		json_out_key(&c->json, STR("pb:repository"));
		json_out_object(&c->json);
		json_kv_str(&c->json, "href", p->repository_url);
		json_out_end(&c->json);
	}
	hal_curies(c);
	hal_end(c);
}

static void put(struct call *c, const struct participant *p)
{
	json_out_object(&c->json);
	put_members(c, p);
	json_out_end(&c->json);
}

static bool has_label(const struct participant *p, struct str label)
{
	for (size_t i = 0; i < p->labels.count; i++)
		if (str_eq(p->labels.items[i], label))
			return true;
	return false;
}

static void list(struct call *c, struct str label)
{
	const struct broker *b = c->broker;
	json_out_object(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "/pacticipants%s%.*s", label.len ? "/label/" : "", STR_FMT(esc(c, label)));
	hal_list(c, "pb:pacticipants");
	for (size_t i = 0; i < b->participants.count; i++)
		if (!label.len || has_label(b->participants.items[i], label))
			hal_item(c, b->participants.items[i]->name, b->participants.items[i]->name, "%.*s", STR_FMT(path_participant(c, b->participants.items[i])));
	hal_list_end(c);
	hal_end(c);
	hal_embedded(c, "pacticipants");
	for (size_t i = 0; i < b->participants.count; i++)
		if (!label.len || has_label(b->participants.items[i], label))
			put(c, b->participants.items[i]);
	hal_embedded_end(c);
	/* Once more in brief: pact-cli's table is made from here. */
	json_out_key(&c->json, STR("pacticipants"));
	json_out_array(&c->json);
	for (size_t i = 0; i < b->participants.count; i++) {
		const struct participant *p = b->participants.items[i];
		if (label.len && !has_label(p, label))
			continue;
		json_out_object(&c->json);
		json_kv_str(&c->json, "displayName", p->display.len ? p->display : p->name);
		put_participant_brief(c, p);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	json_out_end(&c->json);
}

void broker_participants(struct call *c) { list(c, STR("")); }
void broker_participants_labelled(struct call *c) { list(c, c->parameters[0]); }

void broker_participant_show(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (p)
		put(c, p);
}

/* --- changing ------------------------------------------------------------------------------------------------------------------------------------------------ */

/* A member of the body: kept as it was where it is not there; null empties it. False with a fault. */
static bool take(struct call *c, const char *name, struct str *value)
{
	const struct json *j = json_get(c->body, str_z(name));
	if (!j)
		return true;
	if (j->type != JSON_STRING && j->type != JSON_NULL)
		return broker_invalid(c, name, "must be a string");
	struct str s = j->type == JSON_STRING ? j->s : STR("");
	if (s.len > BROKER_TEXT_MAX)
		return broker_invalid(c, name, "has %zu bytes; at most %d are taken", s.len, BROKER_TEXT_MAX);
	*value = s;
	return true;
}

static bool change(struct call *c, struct participant *p)
{
	struct participant next = *p;
	bool ok = take(c, "displayName", &next.display) && take(c, "mainBranch", &next.main_branch) && take(c, "repositoryUrl", &next.repository_url) &&
		  take(c, "repositoryName", &next.repository_name) && take(c, "repositoryNamespace", &next.repository_namespace);
	if (ok && next.main_branch.len > 0)
		ok = broker_name_valid(c, "mainBranch", next.main_branch);
	if (!ok || !broker_begin(c) ||
	    !broker_do(c, "UPDATE pacticipants SET display = ?, main_branch = ?, repository_url = ?, repository_name = ?, repository_namespace = ?, updated = ? WHERE id = ?", "sssssii", next.display,
		       next.main_branch, next.repository_url, next.repository_name, next.repository_namespace, broker_now(), p->id))
		return false;
	p->display = broker_keep(c->broker, next.display);
	p->main_branch = broker_keep(c->broker, next.main_branch);
	p->repository_url = broker_keep(c->broker, next.repository_url);
	p->repository_name = broker_keep(c->broker, next.repository_name);
	p->repository_namespace = broker_keep(c->broker, next.repository_namespace);
	p->updated = broker_now();
	return true;
}

static void set(struct call *c, struct str name, bool must_be_new)
{
	struct participant *p = broker_participant(c->broker, name);
	if (p && must_be_new) {
		broker_invalid(c, "name", "has already been taken");
		return;
	}
	bool made = !p;
	if (!p)
		p = add_participant(c, name);
	if (!p || (c->body && !change(c, p)))
		return;
	if (made)
		c->status = 201;
	put(c, p);
}

void broker_participant_create(struct call *c) { set(c, json_get_str(c->body, STR("name"), STR("")), true); }
void broker_participant_set(struct call *c) { set(c, c->parameters[0], false); }
void broker_participant_change(struct call *c) { set(c, c->parameters[0], false); }

void broker_participant_delete(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (!p || !broker_begin(c) || !broker_do(c, "DELETE FROM pacticipants WHERE id = ?", "i", p->id))
		return;
	c->stale = true;
	c->status = 204;
}

/* --- labels --------------------------------------------------------------------------------------------------------------------------------------------------- */

static void put_label(struct call *c, const struct participant *p, struct str label)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", label);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s/labels/%.*s", STR_FMT(path_participant(c, p)), STR_FMT(esc(c, label)));
	hal_link(c, "pacticipant", STR(""), p->name, "%.*s", STR_FMT(path_participant(c, p)));
	hal_end(c);
	json_out_end(&c->json);
}

void broker_label_show(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (p && !has_label(p, c->parameters[1]))
		broker_fault(c, 404, "%.*s has no label %.*s", STR_FMT(p->name), STR_FMT(c->parameters[1]));
	else if (p)
		put_label(c, p, c->parameters[1]);
}

void broker_label_set(struct call *c)
{
	struct participant *p = add_participant(c, c->parameters[0]);
	if (!p)
		return;
	if (!has_label(p, c->parameters[1])) {
		if (!broker_name_valid(c, "label", c->parameters[1]))
			return;
		if (p->labels.count >= BROKER_TAGS_MAX) {
			broker_fault(c, 507, "%.*s has %d labels already, which is the limit", STR_FMT(p->name), BROKER_TAGS_MAX);
			return;
		}
		struct str own = broker_keep(c->broker, c->parameters[1]);
		if (!broker_begin(c) || !broker_do(c, "INSERT INTO labels (pacticipant, name) VALUES (?, ?)", "is", p->id, own) || !LIST_ADD(c->broker, p->labels, own))
			return;
		c->status = 201;
	}
	put_label(c, p, c->parameters[1]);
}

void broker_label_delete(struct call *c)
{
	struct participant *p = path_participant_at(c, 0);
	if (!p)
		return;
	if (!has_label(p, c->parameters[1])) {
		broker_fault(c, 404, "%.*s has no label %.*s", STR_FMT(p->name), STR_FMT(c->parameters[1]));
		return;
	}
	if (!broker_begin(c) || !broker_do(c, "DELETE FROM labels WHERE pacticipant = ? AND name = ?", "is", p->id, c->parameters[1]))
		return;
	for (size_t i = 0; i < p->labels.count; i++)
		if (str_eq(p->labels.items[i], c->parameters[1])) {
			p->labels.items[i] = p->labels.items[--p->labels.count];
			break;
		}
	c->status = 204;
}
