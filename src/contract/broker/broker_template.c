/* The variables of webhooks: ${pactbroker.consumerName} and so on. They are filled in when the thing happens, so that what is sent later tells of then. */
#include "contract/broker/broker_impl.h"

struct filling { struct call *c; const struct happening *h; const struct version *consumer, *provider; };

static void list(struct buf *b, struct str item, bool *first)
{
	if (!*first)
		buf_add(b, STR(", "));
	*first = false;
	buf_add(b, item);
}

static void tags(const struct version *v, struct buf *b)
{
	bool first = true;
	for (size_t i = 0; v && i < v->tags.count; i++)
		list(b, v->tags.items[i].name, &first);
}

static void branch(const struct version *v, struct buf *b)
{
	if (v && v->branches.count)
		buf_add(b, v->branches.items[v->branches.count - 1]->name);
}

static void labels(const struct participant *p, struct buf *b)
{
	bool first = true;
	for (size_t i = 0; p && i < p->labels.count; i++)
		list(b, p->labels.items[i], &first);
}

/* "main, 2 environments": where the version stands, in words. */
static void description(const struct version *v, struct buf *b)
{
	bool first = true;
	if (!v)
		return;
	branch(v, b);
	first = !v->branches.count;
	for (size_t i = 0; i < v->tags.count; i++)
		list(b, v->tags.items[i].name, &first);
}

static void pact_url(struct filling *f, struct buf *b)
{
	buf_add(b, f->c->base);
	buf_add(b, path_pact(f->c, f->h->pact));
}

static void result_url(struct filling *f, struct buf *b)
{
	if (!f->h->verification)
		return;
	buf_add(b, f->c->base);
	buf_add(b, path_verification(f->c, f->h->verification));
}

static void status(struct filling *f, struct buf *b, const char *good, const char *bad, const char *open)
{
	const struct verification *v = f->h->verification;
	buf_add(b, str_z(!v ? open : v->success ? good : bad));
}

static void deployed(struct filling *f, struct buf *b)
{
	bool first = true;
	const struct participant *p = f->h->pact->pair->provider;
	for (size_t i = 0; i < p->current.count; i++)
		list(b, p->current.items[i]->version->number, &first);
}

/* False: there is no such variable. */
static bool fill(struct filling *f, struct str name, struct buf *b)
{
	const struct pair *pair = f->h->pact->pair;
#define VARIABLE_ROW(text, write, meaning)   \
	if (str_eq(name, STR(text))) { \
		write;                     \
		return true;               \
	}
#include "tbl/broker_variables.h"
#undef VARIABLE_ROW
	return false;
}

/* As within a JSON string, so that a name cannot end it. */
static void add(struct buf *out, struct str value, bool json)
{
	struct buf b;
	struct json_out o;
	if (!json) {
		buf_add(out, value);
		return;
	}
	buf_init(&b, BROKER_WEBHOOK_BODY_MAX);
	json_out_init(&o, &b);
	json_out_str(&o, value);
	struct str quoted = buf_str(&b);
	buf_add(out, quoted.len >= 2 ? str_sub(quoted, 1, quoted.len - 1) : STR(""));
	buf_release(&b);
}

void webhook_fill(struct call *c, struct str text, const struct happening *h, bool json, struct buf *out)
{
	struct filling f = { c, h, h->pact->version, h->verification ? h->verification->version : NULL };
	static const struct str open = STR_INIT("${pactbroker.");
	while (text.len) {
		struct buf value;
		size_t at = str_find(text, open), end = at == SIZE_MAX ? SIZE_MAX : str_find_char(str_skip(text, at), '}');
		if (end == SIZE_MAX) {
			buf_add(out, text);
			return;
		}
		buf_add(out, str_sub(text, 0, at));
		buf_init(&value, BROKER_WEBHOOK_BODY_MAX);
		if (fill(&f, str_sub(text, at + open.len, at + end), &value))
			add(out, buf_str(&value), json);
		else
			buf_add(out, str_sub(text, at, at + end + 1)); /* not one of ours: it stays as it was written */
		buf_release(&value);
		text = str_skip(text, at + end + 1);
	}
}
