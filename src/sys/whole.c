/* Whole files at once, on top of the calls of either platform. */
#include "base/check.h"
#include "sys/sys.h"
#include <stdio.h>

bool sys_read_file(struct str path, size_t limit, struct arena *a, struct str *out, struct err *e)
{
	int fd = sys_open(path, SYS_OPEN_READ);
	if (fd < 0)
		return sys_err(e, fd, "cannot open %.*s", STR_FMT(path));
	int64_t size = sys_size(fd);
	int64_t got = 0;
	char *p = NULL;
	bool ok = false;
	if (size < 0)
		sys_err(e, size, "cannot read %.*s", STR_FMT(path));
	else if ((uint64_t)size > limit)
		err_set(e, ERR_TOO_LARGE, "%.*s has %lld bytes; at most %zu are read", STR_FMT(path), (long long)size, limit);
	else if (!(p = arena_bytes(a, (size_t)size + 1)))
		err_set(e, ERR_NO_MEMORY, "%.*s has %lld bytes: more than the memory set aside for it", STR_FMT(path), (long long)size);
	else if ((got = sys_pread(fd, p, (size_t)size, 0)) < 0)
		sys_err(e, got, "cannot read %.*s", STR_FMT(path));
	else
		ok = true;
	sys_close(fd);
	if (!ok)
		return false;
	p[got] = 0; /* for whoever hands it to a library; not counted */
	*out = (struct str){ p, (size_t)got };
	return true;
}

static struct str directory_of(struct str path)
{
	size_t end = path.len;
	while (end > 0 && path.p[end - 1] != '/')
		end--;
	if (end == 0)
		return STR(".");
	return str_sub(path, 0, end > 1 ? end - 1 : 1);
}

bool sys_write_file(struct str path, struct str content, struct err *e)
{
	char beside[SYS_PATH_MAX + 1];
	/* The random part keeps two writers of one file apart; the loser's file is whole too. */
	int n = snprintf(beside, sizeof(beside), "%.*s.%016llx.tmp", STR_FMT(path), (unsigned long long)sys_random());
	if (n < 0 || (size_t)n >= sizeof(beside))
		return err_set(e, ERR_SYSTEM, "cannot write %.*s: the path is too long", STR_FMT(path));
	struct str temporary = { beside, (size_t)n };
	int fd = sys_open(temporary, SYS_OPEN_CREATE);
	if (fd < 0)
		return sys_err(e, fd, "cannot write %.*s", STR_FMT(path));
	int failed = sys_pwrite(fd, content.p, content.len, 0);
	if (failed == 0)
		failed = sys_fsync(fd);
	sys_close(fd);
	if (failed == 0)
		failed = sys_rename(temporary, path);
	if (failed < 0) {
		sys_unlink(temporary);
		return sys_err(e, failed, "cannot write %.*s", STR_FMT(path));
	}
	failed = sys_fsync_dir(directory_of(path));
	return failed == 0 || sys_err(e, failed, "cannot write %.*s", STR_FMT(path));
}
