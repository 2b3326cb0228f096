/* Between the files of consumers*.c only (consumers.h). */
#ifndef PLEACH_PART_CONSUMERS_IMPL_H
#define PLEACH_PART_CONSUMERS_IMPL_H
#include "base/json.h"
#include "part/consumers.h"

/* What is copied of the catalogue; sorted by name, as services of a fleet are. */
struct known_service {
	struct str name, owner, contact, directory;
	struct served *serves;
	size_t serves_count;
	struct str *calls;           /* names of the services that it says it calls */
	size_t calls_count;
};
struct consumers {
	struct loop *loop;
	struct usage *usage;
	struct contracts *contracts;
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
	struct arena arena;          /* of what is copied */
	struct known_service *services;
	size_t count;
	int64_t window_ms;
	uint32_t threshold;
	struct str *environments;
	size_t environments_count;
	struct timer watch;          /* looks which versions have operations, and forgets what is old */
};
const struct known_service *consumers_service(const struct consumers *c, struct str name);
#endif
