/* The file calls of the simulator: handles and names on top of sim_disk.c, and the point of death of sim_crash_at_write. */
#include "sys/sim_impl.h"
#include <stdlib.h>

struct open_file {
	struct sim_inode *inode;
	bool writable, append, locked;
};

/* --- sim_crash_at_write --------------------------------------------------------------------------------------------------------------- */

static bool last_change;

static void die(struct sim_proc *p) { sim_end(p, p->writes_lose ? SIM_CRASHED : SIM_KILLED, 9); }

/* Before each change: when it is the process's last, the seed says whether it still happens. */
static void changing(void)
{
	struct sim_proc *p = sim_current();
	last_change = false;
	if (!p || !p->writes_left || --p->writes_left)
		return;
	last_change = sim_draw() & 1;
	if (!last_change)
		die(p);
}

static int changed(int code)
{
	if (last_change) {
		last_change = false;
		die(sim_current());
	}
	return code;
}

/* --- handles -------------------------------------------------------------------------------------------------------------------------- */

static struct open_file *file_of(int fd)
{
	struct sim_handle *h = sim_handle(fd);
	CHECK(h->kind == SIM_FILE);
	return h->object;
}

void sim_file_close(struct sim_handle *h)
{
	struct open_file *f = h->object;
	sim_inode_open(f->inode, -1);
	if (f->locked)
		*sim_inode_lock(f->inode) = 0;
	free(f);
}

static int new_handle(struct sim_inode *i, enum sys_open how)
{
	struct open_file *f = sim_alloc(sizeof(*f));
	*f = (struct open_file){ i, how != SYS_OPEN_READ, how == SYS_OPEN_APPEND, false };
	sim_inode_open(i, 1);
	return sim_handle_new(SIM_FILE, f)->fd;
}

/* 0 when the path's directory is there. */
static int check_parent(const struct sim_path *p)
{
	for (struct str at = sim_parent(p);;) {
		const struct sim_inode *parent = sim_lookup(at);
		if (parent)
			return sim_is_directory(parent) ? (at.len == sim_parent(p).len ? 0 : SYS_NOT_FOUND) : SYS_NOT_DIRECTORY;
		struct sim_path up;
		CHECK(sim_path(&up, at));
		at = str_sub(at, 0, sim_parent(&up).len);
	}
}

int sys_open(struct str path, enum sys_open how)
{
	struct sim_path p;
	if (!sim_path(&p, path))
		return SYS_INVALID;
	struct sim_inode *i = sim_lookup(sim_path_str(&p));
	if (i) {
		if (how == SYS_OPEN_CREATE)
			return SYS_EXISTS;
		return sim_is_directory(i) ? SYS_IS_DIRECTORY : new_handle(i, how);
	}
	int code = check_parent(&p);
	if (code < 0)
		return code;
	if (how == SYS_OPEN_READ)
		return SYS_NOT_FOUND;
	if (sim.o.disk_capacity > 0 && sim_disk_used() >= sim.o.disk_capacity)
		return SYS_NO_SPACE;
	changing();
	i = sim_create(&p, false);
	changed(0);
	return new_handle(i, how);
}

int64_t sys_pread(int fd, void *p, size_t n, int64_t offset)
{
	struct str bytes = sim_inode_bytes(file_of(fd)->inode);
	CHECK(offset >= 0);
	struct str part = str_sub(bytes, (size_t)offset, (size_t)offset + n);
	if (part.len)
		memcpy(p, part.p, part.len);
	return (int64_t)part.len;
}

int sys_pwrite(int fd, const void *p, size_t n, int64_t offset)
{
	struct open_file *f = file_of(fd);
	CHECK(offset >= 0);
	if (!f->writable || f->append)
		return SYS_INVALID;
	changing();
	return changed(sim_inode_write(f->inode, p, n, offset));
}

int sys_append(int fd, const struct sys_iovec *v, int count)
{
	struct open_file *f = file_of(fd);
	struct buf joined;
	CHECK(count >= 0 && count <= SYS_IOV_MAX);
	if (!f->append)
		return SYS_INVALID;
	changing();
	buf_init(&joined, (size_t)1 << 30);
	for (int i = 0; i < count; i++)
		buf_add_bytes(&joined, v[i].p, v[i].n);
	CHECK(buf_ok(&joined));
	int code = sim_inode_write(f->inode, buf_str(&joined).p, joined.len, (int64_t)sim_inode_bytes(f->inode).len);
	buf_release(&joined);
	return changed(code);
}

int sys_fsync(int fd)
{
	struct open_file *f = file_of(fd);
	changing();
	return changed(sim_inode_sync(f->inode));
}

int sys_fsync_dir(struct str path)
{
	struct sim_path p;
	if (!sim_path(&p, path))
		return SYS_INVALID;
	const struct sim_inode *i = sim_lookup(sim_path_str(&p));
	if (!i)
		return SYS_NOT_FOUND;
	if (!sim_is_directory(i))
		return SYS_NOT_DIRECTORY;
	changing();
	if (sim_chance(sim.o.fsync_fail_chance))
		return changed(SYS_IO);
	sim_sync_names(sim_path_str(&p));
	return changed(0);
}

int sys_truncate(int fd, int64_t size)
{
	struct open_file *f = file_of(fd);
	if (!f->writable || size < 0)
		return SYS_INVALID;
	changing();
	return changed(sim_inode_truncate(f->inode, size));
}

int64_t sys_size(int fd) { return (int64_t)sim_inode_bytes(file_of(fd)->inode).len; }

/* --- names ----------------------------------------------------------------------------------------------------------------------------- */

int sys_rename(struct str from, struct str to)
{
	struct sim_path f, t;
	if (!sim_path(&f, from) || !sim_path(&t, to))
		return SYS_INVALID;
	struct sim_inode *i = sim_lookup(sim_path_str(&f)), *over = sim_lookup(sim_path_str(&t));
	int code = i ? check_parent(&t) : SYS_NOT_FOUND;
	if (code < 0)
		return code;
	if (over == i)
		return 0;
	if (over && sim_is_directory(over) != sim_is_directory(i))
		return sim_is_directory(over) ? SYS_IS_DIRECTORY : SYS_NOT_DIRECTORY;
	if (over && sim_is_directory(over) && !sim_directory_empty(sim_path_str(&t)))
		return SYS_EXISTS;
	changing();
	sim_name(SIM_RENAME, sim_path_str(&f), sim_path_str(&t), i);
	return changed(0);
}

int sys_link(struct str from, struct str to)
{
	struct sim_path f, t;
	if (!sim_path(&f, from) || !sim_path(&t, to))
		return SYS_INVALID;
	struct sim_inode *i = sim_lookup(sim_path_str(&f));
	int code = i ? check_parent(&t) : SYS_NOT_FOUND;
	if (code < 0)
		return code;
	if (sim_is_directory(i))
		return SYS_ACCESS;
	if (sim_lookup(sim_path_str(&t)))
		return SYS_EXISTS;
	changing();
	sim_name(SIM_LINK, (struct str){ 0 }, sim_path_str(&t), i);
	return changed(0);
}

static int remove_name(struct str path, bool directory)
{
	struct sim_path p;
	if (!sim_path(&p, path))
		return SYS_INVALID;
	struct sim_inode *i = sim_lookup(sim_path_str(&p));
	if (!i) {
		int code = check_parent(&p);
		return code < 0 ? code : SYS_NOT_FOUND;
	}
	if (sim_is_directory(i) != directory)
		return directory ? SYS_NOT_DIRECTORY : SYS_IS_DIRECTORY;
	if (directory && !sim_directory_empty(sim_path_str(&p)))
		return SYS_EXISTS;
	changing();
	sim_name(SIM_UNLINK, sim_path_str(&p), (struct str){ 0 }, i);
	return changed(0);
}

int sys_unlink(struct str path) { return remove_name(path, false); }
int sys_rmdir(struct str path) { return remove_name(path, true); }

int sys_mkdir(struct str path)
{
	struct sim_path p, part;
	if (!sim_path(&p, path))
		return SYS_INVALID;
	for (size_t end = 1; end <= p.len; end++) {
		if (end < p.len && p.z[end] != '/')
			continue;
		CHECK(sim_path(&part, str_from(p.z, end)));
		const struct sim_inode *i = sim_lookup(sim_path_str(&part));
		if (i && !sim_is_directory(i))
			return SYS_NOT_DIRECTORY;
		if (i)
			continue;
		changing();
		sim_create(&part, true);
		changed(0);
	}
	return 0;
}

static struct sys_stat stat_of(const struct sim_inode *i)
{
	return (struct sys_stat){
		.size = (int64_t)sim_inode_bytes(i).len,
		.modified = sim_inode_modified(i),
		.device = 1,
		.inode = sim_inode_number(i),
		.directory = sim_is_directory(i),
		.regular = !sim_is_directory(i),
		.unlinked = !sim_inode_is_named(i),
	};
}

bool sys_is_link(struct str path)
{
	(void)path;
	return false;
}

int sys_fstat(int fd, struct sys_stat *st)
{
	*st = stat_of(file_of(fd)->inode);
	return 0;
}

int sys_stat(struct str path, struct sys_stat *st)
{
	struct sim_path p;
	if (!sim_path(&p, path))
		return SYS_INVALID;
	const struct sim_inode *i = sim_lookup(sim_path_str(&p));
	if (!i) {
		int code = check_parent(&p);
		return code < 0 ? code : SYS_NOT_FOUND;
	}
	*st = stat_of(i);
	return 0;
}

int sys_list(struct str path, bool (*fn)(void *ctx, struct str name, bool directory), void *ctx)
{
	struct sim_path p;
	if (!sim_path(&p, path))
		return SYS_INVALID;
	const struct sim_inode *i = sim_lookup(sim_path_str(&p));
	if (!i)
		return SYS_NOT_FOUND;
	if (!sim_is_directory(i))
		return SYS_NOT_DIRECTORY;
	sim_each_name(sim_path_str(&p), fn, ctx);
	return 0;
}

/* --- mappings, locks, room --------------------------------------------------------------------------------------------------------------- */

int sys_map(int fd, struct str *out)
{
	struct str bytes = sim_inode_bytes(file_of(fd)->inode);
	if (bytes.len == 0) {
		*out = STR("");
		return 0;
	}
	char *copy = sim_alloc(bytes.len);
	memcpy(copy, bytes.p, bytes.len);
	*out = (struct str){ copy, bytes.len };
	return 0;
}

void sys_unmap(struct str mapping)
{
	if (mapping.len > 0)
		free((void *)(uintptr_t)mapping.p);
}

int sys_lock_file(struct str path)
{
	int fd = sys_open(path, SYS_OPEN_RW);
	if (fd < 0)
		return fd;
	struct open_file *f = file_of(fd);
	int *holder = sim_inode_lock(f->inode);
	if (*holder != 0) {
		sys_close(fd);
		return SYS_IN_USE;
	}
	*holder = fd;
	f->locked = true;
	return fd;
}

int64_t sys_disk_free(struct str path)
{
	(void)path;
	if (sim.o.disk_capacity == 0)
		return (int64_t)1 << 40;
	int64_t left = sim.o.disk_capacity - sim_disk_used();
	return left > 0 ? left : 0;
}
