/* The same capability by different libraries (catalog/libraries): which libraries count as one, what is divided, who is asked; against a count from first principles for random fleets. */
#include "base/check.h"
#include "libraries_world.h"
#include <stdlib.h>

static struct libraries made(struct world *w)
{
	struct libraries l;
	assert_true(libraries_make(&l, &w->a, w->p, w->found, w->count));
	return l;
}

static void related(void **state)
{
	static const struct { enum package_type type; const char *a, *b; bool one; } rows[] = {
		{ PACKAGE_NPM, "@nestjs/core", "@nestjs/common", true },
		{ PACKAGE_NPM, "redis", "redis-om", true },
		{ PACKAGE_NPM, "redis", "redisson", false },
		{ PACKAGE_NPM, "axios", "got", false },
		{ PACKAGE_NPM, "@scope/x", "scope", false },
		{ PACKAGE_MAVEN, "org.slf4j:slf4j-api", "org.slf4j:jcl-over-slf4j", true },
		{ PACKAGE_MAVEN, "org.springframework:spring-web", "org.springframework.boot:spring-boot-starter-web", true },
		{ PACKAGE_MAVEN, "com.fasterxml.jackson.core:jackson-databind", "com.fasterxml.jackson.datatype:jackson-datatype-jsr310", true },
		{ PACKAGE_MAVEN, "org.apache.logging.log4j:log4j-api", "org.apache.httpcomponents:httpclient", false },
		{ PACKAGE_MAVEN, "com.google.code.gson:gson", "com.google.inject:guice", false },
		{ PACKAGE_GOLANG, "github.com/gin-gonic/gin", "github.com/gin-gonic/contrib", true },
		{ PACKAGE_GOLANG, "github.com/gin-gonic/gin", "github.com/labstack/echo/v4", false },
		{ PACKAGE_GOLANG, "go.opentelemetry.io/otel", "go.opentelemetry.io/contrib/x", true },
		{ PACKAGE_GOLANG, "github.com/sirupsen/logrus", "github.com/rs/zerolog", false },
		{ PACKAGE_PYPI, "opentelemetry-api", "opentelemetry-sdk", true }, /* tbl/library_families.h */
		{ PACKAGE_COMPOSER, "open-telemetry/api", "open-telemetry/sdk", true },
		{ PACKAGE_CARGO, "opentelemetry-otlp", "opentelemetry-prometheus", true },
		{ PACKAGE_PYPI, "requests", "requests-oauthlib", true },
		{ PACKAGE_CARGO, "serde", "serde_json", true },
		{ PACKAGE_COMPOSER, "symfony/http-client", "symfony/http-kernel", true },
		{ PACKAGE_NUGET, "Serilog", "Serilog.Sinks.Console", true },
		{ PACKAGE_NUGET, "Serilog", "NLog", false },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (libraries_related(rows[i].type, str_z(rows[i].a), str_z(rows[i].b)) != rows[i].one)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
		assert_int_equal(libraries_related(rows[i].type, str_z(rows[i].b), str_z(rows[i].a)), rows[i].one);
	}
}

static void divided_comes_first(void **state)
{
	struct world w;
	(void)state;
	world_init(&w, 3);
	found(&w, 0, PACKAGE_NPM, "express", "4", PACKAGE_DIRECT); /* all teams agree: more of them, and yet behind */
	found(&w, 1, PACKAGE_NPM, "express", "4", PACKAGE_DIRECT);
	found(&w, 2, PACKAGE_NPM, "express", "4", PACKAGE_DIRECT);
	found(&w, 0, PACKAGE_NPM, "axios", "1.0", PACKAGE_DIRECT);
	found(&w, 6, PACKAGE_NPM, "axios", "1.0", PACKAGE_UNTOLD);
	found(&w, 6, PACKAGE_NPM, "axios", "1.1", PACKAGE_DIRECT);
	found(&w, 1, PACKAGE_NPM, "got", "14", PACKAGE_DIRECT);
	found(&w, 2, PACKAGE_NPM, "got", "14", PACKAGE_TRANSITIVE); /* is brought in by another */
	found(&w, 2, PACKAGE_NPM, "left-pad", "1", PACKAGE_DIRECT); /* of no capability */
	found(&w, 3, PACKAGE_NPM, "got", "13", PACKAGE_DIRECT);     /* of t0, asleep */
	found(&w, SIZE_MAX, PACKAGE_NPM, "got", "13", PACKAGE_DIRECT); /* the repository /r/s0 as a whole, which is t0's */
	struct libraries l = made(&w);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.divided, 1);
	const struct library_choice *c = &l.items[0];
	assert_int_equal(c->capability, CAPABILITY_HTTP_CLIENT);
	assert_true(c->divided && c->families == 2 && c->teams == 2 && c->users == 5);
	assert_true(str_eq(c->items[0].name, STR("got")) && c->items[0].teams == 2 && c->items[0].users == 3 && c->items[0].uses_count == 3);
	assert_true(str_eq(c->items[1].name, STR("axios")) && c->items[1].teams == 1 && c->items[1].users == 2 && c->items[1].uses_count == 3);
	assert_true(c->items[1].uses[0].told && !c->items[1].uses[1].told && c->items[1].uses[0].line == 7);
	assert_true(str_eq(c->common, STR("got")) && c->apart == 0);
	/* t0 has it in s0, s6 and the repository, and in s3 where nobody works any more. Most commits are to s6. */
	assert_true(str_eq(l.users[c->ask].owner, STR("t0")) && c->ask_users == 3 && str_eq(l.users[c->ask].name, STR("s6")));
	assert_false(l.items[1].divided);
	world_release(&w);
}

/* Nobody's services are used by no team; where nobody owns anything nothing is divided between teams, and a person is asked. */
static void without_owners(void **state)
{
	struct world w;
	(void)state;
	world_init(&w, 3);
	found(&w, SERVICES - 1, PACKAGE_NPM, "axios", "1", PACKAGE_DIRECT);
	found(&w, SERVICES - 1, PACKAGE_NPM, "got", "1", PACKAGE_DIRECT);
	struct libraries l = made(&w);
	assert_true(l.count == 1 && !l.items[0].divided && l.items[0].teams == 0 && l.items[0].users == 1 && l.items[0].families == 2);
	assert_true(l.users[l.items[0].ask].team == SIZE_MAX && l.items[0].ask_users == 1);
	w.count = 0;
	l = made(&w);
	assert_int_equal(l.count, 0);
	world_release(&w);
}

/* Random fleets: the same figures by counting every pair of service and library. */
static void figures_of_random_fleets(void **state)
{
	static const char *const names[] = { "axios", "got", "request", "superagent", "undici", "express", "fastify", "koa", "left-pad" };
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct world w;
		bool uses[SERVICES][ARRAY_LEN(names)] = { 0 };
		size_t teams = 1 + seed % 5;
		srand(seed);
		world_init(&w, teams);
		for (size_t i = 0; i < seed % 60; i++) {
			size_t s = (size_t)rand() % SERVICES, n = (size_t)rand() % ARRAY_LEN(names);
			bool direct = rand() % 4 != 0;
			found(&w, s, PACKAGE_NPM, names[n], rand() % 2 ? "1" : "2", direct ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE);
			uses[s][n] |= direct;
		}
		struct libraries l = made(&w);
		size_t entries = 0;
		for (size_t i = 0; i < l.count; i++)
			for (size_t k = 0; k < l.items[i].count; k++, entries++) {
				const struct library *x = &l.items[i].items[k];
				size_t n = 0, users = 0, owners = 0;
				bool of_team[SERVICES] = { 0 };
				while (!str_eq(x->name, str_z(names[n])))
					n++;
				for (size_t s = 0; s < SERVICES; s++) {
					users += uses[s][n];
					if (uses[s][n] && s + 1 < SERVICES)
						of_team[s % teams] = true;
				}
				for (size_t t = 0; t < teams; t++)
					owners += of_team[t];
				assert_int_equal(x->users, users);
				assert_int_equal(x->teams, owners);
			}
		for (size_t n = 0; n + 1 < ARRAY_LEN(names); n++) {
			bool any = false;
			for (size_t s = 0; s < SERVICES; s++)
				any |= uses[s][n];
			entries -= any;
		}
		assert_int_equal(entries, 0);
		for (size_t i = 1; i < l.count; i++)
			assert_true(l.items[i - 1].divided >= l.items[i].divided);
		world_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(related), cmocka_unit_test(divided_comes_first), cmocka_unit_test(without_owners), cmocka_unit_test(figures_of_random_fleets) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
