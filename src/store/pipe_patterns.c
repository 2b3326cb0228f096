/* Messages grouped by their template (pipe_group.h). */
#include "base/map.h"
#include "store/pipe_group.h"
#include "store/scratch.h"
#include "store/text_split.h"
#include <stdlib.h>

enum { TEMPLATES_MAX = 1 << 15, TEMPLATES_BYTES = 8 << 20 };
struct pattern { struct str template, example; struct row_key key; bool has_key; uint64_t count; size_t room; };
struct patterns {
	struct map map;
	struct arena arena;
	struct map by_template; /* segments have most of their templates in common, each spelled the same */
	struct arena templates;
	uint64_t other;
	bool cut;
};

void pattern_of_template(struct buf *out, struct str s)
{
	const char *p = s.p, *end = p + s.len, *from = p;
	while (p < end) {
		if (*p == TEMPLATE_VAR) {
			buf_add_bytes(out, from, (size_t)(p - from));
			buf_add(out, STR("<*>"));
			from = ++p;
			continue;
		}
		if (!query_is_token_char(*p)) {
			p++;
			continue;
		}
		const char *token = p;
		bool digit = false;
		for (; p < end && query_is_token_char(*p); p++)
			digit |= *p >= '0' && *p <= '9';
		if (digit) {
			buf_add_bytes(out, from, (size_t)(token - from));
			buf_add(out, STR("<*>"));
			from = p;
		}
	}
	buf_add_bytes(out, from, (size_t)(end - from));
}

void pattern_of(struct buf *out, struct str s)
{
	SCRATCH struct text_split t;
	s = str_sub(s, 0, PATTERN_BYTES);
	if (text_split(&t, s))
		pattern_of_template(out, str_from(t.text, t.len));
	else
		pattern_of_template(out, s);
}

struct patterns *patterns_new(void)
{
	struct patterns *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	map_init(&p->map, PIPE_MAX_GROUPS);
	arena_init(&p->arena, PIPE_MEMORY);
	map_init(&p->by_template, TEMPLATES_MAX);
	arena_init(&p->templates, TEMPLATES_BYTES);
	return p;
}

void patterns_free(struct patterns *p)
{
	if (!p)
		return;
	map_release(&p->map);
	arena_release(&p->arena);
	map_release(&p->by_template);
	arena_release(&p->templates);
	free(p);
}

/* The longest example a template had keeps its room: a newer one that fits goes there. */
static void set_example(struct patterns *p, struct pattern *t, struct str message, const struct row_key *key)
{
	message = str_sub(message, 0, PATTERN_BYTES);
	if (message.len > t->room || !t->example.p) {
		char *copy = arena_bytes(&p->arena, message.len + 32);
		if (!copy)
			return;
		t->example.p = copy;
		t->room = message.len + 32;
	}
	memcpy((char *)(uintptr_t)t->example.p, message.p, message.len);
	t->example.len = message.len;
	t->key = *key;
	t->has_key = true;
}

static struct pattern *pattern_for(struct patterns *p, struct str template)
{
	struct pattern *t = map_get(&p->map, template);
	if (t || p->cut)
		return t;
	struct str copy = arena_str(&p->arena, template);
	t = copy.p ? ARENA_NEW(&p->arena, struct pattern) : NULL;
	if (!t || !map_put(&p->map, copy, t)) {
		p->cut = true;
		return NULL;
	}
	t->template = copy;
	return t;
}

struct pattern *patterns_find(struct patterns *p, struct str template) { return pattern_for(p, template); }

struct pattern *patterns_of_template(struct patterns *p, struct str template, struct buf *scratch)
{
	struct pattern *t = map_get(&p->by_template, template);
	if (t)
		return t;
	buf_clear(scratch);
	pattern_of_template(scratch, template);
	t = pattern_for(p, buf_str(scratch));
	/* What finds no place is masked anew each time. */
	struct str copy = t && p->by_template.count < TEMPLATES_MAX ? arena_str(&p->templates, template) : (struct str){ NULL, 0 };
	if (copy.p)
		map_put(&p->by_template, copy, t);
	return t;
}

bool pattern_newer(const struct pattern *t, int64_t time) { return t->has_key && t->key.time > time; }

void pattern_weigh(struct patterns *p, struct pattern *t, uint64_t weight)
{
	if (t)
		t->count += weight;
	else
		p->other += weight;
}

bool pattern_count(struct patterns *p, struct pattern *t, const struct row_key *key, uint64_t weight)
{
	pattern_weigh(p, t, weight);
	return t && (!t->has_key || row_key_compare(key, &t->key) > 0);
}

void pattern_example(struct patterns *p, struct pattern *t, struct str message, const struct row_key *key) { set_example(p, t, message, key); }

void patterns_add(struct patterns *p, struct str template, struct str message, const struct row_key *key, uint64_t weight)
{
	struct pattern *t = pattern_for(p, template);
	if (pattern_count(p, t, key, weight))
		set_example(p, t, message, key);
}

void patterns_merge(struct patterns *into, const struct patterns *from)
{
	for (uint32_t i = 0; i < from->map.count; i++) {
		const struct pattern *t = from->map.entries[i].value;
		patterns_add(into, t->template, t->example, &t->key, t->count);
	}
	into->other += from->other;
	into->cut |= from->cut;
}

void patterns_each(const struct patterns *p, void (*fn)(void *ctx, struct str template, uint64_t count, struct str example), void *ctx)
{
	for (uint32_t i = 0; i < p->map.count; i++) {
		const struct pattern *t = p->map.entries[i].value;
		fn(ctx, t->template, t->count, t->example.p ? t->example : STR(""));
	}
	if (p->other)
		fn(ctx, STR("(other)"), p->other, STR(""));
}

bool patterns_cut(const struct patterns *p) { return p->cut; }
