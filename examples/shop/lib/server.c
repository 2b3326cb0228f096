/* Requests in, JSON out, on libmicrohttpd; see server.h.
 *
 * libmicrohttpd calls `on_request` for one request several times: first with no state (an `exchange` is made),
 * then for each piece of the body, then once more without data: that is when it is routed and answered.
 * `on_completed` follows when the answer has been sent or the caller has gone. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

enum {
	BODY_MAX = 64 * 1024,
	CONNECTIONS_MAX = 512,
	IDLE_TIMEOUT_S = 60,
	THREAD_STACK = 512 * 1024,
	PATH_LOGGED_MAX = 160,
};

struct exchange {
	struct server *server;
	struct request request;
	const char *route; /* the pattern, for the log */
	char *body;
	size_t body_length;
	bool too_large;
	struct timespec began;
};

static double elapsed_ms(const struct timespec *since)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t us = (now.tv_sec - since->tv_sec) * 1000000 + (now.tv_nsec - since->tv_nsec) / 1000;
	return (double)(us / 100) / 10.0;
}

/* Whether the path has the shape of the pattern; {id} stands for a positive number. */
static bool path_matches(const char *pattern, const char *path, int64_t *id)
{
	for (;;) {
		if (strncmp(pattern, "{id}", 4) == 0) {
			char *end;
			if (*path < '1' || *path > '9')
				return false;
			errno = 0;
			*id = strtoll(path, &end, 10);
			if (errno != 0)
				return false;
			pattern += 4;
			path = end;
		}
		if (*pattern != *path)
			return false;
		if (*pattern == '\0')
			return true;
		pattern++;
		path++;
	}
}

static bool method_matches(const char *wanted, const char *method)
{
	return strcmp(wanted, method) == 0 || (strcmp(wanted, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static bool parse_body(struct exchange *exchange, struct reply *reply)
{
	json_error_t error = {0};
	char detail[sizeof error.text + 64];
	if (exchange->too_large) {
		reply_problem(reply, 413, "body too large", "a body may have 65536 bytes");
		return false;
	}
	exchange->request.body = json_loadb(exchange->body ? exchange->body : "", exchange->body_length, 0, &error);
	if (json_is_object(exchange->request.body))
		return true;
	if (exchange->request.body)
		snprintf(detail, sizeof detail, "the body must be a JSON object");
	else
		snprintf(detail, sizeof detail, "the body is not JSON: line %d column %d: %s", error.line, error.column,
		         error.text);
	reply_problem(reply, 400, "not understood", detail);
	return false;
}

static void answer_health(struct db *db, struct reply *reply)
{
	sqlite3_stmt *statement = db_begin(db, "SELECT 1", "");
	bool alive = db_row(statement);
	if (db_end(db, NULL, statement) && alive) {
		reply->status = 200;
		reply->body = json_pack("{s:s}", "status", "ok");
	} else {
		reply_problem(reply, 503, "not healthy", "the database does not answer");
	}
}

static void route_request(struct exchange *exchange, const char *method, const char *path, struct reply *reply)
{
	const struct service *service = exchange->server->service;
	if (strcmp(path, "/healthz") == 0 && method_matches("GET", method)) {
		answer_health(exchange->server->db, reply);
		return;
	}
	for (size_t i = 0; i < service->route_count; i++) {
		const struct route *route = &service->routes[i];
		if (!path_matches(route->path, path, &exchange->request.id))
			continue;
		exchange->route = route->path;
		if (!method_matches(route->method, method))
			continue;
		if (strcmp(route->method, "POST") != 0 || parse_body(exchange, reply))
			route->handle(&exchange->request, reply);
		return;
	}
	if (exchange->route)
		reply_problem(reply, 405, "method not allowed", "this address does not take that method");
	else
		reply_problem(reply, 404, "not found", "there is nothing at this address");
}

/* The methods that some route has for this pattern, as Allow wants them. */
static void allowed_methods(const struct service *service, const char *pattern, char *text, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < service->route_count && used < size; i++) {
		const struct route *route = &service->routes[i];
		if (strcmp(route->path, pattern) == 0)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
			                         strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method);
	}
}

static void log_finished(struct exchange *exchange, const char *method, const char *path, const struct reply *reply)
{
	char shown[PATH_LOGGED_MAX];
	if (strcmp(path, "/healthz") == 0 && reply->status == 200)
		return; /* asked every second, and says nothing */
	snprintf(shown, sizeof shown, "%s", path);
	for (char *c = shown; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?'; /* a path is the caller's, and need not even be UTF-8 */
	json_t *fields = json_pack("{s:s, s:s, s:i, s:f}", "method", method, "path", shown, "status", (int)reply->status,
	                           "duration_ms", elapsed_ms(&exchange->began));
	const char *detail = json_string_value(json_object_get(reply->body, "detail"));
	if (exchange->route)
		json_object_set_new(fields, "route", json_string(exchange->route));
	if (reply->status >= 400 && detail)
		json_object_set_new(fields, "reason", json_string(detail));
	enum log_level level = reply->status >= 500                           ? LOG_ERROR
	                       : reply->status >= 400 && reply->status != 404 ? LOG_WARN
	                                                                      : LOG_INFO;
	log_line(level, &exchange->request.trace, "request finished", fields);
}

static enum MHD_Result send_reply(struct exchange *exchange, struct MHD_Connection *connection, const struct reply *reply)
{
	char *text = json_dumps(reply->body, JSON_COMPACT);
	if (!text)
		return MHD_NO;
	struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", reply->status >= 400 ? "application/problem+json" : "application/json");
	if (*reply->location)
		MHD_add_response_header(response, "Location", reply->location);
	if (reply->status == 405) {
		char allowed[64] = "";
		allowed_methods(exchange->server->service, exchange->route, allowed, sizeof allowed);
		MHD_add_response_header(response, "Allow", allowed);
	}
	if (atomic_load(&exchange->server->stopping))
		MHD_add_response_header(response, "Connection", "close");
	enum MHD_Result queued = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result keep_header(void *into, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	if (value)
		trace_keep(into, name, value);
	return MHD_YES;
}

static enum MHD_Result exchange_begin(struct server *server, struct MHD_Connection *connection, void **state)
{
	struct exchange *exchange = calloc(1, sizeof *exchange);
	if (!exchange)
		return MHD_NO;
	exchange->server = server;
	exchange->request.db = server->db;
	exchange->request.connection = connection;
	clock_gettime(CLOCK_MONOTONIC, &exchange->began);
	MHD_get_connection_values(connection, MHD_HEADER_KIND, keep_header, &exchange->request.trace);
	pthread_mutex_lock(&server->lock);
	server->in_flight++;
	pthread_mutex_unlock(&server->lock);
	*state = exchange;
	return MHD_YES;
}

static void take_body(struct exchange *exchange, const char *bytes, size_t length)
{
	char *grown = NULL;
	if (!exchange->too_large && length <= BODY_MAX - exchange->body_length)
		grown = realloc(exchange->body, exchange->body_length + length);
	if (!grown) {
		exchange->too_large = true; /* the rest is read and dropped, so that the answer can be sent */
		return;
	}
	memcpy(grown + exchange->body_length, bytes, length);
	exchange->body = grown;
	exchange->body_length += length;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *data, size_t *data_size, void **state)
{
	(void)version;
	if (!*state)
		return exchange_begin(context, connection, state);
	struct exchange *exchange = *state;
	if (*data_size > 0) {
		take_body(exchange, data, *data_size);
		*data_size = 0;
		return MHD_YES;
	}
	struct reply reply = {0};
	route_request(exchange, method, path, &reply);
	log_finished(exchange, method, path, &reply);
	enum MHD_Result queued = send_reply(exchange, connection, &reply);
	json_decref(reply.body);
	return queued;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	(void)connection;
	(void)why;
	struct server *server = context;
	struct exchange *exchange = *state;
	if (!exchange)
		return;
	json_decref(exchange->request.body);
	trace_release(&exchange->request.trace);
	free(exchange->body);
	free(exchange);
	*state = NULL;
	pthread_mutex_lock(&server->lock);
	if (--server->in_flight == 0)
		pthread_cond_broadcast(&server->idle);
	pthread_mutex_unlock(&server->lock);
}

bool server_start(struct server *server, const struct service *service, struct db *db, unsigned short port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*server = (struct server){.service = service, .db = db};
	pthread_mutex_init(&server->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&server->idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	server->daemon = MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, port, NULL, NULL,
	    on_request, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
	    server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
	return server->daemon != NULL;
}

int server_stop(struct server *server, int patience_s)
{
	struct timespec until;
	atomic_store(&server->stopping, true);
	int listening = MHD_quiesce_daemon(server->daemon);
	if (listening >= 0)
		close(listening);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += patience_s;
	pthread_mutex_lock(&server->lock);
	while (server->in_flight > 0 && pthread_cond_timedwait(&server->idle, &server->lock, &until) == 0)
		;
	int cut_off = server->in_flight;
	pthread_mutex_unlock(&server->lock);
	MHD_stop_daemon(server->daemon);
	pthread_cond_destroy(&server->idle);
	pthread_mutex_destroy(&server->lock);
	return cut_off;
}

const char *request_query(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}
