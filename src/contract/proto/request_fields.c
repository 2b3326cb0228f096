/* Under which names HTTP requests have the fields that changes are about (request_names.h), for methods that google.api.http gives a path: the body as `body` says, fields of the path, the others in the
 * query. gRPC calls have no such names: their bodies are not looked into. Bounded: what is deeper or more has no name. */
#include "contract/proto/compare.h"
#include "contract/proto/http_rule.h"
#include "contract/request_names.h"

enum { WALK_DEPTH_MAX = 12, WALK_FIELDS_MAX = 50000 /* of one model */, NAME_MAX = 200 };
struct walk { struct comparer *c; struct request_names *names; struct str operation; size_t fields; };

static struct str joined(struct walk *w, struct str a, const char *between, struct str b) { return arena_printf(&w->c->arena, "%.*s%s%.*s", STR_FMT(a), between, STR_FMT(b)); }

static void found(struct walk *w, const struct proto_message *m, const struct proto_field *f, struct str name)
{
	request_names_add(w->names, joined(w, m->full, ".", f->name), w->operation, name);
}

/* Members of a JSON body. A map's keys are data. */
static void walk_body(struct walk *w, const struct proto_message *m, struct str name, int depth)
{
	if (!m || depth > WALK_DEPTH_MAX || name.len > NAME_MAX)
		return;
	for (uint32_t i = 0; i < m->field_count && w->fields < WALK_FIELDS_MAX; i++, w->fields++) {
		const struct proto_field *f = &m->fields[i];
		bool inner = f->type == PROTO_MESSAGE || f->type == PROTO_GROUP, map = inner && f->message && f->message->map_entry;
		struct str own = joined(w, name, ".", f->json_name);
		found(w, m, f, own);
		if (!str_eq(f->name, f->json_name)) /* readers of proto3's JSON take both */
			found(w, m, f, joined(w, name, ".", f->name));
		if (inner && !map)
			walk_body(w, f->message, f->label == PROTO_REPEATED ? joined(w, own, "[]", STR("")) : own, depth + 1);
	}
}

static bool in_path(struct str template, struct str name)
{
	for (size_t at; (at = str_find_char(template, '{')) != SIZE_MAX;) {
		template = str_skip(template, at + 1);
		struct str variable = str_sub(template, 0, str_find_char(template, '}'));
		if (str_eq(str_sub(variable, 0, str_find_char(variable, '=')), name))
			return true;
	}
	return false;
}

static void walk_rule(struct walk *w, const struct proto_message *m, const struct http_rule *r)
{
	bool whole = str_eq(r->body, STR("*"));
	if (whole)
		walk_body(w, m, STR("body"), 0);
	for (uint32_t i = 0; i < m->field_count; i++) {
		const struct proto_field *f = &m->fields[i];
		if (in_path(r->path, f->name)) {
			found(w, m, f, joined(w, STR("path."), "", f->name));
		} else if (str_eq(r->body, f->name)) {
			found(w, m, f, STR("body"));
			if (f->type == PROTO_MESSAGE)
				walk_body(w, f->message, STR("body"), 1);
		} else if (!whole) {
			found(w, m, f, joined(w, STR("query."), "", f->json_name));
			if (!str_eq(f->name, f->json_name))
				found(w, m, f, joined(w, STR("query."), "", f->name));
		}
	}
}

static void walk_method(struct walk *w, const struct proto_service *s, const struct proto_method *m)
{
	struct http_rule rules[HTTP_RULES_MAX];
	size_t n = m->input ? http_rules(&w->c->arena, m, rules) : 0;
	w->operation = joined(w, s->full, "/", m->name);
	for (size_t i = 0; i < n; i++)
		walk_rule(w, m->input, &rules[i]);
}

static void walk_model(struct walk *w, const struct proto_model *m)
{
	w->fields = 0;
	for (uint32_t i = 0; i < m->file_count; i++)
		for (uint32_t k = 0; k < m->files[i]->service_count; k++)
			for (uint32_t n = 0; n < m->files[i]->services[k].method_count; n++)
				walk_method(w, &m->files[i]->services[k], &m->files[i]->services[k].methods[n]);
}

void compare_request_fields(struct comparer *c, size_t first)
{
	struct request_names names;
	struct walk w = { .c = c, .names = &names };
	if (request_names_init(&names, c->out, first, &c->arena)) {
		walk_model(&w, c->old_model);
		walk_model(&w, c->new_model);
	}
	request_names_release(&names);
}
