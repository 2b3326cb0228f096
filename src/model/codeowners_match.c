/* The graph of CODEOWNERS' patterns, and the walk of paths through it (codeowners_impl.h): all nodes that the segments so far can have led to, level by level. */
#include "base/check.h"
#include "model/codeowners_impl.h"

enum { INDEX_FIRST = 64 /* slots */, PATH_ROOM = 256 /* bytes */, WALK_MOST = 256 << 20 /* bytes of a walk */ };

/* --- building ---------------------------------------------------------------------------------------------------------------------------------- */

/* The slot of the edge, or the empty one where it belongs. hash: of the segment, which many nodes are asked for. */
static size_t slot_of(const struct codeowners_graph *g, uint32_t from, struct str segment, uint64_t hash)
{
	size_t mask = g->index_size - 1;
	for (size_t i = (hash ^ (from * UINT64_C(0x9e3779b97f4a7c15))) & mask;; i = (i + 1) & mask) {
		const struct codeowners_edge *e = &g->edges[g->index[i]];
		if (!g->index[i] || (e->from == from && str_eq(e->segment, segment)))
			return i;
	}
}

static bool index_room(struct arena *a, struct codeowners_graph *g)
{
	if (g->index && g->indexed * 2 < g->index_size)
		return true;
	struct codeowners_graph larger = *g;
	larger.index_size = g->index_size ? g->index_size * 2 : INDEX_FIRST;
	larger.index = ARENA_ARRAY(a, larger.index_size, uint32_t);
	if (!larger.index)
		return false;
	for (size_t i = 0; i < g->index_size; i++) {
		const struct codeowners_edge *e = &g->edges[g->index[i]];
		if (g->index[i])
			larger.index[slot_of(&larger, e->from, e->segment, str_hash(e->segment))] = g->index[i];
	}
	*g = larger;
	return true;
}

/* A new node; 0 when the arena is full (node 0 is there from the beginning). */
static uint32_t add_node(struct arena *a, struct codeowners_graph *g)
{
	if (!ARENA_PUSH_ROOM(a, g->nodes, g->nodes_count, g->nodes_capacity))
		return 0;
	g->nodes[g->nodes_count] = (struct codeowners_node){ 0 };
	return (uint32_t)g->nodes_count++;
}

static uint32_t add_edge(struct arena *a, struct codeowners_graph *g, uint32_t from, struct str segment)
{
	uint32_t to = add_node(a, g);
	if (!to || !ARENA_PUSH_ROOM(a, g->edges, g->edges_count, g->edges_capacity))
		return 0;
	g->edges[g->edges_count] = (struct codeowners_edge){ .segment = segment, .from = from, .to = to };
	return (uint32_t)g->edges_count++;
}

/* By hash: a literal segment, or with CODEOWNERS_ENDING in `from` what begins at a name's last dot. */
static uint32_t to_indexed(struct arena *a, struct codeowners_graph *g, uint32_t from, struct str segment)
{
	if (!index_room(a, g))
		return 0;
	size_t slot = slot_of(g, from, segment, str_hash(segment));
	if (!g->index[slot]) {
		uint32_t e = add_edge(a, g, from, segment);
		if (!e)
			return 0;
		g->index[slot] = e;
		g->indexed++;
	}
	return g->edges[g->index[slot]].to;
}

/* The byte that every name the pattern matches ends with; 0 where it may be any. */
static char last_byte(struct str p)
{
	char c = p.p[p.len - 1];
	return c == '*' || c == '?' || c == ']' || (p.len > 1 && p.p[p.len - 2] == '\\') ? 0 : c;
}

static uint32_t to_glob(struct arena *a, struct codeowners_graph *g, uint32_t from, struct str segment)
{
	for (uint32_t e = g->nodes[from].glob; e; e = g->edges[e].next)
		if (str_eq(g->edges[e].segment, segment))
			return g->edges[e].to;
	uint32_t e = add_edge(a, g, from, segment);
	if (!e)
		return 0;
	g->edges[e].next = g->nodes[from].glob;
	g->edges[e].last = last_byte(segment);
	g->nodes[from].glob = e;
	return g->edges[e].to;
}

/* Behind `**`; a second one in a row adds nothing. */
static uint32_t to_stars(struct arena *a, struct codeowners_graph *g, uint32_t from)
{
	if (g->nodes[from].loops)
		return from;
	if (!g->nodes[from].stars) {
		uint32_t n = add_node(a, g);
		if (!n)
			return 0;
		g->nodes[n].loops = true;
		g->nodes[from].stars = n;
	}
	return g->nodes[from].stars;
}

static bool has_wildcard(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[')
			return true;
	}
	return false;
}

static struct str unescaped(struct arena *a, struct str s)
{
	if (str_find_char(s, '\\') == SIZE_MAX)
		return s;
	char *out = arena_bytes(a, s.len);
	size_t n = 0;
	for (size_t i = 0; out && i < s.len; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len)
			i++;
		out[n++] = s.p[i];
	}
	return out ? str_from(out, n) : STR("");
}

/* "*.c": the star, a dot, and neither another dot nor a wildcard nor an escape behind it. */
static bool is_ending(struct str s)
{
	struct str rest = str_skip(s, 2);
	return str_starts(s, STR("*.")) && rest.len && str_find_char(rest, '.') == SIZE_MAX && str_find_char(rest, '\\') == SIZE_MAX && !has_wildcard(rest);
}

static uint32_t to_segment(struct arena *a, struct codeowners_graph *g, uint32_t from, struct str segment)
{
	if (is_ending(segment)) {
		g->nodes[from].endings = true;
		return to_indexed(a, g, from | CODEOWNERS_ENDING, str_skip(segment, 1));
	}
	if (has_wildcard(segment))
		return to_glob(a, g, from, segment);
	g->nodes[from].literals = true;
	return to_indexed(a, g, from, unescaped(a, segment));
}

/* A last `*` of GitHub's, and every pattern of GitLab's, name files and nothing below a folder. Behind a slash at the end everything is meant, whatever its depth. */
static bool add_segments(struct arena *a, struct codeowners_graph *g, enum codeowners_dialect d, struct str rest, uint32_t *node, bool *file_only)
{
	*file_only = d == CODEOWNERS_GITLAB;
	bool more = true;
	while (more) {
		struct str segment = str_split(&rest, '/');
		more = rest.p != NULL;
		bool stars = str_eq(segment, STR("**")), folder = !more && !segment.len;
		if (folder && d == CODEOWNERS_GITLAB) {
			*node = to_stars(a, g, *node);
			*node = to_glob(a, g, *node, STR("*"));
		} else if (folder || (stars && !more && d == CODEOWNERS_GITHUB)) {
			*node = to_glob(a, g, *node, STR("*"));
			*file_only = false;
		} else if (stars && more) {
			*node = to_stars(a, g, *node);
		} else {
			*node = to_segment(a, g, *node, segment);
			*file_only = *file_only || (!more && str_eq(segment, STR("*")));
		}
		if (!*node)
			return false;
	}
	return true;
}

bool codeowners_graph_add(struct arena *a, struct codeowners_graph *g, enum codeowners_dialect d, struct str pattern, uint32_t rule)
{
	bool file_only, rooted = str_starts(pattern, STR("/"));
	struct str rest = str_skip(pattern, rooted);
	size_t slash = str_find_char(rest, '/');
	uint32_t node = 0;
	if (!g->nodes_count) {
		if (!ARENA_PUSH_ROOM(a, g->nodes, g->nodes_count, g->nodes_capacity) || !ARENA_PUSH_ROOM(a, g->edges, g->edges_count, g->edges_capacity))
			return false;
		g->nodes[g->nodes_count++] = (struct codeowners_node){ 0 };
		g->edges[g->edges_count++] = (struct codeowners_edge){ 0 };
	}
	bool anywhere = !rooted && (d == CODEOWNERS_GITLAB || slash == SIZE_MAX || slash + 1 == rest.len);
	if (anywhere && !(node = to_stars(a, g, 0)))
		return false;
	if (!add_segments(a, g, d, rest, &node, &file_only) || !ARENA_PUSH_ROOM(a, g->accepts, g->accepts_count, g->accepts_capacity))
		return false;
	g->accepts[g->accepts_count++] = (struct codeowners_accept){ .rule = rule, .next = g->nodes[node].accepts, .file_only = file_only };
	g->nodes[node].accepts = (uint32_t)g->accepts_count;
	return true;
}

/* --- names ------------------------------------------------------------------------------------------------------------------------------------- */

/* "[a-z]", "[^x]", "[!x]" at p.p[*at]; *at becomes what follows. Without an end it is a bracket like any other. */
static bool class_fits(struct str p, size_t *at, char c)
{
	size_t i = *at + 1;
	bool negated = i < p.len && (p.p[i] == '^' || p.p[i] == '!'), fits = false;
	i += negated;
	for (bool first = true; i < p.len && (first || p.p[i] != ']'); first = false) {
		i += p.p[i] == '\\' && i + 1 < p.len;
		unsigned char from = (unsigned char)p.p[i++], to = from;
		if (i + 1 < p.len && p.p[i] == '-' && p.p[i + 1] != ']') {
			to = (unsigned char)p.p[i + 1];
			i += 2;
		}
		fits = fits || (from <= (unsigned char)c && (unsigned char)c <= to);
	}
	if (i >= p.len) {
		(*at)++;
		return c == '[';
	}
	*at = i + 1;
	return fits != negated;
}

/* One character of the name against what stands at *at, which moves behind it where it fits. */
static bool one_fits(struct str p, size_t *at, char c)
{
	size_t i = *at;
	if (p.p[i] == '[') {
		if (!class_fits(p, &i, c))
			return false;
	} else {
		bool any = p.p[i] == '?';
		i += p.p[i] == '\\' && i + 1 < p.len;
		if (!any && p.p[i] != c)
			return false;
		i++;
	}
	*at = i;
	return true;
}

/* Only the newest star has to be tried again, so the time is at most the product of the lengths. */
static bool name_fits(struct str p, struct str name)
{
	size_t at = 0, n = 0, star = SIZE_MAX, tried = 0;
	while (n < name.len) {
		if (at < p.len && p.p[at] == '*') {
			star = ++at;
			tried = n;
		} else if (at < p.len && one_fits(p, &at, name.p[n])) {
			n++;
		} else if (star != SIZE_MAX) {
			at = star;
			n = ++tried;
		} else {
			return false;
		}
	}
	while (at < p.len && p.p[at] == '*')
		at++;
	return at == p.len;
}

/* --- walking ----------------------------------------------------------------------------------------------------------------------------------- */

/* A level that is being made: nodes behind the active ones of its parent. `file`: the last segment, of which no folder's level is left. */
struct stepping {
	struct codeowners_walk *w;
	struct str segment, ending; /* ending: from its last dot; empty: it has none */
	uint64_t hash, ending_hash;
	uint32_t *best;
	size_t end;
	bool file, ok;
};

static void accept(struct stepping *s, uint32_t node)
{
	const struct codeowners *c = s->w->owners;
	for (uint32_t i = c->graph->nodes[node].accepts; i; i = c->graph->accepts[i - 1].next) {
		const struct codeowners_accept *x = &c->graph->accepts[i - 1];
		const struct codeowners_rule *rule = &c->rules[x->rule];
		uint32_t *best = &s->best[rule->section], mark = rule->excludes ? UINT32_MAX : x->rule + 1;
		if ((s->file || !x->file_only) && mark > *best)
			*best = mark;
	}
}

static void enter(struct stepping *s, uint32_t node)
{
	struct codeowners_walk *w = s->w;
	if (w->seen[node] == w->epoch)
		return;
	w->seen[node] = w->epoch;
	accept(s, node);
	if (s->file)
		return;
	s->ok = s->ok && ARENA_PUSH_ROOM(&w->arena, w->active, s->end, w->active_capacity);
	if (!s->ok)
		return;
	w->active[s->end++] = node;
	uint32_t stars = w->owners->graph->nodes[node].stars;
	if (stars)
		enter(s, stars);
}

static void enter_indexed(struct stepping *s, uint32_t from, struct str segment, uint64_t hash)
{
	const struct codeowners_graph *g = s->w->owners->graph;
	uint32_t e = g->index[slot_of(g, from, segment, hash)];
	if (e)
		enter(s, g->edges[e].to);
}

static void step_from(struct stepping *s, uint32_t node)
{
	const struct codeowners_graph *g = s->w->owners->graph;
	const struct codeowners_node *n = &g->nodes[node];
	char last = s->segment.len ? s->segment.p[s->segment.len - 1] : 0;
	if (n->literals)
		enter_indexed(s, node, s->segment, s->hash);
	if (n->endings && s->ending.len)
		enter_indexed(s, node | CODEOWNERS_ENDING, s->ending, s->ending_hash);
	for (uint32_t e = n->glob; e; e = g->edges[e].next)
		if ((!g->edges[e].last || g->edges[e].last == last) && name_fits(g->edges[e].segment, s->segment))
			enter(s, g->edges[e].to);
	if (n->loops && !s->file)
		enter(s, node);
}

static void look_at(struct stepping *s, struct str segment)
{
	size_t dot = segment.len;
	while (dot && segment.p[dot - 1] != '.')
		dot--;
	s->segment = segment;
	s->hash = str_hash(segment);
	s->ending = dot ? str_skip(segment, dot - 1) : STR("");
	s->ending_hash = dot ? str_hash(s->ending) : 0;
}

static bool room(struct arena *a, uint32_t **items, size_t *capacity, size_t need)
{
	if (need <= *capacity)
		return true;
	size_t larger = need * 2;
	uint32_t *p = ARENA_ARRAY(a, larger, uint32_t);
	if (!p)
		return false;
	if (*capacity)
		memcpy(p, *items, *capacity * sizeof(*p));
	*items = p;
	*capacity = larger;
	return true;
}

/* The level behind one more segment; `best` of it begins as its parent's. */
static bool step(struct codeowners_walk *w, struct str segment, bool file)
{
	size_t sections = w->owners->sections_count, depth = w->levels_count;
	struct codeowners_level parent = w->levels[depth - 1];
	if (!room(&w->arena, &w->best, &w->best_capacity, (depth + 1) * sections) || !ARENA_PUSH_ROOM(&w->arena, w->levels, w->levels_count, w->levels_capacity))
		return false;
	struct stepping s = { .w = w, .best = w->best + depth * sections, .end = parent.active + parent.count, .file = file, .ok = true };
	look_at(&s, segment);
	memcpy(s.best, s.best - sections, sections * sizeof(*s.best));
	w->epoch++;
	for (size_t i = 0; i < parent.count; i++)
		step_from(&s, w->active[parent.active + i]);
	if (!s.ok || file)
		return s.ok;
	w->levels[w->levels_count++] = (struct codeowners_level){ parent.active + parent.count, s.end - parent.active - parent.count, parent.path + segment.len + 1 };
	return true;
}

void codeowners_walk_init(struct codeowners_walk *w, const struct codeowners *c)
{
	*w = (struct codeowners_walk){ .owners = c };
	arena_init(&w->arena, WALK_MOST);
}

void codeowners_walk_release(struct codeowners_walk *w) { arena_release(&w->arena); }

static bool begin(struct codeowners_walk *w)
{
	const struct codeowners *c = w->owners;
	arena_clear(&w->arena);
	*w = (struct codeowners_walk){ .owners = c, .arena = w->arena, .epoch = 1 };
	w->seen = ARENA_ARRAY(&w->arena, c->graph->nodes_count + 1, uint32_t);
	if (!w->seen || !room(&w->arena, &w->best, &w->best_capacity, c->sections_count) || !ARENA_PUSH_ROOM(&w->arena, w->levels, w->levels_count, w->levels_capacity))
		return false;
	struct stepping s = { .w = w, .best = w->best, .ok = true };
	enter(&s, 0);
	w->levels[w->levels_count++] = (struct codeowners_level){ 0, s.end, 0 };
	return s.ok;
}

/* Back to the folders that the path shares with the last one. */
static void back_to(struct codeowners_walk *w, struct str path)
{
	size_t same = 0;
	while (same + 1 < w->levels_count) {
		size_t from = w->levels[same].path, to = w->levels[same + 1].path;
		if (to > path.len || memcmp(w->path + from, path.p + from, to - from) != 0)
			break;
		same++;
	}
	w->levels_count = same + 1;
}

static bool keep_path(struct codeowners_walk *w, struct str path)
{
	if (path.len > w->path_capacity) {
		w->path_capacity = path.len * 2 + PATH_ROOM;
		w->path = arena_bytes(&w->arena, w->path_capacity);
		if (!w->path)
			return false;
	}
	memcpy(w->path, path.p, path.len);
	return true;
}

static bool walk(struct codeowners_walk *w, struct str path)
{
	if (!w->levels_count || w->epoch > UINT32_MAX - 4096 || w->arena.used > WALK_MOST / 2) {
		if (!begin(w))
			return false;
	} else {
		back_to(w, path);
	}
	struct str rest = str_skip(path, w->levels[w->levels_count - 1].path);
	for (size_t slash; (slash = str_find_char(rest, '/')) != SIZE_MAX; rest = str_skip(rest, slash + 1))
		if (!step(w, str_sub(rest, 0, slash), false))
			return false;
	return step(w, rest, true) && keep_path(w, path);
}

size_t codeowners_match(struct codeowners_walk *w, struct str path, const struct codeowners_rule **rules, bool *full)
{
	const struct codeowners *c = w->owners;
	size_t sections = c->sections_count, found = 0;
	memset(rules, 0, sections * sizeof(*rules));
	if (!c->count)
		return 0;
	if (!walk(w, path)) {
		*full = true;
		w->levels_count = 0;
		return 0;
	}
	const uint32_t *best = w->best + w->levels_count * sections;
	for (size_t i = 0; i < sections; i++)
		if (best[i] && best[i] != UINT32_MAX) {
			rules[i] = &c->rules[best[i] - 1];
			found++;
		}
	return found;
}
