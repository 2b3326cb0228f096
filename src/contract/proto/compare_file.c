/* Files: gone, moved, new, another package, syntax or options; and what is no longer in them: messages, enums, services, extensions. */
#include "contract/proto/compare.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"

static bool has_package(const struct proto_model *m, struct str package)
{
	for (uint32_t i = 0; i < m->file_count; i++)
		if (!m->files[i]->imported && str_eq(m->files[i]->package, package))
			return true;
	return false;
}

/* The rules that concern what a package loses. */
struct losses { bool messages, enums, services, extensions; };
static void package_rules(struct comparer *c, struct change *x, struct str package, struct losses lost)
{
	if (!has_package(c->new_model, package)) {
		compare_rule(c, x, RULE_BUF_PACKAGE_NO_DELETE);
		return;
	}
	if (lost.messages)
		compare_rule(c, x, RULE_BUF_PACKAGE_MESSAGE_NO_DELETE);
	if (lost.enums)
		compare_rule(c, x, RULE_BUF_PACKAGE_ENUM_NO_DELETE);
	if (lost.services)
		compare_rule(c, x, RULE_BUF_PACKAGE_SERVICE_NO_DELETE);
	if (lost.extensions)
		compare_rule(c, x, RULE_BUF_PACKAGE_EXTENSION_NO_DELETE);
}

static const struct proto_symbol *find(const struct proto_model *m, struct str full, enum proto_symbol_kind kind)
{
	const struct proto_symbol *s = map_get(&m->by_name, full);
	return s && s->kind == kind ? s : NULL;
}

static void enums_lost(struct comparer *c, const struct proto_enum *e, uint32_t count, struct losses *lost)
{
	for (uint32_t i = 0; i < count; i++)
		lost->enums |= !find(c->new_model, e[i].full, PROTO_SYMBOL_ENUM);
}

static void extensions_lost(struct comparer *c, const struct proto_extension *x, uint32_t count, struct losses *lost)
{
	for (uint32_t i = 0; i < count; i++)
		lost->extensions |= !find(c->new_model, x[i].full, PROTO_SYMBOL_EXTENSION);
}

static void messages_lost(struct comparer *c, const struct proto_message *m, uint32_t count, struct losses *lost)
{
	for (uint32_t i = 0; i < count; i++) {
		lost->messages |= !m[i].map_entry && !find(c->new_model, m[i].full, PROTO_SYMBOL_MESSAGE);
		messages_lost(c, m[i].messages, m[i].message_count, lost);
		enums_lost(c, m[i].enums, m[i].enum_count, lost);
		extensions_lost(c, m[i].extensions, m[i].extension_count, lost);
	}
}

static struct losses losses_of(struct comparer *c, const struct proto_file *f)
{
	struct losses lost = { false, false, false, false };
	messages_lost(c, f->messages, f->message_count, &lost);
	enums_lost(c, f->enums, f->enum_count, &lost);
	extensions_lost(c, f->extensions, f->extension_count, &lost);
	for (uint32_t i = 0; i < f->service_count; i++)
		lost.services |= !find(c->new_model, f->services[i].full, PROTO_SYMBOL_SERVICE);
	return lost;
}

/* All types of the file have another name because of `x`. */
static void set_causes(struct comparer *c, const struct proto_message *m, uint32_t count, const struct proto_enum *e, uint32_t enum_count, const struct change *x)
{
	for (uint32_t i = 0; i < count; i++) {
		compare_set_cause(c, &m[i], NULL, x);
		set_causes(c, m[i].messages, m[i].message_count, m[i].enums, m[i].enum_count, x);
	}
	for (uint32_t i = 0; i < enum_count; i++)
		compare_set_cause(c, NULL, &e[i], x);
}

static void file_gone(struct comparer *c, struct proto_file *f)
{
	struct losses lost = losses_of(c, f);
	bool moved = !lost.messages && !lost.enums && !lost.services && !lost.extensions;
	struct change *x = compare_add(c, moved ? CHANGE_KIND_PROTO_FILE_MOVED : CHANGE_KIND_PROTO_FILE_REMOVED, f->path, STR(""), f, 0, NULL, 0);
	compare_say(c, x, moved ? "%.*s is gone; what was in it is in other files now" : "%.*s was removed", STR_FMT(f->path));
	compare_rule(c, x, RULE_BUF_FILE_NO_DELETE);
	set_causes(c, f->messages, f->message_count, f->enums, f->enum_count, x);
	if (!has_package(c->new_model, f->package) || !moved)
		package_rules(c, x, f->package, lost);
	if (lost.services) {
		compare_rule(c, x, RULE_PROTOLOCK_NO_REMOVING_RPCS);
		for (uint32_t i = 0; i < f->service_count; i++)
			if (f->services[i].method_count && !find(c->new_model, f->services[i].full, PROTO_SYMBOL_SERVICE)) {
				struct str call = arena_printf(&c->out->arena, "POST /%.*s/%.*s", STR_FMT(f->services[i].full), STR_FMT(f->services[i].methods[0].name));
				witness_call(c, x, call, "answered", "UNIMPLEMENTED: there is no such service");
				break;
			}
	}
	witness_code(c, x, arena_printf(&c->out->arena, "import \"%.*s\";", STR_FMT(f->path)), "is found", "is not found");
}

static const char *syntax_name(const struct proto_file *f)
{
	return f->syntax == PROTO_2 ? "proto2" : f->syntax == PROTO_3 ? "proto3" : f->edition == 2023 ? "edition 2023" : "edition 2024";
}

/* What follows from the syntax for fields and enums under the same names: told here, once. */
static void syntax_rules(struct comparer *c, struct change *x, const struct proto_message *m, uint32_t count, const struct proto_enum *e, uint32_t enum_count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct proto_message *now = c->to_new[m[i].id];
		if (now && str_eq(now->full, m[i].full)) {
			for (uint32_t j = 0; j < m[i].field_count; j++) {
				const struct proto_field *f = &m[i].fields[j], *g = proto_field_by_number(now, f->number);
				if (g && f->label == PROTO_OPTIONAL && g->label == PROTO_OPTIONAL && f->presence != g->presence)
					compare_rule(c, x, RULE_BUF_FIELD_SAME_CARDINALITY);
				if (g && f->type == PROTO_STRING && g->type == PROTO_STRING && f->features.utf8 != g->features.utf8) {
					compare_rule(c, x, RULE_BUF_FIELD_SAME_UTF8_VALIDATION);
					compare_rule(c, x, RULE_BUF_FIELD_SAME_JAVA_UTF8_VALIDATION);
				}
			}
			if (m[i].features.json == JSON_ALLOW && now->features.json == JSON_BEST_EFFORT && !m[i].map_entry)
				compare_rule(c, x, RULE_BUF_MESSAGE_SAME_JSON_FORMAT);
		}
		syntax_rules(c, x, m[i].messages, m[i].message_count, m[i].enums, m[i].enum_count);
	}
	for (uint32_t i = 0; i < enum_count; i++) {
		const struct proto_enum *now = c->enum_to_new[e[i].id];
		if (now && str_eq(now->full, e[i].full) && now->features.enum_type != e[i].features.enum_type)
			compare_rule(c, x, RULE_BUF_ENUM_SAME_TYPE);
		if (now && str_eq(now->full, e[i].full) && e[i].features.json == JSON_ALLOW && now->features.json == JSON_BEST_EFFORT)
			compare_rule(c, x, RULE_BUF_ENUM_SAME_JSON_FORMAT);
	}
}

static void syntax_changed(struct comparer *c, struct proto_file *f, struct proto_file *g)
{
	if (f->syntax == g->syntax)
		return;
	struct str detail = arena_printf(&c->out->arena, "%s to %s", syntax_name(f), syntax_name(g));
	struct change *x = compare_add(c, CHANGE_KIND_PROTO_SYNTAX_CHANGED, f->path, detail, f, f->syntax_offset, g, g->syntax_offset);
	compare_say(c, x, "%.*s changed from %s to %s", STR_FMT(f->path), syntax_name(f), syntax_name(g));
	compare_rule(c, x, RULE_BUF_FILE_SAME_SYNTAX);
	syntax_rules(c, x, f->messages, f->message_count, f->enums, f->enum_count);
	witness_code(c, x, f->path, syntax_name(f), syntax_name(g));
}

static void package_changed(struct comparer *c, struct proto_file *f, struct proto_file *g)
{
	if (str_eq(f->package, g->package))
		return;
	struct str detail = arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(f->package), STR_FMT(g->package));
	struct change *x = compare_add(c, CHANGE_KIND_PROTO_PACKAGE_CHANGED, f->path, detail, f, f->package_offset, g, g->package_offset);
	compare_say(c, x, "the package of %.*s changed from %.*s to %.*s", STR_FMT(f->path), STR_FMT(f->package), STR_FMT(g->package));
	compare_rule(c, x, RULE_BUF_FILE_SAME_PACKAGE);
	package_rules(c, x, f->package, losses_of(c, f));
	set_causes(c, f->messages, f->message_count, f->enums, f->enum_count, x);
	if (f->service_count && f->services[0].method_count)
		witness_call(c, x, arena_printf(&c->out->arena, "POST /%.*s/%.*s", STR_FMT(f->services[0].full), STR_FMT(f->services[0].methods[0].name)), "answered",
			"UNIMPLEMENTED: there is no such service");
	struct str name = f->message_count ? f->messages[0].full : f->enum_count ? f->enums[0].full : f->package;
	witness_code(c, x, name, "is a type", "is not there");
}

static void public_imports(struct comparer *c, struct proto_file *f, struct proto_file *g)
{
	for (uint32_t i = 0; i < f->import_count; i++) {
		bool kept = false;
		if (f->imports[i].kind != PROTO_IMPORT_PUBLIC)
			continue;
		for (uint32_t j = 0; j < g->import_count; j++)
			kept |= g->imports[j].kind == PROTO_IMPORT_PUBLIC && str_eq(f->imports[i].path, g->imports[j].path);
		if (kept)
			continue;
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_PUBLIC_IMPORT_REMOVED, f->path, f->imports[i].path, f, f->imports[i].offset, g, 0);
		compare_say(c, x, "%.*s no longer publicly imports %.*s", STR_FMT(f->path), STR_FMT(f->imports[i].path));
		witness_code(c, x, f->imports[i].path, "is seen by whoever imports the file", "is not");
	}
}

/* The name below the package. */
static struct str nested(const struct proto_file *f, struct str full) { return f->package.len ? str_skip(full, f->package.len + 1) : full; }

static bool stays_in(const struct proto_file *f, struct str full, const struct proto_file *g, const struct proto_file *now, struct str now_full)
{
	return now == g && str_eq(nested(f, full), nested(g, now_full));
}

static void moved_message(struct comparer *c, struct proto_file *f, struct proto_file *g, const struct proto_message *m, struct str file_detail)
{
	const struct proto_message *now = c->to_new[m->id];
	(void)g;
	bool same = now && str_eq(m->full, now->full);
	enum change_kind kind = !now ? CHANGE_KIND_PROTO_MESSAGE_REMOVED : same ? CHANGE_KIND_PROTO_MESSAGE_MOVED : CHANGE_KIND_PROTO_MESSAGE_RENAMED;
	struct change *x = compare_add(c, kind, m->full, now && !same ? now->full : file_detail, f, m->offset, now ? now->file : NULL, now ? now->offset : 0);
	if (!x)
		return;
	if (!now)
		compare_say(c, x, "message %.*s was removed", STR_FMT(m->full));
	else if (same)
		compare_say(c, x, "message %.*s moved from %.*s to %.*s", STR_FMT(m->full), STR_FMT(f->path), STR_FMT(now->file->path));
	else
		compare_say(c, x, "message %.*s is now called %.*s", STR_FMT(m->full), STR_FMT(now->full));
	compare_rule(c, x, RULE_BUF_MESSAGE_NO_DELETE);
	if (now && !same)
		set_causes(c, m, 1, NULL, 0, x);
	if (!same) {
		struct losses lost = { false, false, false, false };
		messages_lost(c, m, 1, &lost);
		package_rules(c, x, f->package, lost);
		if (lost.enums)
			compare_rule(c, x, RULE_BUF_ENUM_NO_DELETE);
		if (lost.extensions)
			compare_rule(c, x, RULE_BUF_EXTENSION_NO_DELETE);
	}
	if (now)
		pair_reach(c, c->message_pair[m->id], x);
	witness_code(c, x, m->full, "is a type", !now ? "is not there" : same ? "is in another file" : "is not there under this name");
}

static void moved_enum(struct comparer *c, struct proto_file *f, const struct proto_enum *e)
{
	const struct proto_enum *now = c->enum_to_new[e->id];
	bool same = now && str_eq(e->full, now->full);
	enum change_kind kind = !now ? CHANGE_KIND_PROTO_ENUM_REMOVED : same ? CHANGE_KIND_PROTO_ENUM_MOVED : CHANGE_KIND_PROTO_ENUM_RENAMED;
	struct change *x = compare_add(c, kind, e->full, now && !same ? now->full : STR(""), f, e->offset, now ? now->file : NULL, now ? now->offset : 0);
	compare_say(c, x, now ? "enum %.*s is now %.*s" : "enum %.*s was removed", STR_FMT(e->full), STR_FMT(now ? now->full : e->full));
	compare_rule(c, x, RULE_BUF_ENUM_NO_DELETE);
	if (now && !same)
		compare_set_cause(c, NULL, e, x);
	if (!same)
		package_rules(c, x, f->package, (struct losses){ .enums = true });
	if (now)
		pair_reach(c, c->enum_pair[e->id], x);
	witness_code(c, x, e->full, "is a type", same ? "is in another file" : "is not there under this name");
}

static void extension_renamed(struct comparer *c, struct proto_file *f, const struct proto_extension *e, const struct proto_extension *now)
{
	struct change *x = compare_add(c, CHANGE_KIND_PROTO_EXTENSION_RENAMED, e->full, now->full, f, e->field.offset, now->file, now->field.offset);
	compare_say(c, x, "extension %.*s is now called %.*s", STR_FMT(e->full), STR_FMT(now->full));
	compare_rule(c, x, RULE_BUF_EXTENSION_NO_DELETE);
	package_rules(c, x, f->package, (struct losses){ .extensions = true });
	if (!str_eq(e->field.name, now->field.name))
		compare_rule(c, x, RULE_BUF_FIELD_SAME_NAME);
	witness_code(c, x, e->full, "is an extension", "is not there under this name");
}

static void moved_extension(struct comparer *c, struct proto_file *f, struct proto_file *g, const struct proto_extension *e)
{
	const struct proto_symbol *s = find(c->new_model, e->full, PROTO_SYMBOL_EXTENSION);
	if ((s && s->file == g) || !str_eq(f->package, g->package))
		return;
	const struct proto_extension *renamed = s ? NULL : extension_now(c, e);
	if (renamed) {
		extension_renamed(c, f, e, renamed);
		return;
	}
	struct change *x = compare_add(c, s ? CHANGE_KIND_PROTO_EXTENSION_MOVED : CHANGE_KIND_PROTO_EXTENSION_REMOVED, e->full, STR(""), f, e->field.offset, s ? s->file : NULL,
		s ? s->extension->field.offset : 0);
	compare_say(c, x, s ? "extension %.*s moved to another file" : "extension %.*s was removed", STR_FMT(e->full));
	compare_rule(c, x, RULE_BUF_EXTENSION_NO_DELETE);
	if (!s)
		package_rules(c, x, f->package, (struct losses){ .extensions = true });
	witness_code(c, x, e->full, "is an extension", s ? "is in another file" : "is not there");
}

/* What stood in the file: outermost first; what is inside of something gone goes with it. */
static void contents(struct comparer *c, struct proto_file *f, struct proto_file *g, const struct proto_message *messages, uint32_t message_count, const struct proto_enum *enums,
	uint32_t enum_count, const struct proto_extension *extensions, uint32_t extension_count)
{
	for (uint32_t i = 0; i < message_count; i++) {
		const struct proto_message *m = &messages[i], *now = c->to_new[m->id];
		if (m->map_entry)
			continue;
		if (!now || !stays_in(f, m->full, g, now->file, now->full))
			moved_message(c, f, g, m, STR(""));
		else
			contents(c, f, g, m->messages, m->message_count, m->enums, m->enum_count, m->extensions, m->extension_count);
	}
	for (uint32_t i = 0; i < enum_count; i++) {
		const struct proto_enum *now = c->enum_to_new[enums[i].id];
		if (!now || !stays_in(f, enums[i].full, g, now->file, now->full))
			moved_enum(c, f, &enums[i]);
	}
	for (uint32_t i = 0; i < extension_count; i++)
		moved_extension(c, f, g, &extensions[i]);
}

static void services(struct comparer *c, struct proto_file *f, struct proto_file *g)
{
	for (uint32_t i = 0; i < f->service_count && str_eq(f->package, g->package); i++) {
		struct proto_service *s = &f->services[i];
		const struct proto_symbol *now = find(c->new_model, s->full, PROTO_SYMBOL_SERVICE);
		if (now && now->file == g)
			continue;
		struct change *x = compare_add(c, now ? CHANGE_KIND_PROTO_SERVICE_MOVED : CHANGE_KIND_PROTO_SERVICE_REMOVED, s->full, STR(""), f, s->offset, now ? now->file : NULL,
			now ? now->service->offset : 0);
		compare_say(c, x, now ? "service %.*s moved to another file" : "service %.*s was removed", STR_FMT(s->full));
		compare_rule(c, x, RULE_BUF_SERVICE_NO_DELETE);
		if (!now) {
			package_rules(c, x, f->package, (struct losses){ .services = true });
			compare_rule(c, x, RULE_PROTOLOCK_NO_REMOVING_RPCS);
			if (s->method_count)
				witness_call(c, x, arena_printf(&c->out->arena, "POST /%.*s/%.*s", STR_FMT(s->full), STR_FMT(s->methods[0].name)), "answered",
					"UNIMPLEMENTED: there is no such service");
		}
		witness_code(c, x, s->full, "is a service", now ? "is in another file" : "is not there");
	}
}

static void additions(struct comparer *c, struct proto_file *g)
{
	if (!other_file(c->old_model, g)) {
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_FILE_ADDED, g->path, STR(""), NULL, 0, g, 0);
		compare_say(c, x, "%.*s is new", STR_FMT(g->path));
		return;
	}
	for (uint32_t i = 0; i < g->message_count; i++)
		if (!c->to_old[g->messages[i].id])
			compare_say(c, compare_add(c, CHANGE_KIND_PROTO_MESSAGE_ADDED, g->messages[i].full, STR(""), NULL, 0, g, g->messages[i].offset), "message %.*s is new",
				STR_FMT(g->messages[i].full));
	for (uint32_t i = 0; i < g->enum_count; i++)
		if (!c->enum_to_old[g->enums[i].id])
			compare_say(c, compare_add(c, CHANGE_KIND_PROTO_ENUM_ADDED, g->enums[i].full, STR(""), NULL, 0, g, g->enums[i].offset), "enum %.*s is new", STR_FMT(g->enums[i].full));
	for (uint32_t i = 0; i < g->service_count; i++)
		if (!find(c->old_model, g->services[i].full, PROTO_SYMBOL_SERVICE))
			compare_say(c, compare_add(c, CHANGE_KIND_PROTO_SERVICE_ADDED, g->services[i].full, STR(""), NULL, 0, g, g->services[i].offset), "service %.*s is new",
				STR_FMT(g->services[i].full));
}

void compare_files(struct comparer *c)
{
	for (uint32_t i = 0; i < c->old_model->file_count; i++) {
		struct proto_file *f = c->old_model->files[i];
		struct proto_file *g = (struct proto_file *)other_file(c->new_model, f);
		if (f->imported)
			continue;
		if (!g) {
			file_gone(c, f);
			continue;
		}
		package_changed(c, f, g);
		syntax_changed(c, f, g);
		compare_file_options(c, f, g);
		public_imports(c, f, g);
		contents(c, f, g, f->messages, f->message_count, f->enums, f->enum_count, f->extensions, f->extension_count);
		services(c, f, g);
	}
	for (uint32_t i = 0; i < c->new_model->file_count && c->options->information; i++)
		if (!c->new_model->files[i]->imported)
			additions(c, c->new_model->files[i]);
}
