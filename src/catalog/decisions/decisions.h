/* Decisions (ADRs) of all repositories: open and taken, which of them are about the same, where the same was decided differently, and who of each team belongs in the conversation.
 *
 * A choice is what the title names, or the record itself: MADR's "Chosen option", the first sentence below "Decision". About the same are decisions of one topic (title.h), and those that share at least half of the words that say what for. Decided differently is what two accepted decisions of different teams (of
 * different repositories, where no team is known) have chosen something else for. A decision is the services' in whose folder it lies; else (docs/adr at the top of many) all services' of its repository.
 * Pure; everything lives in the arena that is given, texts are the picture's. */
#ifndef PLEACH_CATALOG_DECISIONS_DECISIONS_H
#define PLEACH_CATALOG_DECISIONS_DECISIONS_H
#include "catalog/decisions/title.h"
#include "catalog/libraries/libraries.h"

enum { DECISIONS_MAX = 2000 /* of which the newest are looked at */, DECISION_SERVICES_MAX = 16 /* of one decision, those with most commits */ };
enum decision_state { DECISION_UNSAID, DECISION_OPEN, DECISION_TAKEN, DECISION_ENDED };
struct decision_known {
	const struct repository *repository;
	const struct decision *decision;
	enum decision_state state;
	struct decision_title title;
	size_t services[DECISION_SERVICES_MAX], services_count; /* users of libraries.h */
};
struct decision_group { struct str subject; size_t *items, count; bool differs; bool open /* one is open while another was taken elsewhere */; };
struct decisions {
	struct decision_known *items;   /* open ones first, then taken, unsaid, ended; each newest first */
	size_t count, capacity;
	struct decision_group *groups;  /* those that differ first, then those with an open one; of two decisions or more */
	size_t groups_count, groups_capacity, differ;
	bool cut;
};
enum decision_state decision_state_of(struct str status);
struct str decision_state_name(enum decision_state s);
/* l: users of the same picture. False where memory ends. */
bool decisions_make(struct decisions *d, struct arena *a, const struct picture *p, const struct libraries *l);
/* The members "differ", "decisions", "groups", "cut" of schema "Decisions", into the object that is open. */
void decisions_json(struct json_out *o, const struct decisions *d, const struct libraries *l);
#endif
