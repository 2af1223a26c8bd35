"""History: what a follow-up leans on is put back, so that it can be asked on its own.

"那外省呢？" after a question about one province asks that question again of the others. No model
decides it: marks in the wording say that a question leans on the one before (那…呢, 它, a verb
without a subject), and what is of the same kind changes places. All else stays as it was typed.
"""

import re
from collections.abc import Sequence

from qa.asking.followup.chinese import Meant, leaning_chinese
from qa.asking.followup.english import leaning_english
from qa.asking.followup.english_slots import take_apart_english
from qa.asking.followup.slots import Slots, is_chinese, take_apart
from qa.reading.corpus import Corpus

_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_SMALL_TALK = re.compile(
    r"\W*(?:谢谢|多谢|感谢|你好|您好|好的|明白|知道|嗯+|ok|thanks|thank|hello|hi|great)\b.{0,6}",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"(?:how|what|which|who|whom|whose|when|where|why|is|are|was|were|do|does|did|has|have|can|will|in|on|at|by|"
    r"tell|describe|compare|list|name|of)\b|[^㐀-鿿]*$",
    re.IGNORECASE,
)
_LONGEST = 300  # what is put together from longer questions is none that people would ask
_FURTHER = 3  # questions before the one that stands alone: 另一个 may lie there


def resolve(question: str, history: Sequence[str], corpus: Corpus | None = None) -> str:
    """Return the question that is meant; the same string where it stands on its own.

    `history` holds earlier questions, oldest first, follow-ups among them. The corpus tells which
    year a report speaks of.
    """
    meant = _leaning(question) if history else None
    if meant is None:
        return question
    document = document_year(corpus)
    earlier = _earlier([h for h in history if not _SMALL_TALK.fullmatch(h)], document)
    resolved = meant(earlier, document) if earlier else None
    if not resolved or len(resolved) > _LONGEST:
        return question
    return resolved.rstrip("？?。. ") + ("?" if _ENGLISH.match(resolved) else "？")


def _leaning(question: str) -> Meant | None:
    """Return how to complete a question, None where it stands alone."""
    return leaning_chinese(question) if is_chinese(question) else leaning_english(question)


def _earlier(history: Sequence[str], document: int | None) -> list[Slots]:
    """Return the earlier questions taken apart, the latest first, follow-ups completed."""
    leaning = [_leaning(asked) for asked in history[-1:]]
    at = len(history) - 1
    while at > 0 and leaning[0] is not None:
        at -= 1
        leaning.insert(0, _leaning(history[at]))
    earlier: list[Slots] = []
    for asked in history[max(0, at - _FURTHER) : at]:
        _remember(earlier, asked)
    for asked, meant in zip(history[at:], leaning, strict=True):
        _remember(earlier, (meant(earlier, document) if meant and earlier else None) or asked)
    return earlier


def _remember(earlier: list[Slots], asked: str) -> None:
    slots = take_apart(asked) if is_chinese(asked) else take_apart_english(asked)
    if slots.topic[0] < slots.topic[1]:
        earlier.insert(0, slots)


def document_year(corpus: Corpus | None) -> int | None:
    """Return the year that the one document is about, None for several or when it is not told."""
    if corpus is None or len(corpus.documents) != 1:
        return None
    document = corpus.documents[0]
    told = document.metadata.get("year") or f"{document.title} {document.name}"
    found = set(_YEAR.findall(str(told)))
    return int(found.pop()) if len(found) == 1 else None
