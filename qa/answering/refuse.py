"""Refuse: the reason why there is no answer, in the question's language, and where to look."""

from collections.abc import Sequence

from qa.answering.judge import JUDGED, Case, is_unheard, judged_features
from qa.asking.question import Question
from qa.reading.corpus import Corpus
from qa.types import Hit, Reason, Refusal, Section

_NEAREST = 3
# Below these a question shares neither meaning nor words with anything in the report.
_OFF_NEAR, _OFF_SHARED = 0.25, 0.12

_MESSAGES: dict[Reason, dict[str, str]] = {
    "not_in_report": {
        "zh": "报告里有相近的内容，但没有说到所问的这一点。",
        "en": "The report has something near to this, but does not state what is asked.",
    },
    "out_of_scope": {
        "zh": "所问的年份或地方不在这份报告的范围内。",
        "en": "The year or place asked about is outside what this report covers.",
    },
    "off_topic": {
        "zh": "这份报告没有谈到这个话题。",
        "en": "This report does not deal with that topic.",
    },
    "too_vague": {
        "zh": "问题太笼统，请说明想了解报告中的哪件事。",
        "en": "The question is too vague; say which matter in the report it is about.",
    },
}


def refuse(
    question: Question, case: Case | None, hits: Sequence[Hit], corpus: Corpus, language: str
) -> Refusal:
    """Return the refusal of a question, in `language` ("zh" or "en")."""
    reason = _reason(question, case)
    message = _MESSAGES[reason][language]
    return Refusal(reason, message, tuple(_nearest(hits, corpus)))


def _reason(question: Question, case: Case | None) -> Reason:
    if question.is_vague:
        return "too_vague"
    if question.of_itself:
        return "not_in_report"
    if case is None:
        return "off_topic"
    seen = dict(zip(JUDGED, judged_features(case).tolist(), strict=True))
    if is_unheard(case) or (seen["near"] < _OFF_NEAR and seen["shared"] < _OFF_SHARED):
        return "off_topic"
    if seen["unknown_year"] or seen["other_year"] or seen["place"]:
        return "out_of_scope"
    return "not_in_report"


def _nearest(hits: Sequence[Hit], corpus: Corpus) -> list[Section]:
    """Return the sections of the best hits, or the outermost ones where nothing was found."""
    found = {
        hit.passage.section.id: hit.passage.section for hit in hits if hit.passage.section.path
    }
    outermost = [section for section in corpus.sections if section.level in (1, 2)]
    return (list(found.values()) or outermost)[:_NEAREST]
