/* Decisions as the API and `--json` tell them (schema "Decisions"). */
#include "catalog/decisions/decisions.h"

static void list(struct json_out *o, const char *key)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
}

static void concerned(struct json_out *o, const struct library_user *u)
{
	json_out_object(o);
	json_kv_str(o, "service", u->name);
	json_kv_str(o, "owner", u->owner);
	json_kv_str(o, "contact", u->contact);
	json_kv_str(o, "person", u->person ? u->person->name : STR(""));
	json_kv_str(o, "mail", u->person ? u->person->mail : STR(""));
	json_out_end(o);
}

static void decision(struct json_out *o, const struct decision_known *k, const struct libraries *l)
{
	json_out_object(o);
	json_kv_str(o, "title", k->decision->title);
	json_kv_str(o, "state", decision_state_name(k->state));
	json_kv_str(o, "status", k->decision->status);
	json_kv_str(o, "date", k->decision->date);
	json_kv_str(o, "repository", k->repository->path);
	json_kv_str(o, "file", k->decision->file);
	json_kv_str(o, "outcome", k->decision->outcome);
	json_kv_str(o, "topic", k->title.topic);
	list(o, "choices");
	for (size_t i = 0; i < k->title.choices_count; i++)
		json_out_str(o, k->title.choices[i]);
	json_out_end(o);
	list(o, "services");
	for (size_t i = 0; i < k->services_count; i++)
		concerned(o, &l->users[k->services[i]]);
	json_out_end(o);
	json_out_end(o);
}

static void group(struct json_out *o, const struct decision_group *g)
{
	json_out_object(o);
	json_kv_str(o, "subject", g->subject);
	json_kv_bool(o, "differs", g->differs);
	json_kv_bool(o, "open", g->open);
	list(o, "decisions");
	for (size_t i = 0; i < g->count; i++)
		json_out_u64(o, g->items[i]);
	json_out_end(o);
	json_out_end(o);
}

void decisions_json(struct json_out *o, const struct decisions *d, const struct libraries *l)
{
	json_kv_bool(o, "cut", d->cut);
	json_kv_u64(o, "differ", d->differ);
	list(o, "groups");
	for (size_t i = 0; i < d->groups_count; i++)
		group(o, &d->groups[i]);
	json_out_end(o);
	list(o, "decisions");
	for (size_t i = 0; i < d->count; i++)
		decision(o, &d->items[i], l);
	json_out_end(o);
}
