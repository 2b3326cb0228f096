/* Who a person is, and files that say who has agreed (review.h): lines, GitHub's reviews, GitLab's approvals. */
#include "base/check.h"
#include "catalog/review/review.h"

/* --- people ------------------------------------------------------------------------------------------------------------------------------------ */

/* "Ada Lovelace <ada@example.org>", "ada@example.org", "@ada" or a name alone. */
struct review_person review_person_of(struct str who)
{
	who = str_strip(who);
	size_t open = str_find_char(who, '<');
	if (open != SIZE_MAX && str_ends(who, STR(">")))
		return (struct review_person){ str_trim(str_sub(who, 0, open)), str_sub(who, open + 1, who.len - 1) };
	size_t at = str_find_char(who, '@');
	if (at != SIZE_MAX && at > 0)
		return (struct review_person){ STR(""), who };
	return (struct review_person){ who, STR("") };
}

bool review_same_handle(struct str a, struct str b)
{
	a = str_starts(a, STR("@")) ? str_skip(a, 1) : a;
	b = str_starts(b, STR("@")) ? str_skip(b, 1) : b;
	return a.len && str_eq_ci(a, b);
}

/* The account behind an address that a forge makes up so that nobody's own is shown: "1234+ada@users.noreply.HOST", "1234-ada@users.noreply.HOST". */
static struct str hidden_account(struct str mail)
{
	size_t at = str_find_char(mail, '@'), from = 0;
	if (at == SIZE_MAX || !str_starts(str_skip(mail, at), STR("@users.noreply.")))
		return STR("");
	while (from < at && mail.p[from] >= '0' && mail.p[from] <= '9')
		from++;
	bool numbered = from && from < at && (mail.p[from] == '+' || mail.p[from] == '-');
	return str_sub(mail, numbered ? from + 1 : 0, at);
}

bool review_is_member(const struct review_team *t, const struct review_person *p)
{
	struct str account = hidden_account(p->mail);
	for (size_t i = 0; i < t->members_count; i++) {
		struct review_person m = review_person_of(t->members[i]);
		if ((m.mail.len && str_eq_ci(m.mail, p->mail)) || (m.name.len && (review_same_handle(m.name, p->name) || review_same_handle(m.name, account))))
			return true;
	}
	return false;
}

/* --- GitHub: GET …/pulls/N/reviews ------------------------------------------------------------------------------------------------------------- */

/* A comment takes no approval away; asking for changes and dismissal do. */
static bool counts(struct str state) { return str_eq_ci(state, STR("APPROVED")) || str_eq_ci(state, STR("CHANGES_REQUESTED")) || str_eq_ci(state, STR("DISMISSED")); }

static bool said_later(const struct json *reviews, uint32_t i, struct str login)
{
	for (uint32_t k = i + 1; k < reviews->count; k++)
		if (counts(json_get_str(&reviews->items[k], STR("state"), STR(""))) &&
		    str_eq_ci(json_get_str(json_get(&reviews->items[k], STR("user")), STR("login"), STR("")), login))
			return true;
	return false;
}

static bool read_reviews(struct review *r, struct str file, const struct json *reviews, struct arena *scratch)
{
	for (uint32_t i = 0; i < reviews->count; i++) {
		struct str login = json_get_str(json_get(&reviews->items[i], STR("user")), STR("login"), STR(""));
		bool approved = str_eq_ci(json_get_str(&reviews->items[i], STR("state"), STR("")), STR("APPROVED"));
		if (login.len && approved && !said_later(reviews, i, login) && !review_add_consent(r, arena_printf(scratch, "@%.*s", STR_FMT(login)), file))
			return false;
	}
	return true;
}

/* --- GitLab: GET …/merge_requests/N/approvals -------------------------------------------------------------------------------------------------- */

static bool read_approvals(struct review *r, struct str file, const struct json *by, struct arena *scratch)
{
	for (uint32_t i = 0; i < by->count; i++) {
		struct str name = json_get_str(json_get(&by->items[i], STR("user")), STR("username"), STR(""));
		if (name.len && !review_add_consent(r, arena_printf(scratch, "@%.*s", STR_FMT(name)), file))
			return false;
	}
	return true;
}

/* --- lines ------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_lines(struct review *r, struct str file, struct str text, struct arena *scratch)
{
	for (uint32_t line = 1; text.p; line++) {
		struct str who = str_strip(str_split(&text, '\n'));
		if (who.len && who.p[0] != '#' && !review_add_consent(r, who, arena_printf(scratch, "%.*s:%u", STR_FMT(file), line)))
			return false;
	}
	return true;
}

bool review_read_consents(struct review *r, struct str file, struct str text, struct err *e)
{
	struct arena scratch;
	struct str start = str_strip(text);
	bool ok = true, fits = true;
	arena_init(&scratch, 64u << 20);
	if (str_starts(start, STR("[")) || str_starts(start, STR("{"))) {
		const struct json *j = json_parse(&scratch, text, e), *by = json_get(j, STR("approved_by"));
		ok = j != NULL;
		if (!ok)
			err_place(e, file, 1, 1);
		else if (j->type == JSON_ARRAY)
			fits = read_reviews(r, file, j, &scratch);
		else if (by && by->type == JSON_ARRAY)
			fits = read_approvals(r, file, by, &scratch);
		else
			ok = err_set(e, ERR_INPUT, "this is neither GitHub's list of reviews nor GitLab's approvals (`approved_by`) of one change");
		if (!ok && e->code == ERR_INPUT)
			err_place(e, file, 1, 1);
	} else {
		fits = read_lines(r, file, text, &scratch);
	}
	arena_release(&scratch);
	return ok && (fits || err_set(e, ERR_TOO_LARGE, "more than %d people agree: name the file of this change alone", REVIEW_CONSENTS_MAX));
}
