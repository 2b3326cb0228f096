/* Writing contract.lock (lock.h). */
#include "base/base64.h"
#include "base/json.h"
#include "base/sha256.h"
#include "contract/lock.h"
#include "contract/lock_form.h"

/* How a text stands in the file. */
enum form { FORM_EMPTY, FORM_LINES, FORM_CRLF, FORM_BASE64 };

/* One character that YAML 1.1 and 1.2 both keep as it is inside of a block scalar. */
static bool is_plain(struct str s, size_t n)
{
	unsigned char c = (unsigned char)s.p[0];
	if (n == 1)
		return c == '\t' || c == '\n' || (c >= 0x20 && c < 0x7f);
	if (n == 2)
		return !(c == 0xc2 && (unsigned char)s.p[1] < 0xa0); /* C1 controls, and NEL, which YAML 1.1 takes for a line end */
	if (n == 3 && c == 0xe2 && (unsigned char)s.p[1] == 0x80)
		return (unsigned char)s.p[2] != 0xa8 && (unsigned char)s.p[2] != 0xa9; /* LINE and PARAGRAPH SEPARATOR */
	if (n == 3 && c == 0xef)
		return !str_eq(str_sub(s, 0, 3), STR("\xef\xbb\xbf")) && !(s.p[1] == (char)0xbf && (unsigned char)s.p[2] >= 0xbe); /* byte order mark, U+FFFE, U+FFFF */
	return true;
}

static enum form form_of(struct str text)
{
	size_t returns = 0, lines = 0;
	if (!text.len)
		return FORM_EMPTY;
	for (size_t i = 0; i < text.len;) {
		if (text.p[i] == '\r') {
			if (i + 1 == text.len || text.p[i + 1] != '\n')
				return FORM_BASE64;
			returns++;
			i++;
			continue;
		}
		size_t n = str_utf8_sequence(str_skip(text, i));
		if (!n || !is_plain(str_skip(text, i), n))
			return FORM_BASE64;
		lines += text.p[i] == '\n';
		i += n;
	}
	return !returns ? FORM_LINES : returns == lines ? FORM_CRLF : FORM_BASE64;
}

static void put_path(struct buf *b, struct str path)
{
	bool plain = path.len > 0 && path.p[0] != '-' && path.p[0] != '.';
	for (size_t i = 0; i < path.len; i++) {
		char c = path.p[i];
		plain &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_';
	}
	if (plain)
		buf_add(b, path);
	else
		json_quote(b, path);
}

static void put_lines(struct buf *b, struct str text)
{
	if (str_ends(text, STR("\n")))
		text.len--;
	while (text.p) {
		struct str line = str_split(&text, '\n');
		if (str_ends(line, STR("\r")))
			line.len--;
		if (line.len)
			buf_add(b, STR(LOCK_INDENT));
		buf_add(b, line);
		buf_char(b, '\n');
	}
}

static void put_base64(struct buf *b, struct str text)
{
	enum { LINE = 57 }; /* bytes: 76 characters */
	while (text.len) {
		buf_add(b, STR(LOCK_INDENT));
		base64_encode(b, str_sub(text, 0, LINE));
		buf_char(b, '\n');
		text = str_skip(text, LINE);
	}
}

static void put_file(struct buf *b, const struct lock_file *f)
{
	char hex[SHA256_HEX];
	enum form form = form_of(f->text);
	if (!sha256_hex(hex, f->text)) {
		b->failed = true;
		return;
	}
	buf_add(b, STR(LOCK_PATH));
	put_path(b, f->path);
	buf_printf(b, "\n" LOCK_SHA256 "%.*s\n", SHA256_HEX, hex);
	if (form == FORM_EMPTY) {
		buf_add(b, STR(LOCK_TEXT_EMPTY "\n"));
	} else if (form == FORM_BASE64) {
		buf_add(b, STR(LOCK_BASE64 "\n"));
		put_base64(b, f->text);
	} else {
		if (form == FORM_CRLF)
			buf_add(b, STR(LOCK_CRLF "\n"));
		buf_add(b, str_ends(f->text, STR("\n")) ? STR(LOCK_TEXT_ENDED "\n") : STR(LOCK_TEXT_UNENDED "\n"));
		put_lines(b, f->text);
	}
}

void lock_write(struct buf *b, const struct lock_file *files, size_t count)
{
	buf_add(b, STR(LOCK_FIRST_LINE "\n"
		       "# A change of a file below that is not in here fails `pleach contract lock --check`, so a contract changes by a decision only.\n"
		       "# To agree to a change: run `pleach contract lock`, look at what it changes here, commit both together.\n" LOCK_VERSION "\n" LOCK_FILES "\n"));
	for (size_t i = 0; i < count; i++)
		put_file(b, &files[i]);
}
