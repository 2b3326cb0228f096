/* Compatibility levels and modes, global ones and those of subjects. */
#include "contract/registry/registry_impl.h"

static const struct str modes[] = { STR_INIT("READWRITE"), STR_INIT("READONLY"), STR_INIT("READONLY_OVERRIDE") };
enum { MODES = sizeof(modes) / sizeof(modes[0]) };

static void one(struct call *c, const char *key, struct str value)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, key, value);
	json_out_end(&c->json);
}

/* The setting of a subject, '' for the global one; p NULL: it has none. */
static struct str setting(struct call *c, const char *sql, struct str subject)
{
	struct str value = { 0 };
	sqlite3_stmt *q = registry_query(c, sql, "s", subject);
	if (registry_row(c, q))
		value = registry_text(c, q, 0);
	registry_end(q);
	return value;
}

/* --- levels -------------------------------------------------------------------------------------------------------------------------------------------------- */

static struct str level_set(struct call *c, struct str subject) { return setting(c, "SELECT level FROM levels WHERE subject = ?", subject); }

static void set_level(struct call *c, struct str subject)
{
	struct str wanted = json_get_str(c->body, STR("compatibility"), STR(""));
	for (int i = 0; i < LEVEL_COUNT; i++)
		if (str_eq_ci(wanted, registry_levels[i])) {
			if (registry_begin(c) && registry_do(c, "INSERT OR REPLACE INTO levels (subject, level) VALUES (?, ?)", "ss", subject, registry_levels[i]) &&
			    registry_commit(c))
				one(c, "compatibility", registry_levels[i]);
			return;
		}
	registry_fault(c, REGISTRY_INVALID_LEVEL,
		       "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive");
}

static bool no_level(struct call *c, struct str subject)
{
	return registry_fault(c, REGISTRY_NO_SUBJECT_CONFIG, "Subject '%.*s' does not have subject-level compatibility configured", STR_FMT(subject));
}

static void delete_level(struct call *c, struct str subject, struct str was)
{
	if (registry_begin(c) && registry_do(c, "DELETE FROM levels WHERE subject = ?", "s", subject) && registry_commit(c))
		one(c, "compatibilityLevel", was);
}

void registry_config(struct call *c) { one(c, "compatibilityLevel", registry_levels[registry_level_of(c, STR(""))]); }
void registry_config_set(struct call *c) { set_level(c, STR("")); }
void registry_config_delete(struct call *c) { delete_level(c, STR(""), registry_levels[registry_level_of(c, STR(""))]); }

void registry_config_subject(struct call *c)
{
	struct str level = level_set(c, c->parameters[0]);
	if (level.p)
		one(c, "compatibilityLevel", level);
	else if (registry_flag(c, "defaultToGlobal"))
		registry_config(c);
	else
		no_level(c, c->parameters[0]);
}

void registry_config_subject_set(struct call *c)
{
	if (registry_subject_valid(c, c->parameters[0]))
		set_level(c, c->parameters[0]);
}

void registry_config_subject_delete(struct call *c)
{
	struct str level = level_set(c, c->parameters[0]);
	if (level.p)
		delete_level(c, c->parameters[0], level);
	else
		no_level(c, c->parameters[0]);
}

/* --- modes --------------------------------------------------------------------------------------------------------------------------------------------------- */

static struct str mode_set(struct call *c, struct str subject) { return setting(c, "SELECT mode FROM modes WHERE subject = ?", subject); }

static struct str global_mode(struct call *c)
{
	struct str mode = mode_set(c, STR(""));
	return mode.p ? mode : modes[0];
}

/* READONLY_OVERRIDE wins over what subjects say. */
bool registry_may_write(struct call *c, struct str subject)
{
	struct str global = global_mode(c), own = mode_set(c, subject);
	struct str mode = str_eq(global, STR("READONLY_OVERRIDE")) || !own.p ? global : own;
	if (c->error_code || str_eq(mode, modes[0]))
		return !c->error_code;
	return registry_fault(c, REGISTRY_NOT_PERMITTED, "Subject %.*s is in read-only mode", STR_FMT(subject));
}

static void set_mode(struct call *c, struct str subject)
{
	struct str wanted = json_get_str(c->body, STR("mode"), STR(""));
	for (size_t i = 0; i < MODES; i++)
		if (str_eq_ci(wanted, modes[i])) {
			if (registry_begin(c) && registry_do(c, "INSERT OR REPLACE INTO modes (subject, mode) VALUES (?, ?)", "ss", subject, modes[i]) && registry_commit(c))
				one(c, "mode", modes[i]);
			return;
		}
	registry_fault(c, REGISTRY_INVALID_MODE, "Invalid mode. Valid values are READWRITE, READONLY, and READONLY_OVERRIDE. IMPORT is not served");
}

void registry_mode(struct call *c) { one(c, "mode", global_mode(c)); }
void registry_mode_set(struct call *c) { set_mode(c, STR("")); }

static bool no_mode(struct call *c, struct str subject)
{
	return registry_fault(c, REGISTRY_NO_SUBJECT_MODE, "Subject '%.*s' does not have subject-level mode configured", STR_FMT(subject));
}

void registry_mode_subject(struct call *c)
{
	struct str mode = mode_set(c, c->parameters[0]);
	if (mode.p)
		one(c, "mode", mode);
	else if (registry_flag(c, "defaultToGlobal"))
		registry_mode(c);
	else
		no_mode(c, c->parameters[0]);
}

void registry_mode_subject_set(struct call *c)
{
	if (registry_subject_valid(c, c->parameters[0]))
		set_mode(c, c->parameters[0]);
}

void registry_mode_subject_delete(struct call *c)
{
	struct str mode = mode_set(c, c->parameters[0]);
	if (!mode.p)
		no_mode(c, c->parameters[0]);
	else if (registry_begin(c) && registry_do(c, "DELETE FROM modes WHERE subject = ?", "s", c->parameters[0]) && registry_commit(c))
		one(c, "mode", mode);
}
