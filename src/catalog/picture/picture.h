/* One picture of all services: what repositories, the fleet and traffic say of each, brought together. Every value keeps who said it, when, and how sure that is; where they
 * contradict each other about the owner, that is said in words. Immutable when made; everything lives in its arena but what the sources own, which must live as long. */
#ifndef PLEACH_CATALOG_PICTURE_PICTURE_H
#define PLEACH_CATALOG_PICTURE_PICTURE_H
#include "base/err.h"
#include "base/json.h"
#include "catalog/crawl/repository.h"
#include "catalog/packages/packages.h"
#include "model/fleet.h"

enum { PICTURE_SERVICES_MAX = 20000, PICTURE_ACTIVE = 365 * 86400 /* seconds back in which a commit makes a person active */, PICTURE_MEMORY = 512 << 20 };
enum orphan_reason {
#define ORPHAN_REASON(symbol, ...) ORPHAN_##symbol,
#include "tbl/orphan_reasons.h"
#undef ORPHAN_REASON
	ORPHAN_REASON_COUNT
};
struct orphan_reason_info { struct str name, title; };
extern const struct orphan_reason_info orphan_reasons[ORPHAN_REASON_COUNT];

/* What was seen: names, times in seconds since 1970. */
struct picture_seen { struct str service; int64_t last; };
struct picture_call { struct str caller, callee; uint64_t calls, errors, started /* began a new trace */; int64_t last; };
/* What a registry says is there of a service. */
struct picture_found { struct str service, owner /* as its metadata say; empty: not told */, first /* an address */; enum claim_source source; size_t instances, passing, critical; int64_t last; };
/* A service as it was known before: see identity.h. */
struct identity { struct str id, name, repository, root, tree, was; };
/* Somebody tried to reach whoever owns a service, at a time in seconds since 1970. */
struct picture_contact { struct str service /* its id */, note; bool answered; int64_t at; };
struct picture_sources {
	const struct repository *repositories;
	size_t repositories_count;
	const struct fleet *fleet;            /* NULL: none */
	const struct picture_seen *seen;
	size_t seen_count;
	const struct picture_call *calls;
	size_t calls_count;
	const struct picture_found *found;
	size_t found_count;
	const struct picture_contact *contacts;
	size_t contacts_count;
	bool observed;                        /* the store was asked: what is not in `seen` was not seen */
	const struct identity *identities;    /* of the picture before */
	size_t identities_count;
	int64_t now;                          /* seconds since 1970 */
};

/* A claim, and of which repository it is. */
struct catalog_claim { const struct claim *claim; const struct repository *repository; /* NULL: of the fleet, or seen */ double confidence; struct str says; /* the value, of owners the team's name */ };
/* One key: what is believed, and all that was said. Claims that say the same strengthen each other. Of a key that has many values all are believed. */
struct catalog_value {
	enum claim_key key;
	struct str says;               /* best; of a key with many the first */
	double confidence;
	struct catalog_claim *claims;    /* most sure first */
	size_t count;
	size_t answers;                /* how many different ones */
};
struct picture_person { struct str name, mail, team; /* team: empty, not known */ size_t commits, files; int64_t last /* here */, anywhere /* newest commit to any service */; };
struct picture_service {
	struct str id, name, was;      /* id: the name under which it was first known; was: its name before, where it has another now */
	const struct repository *repository; /* with its code; NULL: none is known */
	const struct unit *unit;       /* its code there; NULL: none */
	bool declared, in_fleet, is_service; /* is_service: not a library or other thing that does not run by itself */
	struct catalog_value *values;          /* by key, those that have any */
	size_t values_count;
	struct str owner;              /* team, or person; empty: nobody */
	double owner_confidence;
	struct str conflict;           /* about the owner, in words; empty: none */
	struct picture_person *people; /* of its code, most commits of the last year first */
	size_t people_count;
	int64_t seen;                  /* last sign of life; 0: none */
	const struct picture_call **callers, **calls; /* as seen */
	size_t callers_count, calls_count;
	uint32_t orphan;               /* a bit for each reason */
	const struct picture_contact *contact; /* the newest with its owner, for whichever service of theirs; lives as long as the sources; NULL: nobody tried within PICTURE_ACTIVE */
	struct str next, next_why;     /* likeliest next owner (of an orphan): team or person, and why; empty: nobody can be named */
};
struct picture_team {
	struct str name, contact, parent;
	struct str *members;
	size_t members_count, members_capacity;
	struct str file;               /* that says it; empty: only named as an owner */
	const struct repository *repository; /* of that file; NULL: pleach.yaml of the fleet */
	uint32_t line;
	bool known;                    /* a file says that there is such a team */
	size_t services, conflicts, orphans, active; /* active: members who have committed within a year */
	int64_t last;                  /* newest commit of a member; 0: none */
};
struct picture {
	struct arena arena;
	struct picture_service *services; /* sorted by name */
	size_t count, capacity;
	struct picture_team *teams;       /* sorted by name */
	size_t teams_count, teams_capacity;
	const struct repository *repositories;
	size_t repositories_count;
	bool observed;
	int64_t now;
	struct identity *identities;      /* to be kept for the next */
	size_t identities_count;
};
/* NULL with e where memory ends. */
struct picture *picture_new(const struct picture_sources *s, struct err *e);
void picture_free(struct picture *p);
/* By id, name or an alias, without case. */
const struct picture_service *picture_service(const struct picture *p, struct str name);
const struct picture_team *picture_team(const struct picture *p, struct str name);
const struct catalog_value *picture_value(const struct picture_service *s, enum claim_key key);
/* What others have to say of a service, as further members of its object; whole: of one alone. */
struct picture_more { void (*say)(void *ctx, struct json_out *o, const struct picture_service *s, bool whole); void *ctx; };
/* Schema "Catalog": everything in short. `owner`: only services of this team, empty all; `orphans`: only those. missing: what could not be looked at, in words. more: NULL, nothing. */
void picture_json(struct json_out *o, const struct picture *p, struct str owner, bool orphans, struct str missing, const struct picture_more *more);
/* Schema "CatalogService": all that is known of one. */
void picture_service_json(struct json_out *o, const struct picture *p, const struct picture_service *s, const struct picture_more *more);
/* What was seen by the store, from its answers (schemas "Seen" and "Edges"); NULL: not answered. Texts are those of the JSON. Pleach's own parts are left out. */
void picture_seen_read(struct picture_sources *s, struct arena *a, const struct json *seen, const struct json *edges);
/* Export: Backstage's entities (YAML, apiVersion backstage.io/v1alpha1), a CycloneDX 1.5 document (JSON): services, and as components the packages that they are made of, by x (NULL: not known). */
void picture_backstage(struct buf *out, const struct picture *p);
void picture_cyclonedx(struct json_out *o, const struct picture *p, const struct package_index *x);
#endif
