/* The life of a service: options, database, server, the thread for work that was put off, SIGTERM; see service.h.
 * Signals are blocked in every thread and waited for in this one, so nothing happens inside a handler. */
#include "service.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "log.h"
#include "server.h"

enum {
	STOP_PATIENCE_S = 10,
	CATCH_UP_EVERY_S = 1,
	CATCH_UP_ROUND = 20, /* pieces of late work in one go, so that it never crowds out new work */
	FIRST_RETRY_MS = 5000,
	LAST_RETRY_MS = 300000,
	LIMIT_DEFAULT = 20,
	LIMIT_MAX = 100,
};

struct late_work {
	const struct service *service;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
};

int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t next_try_ms(int64_t tries)
{
	int64_t pause = FIRST_RETRY_MS;
	for (int64_t i = 0; i < tries && pause < LAST_RETRY_MS; i++)
		pause *= 2;
	return now_ms() + (pause < LAST_RETRY_MS ? pause : LAST_RETRY_MS);
}

int64_t request_limit(const struct request *request)
{
	const char *text = request_query(request, "limit");
	long limit = text ? strtol(text, NULL, 10) : LIMIT_DEFAULT;
	if (limit < 1)
		limit = LIMIT_DEFAULT;
	return limit < LIMIT_MAX ? limit : LIMIT_MAX;
}

void reply_problem(struct reply *reply, unsigned status, const char *title, const char *detail)
{
	reply->status = status;
	reply->body = json_pack("{s:s, s:i, s:s}", "title", title, "status", (int)status, "detail", detail);
}

static void *late_work_thread(void *argument)
{
	struct late_work *late = argument;
	pthread_mutex_lock(&late->lock);
	while (!late->stopping) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += CATCH_UP_EVERY_S;
		pthread_cond_timedwait(&late->wake, &late->lock, &until);
		for (int i = 0; i < CATCH_UP_ROUND && !late->stopping; i++) {
			pthread_mutex_unlock(&late->lock);
			bool more = late->service->catch_up(late->db);
			pthread_mutex_lock(&late->lock);
			if (!more)
				break;
		}
	}
	pthread_mutex_unlock(&late->lock);
	return NULL;
}

static bool late_work_start(struct late_work *late, const struct service *service, struct db *db)
{
	*late = (struct late_work){.service = service, .db = db};
	pthread_mutex_init(&late->lock, NULL);
	pthread_cond_init(&late->wake, NULL);
	return !service->catch_up || pthread_create(&late->thread, NULL, late_work_thread, late) == 0;
}

static void late_work_stop(struct late_work *late)
{
	pthread_mutex_lock(&late->lock);
	late->stopping = true;
	pthread_cond_signal(&late->wake);
	pthread_mutex_unlock(&late->lock);
	if (late->service->catch_up)
		pthread_join(late->thread, NULL);
	pthread_cond_destroy(&late->wake);
	pthread_mutex_destroy(&late->lock);
}

/* The port from --port or $PORT; 0 where neither has a number from 1 to 65535. */
static unsigned short port_of(int argc, char **argv)
{
	const char *text = getenv("PORT");
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--port") == 0)
			text = argv[i + 1];
	char *end = NULL;
	long port = text ? strtol(text, &end, 10) : 0;
	return text && end != text && *end == '\0' && port > 0 && port <= 65535 ? (unsigned short)port : 0;
}

static void wait_for_the_end(const sigset_t *signals)
{
	int caught = 0;
	sigwait(signals, &caught);
	log_line(LOG_INFO, NULL, "stopping: finishing the requests in flight",
	         json_pack("{s:s}", "signal", caught == SIGTERM ? "SIGTERM" : "SIGINT"));
}

static int serve(const struct service *service, struct db *db, unsigned short port, const sigset_t *signals)
{
	struct server server;
	struct late_work late;
	if (!server_start(&server, service, db, port)) {
		char message[128];
		snprintf(message, sizeof message, "cannot listen on 127.0.0.1:%u: %s", port, strerror(errno));
		log_line(LOG_ERROR, NULL, message, NULL);
		return 1;
	}
	if (!late_work_start(&late, service, db)) {
		log_line(LOG_ERROR, NULL, "cannot start the thread for late work", NULL);
		server_stop(&server, 0);
		return 1;
	}
	log_line(LOG_INFO, NULL, "ready", json_pack("{s:i}", "port", (int)port));
	wait_for_the_end(signals);
	late_work_stop(&late);
	int cut_off = server_stop(&server, STOP_PATIENCE_S);
	log_line(cut_off ? LOG_WARN : LOG_INFO, NULL, "stopped", json_pack("{s:i}", "requests_cut_off", cut_off));
	return 0;
}

int service_run(const struct service *service, int argc, char **argv)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	log_setup(service->name);

	unsigned short port = port_of(argc, argv);
	if (port == 0) {
		log_line(LOG_ERROR, NULL, "which port? Give --port NUMBER or set PORT", NULL);
		return 2;
	}
	struct db db = {0};
	char why[512];
	if (!db_open(&db, service->name, service->schema, why, sizeof why)) {
		log_line(LOG_ERROR, NULL, why, NULL);
		return 1;
	}
	client_setup();
	int code = serve(service, &db, port, &signals);
	client_teardown();
	db_close(&db);
	return code;
}
