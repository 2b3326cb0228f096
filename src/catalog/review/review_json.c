/* A review as JSON: `pleach check --change … --json` (docs/ownership.md). */
#include "catalog/review/review.h"

static const struct str ownerships[] = { STR_INIT("strong"), STR_INIT("weak"), STR_INIT("collective") };

static void put_words(struct json_out *o, const char *key, const struct str *words, size_t n)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		json_out_str(o, words[i]);
	json_out_end(o);
}

static void put_people(struct json_out *o, const struct review_service *s)
{
	json_out_key(o, STR("knowers"));
	json_out_array(o);
	for (size_t i = 0; i < s->knowers_count; i++) {
		json_out_object(o);
		json_kv_str(o, "who", s->knowers[i].who);
		json_kv_u64(o, "commits", s->knowers[i].commits);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_key(o, STR("callers"));
	json_out_array(o);
	for (size_t i = 0; i < s->callers_count; i++) {
		json_out_object(o);
		json_kv_str(o, "service", s->callers[i]->name);
		json_kv_str(o, "owner", s->callers[i]->owner);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_service(struct json_out *o, const struct review *r, const struct review_service *s)
{
	const struct review_team *t = review_owner(r, s);
	json_out_object(o);
	json_kv_str(o, "fleet", s->fleet);
	json_kv_str(o, "service", s->name);
	json_kv_str(o, "owner", s->owner);
	json_kv_str(o, "ownership", ownerships[s->ownership]);
	json_kv_str(o, "standing", review_standings[s->standing]);
	json_kv_str(o, "by", s->by);
	json_kv_str(o, "from", s->from);
	json_kv_bool(o, "new", s->is_new);
	json_kv_u64(o, "files", s->touched);
	json_kv_str(o, "example", s->example);
	json_kv_str(o, "contract", s->contract);
	json_kv_str(o, "nextOwner", s->next_owner);
	json_kv_str(o, "nextOwnership", ownerships[s->next_ownership]);
	json_kv_str(o, "rule", s->rule);
	json_kv_str(o, "file", s->file);
	json_kv_u64(o, "line", s->line);
	put_words(o, "members", t ? t->members : NULL, t ? t->members_count : 0);
	put_people(o, s);
	json_out_end(o);
}

void review_json(struct json_out *o, const struct review *r)
{
	json_out_object(o);
	json_kv_u64(o, "missing", r->missing);
	json_kv_str(o, "codeowners", r->owners_file);
	json_out_key(o, STR("services"));
	json_out_array(o);
	for (size_t i = 0; i < r->services_count && r->services[i].touched; i++)
		put_service(o, r, &r->services[i]);
	json_out_end(o);
	put_words(o, "outside", r->outside, r->outside_count);
	json_out_key(o, STR("consents"));
	json_out_array(o);
	for (size_t i = 0; i < r->consents_count; i++) {
		json_out_object(o);
		json_kv_str(o, "who", r->consents[i].who);
		json_kv_str(o, "from", r->consents[i].from);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
