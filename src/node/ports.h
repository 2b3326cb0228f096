/* Which port an instance listens on. Chosen by trying, from NODE_PORT_FIRST upwards: below the range from which the system takes ports for
 * outgoing connections, so that none of those can sit on it when the instance comes back. A slot keeps its port for good.
 * Each node begins somewhere else: two nodes on one machine would otherwise try the same port in the moment before a service listens. */
#ifndef PLEACH_NODE_PORTS_H
#define PLEACH_NODE_PORTS_H
#include "sys/sys.h"
enum { NODE_PORT_FIRST = 20000, NODE_PORT_COUNT = 10000 };
struct ports {
	uint8_t given[NODE_PORT_COUNT / 8]; /* to slots of ours, whether or not they listen at the moment */
	uint16_t next;                      /* where to look first */
};
void ports_init(struct ports *p);
struct sys_addr ports_addr(uint16_t port); /* 127.0.0.1:port */
bool ports_is_free(uint16_t port);         /* nobody listens there now */
/* 0 when none is left. */
uint16_t ports_take(struct ports *p);
/* A port that was asked for by number; harmless for one outside the range. */
void ports_mark(struct ports *p, uint16_t port);
void ports_give_back(struct ports *p, uint16_t port);
#endif
