/* How texts may name the services of a fleet (borders_impl.h). */
#include "base/check.h"
#include "contract/borders/borders_impl.h"
#include "model/names.h"

static void put(struct map *m, struct str key, const struct service *s)
{
	if (key.p && !map_get(m, key)) /* of two services of one spelling the first: which is meant nobody can tell */
		map_put(m, key, (void *)(uintptr_t)s);
}

/* "order-lines" as identifiers write it: "orderlines". */
static struct str plain_name(struct arena *a, struct str name)
{
	char *out = arena_bytes(a, name.len ? name.len : 1);
	size_t n = 0;
	for (size_t i = 0; out && i < name.len; i++)
		if (name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '.')
			out[n++] = name.p[i];
	return out ? str_from(out, n) : (struct str){ NULL, 0 };
}

static void put_port(struct border_names *n, struct str digits, const struct service *s)
{
	uint64_t port;
	if (digits.len >= 4 && str_to_u64(digits, &port) && port >= 1024 && port <= UINT16_MAX)
		put(&n->ports, digits, s);
}

/* A port that is written down: of an address, or a word of the command behind one that speaks of a port ("--port", "8081"; "--port=8081"). */
static void put_ports(struct border_names *n, const struct service *s)
{
	size_t colon = s->address.len;
	while (colon > 0 && s->address.p[colon - 1] != ':')
		colon--;
	if (colon)
		put_port(n, str_skip(s->address, colon), s);
	for (size_t i = 0; i < s->run.command_count; i++) {
		struct str word = s->run.command[i];
		size_t equals = str_find_char(word, '=');
		bool before = i && str_find_ci(s->run.command[i - 1], STR("port")) != SIZE_MAX;
		bool own = equals != SIZE_MAX && str_find_ci(str_sub(word, 0, equals), STR("port")) != SIZE_MAX;
		if (before || own)
			put_port(n, own ? str_skip(word, equals + 1) : word, s);
	}
}

bool border_names_init(struct border_names *n, const struct fleet *f)
{
	char text[80];
	*n = (struct border_names){ .fleet = f };
	arena_init(&n->arena, 8u << 20);
	struct map *maps[] = { &n->names, &n->variables, &n->plain, &n->ports };
	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		map_init(maps[i], FLEET_MAX_SERVICES * 4);
	for (size_t i = 0; i < f->services_count; i++) {
		const struct service *s = &f->services[i];
		struct str variable = name_env_url(s->name, text);
		put(&n->names, s->name, s);
		put(&n->variables, arena_str(&n->arena, str_sub(variable, 0, variable.len - 4)), s);
		put(&n->plain, plain_name(&n->arena, s->name), s);
		put_ports(n, s);
	}
	return !n->arena.full;
}

void border_names_release(struct border_names *n)
{
	map_release(&n->names);
	map_release(&n->variables);
	map_release(&n->plain);
	map_release(&n->ports);
	arena_release(&n->arena);
}
