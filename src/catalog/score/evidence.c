/* See evidence.h. */
#include "catalog/score/evidence.h"

const char *const evidence_kinds[EVIDENCE_KINDS] = {
	[EVIDENCE_RESTORE] = "restore", [EVIDENCE_ROLLBACK] = "rollback", [EVIDENCE_CONTACT] = "contact", [EVIDENCE_ALERT] = "alert", [EVIDENCE_JOURNEY] = "journey"
};

static bool kind_of(struct str name, enum evidence_kind *kind)
{
	for (int k = 0; k < EVIDENCE_KINDS; k++)
		if (str_eq(name, str_z(evidence_kinds[k]))) {
			*kind = (enum evidence_kind)k;
			return true;
		}
	return false;
}

/* One line of text. */
static bool text(const struct json *j, const char *key, size_t most, struct str *out, struct err *e)
{
	const struct json *value = json_get(j, str_z(key));
	*out = value && value->type == JSON_STRING ? value->s : STR("");
	if (value && value->type != JSON_STRING)
		return err_set(e, ERR_INPUT, "`%s` is a text", key);
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->p[i] < ' ')
			return err_set(e, ERR_INPUT, "`%s` is one line", key);
	return out->len <= most || err_set(e, ERR_TOO_LARGE, "`%s` has more than %zu bytes", key, most);
}

bool evidence_take(struct evidence *out, const struct json *body, struct err *e)
{
	struct str kind;
	const struct json *ok = json_get(body, STR("ok"));
	if (!body || body->type != JSON_OBJECT)
		return err_set(e, ERR_INPUT, "the body is one object of JSON");
	if (!text(body, "kind", 100, &kind, e) || !text(body, "note", EVIDENCE_NOTE_MAX, &out->note, e) || !text(body, "link", EVIDENCE_LINK_MAX, &out->link, e))
		return false;
	if (!kind_of(kind, &out->kind))
		return err_set(e, ERR_INPUT,
			       "`%.*s` is no kind of evidence: restore (a backup was restored), rollback (it was rolled back), contact (whoever was tried to be reached answered), alert (one of its objective reached its owner) or journey (a test "
			       "of what its users do went through it)",
			       STR_FMT(kind));
	if (ok && ok->type != JSON_TRUE && ok->type != JSON_FALSE)
		return err_set(e, ERR_INPUT, "`ok` is true or false");
	if (out->link.len && !str_starts(out->link, STR("https://")) && !str_starts(out->link, STR("http://")))
		return err_set(e, ERR_INPUT, "`link` is a URL of http or https");
	out->ok = json_get_bool(body, STR("ok"), true);
	return true;
}

const struct evidence *evidence_newest(const struct evidence_list *l, struct str service, enum evidence_kind kind)
{
	const struct evidence *newest = NULL;
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind == kind && str_eq(l->items[i].service, service) && (!newest || l->items[i].at >= newest->at))
			newest = &l->items[i];
	return newest;
}

bool evidence_in_use(const struct evidence_list *l, enum evidence_kind kind)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind == kind)
			return true;
	return false;
}

double evidence_value(const struct evidence *x, int64_t now)
{
	static const struct { int days; double value; } fades[] = { { 92, 1 }, { 183, 0.7 }, { 365, 0.4 } };
	for (size_t i = 0; x->ok && i < sizeof(fades) / sizeof(*fades); i++)
		if (now - x->at <= (int64_t)fades[i].days * 86400)
			return fades[i].value;
	return x->ok ? 0.1 : 0;
}

void evidence_read(struct evidence_list *l, struct arena *a, const struct json *j)
{
	const struct json *list = json_get(j, STR("evidence"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count && l->count < EVIDENCE_MAX; i++) {
		struct err wrong = { 0 };
		struct evidence x = { .service = json_get_str(&list->items[i], STR("service"), STR("")), .at = json_get_i64(&list->items[i], STR("at"), 0) };
		if (!evidence_take(&x, &list->items[i], &wrong) || !x.service.len || x.at <= 0 || !ARENA_PUSH_ROOM(a, l->items, l->count, l->capacity))
			continue;
		l->items[l->count++] = x;
	}
}

static void put(struct json_out *o, const struct evidence *x)
{
	json_kv_str(o, "kind", str_z(evidence_kinds[x->kind]));
	json_kv_bool(o, "ok", x->ok);
	json_kv_str(o, "note", x->note);
	json_kv_str(o, "link", x->link);
}

void evidence_json(struct json_out *o, const struct evidence_list *l)
{
	json_out_object(o);
	json_out_key(o, STR("evidence"));
	json_out_array(o);
	for (size_t i = 0; i < l->count; i++) {
		json_out_object(o);
		json_kv_str(o, "service", l->items[i].service);
		json_kv_i64(o, "at", l->items[i].at);
		put(o, &l->items[i]);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

void evidence_of(struct json_out *o, const struct evidence_list *l, struct str service)
{
	json_out_key(o, STR("evidence"));
	json_out_array(o);
	for (size_t i = l ? l->count : 0; i-- > 0;) {
		if (!str_eq(l->items[i].service, service))
			continue;
		json_out_object(o);
		json_kv_i64(o, "at_ms", l->items[i].at * 1000);
		put(o, &l->items[i]);
		json_out_end(o);
	}
	json_out_end(o);
}
