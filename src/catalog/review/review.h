/* Whose a change is: which services it touches, who must agree, who only needs to know, and whether they have.
 *
 * What ownership means in practice. Strong: somebody of the owning team made the change or has agreed to it, or it fails. Weak: the owning team is reminded and nothing fails.
 * Collective: anybody may; the people who know the code best are named. The rules in force are those of the base, so that a change cannot take a service over by itself; a service
 * that the base does not have is judged by what the change says of it.
 *
 * Order of use: init; all pleach.yaml of the base, then of the head; the base's service.yaml files and CODEOWNERS; the head's service.yaml files; paths, authors, consents; judge; read or write. All texts are
 * copied. Nothing here reads files or runs git. Not shared between threads. */
#ifndef PLEACH_CATALOG_REVIEW_REVIEW_H
#define PLEACH_CATALOG_REVIEW_REVIEW_H
#include "base/json.h"
#include "model/codeowners.h"
#include "model/fleet.h"
#include "model/owners.h"

enum { REVIEW_CONSENTS_MAX = 1000, REVIEW_KNOWERS_MAX = 5, REVIEW_MEMORY_MAX = 512 << 20 /* bytes */ };
/* A repository may hold several fleets: a pleach.yaml's folder, and what `services` of it names (of the base, and of the change). A service.yaml belongs to the nearest one above it. */
struct review_fleet { struct str folder; struct str *patterns; size_t patterns_count, patterns_capacity; };
struct review_team { struct str fleet, name; const struct str *members; size_t members_count; bool is_new; /* the base does not have it: counts for new services alone */ };
struct review_person { struct str name, mail; };
/* Somebody agrees. who: "Ada <ada@example.org>", "ada@example.org", "@ada", or a team's name. */
struct review_consent { struct str who, from; };
struct review_knower { struct str who; uint32_t commits; };
enum review_standing {
	REVIEW_AGREED,   /* strong, and the owner has agreed */
	REVIEW_MISSING,  /* strong, and the owner has not */
	REVIEW_REMINDED, /* weak: the owner should look */
	REVIEW_OPEN,     /* collective: nobody has to */
	REVIEW_UNOWNED   /* nobody owns it */
};
struct review_service {
	struct str fleet;               /* its folder; empty: the top, or none */
	struct str name, owner, folder /* from the repository's top; empty: the top */, file;
	enum ownership ownership;
	uint32_t line;                  /* of its owner in `file`; 1 where there is none */
	const struct str *schemas, *calls; /* schemas: from the repository's top */
	size_t schemas_count, calls_count;
	bool is_new;                    /* the base does not have it */
	struct str next_owner;          /* the change gives it to this team; empty: it stays */
	enum ownership next_ownership;
	bool moved;                     /* the change puts it into next_folder; files in both are its own */
	struct str next_folder;
	/* judged */
	size_t touched, unasked;        /* files; of them those for which no rule of CODEOWNERS or OWNERS asks the owner */
	struct str example, contract;   /* the first file that is touched; the first schema that is; empty: none */
	enum review_standing standing;
	struct str by, from;            /* who agreed, and where that stands */
	struct str rule;                /* where the repository's rules disagree with its ownership, in words; empty: nowhere */
	const struct review_service **callers; /* who only needs to know, as the contract changed */
	size_t callers_count;
	struct review_knower knowers[REVIEW_KNOWERS_MAX]; /* filled in by who asks git: only of collective ones */
	size_t knowers_count;
	uint64_t covered;               /* internal: bit k: consent k is by a code owner of all its touched files */
};
struct review {
	struct arena arena;
	struct review_fleet *fleets;
	struct review_team *teams;
	struct review_service *services;
	struct str *paths;
	struct review_person *authors;
	struct review_consent *consents;
	struct str *outside;            /* touched files that belong to no service */
	size_t fleets_count, fleets_capacity, teams_count, teams_capacity, services_count, services_capacity, paths_count, paths_capacity, authors_count, authors_capacity, consents_count, consents_capacity, outside_count,
		outside_capacity;
	const struct codeowners *owners; /* NULL: the base has none */
	struct str owners_file;
	bool has_files;                  /* the base has OWNERS files, and no CODEOWNERS */
	struct owners files;             /* with them: asked while it is judged */
	size_t missing;                  /* services whose owner has not agreed */
};
void review_init(struct review *r);
void review_release(struct review *r);
/* The teams of a pleach.yaml of the base, or with `head` of the change. False with e (place) when it cannot be read; what was there stays. */
bool review_read_fleet(struct review *r, struct str path, struct str text, bool head, struct err *e);
/* A service.yaml of the base, or with `head` of the change; one that its fleet's `services` do not name is passed over. */
bool review_read_service(struct review *r, struct str path, struct str text, bool head, struct err *e);
bool review_read_owners(struct review *r, struct str path, struct str text);
/* The base has OWNERS files, Gerrit's or Kubernetes': they count where there is no CODEOWNERS. What `from` answers with must last until the review is judged. */
void review_has_owners_files(struct review *r, struct owners_source from);
/* From the repository's top. Of a rename both names. */
bool review_add_path(struct review *r, struct str path);
bool review_add_author(struct review *r, struct str name, struct str mail);
bool review_add_consent(struct review *r, struct str who, struct str from);
/* A file of consents: one a line ("#" begins a comment), or what GitHub answers for a pull request's reviews (an array; of each person the last review with a state counts), or
 * what GitLab answers for a merge request's approvals. False with e (file, line) on anything else. */
bool review_read_consents(struct review *r, struct str file, struct str text, struct err *e);
/* False with e where memory ends. Touched services come first, in the order of their names. */
bool review_judge(struct review *r, struct err *e);
/* The team that owns a service; NULL: its fleet does not name it. */
const struct review_team *review_owner(const struct review *r, const struct review_service *s);
/* One JSON object (docs/ownership.md). */
void review_json(struct json_out *o, const struct review *r);
extern const struct str review_standings[];
/* Internal. */
bool review_is_member(const struct review_team *t, const struct review_person *p);
struct review_person review_person_of(struct str who);
bool review_same_handle(struct str a, struct str b);
#endif
