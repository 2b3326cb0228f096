/* See protection.h. A forge's answer that there is no protection counts as an answer. */
#include "catalog/review/protection.h"
#include "base/check.h"

static bool truth(const struct json *j, const char *key) { return json_get_bool(j, str_z(key), false); }

static uint32_t number(const struct json *j, const char *key)
{
	int64_t n = json_get_i64(j, str_z(key), 0);
	return n < 0 ? 0 : n > 1000 ? 1000 : (uint32_t)n;
}

/* --- GitHub ---------------------------------------------------------------------------------------------------------------------------------------- */

/* GET /repos/OWNER/REPOSITORY/rules/branches/BRANCH: active rules of all rulesets; together the strictest count. */
static void read_rules(struct protection *p, const struct json *rules)
{
	bool dismisses = false;
	p->forge = "GitHub";
	p->key = "require_code_owner_review";
	p->forced = true;
	for (uint32_t i = 0; i < rules->count; i++) {
		const struct json *rule = &rules->items[i], *x = json_get(rule, STR("parameters"));
		struct str type = json_get_str(rule, STR("type"), STR(""));
		p->forced = p->forced && !str_eq(type, STR("non_fast_forward"));
		if (!str_eq(type, STR("pull_request")))
			continue;
		uint32_t n = number(x, "required_approving_review_count");
		p->approvals = n > p->approvals ? n : p->approvals;
		p->owners = p->owners || truth(x, "require_code_owner_review");
		dismisses = dismisses || truth(x, "dismiss_stale_reviews_on_push");
	}
	p->reviews = p->owners || p->approvals;
	p->keeps_stale = !dismisses;
}

/* GET /repos/OWNER/REPOSITORY/branches/BRANCH/protection */
static void read_branch(struct protection *p, const struct json *j)
{
	const struct json *x = json_get(j, STR("required_pull_request_reviews"));
	p->forge = "GitHub";
	p->key = "require_code_owner_reviews";
	p->approvals = number(x, "required_approving_review_count");
	p->owners = truth(x, "require_code_owner_reviews");
	p->reviews = p->owners || p->approvals;
	p->keeps_stale = !truth(x, "dismiss_stale_reviews");
	p->forced = truth(json_get(j, STR("allow_force_pushes")), "enabled");
	p->around = !truth(json_get(j, STR("enforce_admins")), "enabled");
}

/* --- GitLab: GET /projects/ID/protected_branches/NAME ----------------------------------------------------------------------------------------------- */

static void read_gitlab(struct protection *p, const struct json *j)
{
	const struct json *push = json_get(j, STR("push_access_levels"));
	p->forge = "GitLab";
	p->key = "code_owner_approval_required";
	p->owners = truth(j, "code_owner_approval_required");
	p->forced = truth(j, "allow_force_push");
	for (uint32_t i = 0; push && push->type == JSON_ARRAY && i < push->count; i++)
		p->around = p->around || json_get_i64(&push->items[i], STR("access_level"), 0) > 0 || json_get_i64(&push->items[i], STR("user_id"), 0) > 0 || json_get_i64(&push->items[i], STR("group_id"), 0) > 0;
	p->reviews = p->owners;
}

/* --- either ------------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_answer(struct protection *p, const struct json *j, struct err *e)
{
	struct str message = json_get_str(j, STR("message"), STR(""));
	if (j->type == JSON_ARRAY && j->count == 1 && json_get(&j->items[0], STR("push_access_levels")))
		j = &j->items[0];
	if (j->type == JSON_ARRAY && (!j->count || json_get(&j->items[0], STR("type"))))
		read_rules(p, j);
	else if (json_get(j, STR("push_access_levels")) || json_get(j, STR("code_owner_approval_required")))
		read_gitlab(p, j);
	else if (json_get(j, STR("required_pull_request_reviews")) || json_get(j, STR("enforce_admins")))
		read_branch(p, j);
	else if (str_starts(message, STR("Branch not protected")))
		read_branch(p, NULL);
	else if (str_starts(message, STR("404")))
		read_gitlab(p, NULL), p->around = p->forced = true;
	else if (message.len)
		return err_set(e, ERR_INPUT, "the forge refused: %.*s", STR_FMT(str_sub(message, 0, 200)));
	else
		return err_set(e, ERR_INPUT, "this is neither GitHub's rules of a branch (repos/OWNER/REPOSITORY/rules/branches/BRANCH), nor its protection (…/branches/BRANCH/protection), nor GitLab's protected branch");
	return true;
}

bool protection_read(struct protection *p, struct arena *a, struct str file, struct str text, struct err *e)
{
	struct arena scratch;
	*p = (struct protection){ .file = STR("") };
	arena_init(&scratch, 64u << 20);
	const struct json *j = json_parse(&scratch, text, e);
	bool ok = j && read_answer(p, j, e);
	arena_release(&scratch);
	p->file = ok ? arena_str(a, file) : STR("");
	if (!ok)
		err_place(e, file, 1, 1);
	return ok;
}

/* --- beside ownership ---------------------------------------------------------------------------------------------------------------------------------- */

static void say(struct protection *p, struct str words)
{
	if (p->says_count < PROTECTION_SAYS_MAX && words.p)
		p->says[p->says_count++] = words;
}

void protection_judge(struct protection *p, struct arena *a, const struct review *r)
{
	const struct review_service *strong = NULL, *other = NULL;
	if (!p->file.len)
		return;
	for (size_t i = 0; i < r->services_count && r->services[i].touched; i++) {
		const struct review_service *s = &r->services[i];
		strong = strong || !s->owner.len || s->ownership != OWNERSHIP_STRONG ? strong : s;
		other = other || s->ownership == OWNERSHIP_STRONG ? other : s;
	}
	if (strong && !p->reviews)
		say(p, arena_printf(a, "%s lets changes in that nobody has looked at, so the strong ownership of %.*s is this check's alone: let the branch ask for a review by code owners (%s)", p->forge, STR_FMT(strong->name), p->key));
	else if (strong && !p->owners)
		say(p, arena_printf(a, "%s asks for %u review%s by anybody, not by the owners of %.*s, whose ownership is strong: turn on %s", p->forge, p->approvals, p->approvals == 1 ? "" : "s", STR_FMT(strong->name), p->key));
	if (strong && p->owners && !r->owners)
		say(p, arena_printf(a, "%s asks code owners, and the repository has no CODEOWNERS, so it asks nobody", p->forge));
	if (strong && p->owners && p->keeps_stale && str_eq(str_z(p->forge), STR("GitHub")))
		say(p, STR("what is pushed after an agreement is not agreed to again: let GitHub dismiss stale reviews"));
	if (strong && p->owners && p->around)
		say(p, str_eq(str_z(p->forge), STR("GitHub")) ? STR("administrators need nobody's agreement: let the rules hold for them too (enforce_admins)") :
								 STR("whoever may push to the branch needs nobody's agreement: let nobody push to it (push_access_levels)"));
	if (strong && p->forced)
		say(p, arena_printf(a, "%s lets a push rewrite the branch, and with it what was agreed to", p->forge));
	if (!strong && other && p->owners)
		say(p, arena_printf(a, "%s waits for code owners, though the ownership of %.*s is %s", p->forge, STR_FMT(other->name), other->ownership == OWNERSHIP_WEAK ? "weak: the owner would only be reminded" : "collective: anybody may"));
}

void protection_json(struct json_out *o, const struct protection *p)
{
	if (!p->file.len) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	json_kv_str(o, "file", p->file);
	json_kv_str(o, "forge", str_z(p->forge));
	json_kv_bool(o, "codeOwners", p->owners);
	json_kv_u64(o, "approvals", p->approvals);
	json_kv_bool(o, "rewritable", p->forced);
	json_kv_bool(o, "around", p->around);
	json_out_key(o, STR("says"));
	json_out_array(o);
	for (size_t i = 0; i < p->says_count; i++)
		json_out_str(o, p->says[i]);
	json_out_end(o);
	json_out_end(o);
}
