/* Giving up rights for good (sys_confine): before files of strangers are read. Landlock (Linux 5.13 and later), and limits that every kernel has. */
#include "sys/linux.h"
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	WRITES = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	EXECUTES = LANDLOCK_ACCESS_FS_EXECUTE,
	CPU_SECONDS = 900
};

/* Where there is no such path nothing is allowed, which is all that is asked. */
static void allow(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr a = { .allowed_access = access, .parent_fd = open(path, O_PATH | O_CLOEXEC) };
	if (a.parent_fd < 0)
		return;
	syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
	close(a.parent_fd);
}

static void allow_programs(int rules)
{
	static const char *const folders[] = { "/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt" };
	char *path = getenv("PATH") ? strdup(getenv("PATH")) : NULL, *rest = NULL;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		allow(rules, folders[i], EXECUTES);
	for (char *p = path ? strtok_r(path, ":", &rest) : NULL; p; p = strtok_r(NULL, ":", &rest))
		if (p[0] == '/')
			allow(rules, p, EXECUTES);
	free(path);
}

static void limit(int what, rlim_t most)
{
	struct rlimit now;
	if (getrlimit(what, &now) < 0)
		return;
	now.rlim_max = now.rlim_max < most ? now.rlim_max : most;
	now.rlim_cur = now.rlim_max;
	setrlimit(what, &now);
}

bool sys_confine(void)
{
	struct landlock_ruleset_attr handled = { .handled_access_fs = WRITES | EXECUTES };
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, CPU_SECONDS);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (rules < 0) {
		limit(RLIMIT_FSIZE, 0); /* holds for files that are handed in too, so only where there is nothing better */
		return false;
	}
	allow(rules, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE);
	allow_programs(rules);
	bool ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return ok;
}

int64_t sys_handles(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return 256; /* what POSIX promises is less; every system has this */
	struct rlimit most = { l.rlim_max, l.rlim_max };
	if (l.rlim_cur < l.rlim_max && setrlimit(RLIMIT_NOFILE, &most) == 0)
		l = most;
	return l.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)l.rlim_cur;
}

int sys_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (int)n : 1;
}
