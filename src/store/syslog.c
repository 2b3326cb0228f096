/* Syslog messages (syslog.h): the head that both forms share, RFC 5424, and what becomes of the parts. The older form is in syslog_old.c. */
#include "store/syslog.h"
#include "base/time.h"
#include "store/row.h"
#include "store/syslog_parts.h"

/* Priority is facility * 8 + severity (RFC 5424 section 6.2.1); 13, user.notice, stands where there is none (RFC 3164 section 4.3.3). */
enum { PRIORITY_MAX = 191, PRIORITY_NONE = 13, PARSER_MEMORY = 4 << 20 };

static const struct str facilities[] = {
	STR_INIT("kern"),   STR_INIT("user"),	STR_INIT("mail"),   STR_INIT("daemon"), STR_INIT("auth"),   STR_INIT("syslog"),
	STR_INIT("lpr"),    STR_INIT("news"),	STR_INIT("uucp"),   STR_INIT("cron"),	STR_INIT("authpriv"), STR_INIT("ftp"),
	STR_INIT("ntp"),    STR_INIT("audit"),	STR_INIT("alert"),  STR_INIT("clock"),	STR_INIT("local0"), STR_INIT("local1"),
	STR_INIT("local2"), STR_INIT("local3"), STR_INIT("local4"), STR_INIT("local5"), STR_INIT("local6"), STR_INIT("local7"),
};
/* The mapping of OpenTelemetry's log data model, appendix B. */
static const uint8_t severities[8] = { SEVERITY_FATAL, SEVERITY_ERROR + 2, SEVERITY_ERROR + 1, SEVERITY_ERROR,
				       SEVERITY_WARN,  SEVERITY_INFO + 1,  SEVERITY_INFO,      SEVERITY_DEBUG };

bool syslog_parser_init(struct syslog_parser *p)
{
	*p = (struct syslog_parser){ 0 };
	bool fields = log_fields_init(&p->fields, ROW_MAX_ATTRS - LOG_FIELDS_ROOM, PARSER_MEMORY);
	bool json = json_flat_init(&p->json, ROW_MAX_ATTRS, PARSER_MEMORY);
	p->json.whole = log_fields_whole;
	p->json.ctx = &p->fields;
	return fields && json;
}

void syslog_parser_release(struct syslog_parser *p)
{
	log_fields_release(&p->fields);
	json_flat_release(&p->json);
}

static void add_attr(struct syslog_parts *p, struct str key, struct str value)
{
	log_fields_attr(p->fields, key, &(struct value){ .type = VALUE_STR, .s = value });
}

struct str syslog_word(struct str *rest)
{
	size_t end = str_find_char(*rest, ' ');
	struct str word = str_sub(*rest, 0, end);
	*rest = str_skip(*rest, end == SIZE_MAX ? rest->len : end + 1);
	return word;
}

/* "<PRI>" at the front. */
static bool take_priority(struct str *rest, unsigned *priority)
{
	size_t end = str_find_char(str_sub(*rest, 0, 5), '>');
	uint64_t v;
	if (!str_starts(*rest, STR("<")) || end == SIZE_MAX || !str_to_u64(str_sub(*rest, 1, end), &v) || v > PRIORITY_MAX)
		return false;
	*priority = (unsigned)v;
	*rest = str_skip(*rest, end + 1);
	return true;
}

/* --- RFC 5424 --------------------------------------------------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "1 " and then a time or "-": nothing else begins a message of RFC 5424, and hardly anything else begins like it. */
static bool take_version(struct str *rest)
{
	size_t n = 0;
	while (n < 3 && n < rest->len && is_digit(rest->p[n]))
		n++;
	struct str after = str_skip(*rest, n + 1);
	if (n == 0 || n >= rest->len || rest->p[n] != ' ' || rest->p[0] == '0')
		return false;
	bool time = after.len > 4 && is_digit(after.p[0]) && is_digit(after.p[3]) && after.p[4] == '-';
	if (!time && !str_starts(after, STR("- ")))
		return false;
	*rest = after;
	return true;
}

static struct str nil(struct str word) { return str_eq(word, STR("-")) ? STR("") : word; }

/* A value up to its closing quote, \" \\ and \] undone; other backslashes stand for themselves (section 6.3.3). */
static bool take_value(struct syslog_parts *p, struct str *rest, struct str *out)
{
	size_t end = 0, escapes = 0;
	while (end < rest->len && rest->p[end] != '"') {
		bool escape = rest->p[end] == '\\' && end + 1 < rest->len && memchr("\"\\]", rest->p[end + 1], 3);
		escapes += escape;
		end += 1u + escape;
	}
	if (end >= rest->len)
		return false;
	*out = str_sub(*rest, 0, end);
	*rest = str_skip(*rest, end + 1);
	if (escapes == 0)
		return true;
	char *to = arena_bytes(&p->fields->arena, out->len), *at = to;
	if (!to)
		return false;
	for (size_t i = 0; i < out->len; i++) {
		if (out->p[i] == '\\' && i + 1 < out->len && memchr("\"\\]", out->p[i + 1], 3))
			i++;
		*at++ = out->p[i];
	}
	*out = str_from(to, (size_t)(at - to));
	return true;
}

static size_t name_length(struct str s)
{
	size_t n = 0;
	while (n < s.len && (unsigned char)s.p[n] > ' ' && !memchr("=]\"", s.p[n], 3))
		n++;
	return n;
}

/* Ids are known by their own names; anything else only means something together with the element's. */
static void put_parameter(struct syslog_parts *p, struct str id, struct str name, struct str value)
{
	enum log_role role = (enum log_role)log_fields_key(p->fields, name).role;
	if (role >= LOG_TRACE && role <= LOG_SPAN_DECIMAL) {
		log_fields_put(p->fields, name, &(struct value){ .type = VALUE_STR, .s = value });
		return;
	}
	struct str key = log_fields_join(p->fields, id, name);
	if (key.p)
		add_attr(p, key, value);
}

/* "[id name="value" …]". */
static bool take_element(struct syslog_parts *p, struct str *rest)
{
	struct str s = str_skip(*rest, 1), id = str_sub(s, 0, name_length(s)), value;
	if (str_empty(id))
		return false;
	s = str_skip(s, id.len);
	while (str_starts(s, STR(" "))) {
		s = str_skip(s, 1);
		struct str name = str_sub(s, 0, name_length(s));
		s = str_skip(s, name.len);
		if (str_empty(name) || !str_starts(s, STR("=\"")))
			return false;
		s = str_skip(s, 2);
		if (!take_value(p, &s, &value))
			return false;
		put_parameter(p, id, name, value);
	}
	if (!str_starts(s, STR("]")))
		return false;
	*rest = str_skip(s, 1);
	return true;
}

/* Leaves the message, or, where it is malformed, what is left from the wrong element on. */
static bool take_structured_data(struct syslog_parts *p, struct str *rest)
{
	if (str_starts(*rest, STR("-"))) {
		*rest = str_skip(*rest, 1);
	} else {
		if (!str_starts(*rest, STR("[")))
			return false;
		while (str_starts(*rest, STR("[")))
			if (!take_element(p, rest))
				return false;
	}
	if (rest->len && rest->p[0] != ' ')
		return false;
	*rest = str_skip(*rest, 1);
	return true;
}

static void parse_new(struct syslog_parts *p, struct str rest)
{
	struct str time = nil(syslog_word(&rest));
	p->malformed = time.len > 0 && !time_parse(time, &p->time);
	p->host = nil(syslog_word(&rest));
	p->program = nil(syslog_word(&rest));
	p->process = nil(syslog_word(&rest));
	struct str id = nil(syslog_word(&rest));
	if (id.len)
		add_attr(p, STR("syslog.msgid"), id);
	if (rest.len)
		p->malformed |= !take_structured_data(p, &rest);
	p->body = rest;
}

/* --- the record ---------------------------------------------------------------------------------------------------------------------------- */

static struct str without_end(struct str s)
{
	while (s.len && (s.p[s.len - 1] == '\n' || s.p[s.len - 1] == '\r' || s.p[s.len - 1] == '\0'))
		s.len--;
	return s;
}

/* Hints of who is speaking are weaker than what the head says. */
static void put_member(struct log_fields *f, const struct json_member *m)
{
	enum log_role role = (enum log_role)log_fields_key(f, m->key).role;
	if ((role == LOG_SERVICE_HINT || role == LOG_INSTANCE_HINT) && m->value.type == JSON_STRING)
		log_fields_attr(f, m->key, &(struct value){ .type = VALUE_STR, .s = m->value.s });
	else
		log_fields_put_json(f, m->key, &m->value);
}

/* A text that is a JSON object, as fields; the text itself is the body where none of them is the message. */
static void put_body(struct syslog_parser *parser, struct str text)
{
	struct str json = text;
	if (str_starts(json, STR("@cee:")))
		json = str_strip(str_skip(json, 5));
	if (str_starts(json, STR("{")) && json_flat_read(&parser->json, json) == JSON_FLAT_OK)
		for (uint32_t i = 0; i < parser->json.count; i++)
			put_member(&parser->fields, &parser->json.members[i]);
	if (!parser->fields.record.body.p)
		parser->fields.record.body = text;
}

static struct str or_else(struct str a, struct str b) { return a.len ? a : b; }

static void put_rest(struct syslog_parts *p, const struct syslog_source *source)
{
	if (str_starts(p->body, STR("\xef\xbb\xbf")))
		p->body = str_skip(p->body, 3);
	/* rsyslog keeps the blank that stood behind "program:"; more than one is meant. */
	if (p->body.len > 1 && p->body.p[0] == ' ' && p->body.p[1] != ' ')
		p->body = str_skip(p->body, 1);
	p->host = or_else(p->host, source->host);
	if (p->process.len)
		add_attr(p, STR("syslog.procid"), p->process);
	if (p->priority_given)
		add_attr(p, STR("syslog.facility"), facilities[p->priority / 8]);
}

void syslog_parse(struct syslog_parser *parser, const struct syslog_source *source, struct str text, struct syslog_message *m)
{
	struct log_fields *f = &parser->fields;
	struct syslog_parts p = { .fields = f, .priority = PRIORITY_NONE };
	struct str rest = without_end(text);
	log_fields_begin(f, source->now);
	p.priority_given = take_priority(&rest, &p.priority);
	if (p.priority_given && take_version(&rest))
		parse_new(&p, rest);
	else
		syslog_parse_old(&p, source, rest);
	put_rest(&p, source);
	put_body(parser, p.body);
	if (f->service.len && p.program.len && !str_eq(f->service, p.program))
		add_attr(&p, STR("syslog.appname"), p.program);
	log_fields_end(f);
	parser->host = attr_str(STR("host.name"), p.host);
	m->malformed = p.malformed;
	m->resource = (struct resource){ .service = or_else(or_else(f->service, p.program), STR("unknown")), .version = f->version,
					 .instance = or_else(f->instance, or_else(p.host, STR(""))), .attrs = &parser->host,
					 .attr_count = p.host.len ? 1 : 0 };
	m->record = f->record;
	if (!f->has_time && p.time)
		m->record.time = p.time;
	if (m->record.severity == SEVERITY_NONE)
		m->record.severity = severities[p.priority % 8];
}
