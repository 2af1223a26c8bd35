"""The parts of an English question that asks for two things, each with what it leaves out."""

import re
from collections.abc import Sequence

from qa.asking.followup.english import leaning_english
from qa.asking.followup.english_slots import AUXILIARY, is_english_attribute, take_apart_english
from qa.asking.followup.nouns import words

_WH = re.compile(
    r"\b(?:(?P<by>at|by|for|from|in|of|on|to|under|with) )?"
    r"(?P<asks>how (?:many|much|long|large|big|high|far|old|often)|how|what|which|who(?:m|se)?|"
    r"when|where|why)\b",
    re.IGNORECASE,
)
_UNNAMED = re.sub(r"\?P<[a-z]+>", "?:", _WH.pattern)
# "And which is larger" only asks what the comparison before it asked.
_CUT = re.compile(
    rf",?\s+and\s+(?!(?:which|who) (?:one )?{AUXILIARY} (?:the )?[a-z]+\W*$)(?={_UNNAMED})|"
    r",\s+(?=(?:how|what|when|why)\b)",
    re.IGNORECASE,
)
_NOUN = re.compile(rf"(?: (?!{AUXILIARY}\b)[a-z'-]+){{1,5}}?(?=,? {AUXILIARY}\b| [a-z]+ed\b|$)")
_PREDICATE = re.compile(rf"\b(?:{AUXILIARY}|[a-z]{{2,}}ed|it|its|they|their|them)\b", re.IGNORECASE)
_OWNED = re.compile(
    rf"(?:what|how (?:much|large|big|high|long|many)) {AUXILIARY} the ((?:(?!of\b)[a-z-]+ ?)+)",
    re.IGNORECASE,
)
_MOST_BARE = 4  # words behind the asking ones; more are a clause, though its verb is not known


def is_english(text: str) -> bool:
    """Return whether a text is English; a Chinese name in it leaves it so."""
    return len(re.findall("[A-Za-z]", text)) > 4 * len(re.findall("[㐀-鿿]", text))


def cut_english(sentence: str) -> list[str]:
    """Return a sentence cut before each "and" or comma that begins another question."""
    pieces, start = [], 0
    for cut in _CUT.finditer(sentence):
        if _WH.search(sentence, start, cut.start()):
            pieces.append(sentence[start : cut.start()])
            start = cut.end()
    return [*pieces, sentence[start:]]


def complete_english(pieces: Sequence[str]) -> list[str]:
    """Return the parts of a question, each with what it leaves out.

    >>> complete_english(["Who signed the treaty", "when?"])
    ['Who signed the treaty', 'when signed the treaty?']
    """
    first, *others = (piece.strip(" ,") for piece in pieces)
    if others and not _says(first, most=1):
        return [_asked_of(first, others[0]), *others]
    return [first, *(_complete(piece, first) for piece in others)]


def _complete(piece: str, first: str) -> str:
    """Return a part with what it leaves out, taken from the first."""
    bare = piece.rstrip("?!. ")
    if not _says(bare):
        return _asked_of(bare, first) + "?"
    before = take_apart_english(first)
    meant = leaning_english(bare)
    if meant and (full := meant([before], None)):
        return full.rstrip("? ") + "?"
    owned = _OWNED.fullmatch(bare)
    if owned and before.subject and is_english_attribute(owned[1]):
        return f"{bare} of {before.subject}?"
    return piece


def _says(piece: str, most: int = _MOST_BARE) -> bool:
    """Return whether a part has a predicate of its own."""
    asking = _WH.search(piece)
    told = piece[asking.end() :].lower().split() if asking else piece.split()
    verbs = words("english_verb")
    return (
        len(told) > most
        or _PREDICATE.search(" ".join(told)) is not None
        or any(word in verbs or word.removesuffix("s") in verbs for word in told[1:])
    )


def _asked_of(asking: str, whole: str) -> str:
    """Return what a question says, asked with other asking words: when signed the treaty.

    What it counted goes where the same is asked of other things (how many roads were built and
    how many bridges), and what it looked for behind a preposition: in which year.
    """
    whole = whole.rstrip("?!. ")
    match = _WH.search(whole)
    if match is None:
        return asking
    again = _WH.search(asking)
    same = again is not None and again[0].lower() == match[0].lower()
    noun = _NOUN.match(whole, match.end()) if same or match["by"] else None
    rest = whole[(noun or match).end() :].strip(" ,")
    return f"{whole[: match.start()]}{asking} {rest}"
