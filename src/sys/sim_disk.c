/* The simulated disk: inodes with their current and durable content, names with their current and durable state.
 *
 * Invariants: an inode's current content is its durable content with the unsynced writes replayed in order; the current names are the
 * durable names with the pending operations replayed in order. Syncing moves changes into the durable state; a crash takes away some
 * of the rest: of writes any subset, each perhaps torn; of name operations all behind some point, as in a journal. A write that met a
 * failed fsync is marked lost: it stays readable until a crash and can never become durable (which is what Linux does). */
#include "sys/sim_impl.h"
#include <stdlib.h>

struct content {
	char *bytes;
	size_t len, room;
};
struct change {
	int64_t pid;
	bool truncate, lost;
	size_t offset, n; /* truncate: the new size is offset */
	char *bytes;
};
struct sim_inode {
	uint64_t number;
	bool directory, named;
	int opens, lock;
	int64_t modified;
	struct content current, durable;
	struct change *changes;
	size_t change_count, change_room;
	struct sim_inode *next;
};
struct name {
	struct str path;
	struct sim_inode *inode;
};
struct names { /* sorted by path */
	struct name *items;
	size_t count, room;
};
struct name_change {
	int64_t pid;
	enum sim_name_op op;
	struct str from, to;
	struct sim_inode *inode;
};
static struct sim_inode *inodes;
static uint64_t next_inode;
static struct names current_names, durable_names;
static struct name_change *name_changes;
static size_t name_change_count, name_change_room;

static struct str keep(struct str s)
{
	char *p = sim_alloc(s.len + 1);
	if (s.len)
		memcpy(p, s.p, s.len);
	return (struct str){ p, s.len };
}
static void drop(struct str s) { free((void *)(uintptr_t)s.p); }

/* --- paths ------------------------------------------------------------------------------------------------------------------------ */

bool sim_path(struct sim_path *out, struct str path)
{
	struct str directory = sim_current() ? sim_current()->directory : STR("/");
	if (path.len == 0 || path.len + directory.len > SYS_PATH_MAX - 1 || memchr(path.p, 0, path.len))
		return false;
	out->len = 0;
	if (path.p[0] != '/' && directory.len > 1) {
		memcpy(out->z, directory.p, directory.len);
		out->len = directory.len;
	}
	while (path.p) {
		struct str part = str_split(&path, '/');
		if (str_eq(part, STR(".."))) {
			while (out->len > 0 && out->z[--out->len] != '/')
				;
		} else if (part.len && !str_eq(part, STR("."))) {
			out->z[out->len++] = '/';
			memcpy(out->z + out->len, part.p, part.len);
			out->len += part.len;
		}
	}
	if (out->len == 0)
		out->z[out->len++] = '/';
	out->z[out->len] = 0;
	return true;
}

static struct str parent_of(struct str path)
{
	size_t end = path.len;
	while (end > 1 && path.p[end - 1] != '/')
		end--;
	return str_sub(path, 0, end > 1 ? end - 1 : 1);
}
struct str sim_path_str(const struct sim_path *p) { return (struct str){ p->z, p->len }; }
struct str sim_parent(const struct sim_path *p) { return parent_of(sim_path_str(p)); }

/* --- tables of names ---------------------------------------------------------------------------------------------------------------- */

/* Where the path is or would stand. */
static size_t position(const struct names *t, struct str path)
{
	size_t low = 0, high = t->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (str_cmp(t->items[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct sim_inode *get(const struct names *t, struct str path)
{
	size_t i = position(t, path);
	return i < t->count && str_eq(t->items[i].path, path) ? t->items[i].inode : NULL;
}

static void put(struct names *t, struct str path, struct sim_inode *inode)
{
	size_t i = position(t, path);
	if (i < t->count && str_eq(t->items[i].path, path)) {
		t->items[i].inode = inode;
		return;
	}
	SIM_GROW(t->items, t->count, t->room);
	memmove(t->items + i + 1, t->items + i, (t->count++ - i) * sizeof(struct name));
	t->items[i] = (struct name){ keep(path), inode };
}

static void take_away(struct names *t, struct str path)
{
	size_t i = position(t, path);
	if (i == t->count || !str_eq(t->items[i].path, path))
		return;
	drop(t->items[i].path);
	memmove(t->items + i, t->items + i + 1, (--t->count - i) * sizeof(struct name));
}

static bool inside(struct str path, struct str directory)
{
	return path.len > directory.len && str_starts(path, directory) && (directory.len == 1 || path.p[directory.len] == '/');
}

static void clear_names(struct names *t)
{
	for (size_t i = 0; i < t->count; i++)
		drop(t->items[i].path);
	free(t->items);
	*t = (struct names){ 0 };
}

/* A renamed directory takes along what is in it. */
static void move_inside(struct names *t, struct str from, struct str to)
{
	for (size_t i = 0; i < t->count; i++) {
		struct name n = t->items[i];
		struct sim_path moved;
		if (!inside(n.path, from) || to.len + n.path.len - from.len > SYS_PATH_MAX)
			continue;
		memcpy(moved.z, to.p, to.len);
		memcpy(moved.z + to.len, n.path.p + from.len, n.path.len - from.len);
		moved.len = to.len + n.path.len - from.len;
		struct str old = keep(n.path);
		take_away(t, old);
		drop(old);
		put(t, sim_path_str(&moved), n.inode);
		i = SIZE_MAX; /* the order has changed: once more from the start */
	}
}

static void apply(struct names *t, const struct name_change *c)
{
	if (c->op != SIM_LINK)
		take_away(t, c->from);
	if (c->op != SIM_UNLINK)
		put(t, c->to, c->inode);
	if (c->op == SIM_RENAME && c->inode->directory)
		move_inside(t, c->from, c->to);
}

void sim_name(enum sim_name_op op, struct str from, struct str to, struct sim_inode *inode)
{
	SIM_GROW(name_changes, name_change_count, name_change_room);
	struct name_change *c = &name_changes[name_change_count++];
	*c = (struct name_change){ sim_current_pid(), op, keep(from), keep(to), inode };
	apply(&current_names, c);
	sim_note(inode->number << 2 | (uint64_t)op);
	if (from.len)
		sim_watch_touch(parent_of(from));
	if (to.len)
		sim_watch_touch(parent_of(to));
}

static void remove_change(size_t i)
{
	drop(name_changes[i].from);
	drop(name_changes[i].to);
	memmove(name_changes + i, name_changes + i + 1, (--name_change_count - i) * sizeof(struct name_change));
}

static bool touches(const struct name_change *c, struct str directory)
{
	return (c->from.len && str_eq(parent_of(c->from), directory)) || (c->to.len && str_eq(parent_of(c->to), directory));
}

/* What was done before to the same file goes to the disk, too: otherwise a file renamed into this directory could come back under
 * its old name. */
void sim_sync_names(struct str directory)
{
	for (size_t i = 0; i < name_change_count;) {
		const struct sim_inode *inode = name_changes[i].inode;
		if (!touches(&name_changes[i], directory)) {
			i++;
			continue;
		}
		size_t j = 0;
		while (name_changes[j].inode != inode)
			j++;
		apply(&durable_names, &name_changes[j]);
		remove_change(j);
		i -= j < i;
	}
}

/* A name whose directory did not survive cannot be reached. The order of the table puts directories before what they hold. */
static void drop_orphans(struct names *t)
{
	for (size_t i = 0; i < t->count;) {
		const struct sim_inode *parent = get(t, parent_of(t->items[i].path));
		if (parent && parent->directory)
			i++;
		else
			take_away(t, t->items[i].path);
	}
}

static void crash_names(int64_t pid)
{
	size_t mine = 0;
	for (size_t i = 0; i < name_change_count; i++)
		mine += pid == 0 || name_changes[i].pid == pid;
	size_t kept = sim_below(mine + 1);
	for (size_t i = 0; i < name_change_count;) {
		if (pid != 0 && name_changes[i].pid != pid) {
			i++;
			continue;
		}
		if (kept > 0) {
			apply(&durable_names, &name_changes[i]);
			kept--;
		}
		remove_change(i);
	}
	drop_orphans(&durable_names);
	clear_names(&current_names);
	for (size_t i = 0; i < durable_names.count; i++)
		put(&current_names, durable_names.items[i].path, durable_names.items[i].inode);
	for (size_t i = 0; i < name_change_count; i++)
		apply(&current_names, &name_changes[i]);
	drop_orphans(&current_names);
}

struct sim_inode *sim_lookup(struct str path)
{
	struct sim_path p;
	return sim_path(&p, path) ? get(&current_names, sim_path_str(&p)) : NULL;
}

bool sim_directory_empty(struct str path)
{
	for (size_t i = 0; i < current_names.count; i++)
		if (inside(current_names.items[i].path, path) && !str_eq(current_names.items[i].path, path))
			return false;
	return true;
}

void sim_each_name(struct str directory, bool (*fn)(void *ctx, struct str name, bool directory), void *ctx)
{
	/* fn may remove names: go by name, not by position */
	struct sim_path last;
	memcpy(last.z, directory.p, directory.len);
	last.len = directory.len;
	for (bool more = true; more;) {
		size_t i = position(&current_names, sim_path_str(&last));
		while (i < current_names.count && (str_cmp(current_names.items[i].path, sim_path_str(&last)) <= 0 ||
						   !str_eq(parent_of(current_names.items[i].path), directory)))
			i++;
		if (i == current_names.count)
			return;
		struct name n = current_names.items[i];
		memcpy(last.z, n.path.p, n.path.len);
		last.len = n.path.len;
		more = fn(ctx, str_skip(sim_path_str(&last), directory.len > 1 ? directory.len + 1 : 1), n.inode->directory);
	}
}

/* --- content ------------------------------------------------------------------------------------------------------------------------ */

static void resize(struct content *c, size_t n)
{
	if (n > c->room) {
		c->room = n + n / 2;
		c->bytes = realloc(c->bytes, c->room);
		CHECK(c->bytes);
	}
	if (n > c->len)
		memset(c->bytes + c->len, 0, n - c->len);
	c->len = n;
}

static void replay(struct content *c, const struct change *w, size_t n)
{
	if (w->truncate) {
		resize(c, w->offset);
		return;
	}
	if (w->offset + n > c->len)
		resize(c, w->offset + n);
	if (n)
		memcpy(c->bytes + w->offset, w->bytes, n);
}

static void record(struct sim_inode *i, struct change c)
{
	SIM_GROW(i->changes, i->change_count, i->change_room);
	i->changes[i->change_count++] = c;
	replay(&i->current, &c, c.n);
	i->modified = sys_wall();
	for (size_t n = 0; sim_watch_any() && n < current_names.count; n++)
		if (current_names.items[n].inode == i)
			sim_watch_touch(parent_of(current_names.items[n].path));
}

int64_t sim_disk_used(void)
{
	int64_t used = 0;
	for (struct sim_inode *i = inodes; i; i = i->next)
		i->named = false;
	for (size_t n = 0; n < current_names.count; n++)
		current_names.items[n].inode->named = true;
	for (const struct sim_inode *i = inodes; i; i = i->next)
		if (i->named || i->opens > 0)
			used += (int64_t)i->current.len;
	return used;
}

void sim_disk_capacity(int64_t bytes) { sim.o.disk_capacity = bytes; }

int sim_inode_write(struct sim_inode *i, const void *p, size_t n, int64_t offset)
{
	size_t end = (size_t)offset + n, whole = n;
	if (sim.o.disk_capacity > 0 && end > i->current.len) {
		int64_t left = sim.o.disk_capacity - sim_disk_used();
		size_t grows = end - i->current.len, most = left > 0 ? (size_t)left : 0;
		if (grows > most) {
			size_t fits = grows - most > n ? 0 : n - (grows - most);
			n = sim_below(fits + 1);
		}
	}
	if (n > 0) {
		struct change c = { .pid = sim_current_pid(), .offset = (size_t)offset, .n = n, .bytes = sim_alloc(n) };
		memcpy(c.bytes, p, n);
		record(i, c);
		sim_note(i->number);
		sim_note_bytes(p, n);
	}
	return n < whole ? SYS_NO_SPACE : 0;
}

int sim_inode_truncate(struct sim_inode *i, int64_t size)
{
	record(i, (struct change){ .pid = sim_current_pid(), .truncate = true, .offset = (size_t)size });
	return 0;
}

int sim_inode_sync(struct sim_inode *i)
{
	bool fails = sim_chance(sim.o.fsync_fail_chance);
	size_t left = 0;
	for (size_t n = 0; n < i->change_count; n++) {
		struct change c = i->changes[n];
		if (fails && (sim_draw() & 1))
			c.lost = true;
		if (c.lost || fails)
			i->changes[left++] = c;
		else {
			replay(&i->durable, &c, c.n);
			free(c.bytes);
		}
	}
	i->change_count = left;
	return fails ? SYS_IO : 0;
}

/* What the disk had by chance written before the lights went out. */
static void crash_content(struct sim_inode *i, int64_t pid)
{
	size_t left = 0;
	for (size_t n = 0; n < i->change_count; n++) {
		struct change c = i->changes[n];
		if (pid != 0 && c.pid != pid) {
			i->changes[left++] = c;
			continue;
		}
		bool torn = sim_chance(sim.o.torn_write_chance);
		bool kept = sim_draw() & 1;
		if (!c.lost && (kept || torn))
			replay(&i->durable, &c, torn && !c.truncate ? sim_below(c.n + 1) : c.n);
		free(c.bytes);
	}
	i->change_count = left;
	resize(&i->current, 0);
	resize(&i->current, i->durable.len);
	if (i->durable.len)
		memcpy(i->current.bytes, i->durable.bytes, i->durable.len);
	for (size_t n = 0; n < left; n++)
		replay(&i->current, &i->changes[n], i->changes[n].n);
}

void sim_disk_crash(int64_t pid)
{
	for (struct sim_inode *i = inodes; i; i = i->next)
		if (i->change_count > 0)
			crash_content(i, pid);
	crash_names(pid);
}

/* --- inodes -------------------------------------------------------------------------------------------------------------------------- */

static struct sim_inode *inode_new(bool directory)
{
	struct sim_inode *i = sim_alloc(sizeof(*i));
	*i = (struct sim_inode){ .number = next_inode++, .directory = directory, .modified = sys_wall(), .next = inodes };
	inodes = i;
	return i;
}

struct sim_inode *sim_create(const struct sim_path *path, bool directory)
{
	struct sim_inode *i = inode_new(directory);
	sim_name(SIM_LINK, (struct str){ 0 }, sim_path_str(path), i);
	return i;
}

bool sim_is_directory(const struct sim_inode *i) { return i->directory; }
bool sim_inode_is_named(const struct sim_inode *i)
{
	for (size_t n = 0; n < current_names.count; n++)
		if (current_names.items[n].inode == i)
			return true;
	return false;
}
uint64_t sim_inode_number(const struct sim_inode *i) { return i->number; }
int64_t sim_inode_modified(const struct sim_inode *i) { return i->modified; }
struct str sim_inode_bytes(const struct sim_inode *i) { return (struct str){ i->current.bytes, i->current.len }; }
void sim_inode_open(struct sim_inode *i, int change) { i->opens += change; }
int *sim_inode_lock(struct sim_inode *i) { return &i->lock; }

void sim_disk_start(void)
{
	next_inode = 1;
	struct sim_inode *root = inode_new(true);
	put(&current_names, STR("/"), root);
	put(&durable_names, STR("/"), root);
}

void sim_disk_stop(void)
{
	while (name_change_count)
		remove_change(name_change_count - 1);
	free(name_changes);
	name_changes = NULL;
	name_change_room = 0;
	clear_names(&current_names);
	clear_names(&durable_names);
	while (inodes) {
		struct sim_inode *i = inodes;
		inodes = i->next;
		for (size_t n = 0; n < i->change_count; n++)
			free(i->changes[n].bytes);
		free(i->changes);
		free(i->current.bytes);
		free(i->durable.bytes);
		free(i);
	}
}
