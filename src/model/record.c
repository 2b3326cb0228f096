/* Severities: what loggers call them, and OTLP's numbers (1 to 24, four steps in each of six ranges). */
#include "model/record.h"
#include "base/check.h"

/* Spellings of common loggers. Syslog's words are mapped as the appendix of OpenTelemetry's log data model has them. */
static const struct {
	struct str word;
	uint8_t severity;
} words[] = {
	{ STR_INIT("info"), SEVERITY_INFO },      { STR_INIT("error"), SEVERITY_ERROR },
	{ STR_INIT("warn"), SEVERITY_WARN },      { STR_INIT("debug"), SEVERITY_DEBUG },
	{ STR_INIT("warning"), SEVERITY_WARN },   { STR_INIT("trace"), SEVERITY_TRACE },
	{ STR_INIT("fatal"), SEVERITY_FATAL },    { STR_INIT("err"), SEVERITY_ERROR },
	{ STR_INIT("critical"), SEVERITY_ERROR + 1 }, { STR_INIT("crit"), SEVERITY_ERROR + 1 },
	{ STR_INIT("notice"), SEVERITY_INFO + 1 }, { STR_INIT("alert"), SEVERITY_ERROR + 2 },
	{ STR_INIT("emerg"), SEVERITY_FATAL },    { STR_INIT("emergency"), SEVERITY_FATAL },
	{ STR_INIT("panic"), SEVERITY_FATAL },    { STR_INIT("dpanic"), SEVERITY_ERROR + 1 },
	{ STR_INIT("information"), SEVERITY_INFO }, { STR_INIT("informational"), SEVERITY_INFO },
	{ STR_INIT("verbose"), SEVERITY_TRACE },  { STR_INIT("silly"), SEVERITY_TRACE },
	{ STR_INIT("severe"), SEVERITY_ERROR },   { STR_INIT("failure"), SEVERITY_ERROR },
	{ STR_INIT("fine"), SEVERITY_DEBUG },     { STR_INIT("finer"), SEVERITY_TRACE },
	{ STR_INIT("finest"), SEVERITY_TRACE },   { STR_INIT("dbg"), SEVERITY_DEBUG },
	{ STR_INIT("inf"), SEVERITY_INFO },       { STR_INIT("wrn"), SEVERITY_WARN },
	{ STR_INIT("trc"), SEVERITY_TRACE },      { STR_INIT("ftl"), SEVERITY_FATAL },
	{ STR_INIT("i"), SEVERITY_INFO },         { STR_INIT("e"), SEVERITY_ERROR },
	{ STR_INIT("w"), SEVERITY_WARN },         { STR_INIT("d"), SEVERITY_DEBUG },
	{ STR_INIT("f"), SEVERITY_FATAL },        { STR_INIT("t"), SEVERITY_TRACE },
	{ STR_INIT("c"), SEVERITY_ERROR + 1 },    { STR_INIT("n"), SEVERITY_INFO + 1 },
};

/* Syslog's 0 (emergency) to 7 (debug), as GELF and journald write them. */
static const uint8_t syslog[8] = { SEVERITY_FATAL, SEVERITY_ERROR + 2, SEVERITY_ERROR + 1, SEVERITY_ERROR,
				   SEVERITY_WARN,  SEVERITY_INFO + 1,  SEVERITY_INFO,	   SEVERITY_DEBUG };

static uint8_t severity_of_number(uint64_t n)
{
	if (n < ARRAY_LEN(syslog))
		return syslog[n];
	if (n >= 10 && n <= 60 && n % 10 == 0) /* pino, bunyan */
		return (uint8_t)(SEVERITY_TRACE + 4 * (n / 10 - 1));
	return SEVERITY_NONE;
}

static uint8_t severity_of_word(struct str s)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (s.len == words[i].word.len && (s.p[0] | 0x20) == words[i].word.p[0] && str_eq_ci(s, words[i].word))
			return words[i].severity;
	}
	return SEVERITY_NONE;
}

uint8_t severity_parse(struct str s)
{
	s = str_strip(s);
	if (s.len == 0 || s.len > 16)
		return SEVERITY_NONE;
	uint64_t number;
	if (str_to_u64(s, &number))
		return severity_of_number(number);
	uint8_t severity = severity_of_word(s);
	/* OpenTelemetry's own short names: "INFO2" to "INFO4". */
	char last = s.p[s.len - 1];
	if (severity == SEVERITY_NONE && last >= '2' && last <= '4') {
		severity = severity_of_word(str_sub(s, 0, s.len - 1));
		if (severity % 4 != 1)
			return SEVERITY_NONE;
		severity = (uint8_t)(severity + (last - '1'));
	}
	return severity;
}

struct str severity_name(uint8_t severity)
{
	static const struct str names[] = { STR_INIT("trace"), STR_INIT("debug"), STR_INIT("info"),
					    STR_INIT("warn"),  STR_INIT("error"), STR_INIT("fatal") };
	if (severity == SEVERITY_NONE || severity > 24)
		return STR("none");
	return names[(severity - 1) / 4];
}
