/* Errors as values; names, HTTP statuses and exit codes come from tbl/errors.h. */
#include "base/err.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>

struct error_row {
	const char *name;
	int http, exit_code;
};

static const struct error_row rows[ERR_COUNT] = {
	[ERR_NONE] = { "none", 200, 0 },
#define ERROR_ROW(symbol, name, http, exit_code, meaning) [ERR_##symbol] = { name, http, exit_code },
#include "tbl/errors.h"
#undef ERROR_ROW
};

bool err_set(struct err *e, enum err_code code, const char *format, ...)
{
	CHECK(code > ERR_NONE && code < ERR_COUNT);
	if (err_is_set(e))
		return false;
	e->code = code;
	va_list args;
	va_start(args, format);
	int n = vsnprintf(e->message, sizeof(e->message), format, args);
	va_end(args);
	CHECK(n >= 0);
	/* A message cut at its end must not end within a UTF-8 sequence: it is shown in JSON and on terminals. */
	if ((size_t)n >= sizeof(e->message)) {
		size_t end = sizeof(e->message) - 1;
		while (end > 0 && ((unsigned char)e->message[end - 1] & 0xc0) == 0x80)
			end--;
		if (end > 0 && (unsigned char)e->message[end - 1] >= 0xc0)
			end--;
		e->message[end] = '\0';
	}
	return false;
}

void err_place(struct err *e, struct str file, uint32_t line, uint32_t column)
{
	if (e->line == 0) {
		e->line = line;
		e->column = column;
	}
	if (e->file[0] == '\0' && file.len) {
		if (file.len >= sizeof(e->file))
			file = str_skip(file, file.len - (sizeof(e->file) - 1));
		memcpy(e->file, file.p, file.len);
		e->file[file.len] = '\0';
	}
}

void err_format(const struct err *e, struct buf *b)
{
	if (e->file[0])
		buf_printf(b, "%s:", e->file);
	if (e->line)
		buf_printf(b, e->file[0] ? "%u:" : "line %u:", e->line);
	if (e->line && e->column)
		buf_printf(b, "%u:", e->column);
	if (e->file[0] || e->line)
		buf_char(b, ' ');
	buf_add(b, str_z(e->message));
}

const char *err_name(enum err_code code)
{
	CHECK(code < ERR_COUNT);
	return rows[code].name;
}

int err_http_status(enum err_code code)
{
	CHECK(code < ERR_COUNT);
	return rows[code].http;
}

int err_exit_code(enum err_code code)
{
	CHECK(code < ERR_COUNT);
	return rows[code].exit_code;
}
