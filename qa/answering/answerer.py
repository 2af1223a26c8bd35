"""Answering: from one question to what is quoted for it, or to nothing, with a probability."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from qa.answering.about import about
from qa.answering.choose import Chosen
from qa.answering.evidence import FEATURES
from qa.answering.examine import examine
from qa.answering.judge import (
    JUDGED,
    Case,
    is_far,
    is_unheard,
    judged_features,
    lists_section,
)
from qa.answering.model import shipped
from qa.answering.reread import rerank
from qa.answering.untold import names_nobody
from qa.asking.question import Question, parse_question, split_parts
from qa.asking.sides import compared
from qa.indexing.index import Index
from qa.reader.network import shipped as shipped_network
from qa.types import Hit

READ = 8  # passages whose sentences are weighed
_MOST_PARTS = 4  # more are read as one question
_OF_ITSELF = 0.9  # confidence in what a document says of itself, or does not say


@dataclass(frozen=True, slots=True)
class Reply:
    """What was found for one question.

    `chosen` is None for a refusal. `chance` is the probability that there is an answer, `whole`
    that what was chosen holds all of it.
    """

    question: Question
    hits: tuple[Hit, ...]
    case: Case | None
    chosen: Chosen | None
    short: str | None
    chance: float
    whole: float


class Answerer:
    """Answers parsed questions over one index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        fitted = shipped()
        self._evidence = {
            lang: fitted.of_language("evidence", lang, FEATURES) for lang in ("zh", "en")
        }
        self._network = shipped_network(index.sentences.encoder)
        self._answerable = fitted.model("answerable", JUDGED)
        self._whole = fitted.model("whole", JUDGED)
        self._answered_from = fitted.answered_from

    def replies(self, text: str, find: Callable[[str], tuple[Hit, ...]]) -> list[Reply]:
        """Return a reply to each part of a question; `find` gives the passages for a text."""
        return [self._reply(part, find(part.text)) for part in _parts(text)]

    def case(self, question: Question, hits: Sequence[Hit]) -> Case | None:
        """Return what the passages found hold for a question; None where nothing can be weighed."""
        evidence = self._evidence[question.lang]
        return examine(question, hits[:READ], self._index, evidence, self._network)

    def _reply(self, question: Question, hits: tuple[Hit, ...]) -> Reply:
        if question.of_itself and hits:
            document = hits[0].passage.document
            said = about(question, document, self._index.corpus, self._index.sentences)
            chosen, short = said or (None, None)
            chance = _OF_ITSELF if said else 1 - _OF_ITSELF
            return Reply(question, hits, None, chosen, short, chance, chance)
        case = self.case(question, hits)
        if case is None:
            return Reply(question, hits, None, None, None, 0.0, 0.0)
        hits = rerank(hits, case.weighed, case.chances)
        features = judged_features(case)
        chance = float(self._answerable(features[None])[0])
        strange = is_unheard(case) or is_far(features)
        refused = question.is_vague or strange or names_nobody(question, case.chosen.sentences)
        unlikely = chance < self._answered_from and not lists_section(case)
        if refused or unlikely:
            return Reply(question, hits, case, None, None, chance, 0.0)
        whole = float(self._whole(features[None])[0])
        return Reply(question, hits, case, case.chosen, case.short, chance, whole)


def _parts(text: str) -> list[Question]:
    """Return the questions that a text asks: its parts, or the sides that it compares."""
    parts = split_parts(text)
    if 1 < len(parts) <= _MOST_PARTS:
        return [parse_question(part) for part in parts]
    whole = parse_question(text)
    return compared(whole) or [whole]


def confidence(replies: Sequence[Reply]) -> float:
    """Return the probability that all parts were answered whole, or refused rightly."""
    product = 1.0
    for reply in replies:
        product *= reply.chance * reply.whole if reply.chosen else 1 - reply.chance
    return product


def merge_hits(replies: Sequence[Reply]) -> tuple[Hit, ...]:
    """Return the passages of all parts in turn, each once, ranked anew."""
    if len(replies) == 1:
        return replies[0].hits
    unique: dict[str, Hit] = {}
    for turn in zip_longest(*(reply.hits for reply in replies)):
        for hit in filter(None, turn):
            unique.setdefault(hit.passage.id, hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(unique.values(), 1))
