/* Addresses and services from DNS, by c-ares: SRV (RFC 2782), A and AAAA with their TTLs. Blocks: for workers. */
#ifndef PLEACH_SYS_DNS_H
#define PLEACH_SYS_DNS_H
#include "base/arena.h"
#include "base/err.h"

enum { DNS_ANSWERS_MAX = 256 /* of one name */, DNS_NAME_MAX = 255, DNS_TIMEOUT_MS = 2000, DNS_TRIES = 2 };
struct dns_answer { struct str host /* SRV: the target's name; else an address */; uint16_t port /* 0: none is told */; };
struct dns;
/* server: "127.0.0.1:8600"; empty: those of the system. NULL with e. */
struct dns *dns_open(struct str server, struct err *e);
/* SRV where the name begins with `_`, else addresses. True with *n 0 where the name is not there, which is an answer too. *ttl: seconds, the least; 0: not told. Texts in the arena. False with e
 * (ERR_UNAVAILABLE: no server answers, or none that knows). */
bool dns_ask(struct dns *d, struct str name, struct arena *a, struct dns_answer **answers, size_t *n, uint32_t *ttl, struct err *e);
void dns_close(struct dns *d);
#endif
