/* What a comparison of two versions of a contract finds: one `struct change` for each root cause, whatever it reaches. The same shape for every
 * format; printed by report_*.c, kept by nobody. Kinds are rows of tbl/changes.h (our causes, with the words for people), rules are rows
 * of tbl/rules.h (names that other checkers give to the same thing), so a change says under which names the peers know it.
 *
 * Level: BREAKING where somebody who followed the old contract can fail with the new one; WARNING where it depends on what the contract
 * does not say; INFO where nobody can fail. Categories say who fails: on the wire (encoded bytes are understood differently or not at all), in
 * JSON, in source code that was generated or written against it, or in behaviour. */
#ifndef PLEACH_CONTRACT_CHANGE_H
#define PLEACH_CONTRACT_CHANGE_H
#include "base/arena.h"
#include "base/json.h"

enum change_level { CHANGE_INFO, CHANGE_WARNING, CHANGE_BREAKING };
enum change_category { CHANGE_WIRE = 1, CHANGE_JSON = 2, CHANGE_SOURCE = 4, CHANGE_BEHAVIOUR = 8 };

enum change_kind {
#define CHANGE_ROW(symbol, format, name, level, categories, title, why, remedy) CHANGE_KIND_##symbol,
#include "tbl/changes.h"
#undef CHANGE_ROW
	CHANGE_KIND_COUNT
};
struct change_info {
	struct str format, name;      /* "proto", "field-removed" */
	enum change_level level;      /* the usual one; a change may be higher or lower with reason */
	uint8_t categories;
	struct str title, why, remedy; /* remedy: the expand-and-contract way to the same goal */
};
extern const struct change_info change_infos[CHANGE_KIND_COUNT];

enum rule_id {
#define RULE_ROW(symbol, checker, name, sets, purpose) RULE_##symbol,
#include "tbl/rules.h"
#undef RULE_ROW
	RULE_COUNT
};
struct rule_info { struct str checker, name, sets, purpose; }; /* sets: blank-separated names of groups that the checker runs together */
extern const struct rule_info rule_infos[RULE_COUNT];

/* Empty file: the thing is not there on this side. Line and column from 1; 0 where only the file is known. */
struct change_place { struct str file; uint32_t line, column; };

/* A concrete value that the old contract allowed and the new one does not (or understands differently): proof that anyone can check. */
enum witness_state {
	WITNESS_NONE,      /* nothing to prove: nobody can fail */
	WITNESS_UNPROVED,  /* no value found; the reader must judge */
	WITNESS_PROVED     /* checked by the format's own validator on both sides */
};
enum witness_what { WITNESS_REQUEST, WITNESS_RESPONSE, WITNESS_RECORD, WITNESS_CODE, WITNESS_QUERY };
struct witness {
	enum witness_state state;
	enum witness_what what;
	struct str of;      /* what the text is an instance of: "POST /orders request body", "message shop.v1.Order" */
	struct str text;    /* JSON, a request line, a query; bytes on the wire as hex with a reading in `before` and `after` */
	struct str before, after; /* what the old and the new contract make of it, in words: "valid", "`total` is missing" */
};
enum reach_direction { REACH_REQUEST = 1, REACH_RESPONSE = 2, REACH_BOTH = 3 };
struct reach { struct str operation; enum reach_direction direction; };
/* A part of an operation's request, named as calls of it are counted: "query.limit", "header.x-tenant", "path.id", "body", "body.items[].sku". */
struct change_field { struct str operation, name; };

/* Whether somebody uses what changed. In the order of what is worse. */
enum use_verdict {
	USE_NOT_SEEN,      /* nobody did within the window, and calls were watched for as long */
	USE_NO_DATA,       /* nobody was seen to, but calls are not watched, or not for long enough */
	USE_POSSIBLE,      /* the answers are received; whether this of them is used cannot be seen from outside */
	USE_PROVED         /* the contract of a consumer names it, or its calls had it */
};
struct change_consumer {
	struct str consumer, owner, contact;
	enum use_verdict verdict;
	struct str reason;             /* a sentence */
	int64_t last_ms;               /* of the last call that is meant; 0: none */
	struct str last_trace;         /* 32 hex digits; empty: none */
	struct str pact;               /* where the consumer's contract says so; empty: none does */
};
struct change_use { enum use_verdict verdict; /* the worst */ const struct change_consumer *consumers; size_t count; };

struct change {
	enum change_kind kind;
	enum change_level level;
	uint8_t categories;
	struct str subject;   /* name that stays when lines move: "shop.v1.Order.total", "#/components/schemas/Order/properties/total" */
	struct str detail;    /* what tells it from another change of this kind and subject, "int32 to string"; part of the fingerprint */
	struct str sentence;  /* what changed, for people, whole: "`total` of Order was removed" */
	struct change_place old_place, new_place;
	struct witness witness;
	const enum rule_id *rules;
	size_t rules_count;
	const struct reach *reach;  /* operations (or subjects, topics, tables) that carry it, sorted by name; may be long */
	size_t reach_count;
	struct change_field *fields; /* of requests; where the format knows them and was asked (contract_options.fields) */
	size_t fields_count;
	const struct change_use *use; /* NULL: nobody has judged it (contract/usage/verdict.h) */
	uint8_t fingerprint[6];     /* of format, kind, subject and detail: the same in every commit; set by changes_add */
};

enum { CHANGES_MAX = 200000 };
struct changes {
	struct arena arena;         /* of all texts */
	struct change *items;
	size_t count, capacity;
	size_t dropped;             /* beyond CHANGES_MAX, or where the arena was full: the answer is then partial, and says so */
};
void changes_init(struct changes *c);
void changes_release(struct changes *c);
/* Level and categories come from the kind's row. The texts must live as long as `c` (put them into c->arena). Returns the change to
 * fill further, NULL when it was dropped. Call changes_done when all are there. */
struct change *changes_add(struct changes *c, enum change_kind kind, struct str subject, struct str detail);
/* A text in the arena, at most CHANGE_TEXT_MAX bytes; "…" where it would be longer. */
enum { CHANGE_TEXT_MAX = 8192 };
struct str changes_text(struct changes *c, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Copies `rules` into the arena. */
void change_rules(struct changes *c, struct change *x, const enum rule_id *rules, size_t count);
/* Most severe first, then by new (or old) place; drops what has kind, subject and detail of an earlier one. */
void changes_done(struct changes *c);
const char *use_verdict_name(enum use_verdict v);           /* "not_seen", "no_data", "possible", "proved" */
size_t changes_at_least(const struct changes *c, enum change_level level);
const char *change_level_name(enum change_level l);         /* "breaking", "warning", "info" */
const char *witness_state_name(enum witness_state s);       /* "none", "unproved", "proved" */
#endif
