"""Reads the first stage of a query and says whether a row is of it: the half of the second opinion (oracle.py) that selects."""

import re

from values import FIXED, LEVELS, contains, duration, everything, field, lower, number_of, present, text_of

NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_@./-]*")
OPERATOR = re.compile(r":(?=[><=])(>=|<=|>|<|==|=)|=~|!~|!=|>=|<=|==|>|<|=|:(?!//|:)")
SPACED = re.compile(r"\s+(=~|!~|!=|>=|<=|==|>|<|=(?![\"`]))(?=[\s\"`\w./-])\s*(?=[^\s)|])")


class Reader:
    def __init__(self, text):
        self.text, self.at, self.last = text, 0, None

    def rest(self):
        return self.text[self.at:]

    def blanks(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def take(self, pattern):
        m = re.compile(pattern).match(self.text, self.at)
        if m:
            self.at = m.end()
        return m

    def pipe(self):
        return bool(re.match(r"\|(?![=~>|])", self.rest()))

    def end(self):
        self.blanks()
        return self.at >= len(self.text) or self.text[self.at] == ")" or self.pipe()

    def quoted(self):
        if self.text[self.at] == "`":
            return self.take(r"`([^`]*)`").group(1)
        return re.sub(r'\\(["\\])', r"\1", self.take(r'"((?:\\.|[^"\\])*)"').group(1))

    # Each of the following gives a function of a row.
    def either(self, name=None):
        parts = [self.all(name)]
        while not self.end() and self.take(r"(?i:or)(?=[\s()|]|$)|\|\|"):
            self.blanks()
            parts.append(self.all(name))
        return lambda row: any(p(row) for p in parts)

    def all(self, name):
        parts = [self.term(name)]
        while not self.end() and not re.match(r"(?i:or)(?=[\s()|]|$)|\|\|", self.rest()):
            self.take(r"(?i:and)(?=[\s()|]|$)|&&")
            parts.append(self.term(name))
        return lambda row: all(p(row) for p in parts)

    def negative(self, term):
        return lambda row: not term(row)

    def term(self, name):
        self.blanks()
        if self.take(r"\("):
            inner = self.either(name)
            self.blanks()
            assert self.take(r"\)"), self.text
            return inner
        if self.take(r"(?i:not)(?=[\s()|]|$)|-(?=[^\s)|>-])|!(?=[\w\"`(])"):
            return self.negative(self.term(name))
        if re.match(r"\{\s*([\w.]+\s*(=|!=|!~)|\})", self.rest()):
            return self.selector()
        m = self.take(r"\|=\s*|\|~\s*|!=\s*(?=[\"`])|!~\s*(?=[\"`])")
        if m:
            return self.line_filter(m.group().strip())
        if name is None and self.take(r"\+(?=[A-Za-z\"])"):
            pass
        if self.rest().startswith("*") and re.match(r"\*(?=[\s)|]|$)", self.rest()):
            self.at += 1
            return lambda row: True
        if name is not None:
            return self.value(name, ":")
        return self.word_or_field()

    def line_filter(self, sign):
        texts = [self.quoted()]
        while self.take(r"\s+(?i:or)\s+(?=[\"`])"):
            texts.append(self.quoted())
        if sign in ("|~", "!~"):
            found = [re.compile(t) for t in texts]
            test = lambda row: any(f.search(text_of(v)) for v in everything(row) for f in found)
        else:
            test = lambda row: any(t in text_of(v) for v in everything(row) for t in texts)
        return self.negative(test) if sign[0] == "!" else test

    def selector(self):
        tests = []
        self.at += 1
        self.blanks()
        while not self.take(r"\}"):
            label, sign = self.take(r"([\w.]+)\s*(=~|!~|!=|=)\s*").groups()
            value = self.quoted()
            names = [label] + (["service"] if label in ("app", "job", "service_name") else [])
            test = lambda row, names=names, value=value, sign=sign: any(
                re.fullmatch(value, text_of(field(row, n)) if field(row, n) is not None else "\0") if sign[1:] == "~" else self.equal(field(row, n), value, n) for n in names)
            tests.append(self.negative(test) if sign[0] == "!" else test)
            self.take(r"\s*,?\s*")
        return lambda row: all(t(row) for t in tests)

    def word_or_field(self):
        m = NAME.match(self.text, self.at)
        if m:
            op = OPERATOR.match(self.text, m.end())
            spaced = None if op else SPACED.match(self.text, m.end())
            if op or spaced:
                self.at = (op or spaced).end()
                sign = op.group(1) or op.group() if op else spaced.group(1)
                if sign != ":":
                    self.blanks()
                return self.field_term(m.group(), sign)
        if self.text[self.at] == '"':
            start = self.at
            name = self.quoted()
            op = OPERATOR.match(self.text, self.at)
            if op:
                self.at = op.end()
                return self.field_term(name, op.group(1) or op.group())
            self.at = start
        return self.any_field()

    def field_term(self, name, sign):
        if sign == ":" and name in ("last", "_time"):
            self.last = duration(self.take(r"\w+").group())
            return lambda row: True
        if sign == ":" and name in ("has", "_exists_"):
            name = self.quoted() if self.rest()[0] in '"`' else self.take(r"[\w.@/-]+").group()
            return lambda row: present(row, name)
        if sign == ":" and self.take(r"\("):
            inner = self.either(name)
            self.blanks()
            assert self.take(r"\)")
            return inner
        if sign == ":":
            m = self.take(r"([\[{])\s*(\S+) TO (\S+?)\s*([\]}])")
            if m:
                return self.range(name, *m.groups())
        if sign in ("=~", "!~"):
            source = self.quoted() if self.rest()[0] in '"`' else self.take(r"[^\s()|]+").group()
            test = lambda row: field(row, name) is not None and bool(re.fullmatch(source, text_of(field(row, name)), re.S))
            return self.negative(test) if sign == "!~" else test
        tests = [self.value(name, sign)]
        while sign in (":", "=", "==", "!=") and self.take(","):
            tests.append(self.value(name, sign))
        if sign == "!=":
            return lambda row: all(t(row) for t in tests)
        return lambda row: any(t(row) for t in tests)

    def range(self, name, open_, low, high, close):
        tests = []
        if low != "*":
            tests.append(self.comparison(name, ">" if open_ == "{" else ">=", low))
        if high != "*":
            tests.append(self.comparison(name, "<" if close == "}" else "<=", high))
        if not tests:
            return lambda row: field(row, name) is not None
        return lambda row: all(t(row) for t in tests)

    def needle(self, stop):
        """text, stars left and right, whether it was quoted."""
        left = right = False
        if re.match(r'\*["`]', self.rest()):
            self.at += 1
            left = True
        if self.rest()[:1] in ('"', "`"):
            text = self.quoted()
            if self.take(r"\*"):
                right = True
            return text, left, right, True
        text = self.take(stop).group()
        if len(text) > 1 and text[0] == "*":
            left, text = True, text[1:]
        if len(text) > 1 and text[-1] == "*":
            right, text = True, text[:-1]
        return text, left, right, False

    def slashes(self):
        m = re.match(r"/((?:\\.|[^/\\])+)/(i?)(?=[\s)|,]|$)", self.rest())
        if m:
            self.at += m.end()
            return re.compile(m.group(1), re.I if m.group(2) else 0)
        return None

    def any_field(self):
        if re.match(r'=["`]', self.rest()):
            self.at += 1
            text = self.quoted()
            return lambda row: any(text in text_of(v) for v in everything(row))
        found = self.slashes()
        if found:
            return lambda row: any(found.search(text_of(v)) for v in everything(row))
        text, left, right, _ = self.needle(r"[^\s()|]+")
        hexed = text.replace("-", "") if re.fullmatch(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", text) else None
        return lambda row: any(contains(text_of(v), text, not left, not right) for v in everything(row)) or bool(hexed and row.get("trace") == lower(hexed))

    def value(self, name, sign):
        found = self.slashes() if sign == ":" else None
        if found:
            return lambda row: field(row, name) is not None and bool(found.search(text_of(field(row, name))))
        text, left, right, quoted = self.needle(r"[^\s()|,]+" if sign in (":", "=", "==", "!=") else r"[^\s()|]+")
        if text == "*" and not quoted and sign in (":", "=", "=="):
            return lambda row: present(row, name)
        if left or right:
            test = lambda row: field(row, name) is not None and contains(text_of(field(row, name)), text, not left, not right)
            return self.negative(test) if sign == "!=" else test
        return self.comparison(name, sign, text)

    def comparison(self, name, sign, text):
        if FIXED.get(name) == "level" and sign in (":", "=", "==", "!=", ">", ">=", "<", "<="):
            return self.level(name, sign, text)
        if FIXED.get(name) in ("trace", "span"):
            wanted = lower(text).replace("-", "")
            return lambda row: (field(row, name) == wanted) == (sign != "!=")
        if sign == ":" and text != "":
            return lambda row: field(row, name) is not None and self.token(field(row, name), text)
        if sign in (":", "=", "=="):
            return lambda row: self.equal(field(row, name), text, name)
        if sign == "!=":
            return lambda row: not self.equal(field(row, name), text, name)
        return lambda row: self.ordered(field(row, name), sign, text)

    def level(self, name, sign, text):
        low, high = LEVELS[lower(text)]

        def test(row):
            value = field(row, name)
            s = row["severity"] if not row.get("line") and "level" not in row.get("made", {}) else LEVELS.get(text_of(value), (0, 0))[0]
            if sign in (":", "=", "=="):
                return low <= s <= high
            if sign == "!=":
                return not low <= s <= high
            return s > 0 and {">": s > high, ">=": s >= low, "<": s < low, "<=": s <= high}[sign] or (s == 0 and low == 0 and sign in (">=", "<="))
        return test

    def token(self, value, text):
        a, b = number_of(value), number_of(text)
        return a == b if a is not None and b is not None else contains(text_of(value), text, True, True)

    def equal(self, value, text, name=None):
        if name and FIXED.get(name) == "level":
            return lower(text_of(value)) == lower(text)
        if value is None:
            return text == ""
        a, b = number_of(value), number_of(text)
        return a == b if a is not None and b is not None else lower(text_of(value)) == lower(text)

    def ordered(self, value, sign, text):
        if value is None:
            return False
        a, b = number_of(value), number_of(text)
        if b is not None and a is None:
            return False
        if b is None:
            a, b = text_of(value).encode(), text.encode()
        return {">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b}[sign]
