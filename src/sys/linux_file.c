/* Files on Linux. New files are 0600 and new directories 0700: telemetry and configuration may hold what others should not read. */
#include "base/check.h"
#include "sys/linux.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LIST_MAX = 1 << 20 }; /* names of one directory */

int sys_open(struct str path, enum sys_open how)
{
	static const int flags[] = {
		[SYS_OPEN_READ] = O_RDONLY | O_NONBLOCK, /* a pipe with nobody at its other end is opened at once */
		[SYS_OPEN_APPEND] = O_WRONLY | O_APPEND | O_CREAT,
		[SYS_OPEN_CREATE] = O_RDWR | O_CREAT | O_EXCL,
		[SYS_OPEN_RW] = O_RDWR | O_CREAT,
	};
	struct linux_path p;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	int fd = RETRY(open(p.z, flags[how] | O_CLOEXEC | O_NOCTTY, 0600));
	return fd < 0 ? linux_failed() : fd;
}

int64_t sys_pread(int fd, void *p, size_t n, int64_t offset)
{
	size_t got = 0;
	while (got < n) {
		ssize_t r = RETRY(pread(fd, (char *)p + got, n - got, offset + (int64_t)got));
		if (r < 0)
			return linux_failed();
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (int64_t)got;
}

int sys_pwrite(int fd, const void *p, size_t n, int64_t offset)
{
	size_t done = 0;
	while (done < n) {
		ssize_t r = RETRY(pwrite(fd, (const char *)p + done, n - done, offset + (int64_t)done));
		if (r < 0)
			return linux_failed();
		if (r == 0)
			return SYS_IO;
		done += (size_t)r;
	}
	return 0;
}

int sys_append(int fd, const struct sys_iovec *v, int count)
{
	struct iovec left[SYS_IOV_MAX];
	CHECK(count >= 0 && count <= SYS_IOV_MAX);
	memcpy(left, v, (size_t)count * sizeof(*v));
	for (int i = 0; i < count;) {
		ssize_t r = RETRY(writev(fd, left + i, count - i));
		if (r < 0)
			return linux_failed();
		size_t n = (size_t)r;
		while (i < count && n >= left[i].iov_len)
			n -= left[i++].iov_len;
		if (i < count) {
			left[i].iov_base = (char *)left[i].iov_base + n;
			left[i].iov_len -= n;
			if (r == 0)
				return SYS_IO;
		}
	}
	return 0;
}

/* fdatasync also writes the size, and spares the times. */
int sys_fsync(int fd) { return RETRY(fdatasync(fd)) < 0 ? linux_failed() : 0; }

int sys_fsync_dir(struct str path)
{
	struct linux_path p;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	int fd = RETRY(open(p.z, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return linux_failed();
	int code = RETRY(fsync(fd)) < 0 ? linux_failed() : 0;
	close(fd);
	return code;
}

int sys_truncate(int fd, int64_t size) { return RETRY(ftruncate(fd, size)) < 0 ? linux_failed() : 0; }

int64_t sys_size(int fd)
{
	struct stat st;
	return fstat(fd, &st) < 0 ? linux_failed() : st.st_size;
}

static int two_paths(struct str from, struct str to, int (*call)(const char *, const char *))
{
	struct linux_path f, t;
	if (!linux_path(&f, from) || !linux_path(&t, to))
		return SYS_INVALID;
	return call(f.z, t.z) < 0 ? linux_failed() : 0;
}

int sys_rename(struct str from, struct str to) { return two_paths(from, to, rename); }
int sys_link(struct str from, struct str to) { return two_paths(from, to, link); }

int sys_unlink(struct str path)
{
	struct linux_path p;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	return unlink(p.z) < 0 ? linux_failed() : 0;
}

int sys_rmdir(struct str path)
{
	struct linux_path p;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	return rmdir(p.z) < 0 ? linux_failed() : 0;
}

static int make_one(const char *path)
{
	struct stat st;
	if (mkdir(path, 0700) == 0)
		return 0;
	int error = errno;
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : SYS_NOT_DIRECTORY;
	return linux_code(error);
}

int sys_mkdir(struct str path)
{
	struct linux_path p;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	int code = make_one(p.z);
	if (code != SYS_NOT_FOUND)
		return code;
	for (char *slash = strchr(p.z + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		code = make_one(p.z);
		*slash = '/';
		if (code < 0)
			return code;
	}
	return make_one(p.z);
}

static struct sys_stat stat_of(const struct stat *st)
{
	return (struct sys_stat){
		.size = st->st_size,
		.modified = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.device = st->st_dev,
		.inode = st->st_ino,
		.directory = S_ISDIR(st->st_mode),
		.regular = S_ISREG(st->st_mode),
		.executable = S_ISREG(st->st_mode) && (st->st_mode & 0111),
		.unlinked = st->st_nlink == 0,
	};
}

int sys_stat(struct str path, struct sys_stat *out)
{
	struct linux_path p;
	struct stat st;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	if (stat(p.z, &st) < 0)
		return linux_failed();
	*out = stat_of(&st);
	return 0;
}

bool sys_is_link(struct str path)
{
	struct linux_path p;
	struct stat st;
	return linux_path(&p, path) && lstat(p.z, &st) == 0 && S_ISLNK(st.st_mode);
}

int sys_fstat(int fd, struct sys_stat *out)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return linux_failed();
	*out = stat_of(&st);
	return 0;
}

struct listing {
	char **names; /* the first byte says whether it is a directory */
	size_t count, capacity;
};

static bool listing_add(struct listing *l, const char *name, bool directory)
{
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? l->capacity * 2 : 64;
		char **names = capacity > LIST_MAX ? NULL : realloc(l->names, capacity * sizeof(*names));
		if (!names)
			return false;
		l->names = names;
		l->capacity = capacity;
	}
	size_t n = strlen(name) + 1;
	char *copy = malloc(n + 1);
	if (!copy)
		return false;
	copy[0] = directory;
	memcpy(copy + 1, name, n);
	l->names[l->count++] = copy;
	return true;
}

static int listing_order(const void *a, const void *b) { return strcmp(*(char *const *)a + 1, *(char *const *)b + 1); }

static bool is_directory(DIR *d, const struct dirent *e)
{
	struct stat st;
	if (e->d_type != DT_UNKNOWN && e->d_type != DT_LNK)
		return e->d_type == DT_DIR;
	return fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

int sys_list(struct str path, bool (*fn)(void *ctx, struct str name, bool directory), void *ctx)
{
	struct linux_path p;
	struct listing l = { 0 };
	struct dirent *e;
	bool whole = true;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	DIR *d = opendir(p.z);
	if (!d)
		return linux_failed();
	while (whole && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			whole = listing_add(&l, e->d_name, is_directory(d, e));
	closedir(d);
	if (whole && l.count)
		qsort(l.names, l.count, sizeof(*l.names), listing_order);
	for (size_t i = 0; whole && i < l.count; i++)
		if (!fn(ctx, str_z(l.names[i] + 1), l.names[i][0]))
			break;
	for (size_t i = 0; i < l.count; i++)
		free(l.names[i]);
	free(l.names);
	return whole ? 0 : SYS_LIMIT;
}

int sys_map(int fd, struct str *out)
{
	int64_t size = sys_size(fd);
	if (size < 0)
		return (int)size;
	if (size == 0) {
		*out = STR("");
		return 0;
	}
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return linux_failed();
	*out = (struct str){ p, (size_t)size };
	return 0;
}

void sys_unmap(struct str mapping)
{
	if (mapping.len > 0)
		munmap((void *)(uintptr_t)mapping.p, mapping.len);
}

int sys_lock_file(struct str path)
{
	int fd = sys_open(path, SYS_OPEN_RW);
	if (fd < 0)
		return fd;
	if (RETRY(flock(fd, LOCK_EX | LOCK_NB)) < 0) {
		int code = errno == EWOULDBLOCK ? SYS_IN_USE : linux_failed();
		close(fd);
		return code;
	}
	return fd;
}

int64_t sys_disk_free(struct str path)
{
	struct linux_path p;
	struct statvfs v;
	if (!linux_path(&p, path))
		return SYS_INVALID;
	if (RETRY(statvfs(p.z, &v)) < 0)
		return linux_failed();
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}
