/* See ports.h. */
#include "node/ports.h"
#include "base/check.h"

void ports_init(struct ports *p)
{
	*p = (struct ports){ .next = (uint16_t)(sys_random() % NODE_PORT_COUNT) };
}

struct sys_addr ports_addr(uint16_t port)
{
	return (struct sys_addr){ .family = SYS_IPV4, .port = port, .ip = { 127, 0, 0, 1 } };
}

bool ports_is_free(uint16_t port)
{
	struct sys_addr a = ports_addr(port);
	int fd = sys_listen(&a, 1);
	if (fd >= 0)
		sys_close(fd);
	return fd >= 0;
}

static bool in_range(uint16_t port) { return port >= NODE_PORT_FIRST && port < NODE_PORT_FIRST + NODE_PORT_COUNT; }
static uint8_t bit(unsigned i) { return (uint8_t)(1U << (i % 8)); }

uint16_t ports_take(struct ports *p)
{
	for (unsigned tried = 0; tried < NODE_PORT_COUNT; tried++) {
		unsigned i = p->next;
		p->next = (uint16_t)((i + 1) % NODE_PORT_COUNT);
		uint16_t port = (uint16_t)(NODE_PORT_FIRST + i);
		if ((p->given[i / 8] & bit(i)) || !ports_is_free(port))
			continue;
		p->given[i / 8] |= bit(i);
		return port;
	}
	return 0;
}

void ports_mark(struct ports *p, uint16_t port)
{
	if (in_range(port))
		p->given[(port - NODE_PORT_FIRST) / 8] |= bit(port - NODE_PORT_FIRST);
}

void ports_give_back(struct ports *p, uint16_t port)
{
	if (in_range(port))
		p->given[(port - NODE_PORT_FIRST) / 8] &= (uint8_t)~bit(port - NODE_PORT_FIRST);
}
