/* Snapshots for the tests, simulations and benchmarks of the node, from a few words a service. */
#ifndef NODE_SNAPSHOT_H
#define NODE_SNAPSHOT_H
#include "base/check.h"
#include "model/snapshot.h"

enum { WANT_WORDS = 12, WANT_CALLS = 4 };
struct want {
	const char *name;
	const char *command[WANT_WORDS]; /* up to the first NULL */
	uint32_t instances;              /* 0: 1 */
	const char *health;
	const char *env[WANT_WORDS];
	const char *calls[WANT_CALLS];
	const char *version;             /* of what it serves */
	int64_t grace;                   /* ns; 0: 10 s */
	int64_t memory;
	double cpus;
	const char *directory;
};

static inline size_t want_strs(struct arena *a, const char *const *from, size_t most, struct str **to)
{
	size_t n = 0;
	*to = ARENA_ARRAY(a, most, struct str);
	CHECK(*to);
	for (; n < most && from[n]; n++)
		(*to)[n] = arena_str(a, str_z(from[n]));
	return n;
}

static inline void want_service(struct arena *a, const struct want *w, struct snap_service *s)
{
	*s = (struct snap_service){ .name = arena_str(a, str_z(w->name)), .directory = arena_str(a, str_z(w->directory ? w->directory : "/")) };
	s->run = (struct run){ .present = true, .instances = w->instances ? w->instances : 1, .health = arena_str(a, str_z(w->health)) };
	s->run.command_count = want_strs(a, w->command, WANT_WORDS, &s->run.command);
	s->run.env_count = want_strs(a, w->env, WANT_WORDS, &s->run.env);
	s->run.stop_grace = w->grace ? w->grace : (int64_t)10 * 1000000000;
	s->run.memory = w->memory;
	s->run.cpus = w->cpus;
	s->serves = ARENA_ARRAY(a, 1, struct served);
	s->calls = ARENA_ARRAY(a, WANT_CALLS, struct snap_call);
	CHECK(s->serves && s->calls);
	s->serves[0] = (struct served){ .version = arena_str(a, str_z(w->version ? w->version : "v1")), .path = STR("/") };
	s->serves_count = 1;
	for (; s->calls_count < WANT_CALLS && w->calls[s->calls_count]; s->calls_count++)
		s->calls[s->calls_count] = (struct snap_call){
			.callee = arena_str(a, str_z(w->calls[s->calls_count])),
			.listen = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 }, .port = (uint16_t)(18100 + s->calls_count) },
		};
}

/* With one reference. The wants must be sorted by name. */
static inline struct snapshot *want_snapshot(uint64_t version, const struct want *wants, size_t n)
{
	struct arena a;
	arena_init(&a, SNAPSHOT_MAX_MEMORY);
	struct snapshot *s = ARENA_NEW(&a, struct snapshot);
	CHECK(s);
	s->arena = a; /* it lives in its own arena */
	s->references = 1;
	s->version = s->fleet_version = version;
	s->fleet = STR("test");
	s->otlp = (struct sys_addr){ .family = SYS_IPV4, .ip = { 127, 0, 0, 1 }, .port = 4318 };
	s->services = ARENA_ARRAY(&s->arena, n ? n : 1, struct snap_service);
	CHECK(s->services);
	s->services_count = n;
	for (size_t i = 0; i < n; i++)
		want_service(&s->arena, &wants[i], &s->services[i]);
	return s;
}
#endif
