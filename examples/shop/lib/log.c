/* JSON log lines; see log.h. A line is built whole and written by one fwrite under the stream's lock, so lines
 * of different threads never mix, and is flushed at once, because a log that waits in a buffer explains nothing. */
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const level_names[] = {[LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
static const char *service_name = "shop";
static const char *service_version;
static const char *service_instance;

static const char *set_or_null(const char *variable)
{
	const char *value = getenv(variable);
	return value && *value ? value : NULL;
}

void log_setup(const char *service)
{
	const char *given = set_or_null("OTEL_SERVICE_NAME");
	service_name = given ? given : service;
	service_version = set_or_null("SERVICE_VERSION");
	service_instance = set_or_null("INSTANCE");
}

const char *log_service(void)
{
	return service_name;
}

static void now_text(char *text, size_t size)
{
	struct timespec now;
	struct tm utc;
	char seconds[32];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, size, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
}

static void set_text(json_t *line, const char *key, const char *value)
{
	if (value && *value)
		json_object_set_new(line, key, json_string(value));
}

void log_line(enum log_level level, const struct trace *trace, const char *message, json_t *fields)
{
	char time_text[48];
	now_text(time_text, sizeof time_text);
	json_t *line = json_object();
	set_text(line, "time", time_text);
	set_text(line, "level", level_names[level]);
	set_text(line, "msg", message);
	set_text(line, "service", service_name);
	set_text(line, "version", service_version);
	set_text(line, "instance", service_instance);
	if (trace) {
		set_text(line, "trace_id", trace->trace_id);
		set_text(line, "span_id", trace->span_id);
	}
	if (fields)
		json_object_update_missing(line, fields);
	char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9));
	if (text) {
		flockfile(stdout);
		fputs(text, stdout);
		putc('\n', stdout);
		fflush(stdout);
		funlockfile(stdout);
	}
	free(text);
	json_decref(line);
	json_decref(fields);
}
