/* From the YAML nodes of pleach.yaml and service.yaml to the fleet's types, by the rows of tbl/fleet_keys.h. What concerns one file is judged
 * here, what concerns several in fleet.c. */
#include "base/check.h"
#include "base/time.h"
#include "model/git_url.h"
#include "model/fleet_keys.h"
#include "model/names.h"
#include <stdio.h>

/* A key that a person chose: the name of a team, of a service called. Reported when it is no name. */
static bool name_of_pair(struct fleet_reader *r, const struct yaml_pair *pair, const char *what)
{
	struct err e = { 0 };
	if (name_check(pair->key, what, &e))
		return true;
	e.code = ERR_FILE_INVALID;
	fleet_wrong_err(r, &e, pair->line, pair->column);
	return false;
}

static void *new_array(struct fleet_reader *r, uint32_t count, size_t max, size_t size, const struct yaml *v, const char *what)
{
	if (count > max) {
		fleet_wrong(r, v->line, v->column, "%u %s; at most %zu are allowed", count, what, max);
		return NULL;
	}
	return arena_array(r->arena, count ? count : 1, size);
}

/* --- pleach.yaml ---------------------------------------------------------------------------------------------------------------- */

static void read_teams(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *teams = fleet_get(SECTION_FLEET, y, "teams");
	if (!teams || !(f->teams = new_array(r, teams->count, FLEET_MAX_TEAMS, sizeof(*f->teams), teams, "teams")))
		return;
	for (uint32_t i = 0; i < teams->count; i++) {
		const struct yaml_pair *pair = &teams->pairs[i];
		if (!name_of_pair(r, pair, "the team's name") || !fleet_check_keys(r, SECTION_TEAM, &pair->value))
			continue;
		struct team *t = &f->teams[f->teams_count++];
		*t = (struct team){
			.name = arena_str(r->arena, pair->key),
			.contact = fleet_text(r, SECTION_TEAM, &pair->value, "contact"),
			.alerts = fleet_text(r, SECTION_TEAM, &pair->value, "alerts"),
			.place = fleet_place(r, pair->line, pair->column),
		};
		t->members = fleet_words(r, SECTION_TEAM, &pair->value, "members", &t->members_count);
	}
}

/* "10.0.0.0/8", "::1", "127.0.0.1" */
static bool network_ok(struct str s)
{
	char text[64];
	struct sys_addr a;
	struct err e = { 0 };
	uint64_t bits;
	struct str rest = s, ip = str_split(&rest, '/');
	bool v6 = str_find_char(ip, ':') != SIZE_MAX;
	if (rest.p && (!str_to_u64(rest, &bits) || bits > (v6 ? 128 : 32)))
		return false;
	if (ip.len == 0 || ip.len > 45 || str_eq_ci(ip, STR("localhost")))
		return false;
	int n = snprintf(text, sizeof(text), v6 ? "[%.*s]:1" : "%.*s:1", STR_FMT(ip));
	return sys_addr_parse(&a, str_from(text, (size_t)n), &e) && a.family == (v6 ? SYS_IPV6 : SYS_IPV4);
}

static void read_trust(struct fleet_reader *r, struct fleet *f, const struct yaml *gateway)
{
	static const struct str loopback[] = { STR_INIT("127.0.0.0/8"), STR_INIT("::1") };
	const struct yaml *trust = fleet_get(SECTION_GATEWAY, gateway, "trust");
	f->gateway.trust = fleet_words(r, SECTION_GATEWAY, gateway, "trust", &f->gateway.trust_count);
	for (uint32_t i = 0; trust && i < trust->count; i++) {
		const struct yaml *v = &trust->items[i];
		if (v->type == YAML_SCALAR && !network_ok(v->text))
			fleet_wrong(r, v->line, v->column, "`%.*s` is no address or network; write one such as `192.168.1.7` or `10.0.0.0/8`",
				    STR_FMT(fleet_shown(v->text)));
	}
	if (trust) /* an empty list trusts nobody */
		return;
	f->gateway.trust = ARENA_ARRAY(r->arena, ARRAY_LEN(loopback), struct str);
	if (f->gateway.trust) {
		memcpy(f->gateway.trust, loopback, sizeof(loopback));
		f->gateway.trust_count = ARRAY_LEN(loopback);
	}
}

static void read_expose(struct fleet_reader *r, struct fleet *f, const struct yaml *gateway)
{
	const struct yaml *expose = fleet_get(SECTION_GATEWAY, gateway, "expose");
	if (!expose)
		return;
	f->gateway.expose = new_array(r, expose->count, FLEET_MAX_WORDS, sizeof(*f->gateway.expose), expose, "exposed services");
	f->gateway.expose_places = new_array(r, expose->count, FLEET_MAX_WORDS, sizeof(*f->gateway.expose_places), expose, "exposed services");
	if (!f->gateway.expose || !f->gateway.expose_places)
		return;
	for (uint32_t i = 0; i < expose->count; i++) {
		size_t n = f->gateway.expose_count;
		if (!fleet_scalar(r, &expose->items[i], "an entry of `expose`", &f->gateway.expose[n]))
			continue;
		f->gateway.expose_places[n] = fleet_place(r, expose->items[i].line, expose->items[i].column);
		f->gateway.expose_count++;
	}
}

static void read_gateway(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *g = fleet_get(SECTION_FLEET, y, "gateway");
	if (g && !fleet_check_keys(r, SECTION_GATEWAY, g))
		g = NULL;
	f->gateway.listen = fleet_addr(r, SECTION_GATEWAY, g, "listen");
	f->gateway.first_port = (uint16_t)fleet_i64(r, SECTION_GATEWAY, g, "ports");
	f->gateway.timeout = fleet_i64(r, SECTION_GATEWAY, g, "timeout");
	f->gateway.timeout_said = fleet_get(SECTION_GATEWAY, g, "timeout") != NULL;
	f->gateway.connect_timeout = fleet_i64(r, SECTION_GATEWAY, g, "connect_timeout");
	f->gateway.first_byte_timeout = fleet_i64(r, SECTION_GATEWAY, g, "first_byte_timeout");
	f->gateway.max_body = (size_t)fleet_i64(r, SECTION_GATEWAY, g, "max_body");
	read_trust(r, f, g);
	read_expose(r, f, g);
}

/* What a service's name or a pattern of names may be made of; nothing that a list of them on a command line would stumble over. */
static bool pattern_ok(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c == ',' || c == '=' || c == 0x7f)
			return false;
	}
	return s.len > 0 && s.len <= FLEET_MAX_PATTERN;
}

static void read_ages(struct fleet_reader *r, struct fleet *f, const struct yaml *keep)
{
	const struct yaml *ages = fleet_get(SECTION_KEEP, keep, "services");
	const struct fleet_key *row = fleet_row(SECTION_KEEP, "services");
	if (!ages || !(f->store.ages = new_array(r, ages->count, FLEET_MAX_WORDS, sizeof(*f->store.ages), ages, "services")))
		return;
	for (uint32_t i = 0; i < ages->count; i++) {
		const struct yaml_pair *pair = &ages->pairs[i];
		struct str text = STR("");
		int64_t ns;
		if (!pattern_ok(pair->key)) {
			fleet_wrong(r, pair->line, pair->column, "`%.*s` is no service's name or pattern; write for example `orders` or `audit-*`",
				    STR_FMT(fleet_shown(pair->key)));
			continue;
		}
		if (!fleet_scalar(r, &pair->value, "how long a service's rows are kept", &text))
			continue;
		if (!duration_parse(text, &ns) || (double)ns < row->min || (double)ns > row->max) {
			fleet_wrong(r, pair->value.line, pair->value.column, "`%.*s` must be a duration from 1h to 3650d, such as `3d`; here is `%.*s`",
				    STR_FMT(fleet_shown(pair->key)), STR_FMT(fleet_shown(text)));
			continue;
		}
		f->store.ages[f->store.age_count++] = (struct service_age){ arena_str(r->arena, pair->key), ns };
	}
}

static void read_store(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *s = fleet_get(SECTION_FLEET, y, "store");
	if (s && !fleet_check_keys(r, SECTION_STORE, s))
		s = NULL;
	const struct yaml *keep = fleet_get(SECTION_STORE, s, "keep");
	if (keep && !fleet_check_keys(r, SECTION_KEEP, keep))
		keep = NULL;
	f->store.listen = fleet_addr(r, SECTION_STORE, s, "listen");
	f->store.grpc = fleet_addr(r, SECTION_STORE, s, "grpc");
	f->store.syslog = fleet_addr(r, SECTION_STORE, s, "syslog");
	f->store.syslog_zone = fleet_i64(r, SECTION_STORE, s, "syslog_zone");
	f->store.forward = fleet_addr(r, SECTION_STORE, s, "forward");
	f->store.forward_secret = fleet_text(r, SECTION_STORE, s, "forward_secret");
	if (f->store.forward_secret.len)
		f->store.forward_secret = fleet_join(r->arena, f->root, f->store.forward_secret);
	f->store.memory = fleet_i64(r, SECTION_STORE, s, "memory");
	f->store.keep_ns = fleet_i64(r, SECTION_KEEP, keep, "days") * 86400 * (int64_t)1000000000;
	f->store.keep_bytes = fleet_i64(r, SECTION_KEEP, keep, "size");
	read_ages(r, f, keep);
}

static void read_follow(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *follow = fleet_get(SECTION_FLEET, y, "follow");
	if (!follow || follow->count > FLEET_MAX_FOLLOW) /* too many: reported with the keys */
		return;
	f->follow = new_array(r, follow->count, FLEET_MAX_FOLLOW, sizeof(*f->follow), follow, "entries of `follow`");
	for (uint32_t i = 0; f->follow && i < follow->count; i++) {
		const struct yaml *v = &follow->items[i];
		const struct yaml *files = fleet_check_keys(r, SECTION_FOLLOW, v) ? fleet_get(SECTION_FOLLOW, v, "files") : NULL;
		struct followed got = { .service = fleet_text(r, SECTION_FOLLOW, v, "service"), .place = fleet_place(r, v->line, v->column) };
		if (files)
			got.files = fleet_pattern(r, files, f->root);
		if (name_is_reserved(got.service))
			fleet_wrong(r, v->line, v->column, "`%.*s` is a name of one of Pleach's own parts; choose another", STR_FMT(got.service));
		else if (!str_empty(got.files) && !str_empty(got.service))
			f->follow[f->follow_count++] = got;
	}
}

static void read_contracts(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *c = fleet_get(SECTION_FLEET, y, "contracts");
	if (c && !fleet_check_keys(r, SECTION_CONTRACTS, c))
		c = NULL;
	f->contracts.window = fleet_i64(r, SECTION_CONTRACTS, c, "window");
	f->contracts.threshold = (uint32_t)fleet_i64(r, SECTION_CONTRACTS, c, "threshold");
	f->contracts.environments = fleet_words(r, SECTION_CONTRACTS, c, "environments", &f->contracts.environments_count);
}

static void read_rules(struct fleet_reader *r, struct fleet *f, const struct yaml *catalog)
{
	const struct yaml *rules = fleet_get(SECTION_CATALOG, catalog, "rules");
	if (!rules || rules->count > FLEET_MAX_RULES) /* too many: reported with the keys */
		return;
	f->catalog.rules = new_array(r, rules->count, FLEET_MAX_RULES, sizeof(*f->catalog.rules), rules, "entries of `rules`");
	for (uint32_t i = 0; f->catalog.rules && i < rules->count; i++) {
		const struct yaml *v = &rules->items[i];
		if (!fleet_check_keys(r, SECTION_RULE, v))
			continue;
		struct score_rule got = { .name = fleet_text(r, SECTION_RULE, v, "name"), .query = fleet_text(r, SECTION_RULE, v, "query"), .raise = fleet_text(r, SECTION_RULE, v, "raise"),
					  .most = fleet_i64(r, SECTION_RULE, v, "most"), .weight = (int)fleet_i64(r, SECTION_RULE, v, "weight"), .place = fleet_place(r, v->line, v->column) };
		if (str_find_char(got.query, '|') != SIZE_MAX)
			fleet_wrong(r, v->line, v->column, "`query` of a rule is a search without pipes; lines are counted by themselves");
		else if (got.name.len && got.query.len)
			f->catalog.rules[f->catalog.rules_count++] = got;
	}
}

static void read_backstage(struct fleet_reader *r, struct fleet *f, const struct yaml *catalog)
{
	const struct yaml *at = fleet_get(SECTION_CATALOG, catalog, "backstage");
	struct str url = fleet_text(r, SECTION_CATALOG, catalog, "backstage");
	f->catalog.backstage_token = fleet_text(r, SECTION_CATALOG, catalog, "backstage_token");
	bool strange = false;
	for (size_t i = 0; i < url.len; i++)
		strange |= (unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f;
	if (at && ((!str_starts(url, STR("http://")) && !str_starts(url, STR("https://"))) || strange))
		fleet_wrong(r, at->line, at->column, "`backstage` is the URL of a Backstage, for example `https://backstage.example`");
	else if (str_find_char(url, '@') != SIZE_MAX)
		fleet_wrong(r, at->line, at->column, "`backstage` has a user or password in it, which ends up in logs: leave that out, and name a file with a token by `backstage_token`");
	else
		f->catalog.backstage = url;
}

static void check_remotes(struct fleet_reader *r, const struct yaml *catalog)
{
	const struct yaml *list = fleet_get(SECTION_CATALOG, catalog, "repositories");
	for (uint32_t i = 0; list && i < list->count; i++) {
		struct err e = { 0 };
		if (git_url_is(list->items[i].text) && !git_url_check(list->items[i].text, &e))
			fleet_wrong(r, list->items[i].line, list->items[i].column, "%s", e.message);
	}
}

static void check_work_items(struct fleet_reader *r, const struct yaml *catalog, struct str where)
{
	const struct yaml *at = fleet_get(SECTION_CATALOG, catalog, "work_items");
	size_t scheme = str_find(where, STR("://"));
	struct str authority = scheme == SIZE_MAX ? STR("") : str_skip(where, scheme + 3);
	if (at && str_find_char(str_sub(authority, 0, str_find_char(authority, '/')), '@') != SIZE_MAX)
		fleet_wrong(r, at->line, at->column, "`work_items` has a user or password in it, which ends up in logs: leave that out, and name a file with a token by `work_items_token`");
}

static void read_catalog(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *c = fleet_get(SECTION_FLEET, y, "catalog");
	if (c && !fleet_check_keys(r, SECTION_CATALOG, c))
		c = NULL;
	f->catalog.repositories = fleet_words(r, SECTION_CATALOG, c, "repositories", &f->catalog.count);
	f->catalog.every = fleet_i64(r, SECTION_CATALOG, c, "every");
	f->catalog.work_items = fleet_text(r, SECTION_CATALOG, c, "work_items");
	f->catalog.work_items_token = fleet_text(r, SECTION_CATALOG, c, "work_items_token");
	check_work_items(r, c, f->catalog.work_items);
	f->catalog.clone_size = fleet_i64(r, SECTION_CATALOG, c, "clone_size");
	check_remotes(r, c);
	read_backstage(r, f, c);
	read_rules(r, f, c);
}

/* A file beside pleach.yaml, as an absolute path; empty: none. */
static struct str file_of(struct fleet_reader *r, const struct fleet *f, enum fleet_section section, const struct yaml *node, const char *key)
{
	struct str file = fleet_text(r, section, node, key);
	return file.len ? fleet_join(r->arena, f->root, file) : file;
}

static void read_registry(struct fleet_reader *r, const struct fleet *f, const struct yaml *d, const char *name, struct fleet_registry *to)
{
	static const struct { const char *key; size_t offset; } files[] = { { "token", offsetof(struct fleet_registry, token) }, { "ca", offsetof(struct fleet_registry, ca) },
									   { "cert", offsetof(struct fleet_registry, cert) }, { "key", offsetof(struct fleet_registry, key) } };
	char key[64];
	to->url = fleet_text(r, SECTION_DISCOVERY, d, name);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(key, sizeof(key), "%s_%s", name, files[i].key);
		*(struct str *)((char *)to + files[i].offset) = file_of(r, f, SECTION_DISCOVERY, d, key);
	}
	snprintf(key, sizeof(key), "%s_cert", name);
	const struct yaml *at = fleet_get(SECTION_DISCOVERY, d, key);
	if (at && !to->key.len)
		fleet_wrong(r, at->line, at->column, "`%s_cert` goes with `%s_key`, the file with its key", name, name);
}

static void read_discovery(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	const struct yaml *d = fleet_get(SECTION_FLEET, y, "discovery");
	if (d && !fleet_check_keys(r, SECTION_DISCOVERY, d))
		d = NULL;
	read_registry(r, f, d, "consul", &f->discovery.consul);
	read_registry(r, f, d, "etcd", &f->discovery.etcd);
	read_registry(r, f, d, "kubernetes", &f->discovery.kubernetes);
	f->discovery.etcd.user = fleet_text(r, SECTION_DISCOVERY, d, "etcd_user");
	f->discovery.etcd.password = file_of(r, f, SECTION_DISCOVERY, d, "etcd_password");
	const struct yaml *user = fleet_get(SECTION_DISCOVERY, d, "etcd_user");
	if (user && !f->discovery.etcd.password.len)
		fleet_wrong(r, user->line, user->column, "`etcd_user` goes with `etcd_password`, a file with the password");
	f->discovery.etcd.scope = fleet_text(r, SECTION_DISCOVERY, d, "etcd_prefix");
	f->discovery.kubernetes.scope = fleet_text(r, SECTION_DISCOVERY, d, "kubernetes_namespace");
	f->discovery.dns = fleet_words(r, SECTION_DISCOVERY, d, "dns", &f->discovery.dns_count);
	f->discovery.dns_server = fleet_text(r, SECTION_DISCOVERY, d, "dns_server");
}

void fleet_read_pleach(struct fleet_reader *r, struct fleet *f, const struct yaml *y)
{
	if (!fleet_check_keys(r, SECTION_FLEET, y))
		return;
	const struct yaml *control = fleet_get(SECTION_FLEET, y, "control");
	if (control && !fleet_check_keys(r, SECTION_CONTROL, control))
		control = NULL;
	f->name = fleet_text(r, SECTION_FLEET, y, "fleet");
	f->control.listen = fleet_addr(r, SECTION_CONTROL, control, "listen");
	read_teams(r, f, y);
	read_gateway(r, f, y);
	read_store(r, f, y);
	read_follow(r, f, y);
	read_contracts(r, f, y);
	read_catalog(r, f, y);
	read_discovery(r, f, y);
	f->patterns = fleet_words(r, SECTION_FLEET, y, "services", &f->patterns_count);
}

/* --- service.yaml --------------------------------------------------------------------------------------------------------------- */

/* A program with a slash is relative to the service's directory; one without is looked for in PATH. */
static void read_command(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	struct run *run = &s->run;
	run->command = fleet_words(r, SECTION_RUN, y, "command", &run->command_count);
	if (run->command_count == 0)
		return;
	struct str program = run->command[0];
	if (str_empty(program)) {
		const struct yaml *v = fleet_get(SECTION_RUN, y, "command");
		fleet_wrong(r, v->line, v->column, "`command` must begin with a program, such as `./orders`");
	} else if (str_find_char(program, '/') != SIZE_MAX && program.p[0] != '/') {
		run->command[0] = fleet_join(r->arena, s->directory, program);
	}
}

static bool variable_name_ok(struct str s)
{
	if (str_empty(s) || s.len > 256 || (s.p[0] >= '0' && s.p[0] <= '9'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static void read_env(struct fleet_reader *r, struct run *run, const struct yaml *y)
{
	const struct yaml *env = fleet_get(SECTION_RUN, y, "env");
	if (!env || !(run->env = new_array(r, env->count, FLEET_MAX_WORDS, sizeof(*run->env), env, "environment variables")))
		return;
	for (uint32_t i = 0; i < env->count; i++) {
		const struct yaml_pair *pair = &env->pairs[i];
		struct str value = STR("");
		if (!variable_name_ok(pair->key)) {
			fleet_wrong(r, pair->line, pair->column, "`%.*s` cannot name an environment variable; use letters, digits and `_`",
				    STR_FMT(fleet_shown(pair->key)));
			continue;
		}
		if (str_eq(pair->key, STR("PORT"))) {
			fleet_wrong(r, pair->line, pair->column, "`PORT` is set by Pleach, which gives each instance its own; take it out");
			continue;
		}
		if (pair->value.type != YAML_NULL && !fleet_scalar(r, &pair->value, "the value of an environment variable", &value))
			continue;
		struct str line = arena_printf(r->arena, "%.*s=%.*s", STR_FMT(pair->key), STR_FMT(value));
		run->env[run->env_count++] = line;
	}
}

static void read_logs(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	const struct yaml *logs = fleet_get(SECTION_RUN, y, "logs");
	if (!logs || logs->count > FLEET_MAX_LOGS) /* too many: reported with the keys */
		return;
	s->run.logs = new_array(r, logs->count, FLEET_MAX_LOGS, sizeof(*s->run.logs), logs, "patterns of log files");
	for (uint32_t i = 0; s->run.logs && i < logs->count; i++) {
		struct str pattern = fleet_pattern(r, &logs->items[i], s->directory);
		if (!str_empty(pattern))
			s->run.logs[s->run.logs_count++] = pattern;
	}
}

static void read_run(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	const struct yaml *run = fleet_get(SECTION_SERVICE, y, "run");
	if (!run || !fleet_check_keys(r, SECTION_RUN, run))
		return;
	const struct yaml *limits = fleet_get(SECTION_RUN, run, "limits");
	if (limits && !fleet_check_keys(r, SECTION_LIMITS, limits))
		limits = NULL;
	s->run.present = true;
	s->run.place = fleet_place(r, run->line, run->column);
	read_command(r, s, run);
	read_env(r, &s->run, run);
	read_logs(r, s, run);
	s->run.instances = (uint32_t)fleet_i64(r, SECTION_RUN, run, "instances");
	s->run.health = fleet_text(r, SECTION_RUN, run, "health");
	s->run.stop_grace = fleet_i64(r, SECTION_RUN, run, "stop_grace");
	s->run.memory = fleet_i64(r, SECTION_LIMITS, limits, "memory");
	s->run.cpus = fleet_f64(r, SECTION_LIMITS, limits, "cpus");
}

static void read_calls(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	const struct yaml *calls = fleet_get(SECTION_SERVICE, y, "calls");
	if (!calls || !(s->calls = new_array(r, calls->count, FLEET_MAX_CALLS, sizeof(*s->calls), calls, "dependencies")))
		return;
	for (uint32_t i = 0; i < calls->count; i++) {
		const struct yaml_pair *pair = &calls->pairs[i];
		if (!name_of_pair(r, pair, "the service called") || !fleet_check_keys(r, SECTION_CALL, &pair->value))
			continue;
		s->calls[s->calls_count++] = (struct dependency){
			.service = arena_str(r->arena, pair->key),
			.timeout = fleet_i64(r, SECTION_CALL, &pair->value, "timeout"),
			.on_failure = fleet_text(r, SECTION_CALL, &pair->value, "on_failure"),
			.place = fleet_place(r, pair->line, pair->column),
		};
	}
}

static void read_journeys(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	s->journeys = fleet_words(r, SECTION_SERVICE, y, "journeys", &s->journeys_count);
	for (size_t i = 0; i < s->journeys_count; i++)
		s->journeys[i] = fleet_join(r->arena, s->directory, s->journeys[i]);
}

static enum ownership ownership_of(struct str s)
{
	return str_eq(s, STR("weak")) ? OWNERSHIP_WEAK : str_eq(s, STR("collective")) ? OWNERSHIP_COLLECTIVE : OWNERSHIP_STRONG;
}

static enum tier tier_of(struct str s)
{
	static const struct str names[] = { [TIER_NONE] = STR_INIT(""),	[TIER_BRONZE] = STR_INIT("bronze"), [TIER_SILVER] = STR_INIT("silver"),
					    [TIER_GOLD] = STR_INIT("gold"), [TIER_PLATINUM] = STR_INIT("platinum") };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq(names[i], s))
			return (enum tier)i;
	}
	return TIER_NONE;
}

static void read_address(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	char text[128];
	const struct yaml *v = fleet_get(SECTION_SERVICE, y, "address");
	if (!v)
		return;
	struct sys_addr a = fleet_addr(r, SECTION_SERVICE, y, "address");
	if (a.family != SYS_NONE)
		s->address = arena_str(r->arena, sys_addr_text(&a, text));
	if (s->run.present)
		fleet_wrong(r, v->line, v->column, "`address` is for a service that runs elsewhere, and `run` for one that Pleach starts; keep one of them");
}

bool fleet_read_service(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	if (!fleet_check_keys(r, SECTION_SERVICE, y))
		return false;
	const struct yaml *name = fleet_get(SECTION_SERVICE, y, "service");
	s->name = fleet_text(r, SECTION_SERVICE, y, "service");
	s->place = name ? fleet_place(r, name->line, name->column) : fleet_place(r, y->line, y->column);
	s->owner = fleet_text(r, SECTION_SERVICE, y, "owner");
	s->ownership = ownership_of(fleet_text(r, SECTION_SERVICE, y, "ownership"));
	s->tier = tier_of(fleet_text(r, SECTION_SERVICE, y, "tier"));
	read_run(r, s, y);
	read_address(r, s, y);
	fleet_read_serves(r, s, y);
	read_calls(r, s, y);
	read_journeys(r, s, y);
	if (str_empty(s->name))
		return false;
	if (name_is_reserved(s->name)) {
		fleet_wrong(r, s->place.line, s->place.column, "`%.*s` is a name of one of Pleach's own parts; choose another, such as `%.*s-service`",
			    STR_FMT(s->name), STR_FMT(str_sub(s->name, 0, 50)));
		return false;
	}
	return true;
}
