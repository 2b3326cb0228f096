/* See git_url.h. */
#include "model/git_url.h"
#include "base/check.h"

static size_t scheme_end(struct str text) { return str_find(text, STR("://")); }

/* "git@host:path": a colon before any slash. */
static bool is_scp(struct str text)
{
	size_t colon = str_find_char(text, ':'), slash = str_find_char(text, '/');
	return colon != SIZE_MAX && colon > 0 && (slash == SIZE_MAX || colon < slash) && str_find_char(str_sub(text, 0, colon), '@') != SIZE_MAX;
}

bool git_url_is(struct str text) { return scheme_end(text) != SIZE_MAX || str_find(text, STR("::")) != SIZE_MAX || is_scp(text); }

bool git_url_check(struct str url, struct err *e)
{
	static const char *const schemes[] = { "https", "http", "ssh", "git", "file" };
	size_t scheme = scheme_end(url);
	bool known = false;
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
			return err_set(e, ERR_INPUT, "an address of a repository has no blanks or control characters in it");
	if (!url.len || url.len > GIT_URL_MAX || url.p[0] == '-')
		return err_set(e, ERR_INPUT, "`%.*s` is no address of a repository", STR_FMT(str_sub(url, 0, 100)));
	/* git takes "name::address" as one for a helper of that name, wherever it stands first. */
	size_t helper = str_find(url, STR("::"));
	if (helper != SIZE_MAX && (scheme == SIZE_MAX || helper < scheme))
		return err_set(e, ERR_INPUT, "`%.*s` is an address for a helper program, which is not run; write https, http, ssh, git or file", STR_FMT(str_sub(url, 0, 100)));
	if (scheme == SIZE_MAX) {
		struct str host = str_sub(url, 0, str_find_char(url, ':'));
		return is_scp(url) && str_find(host, STR("@-")) == SIZE_MAX ? true : err_set(e, ERR_INPUT, "`%.*s` is no address of a repository", STR_FMT(str_sub(url, 0, 100)));
	}
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		known |= str_eq(str_sub(url, 0, scheme), str_z(schemes[i]));
	struct str rest = str_skip(url, scheme + 3), authority = str_sub(rest, 0, str_find_char(rest, '/'));
	size_t at = str_find_char(authority, '@');
	struct str user = at == SIZE_MAX ? STR("") : str_sub(authority, 0, at), host = at == SIZE_MAX ? authority : str_skip(authority, at + 1);
	bool ssh = str_starts(url, STR("ssh://"));
	if (!known)
		return err_set(e, ERR_INPUT, "`%.*s` is not fetched from; write https, http, ssh, git or file", STR_FMT(str_sub(url, 0, scheme)));
	if (user.len && (!ssh || str_find_char(user, ':') != SIZE_MAX))
		return err_set(e, ERR_INPUT, "an address of a repository with a user or password in it ends up in files and logs: leave that out, and let git know them (a credential helper, an SSH key)");
	/* ssh takes a host that begins so for an option. */
	if (str_starts(host, STR("-")) || str_starts(user, STR("-")) || (!host.len && !str_starts(url, STR("file://"))))
		return err_set(e, ERR_INPUT, "`%.*s` names no host", STR_FMT(str_sub(url, 0, 100)));
	return true;
}

struct str git_url_name(struct arena *a, struct str url)
{
	size_t from = 0;
	while (str_ends(url, STR("/")))
		url.len--;
	if (str_ends(url, STR(".git")))
		url.len -= 4;
	if (str_ends(url, STR("/")) && url.len)
		url.len--; /* of "…/x/.git" */
	for (size_t i = 0; i < url.len; i++)
		if (url.p[i] == '/' || url.p[i] == ':')
			from = i + 1;
	struct str name = str_sub(str_skip(url, from), 0, 100);
	char *p = arena_bytes(a, name.len + 1);
	for (size_t i = 0; p && i < name.len; i++) {
		char c = name.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i);
		p[i] = plain ? c : '-';
	}
	return p && name.len ? str_from(p, name.len) : STR("repository");
}
