/* Decisions across teams (catalog/decisions): what titles say, states, which are about the same, which differ, and whom they concern. */
#include "base/check.h"
#include "catalog/decisions/decisions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NOW = 1800000000 };

/* Titles as they are found in public repositories, and odd ones: choices, topic, words. */
static void titles(void **state)
{
	static const struct { const char *title, *choices, *topic, *words; } rows[] = {
		{ "Use PostgreSQL", "postgresql", "database", "" },
		{ "1. Use Postgres for order storage", "postgresql", "database", "order storage" },
		{ "ADR-0003: Use Apache Kafka for domain events", "kafka", "broker", "domain event" },
		{ "0012 - Search in PostgreSQL", "postgresql", "database", "search" },
		{ "Use Kafka instead of RabbitMQ for order events", "kafka", "broker", "order event" },
		{ "Prefer gRPC over REST for communication between services", "grpc", "remote calls", "communication" },
		{ "Replace MongoDB with PostgreSQL", "postgresql", "database", "" },
		{ "Move from Jenkins to GitHub Actions", "github actions", "continuous integration", "" },
		{ "Migrate CI to GitLab CI", "gitlab ci", "continuous integration", "ci" },
		{ "Events over NATS instead of Kafka", "nats", "broker", "event" },
		{ "Do not use MongoDB", "", "", "" },
		{ "Stop using Redis", "", "", "" },
		{ "Use Go for new services", "go", "language", "" },
		{ "Go live on Monday", "", "", "go live monday" },
		{ "Use axios", "axios", "http-client", "" },
		{ "Adopt Serilog for logging", "serilog", "logging", "logging" },
		{ "Use structured logs for logging", "structured logs", "logging", "logging" },
		{ "Use Terraform to manage infrastructure", "terraform", "infrastructure as code", "manage infrastructure" },
		{ "Use event sourcing for payments", "event sourcing", "", "payment" },
		{ "Record architecture decisions", "", "", "" },
		{ "React on failures", "react", "web frontend", "failure" },
		{ "Use gRPC for Kafka consumers", "grpc", "remote calls", "kafka consumer" },
		{ "Use PostgreSQL and Redis", "postgresql redis", "database", "" },
		{ "", "", "", "" },
		{ "...", "", "", "" },
		{ "use", "", "", "" },
		{ "for", "", "", "" },
	};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct decision_title t;
		char choices[200] = "", words[200] = "";
		assert_true(decision_title_read(&t, &a, str_z(rows[i].title)));
		for (size_t k = 0; k < t.choices_count; k++)
			snprintf(choices + strlen(choices), sizeof(choices) - strlen(choices), "%s%.*s", k ? " " : "", STR_FMT(t.choices[k]));
		for (size_t k = 0; k < t.words_count; k++)
			snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%.*s", k ? " " : "", STR_FMT(t.words[k]));
		if (strcmp(choices, rows[i].choices) || !str_eq(t.topic, str_z(rows[i].topic)) || strcmp(words, rows[i].words))
			print_error("%s: choices `%s`, topic `%.*s`, words `%s`\n", rows[i].title, choices, STR_FMT(t.topic), words);
		assert_string_equal(choices, rows[i].choices);
		assert_true(str_eq(t.topic, str_z(rows[i].topic)));
		assert_string_equal(words, rows[i].words);
	}
	arena_release(&a);
}

/* Whatever bytes a title has, reading it ends and stays within its limits. */
static void any_bytes(void **state)
{
	static const char *const pieces[] = { "use ", "for ", "instead of ", "to ", "kafka ", "\xff", "\t", "adr-", "1.", "- ", "postgresql", "'", "_", "go ", "with ", "ss ", "\xc3\xa4 " };
	struct arena a;
	(void)state;
	srand(7);
	for (int i = 0; i < 3000; i++) {
		char text[600] = "";
		struct decision_title t;
		arena_init(&a, 1 << 20);
		for (int k = rand() % 60; k > 0; k--)
			strcat(text, pieces[(size_t)rand() % ARRAY_LEN(pieces)]);
		assert_true(decision_title_read(&t, &a, str_z(text)));
		assert_true(t.choices_count <= TITLE_CHOICES_MAX && t.words_count <= TITLE_WORDS_MAX);
		for (size_t k = 0; k < t.words_count; k++)
			assert_true(t.words[k].len > 0);
		assert_false(decision_titles_differ(&t, &t));
		assert_true(!t.words_count || decision_titles_share(&t, &t));
		arena_release(&a);
	}
}

static void states(void **state)
{
	static const struct { const char *status; enum decision_state state; } rows[] = {
		{ "Accepted", DECISION_TAKEN }, { "** accepted", DECISION_TAKEN }, { "\"proposed\"", DECISION_OPEN }, { "Draft", DECISION_OPEN }, { "In review", DECISION_OPEN },
		{ "Superseded by [ADR-0005](0005-x.md)", DECISION_ENDED }, { "Accepted, superseded by 12", DECISION_ENDED }, { "accepted (supersedes ADR-2)", DECISION_TAKEN },
		{ "Rejected", DECISION_ENDED }, { "", DECISION_UNSAID }, { "2024-01-01", DECISION_UNSAID }, { "unaccepted", DECISION_UNSAID },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (decision_state_of(str_z(rows[i].status)) != rows[i].state)
			fail_msg("%s", rows[i].status);
}

/* --- fleets ------------------------------------------------------------------------------------------------------------------------------------------------ */

enum { REPOSITORIES = 4 };
/* Repositories r0 (of t0, two services), r1 (t1), r2 (t0), r3 (nobody's). */
struct world { struct repository r[REPOSITORIES]; struct unit u[REPOSITORIES + 1]; struct claim owner[REPOSITORIES + 1]; struct unit_person people[REPOSITORIES + 1]; struct decision decisions[REPOSITORIES][4]; struct picture *p; struct arena a; struct libraries l; struct decisions d; };

static void world_init(struct world *w)
{
	static const char *const names[] = { "a", "b", "c", "d", "a2" }, *const owners[] = { "t0", "t1", "t0", "", "t0" }, *const roots[] = { "services/a", "", "", "", "services/a2" }, *const paths[] = { "/r0", "/r1", "/r2", "/r3" };
	memset(w, 0, sizeof(*w));
	arena_init(&w->a, 16 << 20);
	for (size_t i = 0; i <= REPOSITORIES; i++) {
		w->owner[i] = (struct claim){ .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = str_z(owners[i]), .file = STR("x"), .line = 1, .time = NOW };
		w->people[i] = (struct unit_person){ str_z(names[i]), STR("x@x"), 5 + i, 2, NOW - 10 };
		w->u[i] = (struct unit){ .name = str_z(names[i]), .root = str_z(roots[i]), .tree = STR(""), .declared = true, .claims = &w->owner[i], .claims_count = owners[i][0] != 0,
					 .people = { .last_commit = NOW - 10, .commits = 5 + i, .files = 2, .items = &w->people[i], .count = 1 } };
	}
	struct unit *first = ARENA_ARRAY(&w->a, 2, struct unit);
	first[0] = w->u[0];
	first[1] = w->u[REPOSITORIES];
	for (size_t i = 0; i < REPOSITORIES; i++)
		w->r[i] = (struct repository){ .path = str_z(paths[i]), .origin = STR(""), .head = STR("1"), .note = STR(""), .units = i ? &w->u[i] : first, .units_count = i ? 1 : 2, .decisions = w->decisions[i] };
}

static void decided(struct world *w, size_t repository, const char *file, const char *title, const char *status)
{
	struct repository *r = &w->r[repository];
	w->decisions[repository][r->decisions_count++] = (struct decision){ .title = str_z(title), .status = str_z(status), .date = STR("2024-01-01"), .file = str_z(file) };
}

static void world_make(struct world *w)
{
	struct err e = { 0 };
	w->p = picture_new(&(struct picture_sources){ .repositories = w->r, .repositories_count = REPOSITORIES, .now = NOW }, &e);
	assert_non_null(w->p);
	assert_true(libraries_make(&w->l, &w->a, w->p, NULL, 0) && decisions_make(&w->d, &w->a, w->p, &w->l));
}

static void world_release(struct world *w)
{
	picture_free(w->p);
	arena_release(&w->a);
}

static void decided_differently(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	decided(&w, 0, "docs/adr/1.md", "Use Kafka for events", "Accepted");
	decided(&w, 1, "docs/adr/1.md", "Use RabbitMQ for work queues", "accepted");
	decided(&w, 1, "docs/adr/2.md", "Use webhooks for partner events", "accepted");
	decided(&w, 3, "docs/adr/1.md", "Use polling for partner events", "accepted"); /* no topic; the same words */
	decided(&w, 2, "docs/adr/9.md", "Use NATS", "Proposed");
	world_make(&w);
	assert_int_equal(w.d.count, 5);
	assert_int_equal(w.d.groups_count, 2);
	assert_int_equal(w.d.differ, 2);
	const struct decision_group *broker = &w.d.groups[0], *words = &w.d.groups[1];
	assert_true(str_eq(broker->subject, STR("broker")) && broker->count == 3 && broker->differs && broker->open);
	assert_true(str_eq(words->subject, STR("event")) && words->count == 3 && words->differs && !words->open);
	assert_int_equal(w.d.items[broker->items[0]].state, DECISION_OPEN);
	world_release(&w);
}

/* What a record chooses in its text: an option's name counts before the title, a sentence where the title names nothing. */
static void outcomes(void **state)
{
	static const struct { const char *title, *outcome; bool chosen; const char *choice, *topic; } rows[] = {
		{ "Which broker carries events?", "RabbitMQ", true, "rabbitmq", "broker" },
		{ "Kafka or NATS for events?", "NATS", true, "nats", "broker" },
		{ "Use Kafka", "We will use NATS here", false, "kafka", "broker" },
		{ "Cache sessions", "We will use Redis for it", false, "redis", "cache server" },
		{ "Which broker?", "the second one", true, "", "" },
		{ "Which broker?", "", false, "", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		(void)state;
		world_init(&w);
		decided(&w, 0, "docs/adr/1.md", rows[i].title, "Accepted");
		w.decisions[0][0].outcome = str_z(rows[i].outcome);
		w.decisions[0][0].chosen = rows[i].chosen;
		world_make(&w);
		const struct decision_title *t = &w.d.items[0].title;
		struct str choice = t->choices_count ? t->choices[0] : STR("");
		if (!str_eq(choice, str_z(rows[i].choice)) || (choice.len && !str_eq(t->topic, str_z(rows[i].topic))))
			fail_msg("%s: %.*s of %.*s", rows[i].title, STR_FMT(choice), STR_FMT(t->topic));
		world_release(&w);
	}
}

/* One team's two minds are its own matter, agreement is none, and what was given up no longer counts. */
static void not_decided_differently(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	decided(&w, 0, "docs/adr/1.md", "Use Kafka", "Accepted");
	decided(&w, 2, "docs/adr/1.md", "Use RabbitMQ", "Accepted"); /* of t0 too */
	decided(&w, 1, "docs/adr/1.md", "Use Apache Kafka for events", "Accepted");
	decided(&w, 3, "docs/adr/1.md", "Use NATS", "Superseded by 2");
	decided(&w, 1, "docs/adr/2.md", "Use PostgreSQL", "Accepted");
	world_make(&w);
	assert_int_equal(w.d.groups_count, 1);
	assert_true(w.d.groups[0].count == 4 && w.d.groups[0].differs); /* t0's RabbitMQ against t1's Kafka */
	world_release(&w);
	world_init(&w);
	decided(&w, 0, "docs/adr/1.md", "Use Kafka", "Accepted");
	decided(&w, 2, "docs/adr/1.md", "Use RabbitMQ", "Accepted");
	decided(&w, 1, "docs/adr/1.md", "Use RabbitMQ", "Rejected");
	decided(&w, 3, "docs/adr/1.md", "Use Kafka or RabbitMQ", "Accepted");
	world_make(&w);
	assert_int_equal(w.d.differ, 0);
	assert_false(w.d.groups[0].open);
	world_release(&w);
}

/* In a service's folder it is that one's; at the top of many it is all theirs, the most active first. */
static void whom_they_concern(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	decided(&w, 0, "services/a/docs/adr/1.md", "Use Kafka", "Accepted");
	decided(&w, 0, "docs/adr/1.md", "Use Redis", "Accepted");
	decided(&w, 3, "adr/1.md", "Use Vault", "Accepted");
	world_make(&w);
	const struct decision_known *top = &w.d.items[0], *own = &w.d.items[1], *nobodys = &w.d.items[2];
	assert_true(top->services_count == 2 && str_eq(w.l.users[top->services[0]].name, STR("a2")) && str_eq(w.l.users[top->services[1]].name, STR("a")));
	assert_true(own->services_count == 1 && str_eq(w.l.users[own->services[0]].name, STR("a")) && str_eq(w.l.users[own->services[0]].person->name, STR("a")));
	assert_true(nobodys->services_count == 1 && !w.l.users[nobodys->services[0]].owner.len);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(titles), cmocka_unit_test(any_bytes), cmocka_unit_test(states), cmocka_unit_test(outcomes), cmocka_unit_test(decided_differently), cmocka_unit_test(not_decided_differently),
					    cmocka_unit_test(whom_they_concern) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
