/* Which changes a reader wants to see, and which of them fail the run: by level, by who fails, and by the rules of another checker, for whoever is used
 * to that checker's verdict. */
#ifndef PLEACH_CONTRACT_SELECT_H
#define PLEACH_CONTRACT_SELECT_H
#include "contract/change.h"

struct selection {
	enum change_level level;      /* lowest that is shown */
	enum change_level fails;      /* lowest that fails */
	uint8_t categories;           /* any of them; 0: all */
	bool by_rules;                /* only what one of these rules would report; its level does not matter then */
	bool rules[RULE_COUNT + 1];
};
/* Shows warnings and breaks, fails on breaks. */
void selection_init(struct selection *s);
/* "breaking", "warning", "info". */
bool selection_level(struct str text, const char *option, enum change_level *level, struct err *e);
/* "wire,json". */
bool selection_categories(struct selection *s, struct str text, struct err *e);
/* "buf:FILE,protolock": CHECKER, CHECKER:SET or CHECKER:RULE. Everything under them is shown and fails, whatever its level. */
bool selection_rules(struct selection *s, struct str text, struct err *e);
/* Keeps what is selected; hidden[level] counts what was taken out for its level alone. */
void selection_apply(const struct selection *s, struct changes *c, size_t hidden[3]);
/* Names of the categories of a set, into `out` (a static text each); how many. */
size_t category_names(uint8_t categories, struct str out[4]);
#endif
