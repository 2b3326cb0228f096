/* What is to be done with the issues that exist (workitems.h). Issues of one service make a group. Of a group one counts: the oldest that is open, else the newest; others that are
 * open are duplicates (two runs at the same time, or somebody copied a body), and their block is taken out, so that they count no more. */
#include "base/map.h"
#include "catalog/workitems/workitems.h"

const char *const work_actions[WORK_ACTIONS] = { "raise", "update", "reopen", "close", "settle", "duplicate" };

struct found { const struct work_item *item; struct work_block block; struct found *next; };
struct group { struct str key, id; struct found *first; const struct work_service *service; };
struct planning { struct arena *a; const struct work_catalogue *c; struct map groups; struct group *list; size_t count; struct work_plan *out; size_t room; bool failed; };

static struct work_step *step(struct planning *p, enum work_action action, const struct group *g, const struct found *f)
{
	if (!ARENA_PUSH_ROOM(p->a, p->out->steps, p->out->count, p->room)) {
		p->failed = true;
		return NULL;
	}
	struct work_step *s = &p->out->steps[p->out->count++];
	*s = (struct work_step){ .action = action, .service = g->service, .id = g->id, .item = f ? f->item : NULL };
	return s;
}

/* The title of a new issue; later it is people's. */
static struct str title(struct planning *p, struct str name)
{
	struct buf b;
	size_t i = 0, n;
	buf_init(&b, 4096);
	while (i < name.len && (n = str_utf8_sequence(str_skip(name, i))) > 0 && i + n <= WORK_TITLE_MAX - 40) {
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			buf_char(&b, ' ');
		else
			buf_add(&b, str_sub(name, i, i + n));
		i += n;
	}
	buf_add(&b, STR(": in nobody's hands"));
	struct str t = arena_str(p->a, buf_str(&b));
	buf_release(&b);
	return t;
}

static struct str comment(struct planning *p, const struct group *g, uint32_t reasons)
{
	struct buf b;
	const struct work_service *s = g->service;
	buf_init(&b, 64 << 10);
	buf_add(&b, STR("**")); /* GitLab takes a line that begins with a slash as an order */
	work_text(&b, s ? s->name : g->id);
	buf_add(&b, STR("**"));
	if (reasons) {
		buf_add(&b, STR(" is in nobody's hands again:"));
		for (int i = 0; i < ORPHAN_REASON_COUNT; i++)
			if (reasons & 1u << i)
				buf_printf(&b, " %.*s.", STR_FMT(orphan_reasons[i].title));
	} else if (s && s->owner.len) {
		buf_add(&b, STR(" is owned by "));
		work_text(&b, s->owner);
		buf_add(&b, STR(" now. Closed by `pleach catalog --todo`."));
	} else {
		buf_add(&b, s ? STR(" is in nobody's hands no more. Closed by `pleach catalog --todo`.") : STR(" is not in the catalogue any more. Closed by `pleach catalog --todo`."));
	}
	struct str text = arena_str(p->a, buf_str(&b));
	buf_release(&b);
	return text;
}

static void rewrite(struct planning *p, enum work_action action, const struct group *g, const struct found *f, uint32_t reasons, uint32_t told)
{
	struct work_step *s = step(p, action, g, f);
	if (!s)
		return;
	s->block = work_block_text(p->a, g->key, g->id, g->service, reasons);
	s->body = work_block_replace(p->a, f->item->body, &f->block, s->block);
	if (action == WORK_REOPEN || action == WORK_CLOSE)
		s->comment = comment(p, g, told);
}

static void duplicate(struct planning *p, const struct group *g, const struct found *f, const struct found *of)
{
	struct work_step *s = step(p, WORK_DUPLICATE, g, f);
	if (!s)
		return;
	s->block = arena_printf(p->a, "The same as #%.*s.", STR_FMT(of->item->number));
	s->body = work_block_replace(p->a, f->item->body, &f->block, s->block);
	s->comment = arena_printf(p->a, "The same as #%.*s. Closed by `pleach catalog --todo`.", STR_FMT(of->item->number));
}

static bool changes(struct planning *p, const struct group *g, const struct found *f, uint32_t reasons)
{
	return work_block_replace(p->a, f->item->body, &f->block, work_block_text(p->a, g->key, g->id, g->service, reasons)).p != f->item->body.p;
}

/* Of an orphan, by what the issue is and says. */
static void wanted(struct planning *p, const struct group *g, const struct found *f, uint32_t reasons)
{
	if (f->item->open && changes(p, g, f, reasons))
		rewrite(p, WORK_UPDATE, g, f, reasons, 0);
	else if (!f->item->open && f->block.begins && (reasons & ~f->block.reasons))
		rewrite(p, WORK_REOPEN, g, f, reasons, reasons & ~f->block.reasons);
	else
		p->out->unchanged++;
}

static void not_wanted(struct planning *p, const struct group *g, const struct found *f)
{
	if (f->item->open)
		rewrite(p, WORK_CLOSE, g, f, 0, 0);
	else if (f->block.begins && f->block.reasons)
		rewrite(p, WORK_SETTLE, g, f, 0, 0);
	else
		p->out->unchanged++;
}

static const struct found *counts(const struct group *g)
{
	const struct found *last = g->first;
	for (const struct found *f = g->first; f; f = f->next) {
		if (f->item->open)
			return f;
		last = f;
	}
	return last;
}

static void one(struct planning *p, const struct group *g)
{
	const struct found *f = counts(g);
	const struct work_service *s = g->service;
	if (!f) {
		struct work_step *raise = s && s->reasons ? step(p, WORK_RAISE, g, NULL) : NULL;
		if (raise) {
			raise->title = title(p, s->name);
			raise->body = raise->block = work_block_text(p->a, g->key, g->id, s, s->reasons);
		}
		return;
	}
	uint32_t stands = f->block.reasons & p->c->unjudged;
	if (s && (s->reasons | stands))
		wanted(p, g, f, s->reasons | stands);
	else if (s || (p->c->whole && !stands))
		not_wanted(p, g, f);
	else
		p->out->unchanged++;
	for (const struct found *x = g->first; x; x = x->next)
		if (x != f && x->item->open)
			duplicate(p, g, x, f);
}

static struct group *group_of(struct planning *p, struct str id)
{
	struct group *g = map_get(&p->groups, id);
	if (g)
		return g;
	g = &p->list[p->count];
	*g = (struct group){ .key = work_key(p->a, p->c->scope, id), .id = id };
	if (!g->key.p || !map_put(&p->groups, id, g))
		return NULL;
	p->count++;
	return g;
}

static bool put_item(struct planning *p, const struct work_item *item)
{
	struct work_block block = work_block_find(item->body);
	struct str id = block.key.len ? work_key_id(p->a, p->c->scope, block.key) : (struct str){ 0 };
	if (!id.p)
		return true;
	struct group *g = group_of(p, id);
	struct found *f = ARENA_NEW(p->a, struct found), **at = g ? &g->first : NULL;
	if (!g || !f)
		return false;
	*f = (struct found){ item, block, NULL };
	while (*at)
		at = &(*at)->next;
	*at = f;
	return true;
}

bool work_plan(struct arena *a, const struct work_catalogue *c, const struct work_item *items, size_t count, struct work_plan *out)
{
	struct planning p = { .a = a, .c = c, .out = out, .list = ARENA_ARRAY(a, c->count + count + 1, struct group) };
	bool ok = p.list != NULL;
	*out = (struct work_plan){ 0 };
	map_init(&p.groups, (uint32_t)(c->count + count + 1));
	for (size_t i = 0; i < c->count && ok; i++) {
		struct group *g = group_of(&p, c->services[i].id);
		ok = g != NULL;
		if (g)
			g->service = &c->services[i];
	}
	for (size_t i = 0; i < count && ok; i++)
		ok = put_item(&p, &items[i]);
	for (size_t i = 0; i < p.count && ok; i++)
		one(&p, &p.list[i]);
	map_release(&p.groups);
	return ok && !p.failed && !a->full;
}
