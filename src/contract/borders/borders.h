/* Tests that cross team borders: which test files of a fleet call services of other teams than their own.
 *
 * A test is a file with a name or in a folder that is usual for tests (tbl/test_files.h), or a journey that a service.yaml names. It touches a service when its text
 * names one in a way that leads there (enum border_form). Its owners are those that CODEOWNERS of its repository gives it, where one of them is a team of the fleet; else
 * the owner of the service in whose folder it is; else nobody is known. It crosses a border when it touches a service of a team that does not own the
 * test, or, where nobody is known, services of two teams. Contracts that consumers drive (tbl/test_marks.h) and tests with a mock on the other
 * side touch nobody's service; they are counted.
 *
 * Blocking: for a worker or the command line. Links are never followed. What is too much is left out, and `cut` says so. */
#ifndef PLEACH_CONTRACT_BORDERS_BORDERS_H
#define PLEACH_CONTRACT_BORDERS_BORDERS_H
#include "base/json.h"
#include "model/fleet.h"

enum { BORDERS_NAMES_MAX = 200000 /* looked at */, BORDERS_DEPTH_MAX = 32, BORDERS_TESTS_MAX = 20000, BORDERS_FILE_MAX = 1 << 20 /* bytes of a test that are read */,
       BORDERS_BYTES_MAX = 256 << 20, BORDERS_SECONDS = 10, BORDERS_TOUCHES_MAX = 64 /* services of one test */, BORDERS_CROSSING_MAX = 1000, BORDERS_OWNERS_MAX = 8 };

enum border_kind { BORDER_END_TO_END, BORDER_CONTRACT, BORDER_JOURNEY, BORDER_KINDS };
enum border_form { BORDER_VARIABLE, BORDER_HOST, BORDER_PATH, BORDER_CLIENT, BORDER_PORT, BORDER_COMPOSE, BORDER_CALLED, BORDER_FORMS };
struct border_touch {
	struct str service, owner; /* owner empty: nobody */
	enum border_form form;
	uint32_t line;             /* of the test; 0: it was seen to call it */
	struct str text;           /* what stands there: "INVOICING_URL"; the trace of BORDER_CALLED is the test's */
	bool foreign;              /* of another team than the test */
};
struct border_test {
	struct str file;           /* from the fleet's root ("../" leads out of it); empty: only seen to call */
	struct str name;           /* as the test's tool calls it; of those that were seen */
	struct str tool;           /* that of seen ones: "k6" */
	uint32_t line;             /* of the first touch that is foreign */
	enum border_kind kind;
	struct str service;        /* in whose folder it is; may be empty */
	struct str owners[BORDERS_OWNERS_MAX]; /* teams; none: nobody is known */
	size_t owner_count;
	struct str owner_from;     /* "CODEOWNERS:12", "services/orders/service.yaml:2"; empty: nobody */
	struct border_touch *touches;
	size_t touch_count;
	struct str trace;          /* of seen ones: the newest */
	uint64_t runs;
	int64_t last;              /* wall ns */
};
struct borders {
	struct arena arena;
	struct border_test *crossing; /* by file */
	size_t crossing_count, crossing_capacity;
	size_t names, tests;       /* looked at; of those, tests */
	size_t contracts, mocked;  /* consumer-driven contracts; tests with the other side played in them */
	struct border_test *own;   /* tests that touch services of their own team only; without their touches */
	size_t own_count, own_capacity;
	bool cut;                  /* something was left out: */
	struct str why;
	uint64_t fingerprint;      /* of the files that it was judged from */
};
/* Looks through the fleet's root and the folders of its services. With a report `before` of the same fleet whose files are the same: NULL, without e; the
 * old one holds. Texts live in the report's arena, some in the fleet: keep both. */
struct borders *borders_find(const struct fleet *f, const struct borders *before, struct err *e);
void borders_free(struct borders *b);

/* Marks the foreign ones of the touches and says whether the test crosses a border. */
bool border_crosses(struct border_test *t);
struct str border_kind_name(enum border_kind k);
/* What is to be said of a crossing test, in the arena: the sentence of its finding, why it matters, what to do. */
struct str border_sentence(struct arena *a, const struct border_test *t);
struct str border_why(struct arena *a, const struct border_test *t);
struct str border_remedy(struct arena *a, const struct border_test *t);
/* The answer of GET /api/tests (tbl/schemas.json, Tests). `seen`: those that were found in traces. missing: what is not known, in words; may be empty. */
void borders_json(struct json_out *o, const struct fleet *f, const struct borders *b, const struct border_test *seen, size_t seen_count, struct str missing);
#endif
