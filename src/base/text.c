/* See text.h. */
#include "base/text.h"

void text_safe(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char ch = (unsigned char)s.p[i];
		if (ch == '\t')
			buf_char(b, ' ');
		else if (ch < 0x20 || ch == 0x7f)
			buf_printf(b, "\\x%02x", ch);
		else if (ch == 0xc2 && i + 1 < s.len && (unsigned char)s.p[i + 1] < 0xa0) /* C1 controls in UTF-8 */
			buf_printf(b, "\\x%02x", (unsigned char)s.p[++i]);
		else
			buf_char(b, s.p[i]);
	}
}

size_t text_columns(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void text_wrapped(struct buf *b, struct str text, int indent, int width)
{
	int column = indent;
	bool first = true; /* in its line */
	while (text.p) {
		struct str word = str_split(&text, ' ');
		int len = (int)text_columns(word);
		if (!len)
			continue;
		if (!first && column + 1 + len > width) {
			buf_printf(b, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			buf_char(b, ' ');
			column++;
		}
		first = false;
		buf_add(b, word);
		column += len;
	}
	buf_char(b, '\n');
}
