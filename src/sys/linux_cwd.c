/* The working directory, changed once by the command line so that the paths under .pleach are short (a Unix socket's path has 108 bytes). */
#include "sys/linux.h"
#include <errno.h>
#include <unistd.h>

int sys_chdir(struct str path)
{
	char z[SYS_PATH_MAX];
	if (path.len >= sizeof(z))
		return SYS_INVALID;
	memcpy(z, path.p, path.len);
	z[path.len] = 0;
	return chdir(z) == 0 ? 0 : errno == ENOENT ? SYS_NOT_FOUND : errno == ENOTDIR ? SYS_NOT_DIRECTORY : errno == EACCES ? SYS_ACCESS : SYS_OTHER;
}
