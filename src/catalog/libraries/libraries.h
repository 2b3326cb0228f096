/* The same capability by different libraries: from what lock files say of services (catalog/packages) and whose they are (catalog/picture) to choices, and which of them differ between teams.
 *
 * A choice is a capability within an ecosystem: libraries of npm are no alternative for somebody who writes Go. A family is libraries that count as one, as they come from one hand and complete each other:
 * of one publisher (npm's scope, Maven's group, Go's host and owner, Composer's vendor), of one project (tbl/library_families.h), of one row of tbl/capabilities.h that ends with `*`, or one name the
 * beginning of the other ("redis", "redis-om").
 * A choice is divided where at least two teams use anything for it and there is more than one family.
 *
 * Pure. Everything lives in the arena that is given; texts are those of the picture and of the packages, which must live as long. */
#ifndef PLEACH_CATALOG_LIBRARIES_LIBRARIES_H
#define PLEACH_CATALOG_LIBRARIES_LIBRARIES_H
#include "catalog/packages/capabilities.h"
#include "catalog/picture/picture.h"

/* What a lock file says. service: empty where the file lies above all services of its repository (a workspace's): it is the repository's as a whole then. */
struct library_found { struct str service, repository /* path */, file; uint32_t line; enum package_use use; const struct package *package; };

/* Who uses libraries: a service, or a repository as a whole. */
struct library_user {
	struct str name, repository, owner, contact;  /* owner of a whole repository: that of all its services, if they have one and the same */
	const struct picture_service *service;        /* NULL: a whole repository */
	const struct picture_person *person;          /* with the most commits of the last year; NULL: nobody is active */
	bool asleep;                                  /* nobody has committed to it for a year; not where that is unknown */
	size_t team;                                  /* number in libraries->teams; SIZE_MAX: nobody's */
};
struct library_use { size_t user; struct str version, file; uint32_t line; bool told; /* the file says that it is asked for, not only brought in by another */ };
struct library { struct str name; size_t family /* number within the choice */, users, teams; struct library_use *uses; size_t uses_count; };
struct library_choice {
	enum capability capability;
	enum package_type type;
	struct library *items;         /* most used first */
	size_t count, families, users, teams;
	struct str *family;            /* names: of the most used library of each */
	size_t apart;                  /* teams that use none of the family that most teams use */
	struct str common;             /* that family */
	bool divided;
	size_t ask, ask_users;         /* the user whose owner (or who) has solved it most often, and how often */
};
struct libraries {
	struct library_choice *items;  /* divided ones first, those with most teams apart, then by families and users */
	size_t count, capacity;
	struct library_user *users;    /* all services, in the picture's order; behind them repositories as a whole that have a lock file */
	size_t users_count, users_capacity, services_count;
	struct str *teams;
	size_t teams_count, teams_capacity;
	size_t divided;
};
/* Packages without capability and transitive ones do not count. False where memory ends. */
bool libraries_make(struct libraries *l, struct arena *a, const struct picture *p, const struct library_found *found, size_t count);
/* The members "choices", "divided" of schema "Libraries", into the object that is open. */
void libraries_json(struct json_out *o, const struct libraries *l);
/* Whether two libraries of one choice are one family. */
bool libraries_related(enum package_type type, struct str a, struct str b);
/* For the files of this folder: all services as users, and the user of a service or whole repository (made where it is new); SIZE_MAX: no such service, or memory ends. */
bool libraries_users(struct libraries *l, struct arena *a, const struct picture *p);
size_t libraries_user(struct libraries *l, struct arena *a, const struct picture *p, struct str service, struct str repository);
#endif
