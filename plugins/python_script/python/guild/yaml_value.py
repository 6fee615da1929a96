"""Decodes any single YAML 1.1 document as Guild does: PyYAML's safe rules and shorter floats.

For the values that `flags_dest` does not decode at a glance. The scanner below follows the
algorithm of the YAML reference parsers: it finds out that a scalar was a key only at the `:`
behind it and then inserts the tokens that should have come before.
"""

from guild.flags_dest import NOT_PLAIN, WORDS, decode_plain

_BREAKS = "\r\n\x85\u2028\u2029"
_LINE_END = "\0" + _BREAKS
_BLANKS = _LINE_END + " \t"
_ESCAPES = dict(zip('0abt\tnvfre "\\/N_LP', '\0\a\b\t\t\n\v\f\r\x1b "\\/\x85\xa0\u2028\u2029'))
_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_URI = _WORD.union(";/?:@&=+$,.!~*'()[]%")
_HEX = frozenset("0123456789abcdefABCDEF")
_STANDARD = "tag:yaml.org,2002:"

# What a plain `<<` or `=` stands for where it is a mapping's key; it is no value.
_MERGE = object()
_DEFAULT = object()

_NAN = float("nan")  # one object, so that it is one key of a mapping


def load(text):
    """Returns the value of `text`. Raises ValueError where it has none."""
    try:
        return _Parser(_Scanner(text).scan()).document()
    except ValueError:
        raise
    except Exception as e:  # such as an int too large for a date, or endless nesting
        raise ValueError("%s: %s" % (type(e).__name__, e)) from None


class _Scanner:
    """Splits text into tokens: (kind, value, is plain scalar).

    Kinds are the characters that stand for them in YAML, and "scalar", "seq" and "map" (start of
    a block collection), "end" (of one) and "" (of the text).
    """

    def __init__(self, text):
        for ch in text:
            if not (" " <= ch <= "~" or ch in "\t\n\r\x85" or ch >= "\xa0") or (
                "\ud800" <= ch <= "\udfff" or ch in "\ufffe\uffff"
            ):
                raise ValueError("character %r is not allowed" % ch)
        self.text = text[text[:1] == "\ufeff" :] + "\0\0\0\0"
        self.pos = 0
        self.line_start = 0
        self.flow = 0  # depth of brackets
        self.indent = -1
        self.indents = []
        self.tokens = []
        self.key_allowed = True
        self.keys = {}  # by depth of brackets: where a key may have begun

    def scan(self):
        while not self.tokens or self.tokens[-1][0]:
            self._next_token()
        return self.tokens

    def _next_token(self):
        self._skip_to_token()
        for depth, (_, required, pos, line_start) in list(self.keys.items()):
            if line_start != self.line_start or self.pos - pos > 1024:
                if required:
                    raise ValueError("expected ':'")
                del self.keys[depth]
        column = self._column()
        self._unwind(column)
        ch, ahead = self.text[self.pos : self.pos + 2]
        blank_ahead = ahead in _BLANKS
        if ch == "\0":
            self._unwind(-1)
            self._forget_key()
            self._add("")
        elif ch == "%" and column == 0:
            self._unwind(-1)
            self._forget_key()
            self.key_allowed = False
            self._directive()
        elif column == 0 and self._at_document_mark():
            self._unwind(-1)
            self._forget_key()
            self.key_allowed = False
            self._add(self.text[self.pos : self.pos + 3], size=3)
        elif ch in "[{":
            self._save_key()
            self.flow += 1
            self.key_allowed = True
            self._add(ch, size=1)
        elif ch in "]}":
            self._forget_key()
            self.flow -= 1
            self.key_allowed = False
            self._add(ch, size=1)
        elif ch == ",":
            self.key_allowed = True
            self._forget_key()
            self._add(ch, size=1)
        elif ch == "-" and blank_ahead:
            if not self.flow:
                self._open_block("seq", column)
            self.key_allowed = True
            self._forget_key()
            self._add(ch, size=1)
        elif ch == "?" and (self.flow or blank_ahead):
            if not self.flow:
                self._open_block("map", column)
            self.key_allowed = not self.flow
            self._forget_key()
            self._add(ch, size=1)
        elif ch == ":" and (self.flow or blank_ahead):
            self._mapping_value(column)
        elif ch in "*&":
            self._save_key()
            self.key_allowed = False
            self.pos += 1
            name = self._take(_WORD)
            if not name or self.text[self.pos] not in _BLANKS + "?:,]}%@`":
                raise ValueError("invalid name after %r" % ch)
            self._add(ch, name)
        elif ch == "!":
            self._save_key()
            self.key_allowed = False
            self._add(ch, self._tag(ahead))
        elif ch in "|>" and not self.flow:
            self.key_allowed = True
            self._forget_key()
            self._add("scalar", self._block_scalar(ch))
        elif ch in "'\"":
            self._save_key()
            self.key_allowed = False
            self._add("scalar", self._quoted(ch))
        elif ch not in "\t-?:#|>%@`" or (
            not blank_ahead and (ch == "-" or (not self.flow and ch in "?:"))
        ):
            self._save_key()
            self.key_allowed = False
            self._add("scalar", self._plain(), True)
        else:
            raise ValueError("a value cannot start with %r" % ch)

    def _add(self, kind, value=None, plain=False, size=0):
        self.pos += size
        self.tokens.append((kind, value, plain))

    def _column(self):
        return self.pos - self.line_start

    def _at_document_mark(self):
        mark = self.text[self.pos : self.pos + 3]
        return mark in ("---", "...") and self.text[self.pos + 3] in _BLANKS

    # Keys and indentation

    def _save_key(self):
        if self.key_allowed:
            self._forget_key()
            required = not self.flow and self.indent == self._column()
            self.keys[self.flow] = (len(self.tokens), required, self.pos, self.line_start)

    def _forget_key(self):
        key = self.keys.pop(self.flow, None)
        if key and key[1]:
            raise ValueError("expected ':'")

    def _mapping_value(self, column):
        key = self.keys.pop(self.flow, None)
        if key:
            index, _, pos, line_start = key
            self.tokens.insert(index, ("?", None, False))
            if not self.flow and self._indent(pos - line_start):
                self.tokens.insert(index, ("map", None, False))
            self.key_allowed = False
        else:
            if not self.flow:
                self._open_block("map", column)
            self.key_allowed = not self.flow
            self._forget_key()
        self._add(":", size=1)

    def _open_block(self, kind, column):
        if not self.key_allowed:
            raise ValueError("%r is not allowed here" % self.text[self.pos])
        if self._indent(column):
            self._add(kind)

    def _indent(self, column):
        if self.indent >= column:
            return False
        self.indents.append(self.indent)
        self.indent = column
        return True

    def _unwind(self, column):
        while not self.flow and self.indent > column:
            self.indent = self.indents.pop()
            self._add("end")

    # Characters

    def _take(self, chars):
        start = self.pos
        while self.text[self.pos] in chars:
            self.pos += 1
        return self.text[start : self.pos]

    def _take_until(self, chars):
        start = self.pos
        while self.text[self.pos] not in chars:
            self.pos += 1
        return self.text[start : self.pos]

    def _line_break(self):
        ch = self.text[self.pos]
        if ch not in _BREAKS:
            return ""
        self.pos += 2 if ch == "\r" and self.text[self.pos + 1] == "\n" else 1
        self.line_start = self.pos
        return ch if ch in "\u2028\u2029" else "\n"

    def _skip_to_token(self):
        while True:
            self._take(" ")
            if self.text[self.pos] == "#":
                self._take_until(_LINE_END)
            if not self._line_break():
                return
            if not self.flow:
                self.key_allowed = True

    def _end_line(self):
        self._take(" ")
        if self.text[self.pos] == "#":
            self._take_until(_LINE_END)
        if self.text[self.pos] not in _LINE_END:
            raise ValueError("expected the end of the line")
        self._line_break()

    # Directives and tags

    def _directive(self):
        self.pos += 1
        name = self._take(_WORD)
        if not name or self.text[self.pos] not in _LINE_END + " ":
            raise ValueError("invalid directive")
        value = None
        if name == "YAML":
            self._take(" ")
            value = self._take_until(_LINE_END + " ")
            major, dot, minor = value.partition(".")
            if not (dot and major.isdigit() and minor.isdigit() and value.isascii()):
                raise ValueError("invalid YAML version")
        elif name == "TAG":
            self._take(" ")
            handle = self._tag_handle()
            if self.text[self.pos] != " ":
                raise ValueError("invalid tag directive")
            self._take(" ")
            value = (handle, self._uri())
            if self.text[self.pos] not in _LINE_END + " ":
                raise ValueError("invalid tag directive")
        else:
            self._take_until(_LINE_END)
        self._end_line()
        self._add("%", (name, value))

    def _tag(self, ahead):
        if ahead == "<":
            self.pos += 2
            tag = (None, self._uri())
            if self.text[self.pos] != ">":
                raise ValueError("expected '>' after a tag")
            self.pos += 1
        elif ahead in _BLANKS:
            self.pos += 1
            tag = (None, "!")
        else:
            start = self.pos
            self.pos += 1
            self._take_until(_LINE_END + " !")
            has_handle = self.text[self.pos] == "!"
            self.pos = start
            if has_handle:
                handle = self._tag_handle()
            else:
                handle = "!"
                self.pos += 1
            tag = (handle, self._uri())
        if self.text[self.pos] not in _LINE_END + " ":
            raise ValueError("expected a space after a tag")
        return tag

    def _tag_handle(self):
        if self.text[self.pos] != "!":
            raise ValueError("invalid tag")
        start = self.pos
        self.pos += 1
        if self.text[self.pos] != " ":
            self._take(_WORD)
            if self.text[self.pos] != "!":
                raise ValueError("invalid tag")
            self.pos += 1
        return self.text[start : self.pos]

    def _uri(self):
        parts = self._take(_URI).split("%")
        if parts == [""]:
            raise ValueError("expected a tag")
        data = bytearray(parts[0], "ascii")
        for part in parts[1:]:
            if len(part) < 2 or not _HEX.issuperset(part[:2]):
                raise ValueError("invalid escape in a tag")
            data.append(int(part[:2], 16))
            data += part[2:].encode("ascii")
        return data.decode("utf-8")

    # Scalars

    def _plain(self):
        flow_end = ",[]{}" if self.flow else ""
        text = self.text
        indent = self.indent + 1
        chunks = []
        spaces = ""
        while text[self.pos] != "#":
            start = end = self.pos
            while not (
                text[end] in _BLANKS
                or (text[end] == ":" and text[end + 1] in _BLANKS + flow_end)
                or (self.flow and text[end] in ",?[]{}")
            ):
                end += 1
            if start == end:
                break
            self.key_allowed = False
            chunks += [spaces, text[start:end]]
            self.pos = end
            spaces = self._plain_spaces()
            if not spaces or (not self.flow and self._column() < indent):
                break
        return "".join(chunks)

    def _plain_spaces(self):
        spaces = self._take(" ")
        line_break = self._line_break()
        if not line_break:
            return spaces
        self.key_allowed = True
        breaks = ""
        while True:
            if self._column() == 0 and self._at_document_mark():
                return ""
            self._take(" ")
            more = self._line_break()
            if not more:
                break
            breaks += more
        return _folded(line_break, breaks)

    def _quoted(self, quote):
        self.pos += 1
        chunks = []
        while True:
            chunks.append(self._take_until("'\"\\" + _BLANKS))
            ch = self.text[self.pos]
            if ch == quote:
                self.pos += 1
                if quote == '"' or self.text[self.pos] != "'":
                    return "".join(chunks)
                chunks.append("'")
                self.pos += 1
            elif ch == "\\" and quote == '"':
                chunks.append(self._escape())
            elif ch in "'\"\\":
                chunks.append(ch)
                self.pos += 1
            else:
                spaces = self._take(" \t")
                if self.text[self.pos] == "\0":
                    raise ValueError("the closing quote is missing")
                line_break = self._line_break()
                if line_break:
                    spaces = _folded(line_break, self._quoted_breaks())
                chunks.append(spaces)

    def _quoted_breaks(self):
        breaks = ""
        while True:
            if self._at_document_mark():
                raise ValueError("the closing quote is missing")
            self._take(" \t")
            more = self._line_break()
            if not more:
                return breaks
            breaks += more

    def _escape(self):
        ch = self.text[self.pos + 1]
        self.pos += 2
        if ch in _ESCAPES:
            return _ESCAPES[ch]
        if ch in "xuU":
            size = {"x": 2, "u": 4, "U": 8}[ch]
            digits = self.text[self.pos : self.pos + size]
            if len(digits) < size or not _HEX.issuperset(digits):
                raise ValueError("invalid escape \\%s" % ch)
            self.pos += size
            return chr(int(digits, 16))
        if ch in _BREAKS:
            self.pos -= 1
            self._line_break()
            return self._quoted_breaks()
        raise ValueError("unknown escape %r" % ("\\" + ch))

    def _block_scalar(self, style):
        self.pos += 1
        header = self._take("+-0123456789")
        digits = header.strip("+-")
        if len(header) > 2 or len(digits) > 1 or (len(header) == 2 and not digits):
            raise ValueError("invalid block scalar")
        if digits == "0" or self.text[self.pos] not in _LINE_END + " ":
            raise ValueError("invalid block scalar")
        self._end_line()
        indent = max(self.indent + 1, 1)
        if digits:
            indent += int(digits) - 1
            breaks = self._block_breaks(indent)
        else:
            breaks = ""
            deepest = 0
            while True:
                self._take(" ")
                deepest = max(deepest, self._column())
                more = self._line_break()
                if not more:
                    break
                breaks += more
            indent = max(indent, deepest)
        chunks = []
        line_break = ""
        while self._column() == indent and self.text[self.pos] != "\0":
            chunks.append(breaks)
            starts_text = self.text[self.pos] not in " \t"
            chunks.append(self._take_until(_LINE_END))
            line_break = self._line_break()
            breaks = self._block_breaks(indent)
            if self._column() != indent or self.text[self.pos] == "\0":
                break
            folds = style == ">" and starts_text and self.text[self.pos] not in " \t"
            if not folds or line_break != "\n":
                chunks.append(line_break)
            elif not breaks:
                chunks.append(" ")
        if "-" not in header:
            chunks.append(line_break)
        if "+" in header:
            chunks.append(breaks)
        return "".join(chunks)

    def _block_breaks(self, indent):
        breaks = ""
        while True:
            while self._column() < indent and self.text[self.pos] == " ":
                self.pos += 1
            more = self._line_break()
            if not more:
                return breaks
            breaks += more


def _folded(line_break, breaks):
    if line_break != "\n":
        return line_break + breaks
    return breaks or " "


class _Parser:
    def __init__(self, tokens):
        self.tokens = tokens
        self.next = 0
        self.anchors = {}
        self.handles = {"!": "!", "!!": _STANDARD}

    def document(self):
        value = None
        if self._kind() in ("%", "---"):
            self._directives()
            self._expect("---")
            if self._kind() not in ("%", "---", "...", ""):
                value = _checked(self._node(True))
        elif self._kind():
            value = _checked(self._node(True))
        while self._accept("..."):
            pass
        self._expect("")
        return value

    def _kind(self):
        return self.tokens[self.next][0]

    def _accept(self, *kinds):
        token = self.tokens[self.next]
        if token[0] not in kinds:
            return None
        self.next += 1
        return token

    def _expect(self, kind, wanted=None):
        if not self._accept(kind):
            names = {"": "the end", "end": "the end", "scalar": "a value"}
            found = names.get(self._kind(), repr(self._kind()))
            wanted = wanted or names.get(kind, repr(kind))
            raise ValueError("expected %s, but found %s" % (wanted, found))

    def _directives(self):
        version = None
        handles = {}
        while self._kind() == "%":
            name, value = self._accept("%")[1]
            if name == "YAML":
                if version or value.partition(".")[0].lstrip("0") != "1":
                    raise ValueError("invalid YAML version")
                version = value
            elif name == "TAG":
                if value[0] in handles:
                    raise ValueError("duplicate tag handle %r" % value[0])
                handles[value[0]] = value[1]
        self.handles.update(handles)

    def _node(self, block=False, indentless=False):
        token = self._accept("*")
        if token:
            if token[1] not in self.anchors:
                raise ValueError("undefined alias %r" % token[1])
            return self.anchors[token[1]]
        anchor = tag = None
        properties = [self._accept("&", "!")]
        if properties[0]:
            properties.append(self._accept("!" if properties[0][0] == "&" else "&"))
        for token in filter(None, properties):
            if token[0] == "&":
                anchor = token[1]
                if anchor in self.anchors:
                    raise ValueError("duplicate anchor %r" % anchor)
            else:
                handle, tag = token[1]
                if handle is not None:
                    if handle not in self.handles:
                        raise ValueError("undefined tag handle %r" % handle)
                    tag = self.handles[handle] + tag
        if indentless and self._kind() == "-":
            return self._list(tag, anchor, self._block_items("-", "?", ":", "end"))
        kinds = ("[", "{", "scalar", "seq", "map") if block else ("[", "{", "scalar")
        token = self._accept(*kinds)
        if not token:
            if not properties[0]:
                self._expect("scalar")
            token = ("scalar", "", True)
        kind, text, plain = token
        if kind == "[":
            return self._list(tag, anchor, self._flow_items())
        if kind == "{":
            return self._dict(tag, anchor, self._flow_pairs())
        if kind == "seq":
            return self._list(tag, anchor, self._block_items("-", "end"), "end")
        if kind == "map":
            return self._dict(tag, anchor, self._block_pairs())
        value = self.anchors[anchor] = _scalar(text, tag, plain)
        return value

    def _list(self, tag, anchor, items, end=None):
        value = self.anchors[anchor] = []
        value.extend(items)
        if end:
            self._expect(end)
        if tag not in (None, "!", _STANDARD + "seq"):
            raise ValueError("tag %r does not fit a list" % tag)
        return value

    def _dict(self, tag, anchor, pairs):
        value = self.anchors[anchor] = {}
        own = {}
        for key, item in pairs:
            if key is _MERGE:
                for merged in reversed(item) if isinstance(item, list) else [item]:
                    if not isinstance(merged, dict):
                        raise ValueError("'<<' takes mappings only")
                    value.update(merged)
            else:
                own["=" if key is _DEFAULT else key] = _checked(item)
        value.update(own)
        if tag == _STANDARD + "set":
            value = self.anchors[anchor] = set(value)
        elif tag not in (None, "!", _STANDARD + "map"):
            raise ValueError("tag %r does not fit a mapping" % tag)
        return value

    def _optional(self, unless, block):
        return None if self._kind() in unless else self._node(block, block)

    def _block_items(self, *empty_before):
        while self._accept("-"):
            yield None if self._kind() in empty_before else _checked(self._node(True))

    def _block_pairs(self):
        empty_before = ("?", ":", "end")
        while self._accept("?"):
            key = self._optional(empty_before, True)
            yield key, self._optional(empty_before, True) if self._accept(":") else None
        self._expect("end")

    def _flow_entries(self, end):
        if self._accept(end):
            return
        while True:
            yield
            if self._accept(end):
                return
            self._expect(",", "',' or '%s'" % end)
            if self._accept(end):
                return

    def _flow_pair(self, end):
        key = self._optional((":", ",", end), False)
        return key, self._optional((",", end), False) if self._accept(":") else None

    def _flow_items(self):
        for _ in self._flow_entries("]"):
            if self._accept("?"):
                yield self._dict(None, None, [self._flow_pair("]")])
            else:
                yield _checked(self._node())

    def _flow_pairs(self):
        for _ in self._flow_entries("}"):
            yield self._flow_pair("}") if self._accept("?") else (self._node(), None)


def _checked(value):
    if value is _MERGE or value is _DEFAULT:
        raise ValueError("%r is no value" % ("<<" if value is _MERGE else "="))
    return value


def _scalar(text, tag, plain):
    if tag == "!" or (tag is None and plain):
        return _plain_value(text)
    if tag is None or tag == _STANDARD + "str":
        return text
    if tag == _STANDARD + "null":
        return None
    if tag == _STANDARD + "bool" and isinstance(WORDS.get(text.lower()), bool):
        return WORDS[text.lower()]
    if tag == _STANDARD + "int":
        return _int(text)
    if tag == _STANDARD + "float":
        return _float(text)
    if tag == _STANDARD + "timestamp":
        return _time(_match(_TIME, text))
    if tag == _STANDARD + "binary":
        from base64 import decodebytes

        return decodebytes(text.encode("ascii"))
    raise ValueError("tag %r does not fit a scalar" % tag)


_INT = r"[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*|0x[0-9a-fA-F_]+)"
_FLOAT = (
    r"[-+]?[0-9][0-9_]*"
    r"(?:\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+|(?::[0-5]?[0-9])+\.[0-9_]*)"
    r"|\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_TIME = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(?:(Z)|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)?"
)


def _plain_value(text):
    value = decode_plain(text)
    if value is not NOT_PLAIN:
        return value
    if text == "<<":
        return _MERGE
    if text == "=":
        return _DEFAULT
    if text[0] in "-+.0123456789":
        if _match(_INT, text):
            return _int(text)
        if _match(_FLOAT, text):
            return _float(text)
        time = _match(_TIME, text)
        if time and (time[4] or len(text) == 10):
            return _time(time)
    return text


def _match(pattern, text):
    from re import fullmatch  # late: few values need it

    return fullmatch(pattern, text)


def _signed(text):
    text = text.replace("_", "")
    return (-1 if text[0] == "-" else 1), text[1:] if text[0] in "+-" else text


def _int(text):
    sign, digits = _signed(text)
    for prefix, base in (("0b", 2), ("0x", 16)):
        if digits.startswith(prefix):
            return sign * int(digits[2:], base)
    if digits[0] == "0":
        return sign * int(digits, 8)
    return sign * _base_60(digits, int)


def _float(text):
    sign, digits = _signed(text.lower())
    if digits == ".nan":
        return _NAN
    return sign * _base_60("inf" if digits == ".inf" else digits, float)


def _base_60(digits, number):
    value = number(0)
    base = 1
    for part in reversed(digits.split(":")):
        value += number(part) * base
        base *= 60
    return value


def _time(match):
    import datetime

    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if not match[4]:
        return datetime.date(year, month, day)
    fraction, utc, sign, zone_hour, zone_minute = match.groups()[6:]
    zone = datetime.timezone.utc if utc else None
    if sign:
        offset = datetime.timedelta(hours=int(zone_hour), minutes=int(zone_minute or 0))
        zone = datetime.timezone(-offset if sign == "-" else offset)
    micros = int((fraction or "")[:6].ljust(6, "0"))
    return datetime.datetime(year, month, day, hour, minute, second, micros, zone)
