/* What both platforms share about failures: the words of the SYS_E codes and their translation into a struct err. */
#include "sys/sys.h"
#include <stdarg.h>
#include <stdio.h>

const char *sys_strerror(int64_t code)
{
	switch (code) {
	case SYS_AGAIN: return "not ready yet";
	case SYS_REFUSED: return "connection refused";
	case SYS_RESET: return "connection reset by the other side";
	case SYS_TIMEDOUT: return "no answer in time";
	case SYS_UNREACHABLE: return "no route to the host";
	case SYS_IN_USE: return "already in use";
	case SYS_NO_SPACE: return "no space left on the disk";
	case SYS_NOT_FOUND: return "no such file, directory or process";
	case SYS_EXISTS: return "exists already";
	case SYS_ACCESS: return "not permitted";
	case SYS_LIMIT: return "the system's limit of memory, handles or processes is reached";
	case SYS_INVALID: return "invalid argument";
	case SYS_IO: return "input/output error";
	case SYS_NOT_DIRECTORY: return "not a directory";
	case SYS_IS_DIRECTORY: return "is a directory";
	case SYS_NOT_EXECUTABLE: return "not an executable file";
	case SYS_OTHER: return "the system refused";
	default: return code >= 0 ? "no error" : "unknown error";
	}
}

static enum err_code class_of(int64_t code)
{
	switch (code) {
	case SYS_NO_SPACE: return ERR_DISK_FULL;
	case SYS_NOT_FOUND: return ERR_NOT_FOUND;
	case SYS_IN_USE: return ERR_PORT_TAKEN;
	default: return ERR_SYSTEM;
	}
}

bool sys_err(struct err *e, int64_t code, const char *format, ...)
{
	char what[sizeof(e->message)];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return err_set(e, class_of(code), "%s: %s", what, sys_strerror(code));
}
