/* Whether one version may follow another: the comparison of the schemas' format, in the directions that the subject's level asks for. */
#include "contract/registry/registry_impl.h"

const struct str registry_levels[LEVEL_COUNT] = { STR_INIT("NONE"),    STR_INIT("BACKWARD"), STR_INIT("BACKWARD_TRANSITIVE"), STR_INIT("FORWARD"),
						  STR_INIT("FORWARD_TRANSITIVE"), STR_INIT("FULL"), STR_INIT("FULL_TRANSITIVE") };

static uint8_t directions_of(enum registry_level level)
{
	switch (level) {
	case LEVEL_BACKWARD:
	case LEVEL_BACKWARD_TRANSITIVE: return REACH_REQUEST;
	case LEVEL_FORWARD:
	case LEVEL_FORWARD_TRANSITIVE: return REACH_RESPONSE;
	case LEVEL_FULL:
	case LEVEL_FULL_TRANSITIVE: return REACH_BOTH;
	default: return 0;
	}
}

static bool is_transitive(enum registry_level level)
{
	return level == LEVEL_BACKWARD_TRANSITIVE || level == LEVEL_FORWARD_TRANSITIVE || level == LEVEL_FULL_TRANSITIVE;
}

enum registry_level registry_level_of(struct call *c, struct str subject)
{
	enum registry_level level = LEVEL_BACKWARD;
	sqlite3_stmt *q = registry_query(c, "SELECT level FROM levels WHERE subject IN (?, '') ORDER BY subject DESC LIMIT 1", "s", subject);
	if (registry_row(c, q)) {
		struct str name = registry_text(c, q, 0);
		for (int i = 0; i < LEVEL_COUNT; i++)
			if (str_eq(name, registry_levels[i]))
				level = (enum registry_level)i;
	}
	registry_end(q);
	return level;
}

static void tell(struct call *c, struct registry_verdict *v, struct str message)
{
	if (v->count < REGISTRY_MESSAGES_MAX && message.p)
		v->messages[v->count++] = message;
	if (!message.p)
		registry_fault(c, REGISTRY_BACKEND, "the answer does not fit into the memory for one request");
}

/* Where a change is told without reach (a whole contract that went), it concerns both directions. */
static bool counts(const struct change *x, const struct registry_kind *kind, uint8_t directions)
{
	uint8_t reached = x->reach_count ? 0 : REACH_BOTH;
	for (size_t i = 0; i < x->reach_count; i++)
		reached |= (uint8_t)x->reach[i].direction;
	return x->level == CHANGE_BREAKING && (x->categories & kind->categories) && (reached & directions);
}

static void tell_change(struct call *c, struct registry_verdict *v, const struct change *x)
{
	struct str name = change_infos[x->kind].name;
	for (size_t i = 0; i < x->rules_count; i++)
		if (str_starts(rule_infos[x->rules[i]].checker, STR("confluent"))) {
			name = rule_infos[x->rules[i]].name;
			break;
		}
	const struct change_place *at = x->new_place.line ? &x->new_place : &x->old_place;
	tell(c, v,
	     arena_printf(c->arena, "{errorType:'%.*s', description:'%.*s (line %u, column %u). %.*s', additionalInfo:'%.*s'}", STR_FMT(name), STR_FMT(x->sentence), at->line,
			  at->column, STR_FMT(change_infos[x->kind].why), STR_FMT(x->subject)));
}

static void compare(struct call *c, uint8_t directions, const struct registry_kind *kind, const struct source *old_source, const struct source *new_source,
		    struct registry_verdict *v)
{
	struct contract_options options = { .directions = directions };
	struct changes changes;
	struct err e = { 0 };
	changes_init(&changes);
	if (!contract_compare(old_source, new_source, &options, &changes, &e))
		registry_fault(c, REGISTRY_INVALID_SCHEMA, "the schemas could not be compared: %s", e.message);
	for (size_t i = 0; !c->error_code && i < changes.count; i++)
		if (counts(&changes.items[i], kind, directions)) {
			v->compatible = false;
			tell_change(c, v, &changes.items[i]);
		}
	changes_release(&changes);
}

bool registry_judge(struct call *c, enum registry_level level, const struct registry_schema *old, const struct registry_schema *next, struct registry_verdict *v)
{
	struct source sources[2] = { 0 };
	uint8_t directions = directions_of(level);
	bool before = v->compatible;
	v->compatible = true;
	if (directions && old->kind != next->kind) {
		v->compatible = false;
		tell(c, v, arena_printf(c->arena, "Incompatible because of different schema type: %.*s after %.*s", STR_FMT(next->kind->name), STR_FMT(old->kind->name)));
	} else if (directions) {
		if (registry_source(c, old, &sources[0]) && registry_source(c, next, &sources[1]))
			compare(c, directions, old->kind, &sources[0], &sources[1], v);
		source_release(&sources[0]);
		source_release(&sources[1]);
	}
	if (!v->compatible) {
		tell(c, v, arena_printf(c->arena, "{oldSchemaVersion: %lld}", (long long)old->version));
		tell(c, v, arena_printf(c->arena, "{oldSchema: '%.*s'}", STR_FMT(old->text)));
	}
	v->compatible &= before;
	return !c->error_code;
}

bool registry_judge_subject(struct call *c, struct str subject, int64_t only, const struct registry_schema *next, struct registry_verdict *v)
{
	enum registry_level level = registry_level_of(c, subject);
	int64_t most = only || is_transitive(level) ? INT32_MAX : 1;
	*v = (struct registry_verdict){ .compatible = true };
	sqlite3_stmt *q = level == LEVEL_NONE ? NULL
					      : registry_query(c,
							       "SELECT s.type, s.text, s.refs, v.version FROM versions v JOIN schemas s ON s.id = v.id WHERE v.subject = ?1 AND v.deleted = 0"
							       " AND (?2 = 0 OR v.version = ?2) ORDER BY v.version DESC LIMIT ?3",
							       "sii", subject, only, most);
	while (registry_row(c, q)) {
		struct registry_schema old;
		if (!registry_schema_from_row(c, q, 0, &old))
			break;
		old.version = sqlite3_column_int64(q, 3);
		if (!registry_judge(c, level, &old, next, v))
			break;
	}
	registry_end(q);
	if (!v->compatible)
		tell(c, v, arena_printf(c->arena, "{compatibility: '%.*s'}", STR_FMT(registry_levels[level])));
	return !c->error_code;
}

static void answer(struct call *c, const struct registry_verdict *v)
{
	json_out_object(&c->json);
	json_kv_bool(&c->json, "is_compatible", v->compatible);
	if (registry_flag(c, "verbose")) {
		json_out_key(&c->json, STR("messages"));
		json_out_array(&c->json);
		for (size_t i = 0; i < v->count; i++)
			json_out_str(&c->json, v->messages[i]);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
}

void registry_check_all(struct call *c)
{
	struct registry_schema next;
	struct registry_verdict v;
	if (registry_subject_valid(c, c->parameters[0]) && registry_schema_from_body(c, &next) && registry_judge_subject(c, c->parameters[0], 0, &next, &v))
		answer(c, &v);
}

void registry_check_version(struct call *c)
{
	struct registry_schema next, old;
	struct registry_verdict v;
	if (registry_subject_valid(c, c->parameters[0]) && registry_find_version(c, c->parameters[0], c->parameters[1], false, &old) && registry_schema_from_body(c, &next) &&
	    registry_judge_subject(c, c->parameters[0], old.version, &next, &v))
		answer(c, &v);
}
