/* Between the files of migrations*.c only (migrations.h). */
#ifndef PLEACH_PART_MIGRATIONS_IMPL_H
#define PLEACH_PART_MIGRATIONS_IMPL_H
#include "base/map.h"
#include "contract/usage/usage.h"
#include "model/lifetime.h"
#include "part/migrations.h"

#define DAY_MS (86400 * (int64_t)1000)
struct migration {
	struct str service, owner, contact;
	struct served served;            /* texts in the arena of the migrations; without steps */
	struct str successor_path;       /* empty: there is no successor */
	struct place place;
};
struct party { struct str name, owner, contact; };
struct migrations {
	struct contracts *contracts;
	const struct usage *usage;
	struct arena arena;              /* of what the fleet said last */
	struct migration *items;
	size_t count;
	struct party *parties;           /* services, sorted by name */
	size_t party_count;
	int64_t window_ms;
};

struct used { struct str operation; uint64_t calls; int64_t last_ms; };
struct caller {
	struct str consumer, owner, contact;
	uint64_t calls, failed;
	int64_t first_ms, last_ms;
	uint8_t trace[16];
	uint32_t days[MIGRATION_DAYS];
	struct used *operations;
	size_t count, capacity;
};
struct moved { struct str consumer, owner; int64_t last_old_ms, first_new_ms; };
enum migration_state { MIGRATION_PLANNED, MIGRATION_DEPRECATED, MIGRATION_DUE, MIGRATION_OVERDUE, MIGRATION_REMOVABLE };
/* What is seen of one migration at one moment; in an arena of the caller's. */
struct migration_view {
	const struct migration *of;
	enum migration_state state;
	int64_t days_left;               /* until the sunset; negative: since */
	struct caller *callers;          /* most calls first */
	size_t count, capacity;
	struct moved *moved;
	size_t moved_count, moved_capacity;
	int64_t watched_since_ms;        /* 0: calls are not watched */
	uint64_t outside_of_these;       /* callers that were not kept */
};
/* migrations_view.c */
bool migration_look(const struct migrations *m, const struct migration *x, int64_t now_ms, struct arena *a, struct migration_view *out);
const char *migration_state_name(enum migration_state s);
/* When a version that nobody calls is known to be one: calls have been watched for the whole window. */
bool migration_is_watched(const struct migrations *m, const struct migration_view *v, int64_t now_ms);
#endif
