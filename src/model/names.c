/* Names of services, teams, fleets and nodes. The characters are those that fit a DNS label, a path segment and a file name alike. */
#include "model/names.h"
#include "base/check.h"

enum { NAME_MAX_BYTES = 63 };

static bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_joint(char c) { return c == '-' || c == '_' || c == '.'; }

static bool name_shape_ok(struct str s)
{
	if (s.len == 0 || s.len > NAME_MAX_BYTES || !is_alnum(s.p[0]) || !is_alnum(s.p[s.len - 1]))
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (!is_alnum(s.p[i]) && !(is_joint(s.p[i]) && is_alnum(s.p[i - 1])))
			return false;
	}
	return true;
}

/* The nearest name that would be right: "Order Service" -> "order-service". Empty when nothing of it can stay. */
static struct str name_mend(struct str s, char out[NAME_MAX_BYTES])
{
	size_t n = 0;
	for (size_t i = 0; i < s.len && n < NAME_MAX_BYTES; i++) {
		char c = s.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (is_alnum(c))
			out[n++] = c;
		else if (n > 0 && !is_joint(out[n - 1]))
			out[n++] = is_joint(c) ? c : '-';
	}
	while (n > 0 && is_joint(out[n - 1]))
		n--;
	return str_from(out, n);
}

bool name_check(struct str s, const char *what, struct err *e)
{
	char mended[NAME_MAX_BYTES];
	if (name_shape_ok(s))
		return true;
	if (str_empty(s))
		return err_set(e, ERR_INPUT, "%s is empty; give it a name such as `orders`", what);
	if (s.len > NAME_MAX_BYTES)
		return err_set(e, ERR_INPUT, "%s has %zu characters; at most %d are allowed", what, s.len, NAME_MAX_BYTES);
	struct str better = name_mend(s, mended);
	if (str_is_utf8(s) && !str_empty(better))
		return err_set(e, ERR_INPUT,
			       "%s `%.*s` must be lower-case letters and digits, with single `-`, `_` or `.` between them; write `%.*s`", what,
			       STR_FMT(s), STR_FMT(better));
	return err_set(e, ERR_INPUT, "%s must be lower-case letters and digits, with single `-`, `_` or `.` between them", what);
}

bool name_is_reserved(struct str s)
{
	static const struct str reserved_names[] = { STR_INIT("edge"), STR_INIT("gateway"), STR_INIT("store"),
						     STR_INIT("control"), STR_INIT("node"), STR_INIT("report") };
	for (size_t i = 0; i < ARRAY_LEN(reserved_names); i++) {
		if (str_eq(s, reserved_names[i]))
			return true;
	}
	return str_starts(s, STR("pleach"));
}

struct str name_env_url(struct str service, char out[80])
{
	size_t n = 0;
	CHECK(service.len > 0 && service.len <= NAME_MAX_BYTES);
	if (service.p[0] >= '0' && service.p[0] <= '9') /* no shell can read a variable that begins with a digit */
		out[n++] = '_';
	for (size_t i = 0; i < service.len; i++) {
		char c = service.p[i];
		out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : is_alnum(c) ? c : '_';
	}
	memcpy(out + n, "_URL", 4);
	return str_from(out, n + 4);
}
