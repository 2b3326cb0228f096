/* The comparison of two models: matching, the graph, then each kind of thing in a file of its own; and what all of these use to add changes. */
#include "contract/proto/compare.h"
#include "contract/proto/witness.h"
#include <stdarg.h>
#include <stdio.h>

struct change *compare_add(struct comparer *c, enum change_kind kind, struct str subject, struct str detail, struct proto_file *old_file, uint32_t old_offset, struct proto_file *new_file,
	uint32_t new_offset)
{
	if (change_infos[kind].level == CHANGE_INFO && !c->options->information)
		return NULL;
	/* what is told outlives the models */
	struct change *x = changes_add(c->out, kind, arena_str(&c->out->arena, subject), arena_str(&c->out->arena, detail));
	if (!x)
		return NULL;
	if (old_file)
		x->old_place = proto_place(c->old_model, old_file, old_offset);
	if (new_file)
		x->new_place = proto_place(c->new_model, new_file, new_offset);
	x->old_place.file = arena_str(&c->out->arena, x->old_place.file);
	x->new_place.file = arena_str(&c->out->arena, x->new_place.file);
	return x;
}

void compare_say(struct comparer *c, struct change *x, const char *format, ...)
{
	char text[1024];
	va_list args;
	if (!x)
		return;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	x->sentence = arena_str(&c->out->arena, str_from(text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

void compare_rule(struct comparer *c, struct change *x, enum rule_id rule)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->rules_count; i++)
		if (x->rules[i] == rule)
			return;
	enum rule_id *rules = ARENA_ARRAY(&c->out->arena, x->rules_count + 1, enum rule_id);
	if (!rules)
		return;
	if (x->rules_count)
		memcpy(rules, x->rules, x->rules_count * sizeof(*rules));
	rules[x->rules_count] = rule;
	x->rules = rules;
	x->rules_count++;
}

struct change *compare_cause(struct comparer *c, const struct proto_message *m, const struct proto_enum *e)
{
	uint32_t cause = m ? c->message_cause[m->id] : c->enum_cause[e->id];
	return cause ? &c->out->items[cause - 1] : NULL;
}

void compare_set_cause(struct comparer *c, const struct proto_message *m, const struct proto_enum *e, const struct change *x)
{
	if (x)
		*(m ? &c->message_cause[m->id] : &c->enum_cause[e->id]) = (uint32_t)(x - c->out->items) + 1;
}

struct str compare_join(struct comparer *c, struct str scope, struct str name)
{
	return str_empty(scope) ? name : arena_printf(&c->out->arena, "%.*s.%.*s", STR_FMT(scope), STR_FMT(name));
}

bool is_reserved_number(const struct proto_range *r, uint32_t count, int32_t number)
{
	for (uint32_t i = 0; i < count; i++)
		if (number >= r[i].first && number <= r[i].last)
			return true;
	return false;
}

bool is_reserved_name(const struct proto_name *n, uint32_t count, struct str name)
{
	for (uint32_t i = 0; i < count; i++)
		if (str_eq(n[i].name, name))
			return true;
	return false;
}

const struct proto_file *other_file(const struct proto_model *m, const struct proto_file *f) { return map_get(&m->by_path, f->path); }

/* A model without files, for a side that has no contract of this format. */
static void empty_model(struct proto_model *m)
{
	*m = (struct proto_model){ 0 };
	arena_init(&m->arena, 1 << 20);
	map_init(&m->by_path, 1);
	map_init(&m->by_name, 1);
}

static void compare_pairs(struct comparer *c)
{
	size_t matched = c->pair_count;
	for (size_t i = 0; i < matched; i++) {
		const struct pair *p = &c->pairs[i];
		if (!p->matched)
			continue;
		const struct proto_file *f = p->old_message ? p->old_message->file : p->old_enum->file;
		const struct proto_file *g = p->old_message ? p->new_message->file : p->new_enum->file;
		if ((f->imported && g->imported) || (!p->same_name && !other_file(c->new_model, f)))
			continue; /* with its file it is gone, though something like it stands elsewhere */
		if (p->old_message)
			compare_message(c, (uint32_t)i);
		else
			compare_enum(c, (uint32_t)i);
	}
}

static bool run(struct comparer *c)
{
	size_t first = c->out->count;
	c->message_cause = ARENA_ARRAY(&c->arena, c->old_model->message_count + 1, uint32_t);
	c->enum_cause = ARENA_ARRAY(&c->arena, c->old_model->enum_count + 1, uint32_t);
	if (!c->message_cause || !c->enum_cause || !match_types(c) || !extensions_index(c) || !pairs_build(c))
		return err_set(c->err, ERR_NO_MEMORY, "the comparison of the Protobuf files does not fit into the memory for contracts; compare fewer at once");
	compare_files(c);
	compare_pairs(c);
	compare_extensions(c);
	compare_services(c);
	if (c->options->fields)
		compare_request_fields(c, first);
	return true;
}

bool proto_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e)
{
	struct proto_model none;
	empty_model(&none);
	struct comparer c = { .old_model = old_model ? (struct proto_model *)old_model : &none, .new_model = new_model ? (struct proto_model *)new_model : &none, .options = options,
		.out = out, .err = e };
	arena_init(&c.arena, COMPARE_BYTES);
	map_init(&c.swapped, 1);
	map_init(&c.extensions, 1);
	bool ok = run(&c);
	map_release(&c.swapped);
	map_release(&c.extensions);
	arena_release(&c.arena);
	map_release(&none.by_path);
	map_release(&none.by_name);
	arena_release(&none.arena);
	return ok;
}
