"""Lines: what each line of a raw text shows by itself, before its neighbours are asked.

A line is a heading (numbered, Markdown), text (punctuated, long, a bullet, in a table or in code),
or undecided: short, without punctuation, standing alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

# Every character that `str.splitlines` breaks at and that a decoded source may still hold.
BREAK = re.compile(r"[\n\x0b\x0c\x85\u2028\u2029]")
SENTENCE_END = re.compile(r"[。！？]")
_SIGNS = "▶►▷▸■◆◇★●▲❖□※➢➤"
_DOT = r"[-*+•·○▪◦‣–][ \t　]*"
# An enumerator or a dash is part of what is said; a dot or sign before it is a mark.
BULLET = re.compile(rf"(?:{_DOT}|[①-⑳]|[—─]{{2,}})(?=\S)")
_SIGN = re.compile(rf"[{_SIGNS}][ \t　]*(?=[^\s\d]|(?<=\s)\d)")
DOT = re.compile(rf"{_DOT}(?=\S)|{_SIGN.pattern}")

_NUMERAL = "[一二三四五六七八九十百零〇]{1,5}"
_DIGITS = "[0-9０-９]{1,2}"
_BOUND = r"[\s　:：、]"
# Families of numbering, the outer ones first.
_FAMILIES = (
    ("part", re.compile(rf"第({_NUMERAL}|{_DIGITS})(?:编|篇|部分){_BOUND}*(?=\S)")),
    ("chapter", re.compile(rf"第({_NUMERAL}|{_DIGITS})章{_BOUND}*(?=\S)")),
    ("division", re.compile(rf"第({_NUMERAL}|{_DIGITS})节{_BOUND}*(?=\S)")),
    ("numeral", re.compile(rf"({_NUMERAL})[、．.]\s*(?=\S)")),
    ("bracketed", re.compile(rf"[（(]({_NUMERAL})[）)]\s*(?=\S)")),
    ("english", re.compile(r"(?:chapter|part|section|appendix)\s([0-9]{1,2}|[ivx]{1,5})\b", re.I)),
    ("decimal", re.compile(rf"({_DIGITS}(?:[.．]{_DIGITS}){{1,4}})[.．]?[\s　]+(?=\S)")),
    ("digit", re.compile(rf"({_DIGITS})(?:[、．]|\.(?![0-9]))\s*(?=\S)")),
    ("enclosed", re.compile(rf"[（(]({_DIGITS})[）)]\s*(?=\S)")),
    ("decimal", re.compile(rf"({_DIGITS})[\s　]+(?=\S)")),
)
NUMBERED = tuple(name for name, _ in _FAMILIES)
_MARKDOWN = re.compile(r"(#{1,6})[ \t　]+(?=\S)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_TABLE = re.compile(r"\s*\||[^\t]*\t[^\t]*\t")
_ENDS_SENTENCE = re.compile(r"[。！？；：，、!?;:,…—][”’」』）)\"*]*$|[a-zA-Z]\.$")
_INSIDE_SENTENCE = re.compile(r"[。！？；;]")
# The opening mark is excluded inside, so that many of them unclosed still take linear time.
_QUOTED = re.compile(r"“[^“”]*”|「[^「」]*」|《[^《》]*》|（[^（）]*）|\([^()]*\)")
_WORDLESS = re.compile(r"[\d\s年月日时分./:：~～—–-]*$")

# Widths: an ideograph counts 1, a Latin character 1/2.
_WHOLE_HEADING, _HEADING_ALONE, _RUN_IN_LEAD = 60, 32, 40
_SPACED = 0.2  # share of blank lines from which paragraphs are taken to stand between them


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank. `heading` is None while it is undecided.

    `cost` is what it costs to read an undecided line as a heading; `body` is where its text goes
    on behind a run-in heading, else the line's end.
    """

    start: int
    end: int
    body: int
    title: str
    kind: str = "text"
    number: int | None = None
    heading: bool | None = False
    cost: float = 0.0
    closed: bool = False  # ends like a sentence: a run-in heading, or an item of a list


def read_lines(text: str) -> list[Line]:
    """Return the lines of `text` that are not blank, in order."""
    spans, count = _filled_spans(text)
    spaced = len(spans) < (1 - _SPACED) * count
    lines, fenced = [], False
    for at, (start, end) in enumerate(spans):
        fence = bool(_FENCE.match(text, start))
        if fence or fenced:
            lines.append(Line(start, end, end, ""))
        else:
            alone = _stands_alone(text, spans, at, spaced)
            lines.append(_read_line(text[start:end], start, end, alone, first=at == 0))
        fenced ^= fence
    return _confirm_run_ins(_drop_repeats(lines))


def _filled_spans(text: str) -> tuple[list[tuple[int, int]], int]:
    """Return the spans of the lines that are not blank (break included), and how many lines."""
    ends = [match.end() for match in BREAK.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    spans = list(zip([0, *ends], ends, strict=False))
    return [(start, end) for start, end in spans if text[start:end].strip()], len(spans)


def _stands_alone(text: str, spans: Sequence[tuple[int, int]], at: int, spaced: bool) -> bool:
    """Tell whether a line is a paragraph of its own rather than a piece of a wrapped one."""
    start, end = spans[at]
    if spaced:
        gap_before = at == 0 or start > spans[at - 1][1]
        gap_after = at + 1 == len(spans) or spans[at + 1][0] > end
        # A list may follow its heading without a gap.
        return gap_before and (gap_after or bool(BULLET.match(text[spans[at + 1][0] :][:9])))
    previous = text[slice(*spans[at - 1])].strip() if at else ""
    return not previous or bool(_ENDS_SENTENCE.search(previous)) or width(previous) < _HEADING_ALONE


def _read_line(raw: str, start: int, end: int, alone: bool, first: bool) -> Line:
    """Return what one line shows by itself."""
    bare = raw.strip()
    markdown = _MARKDOWN.match(bare)
    if markdown:
        title = clean_heading(bare[markdown.end() :].rstrip("# \t"))
        return Line(start, end, end, title, f"markdown{len(markdown[1])}", heading=bool(title))
    sign = _SIGN.match(bare)
    inner = bare[sign.end() :] if sign else bare
    strong = inner.startswith("**") and inner.endswith("**") and inner.count("**") == 2
    title = clean_heading(inner)
    if not title or _TABLE.match(bare) or (BULLET.match(bare) and not strong):
        return Line(start, end, end, title, "bullet" if BULLET.match(bare) else "text")
    numbered = _read_number(raw, title, start, end)
    if numbered:
        return numbered
    line = _read_plain(Line(start, end, end, title), alone or first, bool(sign) or strong, first)
    # A sign before what cannot be a heading marks an item.
    return replace(line, kind="bullet") if sign and line.heading is False else line


def _read_plain(line: Line, alone: bool, signed: bool, first: bool) -> Line:
    """Leave undecided what is short, unpunctuated and alone; the rest is text."""
    open_text = _QUOTED.sub("", line.title)
    longest = _WHOLE_HEADING if first or signed else _HEADING_ALONE
    if (
        not (alone or signed)
        or not 1 < width(line.title) <= longest
        or _ENDS_SENTENCE.search(line.title)
        or _INSIDE_SENTENCE.search(open_text)
        or _WORDLESS.match(line.title)
    ):
        return line
    cost = 0.02 * width(line.title) + 1.5 * bool(re.search("[,，、:：]", open_text))
    cost += 0.5 * bool(re.search(r"\d", line.title)) - 3.0 * (signed or first)
    return replace(line, kind="title" if first else "plain", heading=None, cost=cost)


def _read_number(raw: str, title: str, start: int, end: int) -> Line | None:
    """Return a numbered heading, alone in its line or run into its text; None for neither."""
    for family, pattern in _FAMILIES:
        match = pattern.match(title)
        if not match:
            continue
        parts = re.split("[.．]", match[1])
        kind = f"decimal{len(parts)}" if family == "decimal" else family
        line = Line(start, end, end, title, kind, _value(parts[-1]), heading=True)
        if _is_whole_heading(title[match.end() :]):
            return line
        lead, stop = SENTENCE_END.search(title), SENTENCE_END.search(raw)
        if lead and stop and width(title[: lead.start()]) <= _RUN_IN_LEAD:
            return replace(line, title=title[: lead.start()], body=start + stop.end(), closed=True)
        return None
    return None


def _is_whole_heading(rest: str) -> bool:
    return (
        width(rest) <= _WHOLE_HEADING
        and not _ENDS_SENTENCE.search(rest)
        and not _INSIDE_SENTENCE.search(_QUOTED.sub("", rest))
    )


def _drop_repeats(lines: list[Line]) -> list[Line]:
    """Read a heading that the next line repeats as text the second time."""
    return [
        _as_text(line) if at and line.title and line.title == lines[at - 1].title else line
        for at, line in enumerate(lines)
    ]


def _confirm_run_ins(lines: list[Line]) -> list[Line]:
    """Keep run-in headings only where two of their family have text behind them or none at all.

    A numbered sentence that nothing follows is else an item of a list.
    """
    numbers: dict[str, set[int | None]] = {}
    lines = _confirm_bare_numbers(lines)
    for line in lines:
        if line.heading and line.number and (not line.closed or line.body < line.end - 1):
            numbers.setdefault(line.kind, set()).add(line.number)
    return [
        _as_text(line) if line.closed and len(numbers.get(line.kind, ())) < 2 else line
        for line in lines
    ]


def _confirm_bare_numbers(lines: list[Line]) -> list[Line]:
    """Keep "1 Scope" as a heading only in a text that has a "1.1"; it is a quantity else."""
    if any(line.kind == "decimal2" and line.heading for line in lines):
        return lines
    return [
        replace(line, kind="plain", heading=None, number=None, cost=1.0)
        if line.kind == "decimal1"
        else line
        for line in lines
    ]


def _as_text(line: Line) -> Line:
    return replace(line, kind="text", heading=False, number=None, body=line.end, closed=False)


def clean_heading(title: str) -> str:
    """Return a heading without emphasis marks and outer spaces."""
    return title.replace("**", "").replace("__", "").strip()


def width(text: str) -> float:
    """Return how wide `text` is in ideographs; a Latin character counts half."""
    return sum(0.5 if character < "\u2e80" else 1.0 for character in text)


_CHINESE = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0}
_ROMAN = {"i": 1, "v": 5, "x": 10}


def _value(numeral: str) -> int:
    """Return the value of a Chinese, Arabic or small Roman numeral.

    >>> _value("二十一"), _value("７"), _value("iv")
    (21, 7, 4)
    """
    if numeral.isdecimal():
        return int(numeral)
    if numeral.isascii():
        values = [_ROMAN[letter] for letter in numeral.lower()]
        pairs = zip(values, [*values[1:], 0], strict=True)
        return sum(-value if value < after else value for value, after in pairs)
    total = 0
    for part in numeral.replace("百", "百 ").split():
        unit = 100 if part.endswith("百") else 1
        tens, found, ones = part.rstrip("百").rpartition("十")
        total += unit * ((_CHINESE.get(tens, 1) * 10 if found else 0) + _CHINESE.get(ones[-1:], 0))
    return total
