/* One repository (or folder without git) as a crawl leaves it: its services ("units") with what its files say of them, who wrote them, teams, decisions, files
 * that could not be read. Travels and lies on disk as JSON, one object a line. */
#ifndef PLEACH_CATALOG_CRAWL_REPOSITORY_H
#define PLEACH_CATALOG_CRAWL_REPOSITORY_H
#include "base/json.h"
#include "catalog/crawl/claim.h"

#define REPOSITORY_FRESH (7 * 86400) /* seconds after which it is read again, though nothing changed: the last year is another then */
enum { REPOSITORY_UNITS_MAX = 20000, REPOSITORY_PROBLEMS_MAX = 200, UNIT_CLAIMS_MAX = 500, UNIT_PEOPLE_MAX = 12 /* those with the most */, REPOSITORY_TEAMS_MAX = 2000,
       REPOSITORY_DECISIONS_MAX = 2000, REPOSITORY_TAGS_MAX = 500 /* newest */, REPOSITORY_TAG_NAME_MAX = 200 /* bytes */, REPOSITORY_FORMAT = 4 /* rises when a crawl would give something else for the same commit */ };

/* Who wrote what is there (catalog/people). Commits are those of the last year before the crawl, without bots. */
struct unit_person { struct str name, mail; size_t commits, files /* authored */; int64_t last; };
struct unit_people {
	int64_t last_commit;       /* of anybody but bots, seconds since 1970; 0: none */
	size_t commits, files, left /* files whose authors have all been away for a year */, truck_factor;
	struct unit_person *items; /* most commits of the last year first, then most files */
	size_t count;
};
struct unit {
	struct str name, root;     /* root: folder in the repository, "" its top; p == NULL: none is known (only named in a manifest) */
	struct str tree;           /* fingerprint of the names and contents below the root, by which a folder that moved is known again; empty: none */
	bool declared;             /* a file says that it is a service; else it is inferred */
	struct claim *claims;
	size_t claims_count, claims_capacity;
	struct unit_people people;
};
struct crawled_team { struct str name, parent, contact; struct str *members; size_t members_count, members_capacity; struct str file; uint32_t line; };
/* time: of an annotated tag when it was made, else of its commit; seconds since 1970. */
struct repository_tag { struct str name; int64_t time; };
/* outcome: what was chosen, in its words (the option of MADR, or the first sentence of a section "Decision"); empty: not said. chosen: it is an option's name. */
struct decision { struct str title, status, date, file, outcome; bool chosen; };
struct crawl_problem { struct str file, message; uint32_t line, column; };
struct repository {
	struct str path;           /* as found: absolute folder, or URL */
	struct str prefix;         /* where path is a folder within a repository: which, from its top; roots and files are as seen from the top */
	struct str origin;         /* URL of its remote without a user or password; empty: none */
	struct str head;           /* commit; of a folder without git a fingerprint of its files */
	int64_t time;              /* of that commit */
	int64_t crawled;           /* when it was read: what is said of "the last year" is said as of then */
	size_t files;
	struct str note;           /* what was left out, in words; empty: nothing */
	struct unit *units;
	size_t units_count, units_capacity;
	struct crawled_team *teams;
	size_t teams_count, teams_capacity;
	struct decision *decisions;
	size_t decisions_count, decisions_capacity;
	struct repository_tag *tags; /* newest first */
	size_t tags_count;
	struct str tags_mark;      /* is another when tags have changed; empty: there are none */
	struct crawl_problem *problems;
	size_t problems_count, problems_capacity;
};
void repository_json(struct json_out *o, const struct repository *r);
/* Texts are those of the JSON, arrays the arena's. False where it is not one of this format; *r is untouched then. */
bool repository_read(struct repository *r, struct arena *a, const struct json *j);
#endif
