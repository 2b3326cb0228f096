/* What readers of files (read_*.c) say while one repository is read: subjects with claims. Which subjects are the same service is decided when all files are
 * read (units.c), as a manifest in one folder may speak of the code in another. */
#ifndef PLEACH_CATALOG_CRAWL_READING_H
#define PLEACH_CATALOG_CRAWL_READING_H
#include "base/err.h"
#include "base/yaml.h"
#include "catalog/crawl/repository.h"

enum subject_kind {
	SUBJECT_DECLARED,  /* a file says: here is a service of this name */
	SUBJECT_INFERRED,  /* a folder that is built or run: a service, if no file in it declares one */
	SUBJECT_RUN,       /* something that runs under a name; its code is elsewhere or unknown */
	SUBJECT_NEAREST    /* said of whatever service the folder belongs to */
};
struct subject {
	enum subject_kind kind;
	struct str name, root;     /* root.p == NULL: of a SUBJECT_RUN */
	enum claim_source source;
	struct str file;
	uint32_t line;
	struct claim *claims;
	size_t count, capacity;
};
struct reading {
	struct arena *arena;       /* of all that is said */
	struct repository *repository;
	struct subject **subjects;
	size_t count, capacity;
	struct str file, text;     /* that is being read */
	struct arena *scratch;     /* of the file's tree */
	int64_t time;              /* when the file was last changed, seconds since 1970; 0: not known */
};
/* NULL where memory ends or there are too many. Names are trimmed; an empty one gives NULL (but for SUBJECT_NEAREST). */
struct subject *reading_subject(struct reading *r, enum subject_kind kind, struct str name, struct str root, enum claim_source source, uint32_t line);
/* An empty value, or NULL for the subject, says nothing. */
void reading_claim(struct reading *r, struct subject *s, enum claim_key key, struct str value, struct str detail, uint32_t line);
struct crawled_team *reading_team(struct reading *r, struct str name, uint32_t line);
void reading_member(struct reading *r, struct crawled_team *t, struct str member);
void reading_decision(struct reading *r, struct str title, struct str status, struct str date, struct str outcome, bool chosen);
void reading_problem(struct reading *r, const struct err *e);
/* The value at "a>b" of a mapping; NULL: none. */
const struct yaml *yaml_at(const struct yaml *y, struct str path);
struct str yaml_text(const struct yaml *y, struct str path); /* of a scalar; else empty */

/* Readers. `word`: of the row of tbl/catalog_files.h. False with e where the file is wrong. */
typedef bool reading_f(struct reading *r, struct str word, struct err *e);
reading_f read_fleet, read_dockerfile, read_compose, read_runbook, read_owners, read_manifest, read_interface, read_decision, read_manifests;
/* Files of registries, by the rows of tbl/catalog_formats.h: *known is false where the name is none of theirs. */
bool read_registry(struct reading *r, bool *known, struct err *e);
/* Entities of Backstage that are no services: its Groups and Users are teams and members. */
void read_backstage_people(struct reading *r, const struct yaml *document);
/* An entity as Backstage's API gives it: a Component is a service whose code is not known from there, Groups and Users are as in files. What only its relations say (entity references that
 * processors of Backstage have found) is said too. False with e where it is wrong. */
bool read_backstage_entity(struct reading *r, const struct yaml *document, struct err *e);
/* Whether a path is worth its bytes, and how it is read: NULL, where not. `registry`: by read_registry. */
reading_f *reading_of(struct str path, struct str *word, bool *registry);
#endif
