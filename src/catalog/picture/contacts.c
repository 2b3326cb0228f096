/* Who answers when somebody tries to reach them (picture.h): what was said of one service holds for all of the same owner. */
#include "catalog/picture/impl.h"

static struct picture_service *by_id(struct making *m, struct str id)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->list[i].service.id, id))
			return &m->list[i].service;
	return NULL;
}

void contacts_find(struct making *m)
{
	struct map newest; /* by owner */
	map_init(&newest, PICTURE_SERVICES_MAX);
	for (size_t i = 0; i < m->from->contacts_count; i++) {
		const struct picture_contact *x = &m->from->contacts[i];
		const struct picture_service *s = x->at > m->p->now - PICTURE_ACTIVE ? by_id(m, x->service) : NULL;
		const struct picture_contact *before = s && s->owner.len ? map_get(&newest, s->owner) : NULL;
		if (s && s->owner.len && (!before || before->at <= x->at))
			map_put(&newest, s->owner, (void *)(uintptr_t)x);
	}
	for (size_t i = 0; newest.count && i < m->count; i++)
		m->list[i].service.contact = map_get(&newest, m->list[i].service.owner);
	map_release(&newest);
}
