/* pleach part: one part of Pleach in the foreground; the node starts the parts in this way. */
#include "base/time.h"
#include "cli/command.h"
#include "part/part.h"

static bool size_option(const struct cli *c, const char *name, int64_t *bytes, struct err *e)
{
	struct str text = cli_option(c, name);
	if (!text.p || size_parse(text, bytes))
		return true;
	return err_set(e, ERR_USAGE, "--%s: `%.*s` is no size; write for example 64M or 20G", name, STR_FMT(text));
}

int cmd_part(struct cli *c)
{
	struct err e = { 0 };
	struct part_settings s = { .listen = cli_option(c, "listen"), .grpc = cli_option(c, "grpc") };
	s.keep_services = cli_option(c, "keep-services");
	s.syslog = cli_option(c, "syslog");
	s.syslog_zone = cli_option(c, "syslog-zone");
	s.forward = cli_option(c, "forward");
	s.forward_secret = cli_option(c, "forward-secret");
	s.console_dir = cli_option(c, "console");
	if (s.console_dir.len && !str_starts(s.console_dir, STR("/")))
		s.console_dir = arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(sys_cwd(&c->arena)), STR_FMT(s.console_dir));
	if (!cli_root(c, &s.root, &e) || !cli_duration(c, "keep", 0, &s.keep, &e) || !size_option(c, "size", &s.size, &e) ||
	    !size_option(c, "memory", &s.memory, &e))
		return cli_fail(c, &e);
	int status = part_run(c->arguments[0], &s, &e);
	return err_is_set(&e) ? cli_fail(c, &e) : status;
}
