/* Gives a service to a team, in the file that says whose it is: the line of the owner where one stands, else a new line in the file that declares the service, else a new service.yaml beside its code.
 * Only a file of a working tree on this machine is changed, and only if it then says what was wanted; committing it is the person's. */
#ifndef PLEACH_PART_CATALOG_ASSIGN_H
#define PLEACH_PART_CATALOG_ASSIGN_H
#include "catalog/picture/picture.h"

struct assigned { struct str file /* absolute */; uint32_t line; bool created; struct str before /* owner before; empty: none */; };
/* False with e: there is no such place, or the file cannot be changed; nothing is changed then. Texts are the arena's. fleet: NULL, none. */
bool catalog_assign(const struct picture_service *s, const struct fleet *fleet, struct str team, struct arena *a, struct assigned *out, struct err *e);
#endif
