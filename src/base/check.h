/* Assertions about our own code, on in release builds. They are for bugs, never for input: what comes from outside is answered with
 * an error. A failed check prints place and condition to standard error and aborts; the node sees the exit and restarts the part. */
#ifndef PLEACH_BASE_CHECK_H
#define PLEACH_BASE_CHECK_H
_Noreturn void check_failed(const char *file, int line, const char *function, const char *what);
#define CHECK(condition)                                                                                                               \
	do {                                                                                                                           \
		if (__builtin_expect(!(condition), 0))                                                                                 \
			check_failed(__FILE__, __LINE__, __func__, #condition);                                                        \
	} while (0)
#define UNREACHABLE() check_failed(__FILE__, __LINE__, __func__, "unreachable")
#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
