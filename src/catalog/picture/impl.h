/* Between the files of this folder only (picture.h). */
#ifndef PLEACH_CATALOG_PICTURE_IMPL_H
#define PLEACH_CATALOG_PICTURE_IMPL_H
#include "base/map.h"
#include "catalog/picture/picture.h"

/* What is gathered of a service before it is judged. */
struct gathered {
	struct picture_service service;
	struct catalog_claim *claims;
	size_t claims_count, claims_capacity;
	const struct unit *units[8];           /* of the same service in several repositories */
	size_t units_count;
};
struct making {
	struct picture *p;
	const struct picture_sources *from;
	struct gathered *list;
	size_t count, capacity;
	bool watched;                          /* who observes sees the fleet */
	struct map names;                      /* folded name or alias to number + 1 in the list */
	struct map teams;                      /* folded name to number + 1 of the team */
	struct map people;                     /* folded name, mail or "@login" of a member to number + 1 of the team */
};
/* names.c: names as they are compared: lower case, '_' and blanks as '-'. In the arena. */
struct str name_folded(struct arena *a, struct str name);
/* "group:default/payments", "@shop/payments", "team:payments" are payments; a person stays as written unless a team has such a member. */
struct str owner_name(struct making *m, struct str raw);
/* Of a person who commits; NULL: of no team that is known. */
struct picture_team *team_of_person(struct making *m, struct str name, struct str mail);
/* teams.c */
bool teams_gather(struct making *m);
void teams_count(struct making *m);
/* gather.c: fills the list. */
bool services_gather(struct making *m);
/* identity.c */
bool identities_keep(struct making *m);
/* values.c: what is believed, the owner, conflicts. */
void service_values(struct making *m, struct gathered *g);
/* contacts.c: who answered, of services whose owners are known. */
void contacts_find(struct making *m);
/* orphans.c: services_watched when values and calls are known, then each. */
bool services_watched(struct making *m);
void orphan_judge(struct making *m, struct picture_service *s);
#endif
