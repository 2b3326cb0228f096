/* Changes in directories in the simulator: a watch knows which of its directories were touched, not by what. One in five hints is lost: whoever
 * follows files must not rely on them. */
#include "sys/sim_impl.h"
#include <stdlib.h>

#define LOST_CHANCE 0.2
struct directory { char *path; size_t len; bool touched; };
struct watch {
	struct sim_handle *handle;
	struct directory *items; /* path NULL: removed */
	size_t count, room;
	struct watch *next;
};
static struct watch *watches;

static struct watch *watch_of(int fd)
{
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_WATCH);
	return h->object;
}

int sys_watch_new(void)
{
	struct watch *w = sim_alloc(sizeof(*w));
	w->handle = sim_handle_new(SIM_WATCH, w);
	w->next = watches;
	watches = w;
	return w->handle->fd;
}

int sys_watch_add(int watch, struct str directory)
{
	struct watch *w = watch_of(watch);
	struct sim_path p;
	if (!sim_path(&p, directory))
		return SYS_INVALID;
	const struct sim_inode *inode = sim_lookup(sim_path_str(&p));
	if (!inode)
		return SYS_NOT_FOUND;
	if (!sim_is_directory(inode))
		return SYS_NOT_DIRECTORY;
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].path && str_eq(str_from(w->items[i].path, w->items[i].len), sim_path_str(&p)))
			return (int)i;
	SIM_GROW(w->items, w->count, w->room);
	w->items[w->count] = (struct directory){ sim_alloc(p.len + 1), p.len, false };
	memcpy(w->items[w->count].path, p.z, p.len);
	return (int)w->count++;
}

void sys_watch_remove(int watch, int directory)
{
	struct watch *w = watch_of(watch);
	CHECK(directory >= 0 && (size_t)directory < w->count);
	free(w->items[directory].path);
	w->items[directory].path = NULL;
	w->items[directory].touched = false;
}

int sys_watch_next(int watch, struct sys_change *c)
{
	struct watch *w = watch_of(watch);
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].touched) {
			w->items[i].touched = false;
			*c = (struct sys_change){ .directory = (int)i, .name = STR(""), .names = true };
			return 0;
		}
	return SYS_AGAIN;
}

uint32_t sim_watch_level(const struct sim_handle *h)
{
	const struct watch *w = h->object;
	for (size_t i = 0; i < w->count; i++)
		if (w->items[i].touched)
			return SYS_READABLE;
	return 0;
}

void sim_watch_touch(struct str directory)
{
	for (struct watch *w = watches; w; w = w->next)
		for (size_t i = 0; i < w->count; i++) {
			struct directory *d = &w->items[i];
			if (!d->path || !str_eq(str_from(d->path, d->len), directory) || sim_chance(LOST_CHANCE))
				continue;
			d->touched = true;
			sim_wake_handle(w->handle);
		}
}

bool sim_watch_any(void) { return watches != NULL; }

void sim_watch_close(struct sim_handle *h)
{
	struct watch *w = h->object, **at = &watches;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	for (size_t i = 0; i < w->count; i++)
		free(w->items[i].path);
	free(w->items);
	free(w);
}
