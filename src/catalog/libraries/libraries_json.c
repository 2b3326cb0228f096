/* Choices as the API and `--json` tell them (schema "Libraries"). */
#include "catalog/libraries/libraries.h"

static void list(struct json_out *o, const char *key)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
}

static void use(struct json_out *o, const struct libraries *l, const struct library_use *u)
{
	const struct library_user *who = &l->users[u->user];
	json_out_object(o);
	json_kv_str(o, "service", who->name);
	json_kv_bool(o, "whole", !who->service);
	json_kv_str(o, "owner", who->owner);
	json_kv_bool(o, "asleep", who->asleep);
	json_kv_str(o, "version", u->version);
	json_kv_bool(o, "told", u->told);
	json_kv_str(o, "file", u->file);
	json_kv_u64(o, "line", u->line);
	json_out_end(o);
}

static void library(struct json_out *o, const struct libraries *l, const struct library_choice *c, const struct library *x)
{
	json_out_object(o);
	json_kv_str(o, "library", x->name);
	json_kv_str(o, "family", c->family[x->family]);
	json_kv_u64(o, "services", x->users);
	json_kv_u64(o, "teams", x->teams);
	list(o, "uses");
	for (size_t i = 0; i < x->uses_count; i++)
		use(o, l, &x->uses[i]);
	json_out_end(o);
	json_out_end(o);
}

static void ask(struct json_out *o, const struct libraries *l, const struct library_choice *c)
{
	const struct library_user *u = &l->users[c->ask];
	json_out_key(o, STR("ask"));
	json_out_object(o);
	json_kv_str(o, "team", u->owner);
	json_kv_str(o, "contact", u->contact);
	json_kv_str(o, "service", u->name);
	json_kv_str(o, "person", u->person ? u->person->name : STR(""));
	json_kv_str(o, "mail", u->person ? u->person->mail : STR(""));
	json_kv_u64(o, "services", c->ask_users);
	json_out_end(o);
}

static void choice(struct json_out *o, const struct libraries *l, const struct library_choice *c)
{
	json_out_object(o);
	json_kv_str(o, "capability", str_z(capability_name(c->capability)));
	json_kv_str(o, "meaning", str_z(capability_meaning(c->capability)));
	json_kv_str(o, "ecosystem", str_z(package_type_name(c->type)));
	json_kv_bool(o, "divided", c->divided);
	json_kv_u64(o, "families", c->families);
	json_kv_u64(o, "services", c->users);
	json_kv_u64(o, "teams", c->teams);
	json_kv_u64(o, "apart", c->apart);
	json_kv_str(o, "common", c->common);
	ask(o, l, c);
	list(o, "libraries");
	for (size_t i = 0; i < c->count; i++)
		library(o, l, c, &c->items[i]);
	json_out_end(o);
	json_out_end(o);
}

void libraries_json(struct json_out *o, const struct libraries *l)
{
	json_kv_u64(o, "divided", l->divided);
	list(o, "choices");
	for (size_t i = 0; i < l->count; i++)
		choice(o, l, &l->items[i]);
	json_out_end(o);
}
