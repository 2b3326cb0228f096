/* The HTTP server of a service, on libmicrohttpd with a thread for each connection (a handler may wait for a
 * database or another service). Used by service.c only. */
#ifndef SHOP_SERVER_H
#define SHOP_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "service.h"

struct server {
	const struct service *service;
	struct db *db;
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	pthread_cond_t idle; /* signalled when the last request in flight is done */
	int in_flight;
	atomic_bool stopping;
};

/* Listens on 127.0.0.1:port. False, with errno, where that cannot be had. */
bool server_start(struct server *server, const struct service *service, struct db *db, unsigned short port);

/* Takes no new connection, waits for the requests in flight (at most `patience_s`), closes everything.
 * Returns how many requests were cut off. */
int server_stop(struct server *server, int patience_s);

#endif
