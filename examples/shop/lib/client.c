/* Calls between the services, on libcurl; see client.h. A curl handle owns the connections it opened, so handles
 * are kept in a small pool and taken by one call at a time. */
#include "client.h"

#include "log.h"

#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	POOL_MAX = 32,
	ANSWER_MAX = 256 * 1024,
	/* A proxy between the two that keeps the same time-out knows better why nothing came; its answer gets
	 * this much longer to arrive before we give up without it. */
	PROXY_GRACE_MS = 50,
};

struct text {
	char *bytes;
	size_t length;
};

static CURL *pool[POOL_MAX];
static size_t pool_count;
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;

void client_setup(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void client_teardown(void)
{
	while (pool_count > 0)
		curl_easy_cleanup(pool[--pool_count]);
	curl_global_cleanup();
}

static CURL *handle_take(void)
{
	CURL *handle = NULL;
	pthread_mutex_lock(&pool_lock);
	if (pool_count > 0)
		handle = pool[--pool_count];
	pthread_mutex_unlock(&pool_lock);
	return handle ? handle : curl_easy_init();
}

static void handle_give(CURL *handle)
{
	curl_easy_reset(handle); /* keeps the live connections */
	pthread_mutex_lock(&pool_lock);
	bool kept = pool_count < POOL_MAX;
	if (kept)
		pool[pool_count++] = handle;
	pthread_mutex_unlock(&pool_lock);
	if (!kept)
		curl_easy_cleanup(handle);
}

static size_t collect(char *bytes, size_t size, size_t count, void *into)
{
	struct text *text = into;
	size_t more = size * count;
	if (more > ANSWER_MAX - text->length)
		return 0;
	char *grown = realloc(text->bytes, text->length + more + 1);
	if (!grown)
		return 0;
	memcpy(grown + text->length, bytes, more);
	text->bytes = grown;
	text->length += more;
	return more;
}

/* The address of the call, or NULL where the environment does not say where the dependency is. */
static char *address_of(const struct call *call)
{
	char variable[64];
	snprintf(variable, sizeof variable, "%s_URL", call->dependency);
	for (char *c = variable; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	const char *base = getenv(variable);
	char *address = NULL;
	if (!base || !*base || asprintf(&address, "%s%s", base, call->path) < 0)
		return NULL;
	return address;
}

static struct curl_slist *headers_of(const struct call *call)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	for (size_t i = 0; call->trace && i < call->trace->count; i++)
		headers = curl_slist_append(headers, call->trace->headers[i]);
	return headers;
}

/* What a failed answer itself says: the detail of a problem (RFC 9457), or what else is usual. */
static const char *stated_reason(const json_t *body)
{
	static const char *const keys[] = {"detail", "reason", "message", "error", "title"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *said = json_string_value(json_object_get(body, keys[i]));
		if (said && *said)
			return said;
	}
	return "it gave no reason";
}

static void explain(const struct call *call, CURLcode code, const char *curl_said, struct answer *answer)
{
	char *why = answer->why;
	size_t size = sizeof answer->why;
	if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, size, "%s did not answer within %d ms", call->dependency, call->timeout_ms);
	else if (code == CURLE_COULDNT_CONNECT)
		snprintf(why, size, "%s could not be reached: nobody listens at its address", call->dependency);
	else if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR)
		snprintf(why, size, "%s closed the connection without an answer", call->dependency);
	else if (code != CURLE_OK)
		snprintf(why, size, "the call of %s failed: %s", call->dependency,
		         *curl_said ? curl_said : curl_easy_strerror(code));
	else if (answer->status == 504)
		snprintf(why, size, "%s did not answer within %d ms: %s", call->dependency, call->timeout_ms,
		         stated_reason(answer->body));
	else if (answer->status < 200 || answer->status > 299)
		snprintf(why, size, "%s answered %ld: %s", call->dependency, answer->status, stated_reason(answer->body));
	else
		snprintf(why, size, "%s answered %ld with a body that is not JSON", call->dependency, answer->status);
}

static CURLcode perform(CURL *handle, const struct call *call, const char *address, const char *body, struct text *received,
                        char *curl_said)
{
	struct curl_slist *headers = headers_of(call);
	curl_easy_setopt(handle, CURLOPT_URL, address);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, log_service());
	curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms + PROXY_GRACE_MS);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, received);
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, curl_said);
	CURLcode code = curl_easy_perform(handle);
	curl_slist_free_all(headers);
	return code;
}

static bool send_call(const struct call *call, const char *address, const char *body, struct answer *answer)
{
	CURL *handle = handle_take();
	if (!handle) {
		snprintf(answer->why, sizeof answer->why, "no memory for a call of %s", call->dependency);
		return false;
	}
	struct text received = {0};
	char curl_said[CURL_ERROR_SIZE] = "";
	curl_off_t took_us = 0;
	CURLcode code = perform(handle, call, address, body, &received, curl_said);
	curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &took_us);
	if (code == CURLE_OK)
		curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer->status);
	handle_give(handle);
	answer->duration_ms = (double)(took_us / 100) / 10.0;
	if (code == CURLE_OK && received.bytes)
		answer->body = json_loadb(received.bytes, received.length, 0, NULL);
	free(received.bytes);
	bool good = code == CURLE_OK && answer->status >= 200 && answer->status <= 299 && answer->body;
	if (!good)
		explain(call, code, curl_said, answer);
	return good;
}

bool client_post(const struct call *call, struct answer *answer)
{
	*answer = (struct answer){0};
	char *address = address_of(call);
	char *body = json_dumps(call->body, JSON_COMPACT);
	bool good = false;
	if (!address)
		snprintf(answer->why, sizeof answer->why, "nobody said where %s is: its _URL variable is not set",
		         call->dependency);
	else if (!body)
		snprintf(answer->why, sizeof answer->why, "the call of %s could not be written as JSON", call->dependency);
	else
		good = send_call(call, address, body, answer);
	free(address);
	free(body);
	return good;
}

void answer_release(struct answer *answer)
{
	json_decref(answer->body);
	answer->body = NULL;
}
