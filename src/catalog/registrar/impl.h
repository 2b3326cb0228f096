/* Shared by the registrar's files. */
#ifndef PLEACH_CATALOG_REGISTRAR_IMPL_H
#define PLEACH_CATALOG_REGISTRAR_IMPL_H
#include "catalog/registrar/registrar.h"

void registered_free(struct registered *s);
/* Takes it over, whatever comes of it. */
bool registrar_add(struct registrar *r, struct registered *s, struct err *e);
enum instance_health registered_health(const struct registered *s);
/* It stands for the service's maintenance: its output is the reason, which Consul shows as notes. */
static inline bool check_rests(const struct registered_check *c) { return str_eq(c->type, STR("maintenance")); }
#endif
