/* Any bytes as pleach.yaml ('p' first) or service.yaml (anything else first): no crash, no leak, and either an error with a place or a value
 * within its limits. */
#include "base/check.h"
#include "model/fleet_keys.h"
#include "model/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_service(const struct service *s)
{
	struct err e = { 0 };
	CHECK(name_check(s->name, "service", &e) && !name_is_reserved(s->name));
	CHECK(!s->run.present || (s->run.instances >= 1 && s->run.instances <= FLEET_MAX_INSTANCES));
	for (size_t i = 0; i < s->serves_count; i++)
		CHECK(s->serves[i].path.len > 0 && s->serves[i].path.p[0] == '/');
	for (size_t i = 0; i < s->calls_count; i++)
		CHECK(name_check(s->calls[i].service, "callee", &e) && s->calls[i].timeout >= 0);
}

static void check_pleach(const struct fleet *f)
{
	CHECK(f->gateway.listen.family != SYS_NONE && f->store.listen.family != SYS_NONE && f->control.listen.family != SYS_NONE);
	CHECK(f->gateway.timeout > 0 && f->store.keep_ns > 0 && f->gateway.first_port >= 1024);
	CHECK(f->teams_count <= FLEET_MAX_TEAMS && f->gateway.trust_count <= FLEET_MAX_WORDS);
}

static void read_one(struct fleet_reader *r, struct fleet *f, const struct yaml *y, bool pleach)
{
	struct service s = { .directory = STR("/fleet/services/a") };
	if (pleach) {
		fleet_read_pleach(r, f, y);
		if (!fleet_is_wrong(r))
			check_pleach(f);
	} else if (fleet_read_service(r, &s, y)) {
		f->services = &s;
		f->services_count = 1;
		if (!fleet_is_wrong(r))
			check_service(&s);
	} else {
		CHECK(fleet_is_wrong(r));
	}
	fleet_check_whole(r, f);
	f->services = NULL;
	f->services_count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena tree, own;
	struct buf more;
	struct err e = { 0 }, first = { 0 };
	struct fleet f = { .root = STR("/fleet") };
	if (size < 1)
		return 0;
	arena_init(&tree, 16 << 20);
	arena_init(&own, 16 << 20);
	buf_init(&more, 1 << 20);
	struct fleet_reader r = { .arena = &own, .file = STR("x.yaml") };
	const struct yaml *y = yaml_parse(&tree, r.file, str_from((const char *)data + 1, size - 1), &e);
	CHECK((y != NULL) == !err_is_set(&e));
	if (y)
		read_one(&r, &f, y, data[0] == 'p');
	fleet_report(&r, &first, &more);
	CHECK(fleet_is_wrong(&r) == err_is_set(&first));
	buf_release(&more);
	arena_release(&own);
	arena_release(&tree);
	return 0;
}
