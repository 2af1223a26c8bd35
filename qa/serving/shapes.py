"""Shapes: the JSON objects of the contract, as TypedDicts.

Plain dicts when running, checked by mypy, and read by the API for its OpenAPI description.
"""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on


class DocumentRef(TypedDict):
    """A document, named."""

    id: str
    title: str


class SectionRef(TypedDict):
    """A section, named, with its headings from the outermost to its own."""

    id: str
    title: str
    path: list[str]
    url: str


class DocumentJson(TypedDict):
    """A document; `characters` counts code points, `sha256` is of the source's bytes."""

    id: str
    title: str
    characters: int
    sha256: str
    url: str


class OutlineJson(TypedDict):
    """A section in the outline; offsets are code points of the document's text, half open."""

    level: int
    title: str
    path: list[str]
    start: int
    end: int


class SectionJson(OutlineJson):
    """A section of the outline with its id and where the reader shows it."""

    id: str
    url: str


class DocumentsJson(TypedDict):
    """What is loaded."""

    documents: list[DocumentJson]


class SectionsJson(TypedDict):
    """A document's sections, in the order of the text."""

    sections: list[SectionJson]


class PassageJson(TypedDict):
    """A passage: `text` is its document's `text[start:end]`."""

    id: str
    text: str
    start: int
    end: int
    document: DocumentRef
    section: SectionRef
    url: str


class WhyJson(TypedDict):
    """Why a passage was found: ranks from 1 (null: not among the candidates), scores, terms."""

    dense_rank: int | None
    dense_score: float
    lexical_rank: int | None
    lexical_score: float
    late_score: float
    lexical_weight: float
    terms: list[str]


class HitJson(PassageJson):
    """A passage found for a question; `score` is in [0, 1], higher is better."""

    rank: int
    score: float
    why: WhyJson


class CitationJson(TypedDict):
    """A verbatim quote: its document's `text[start:end]`."""

    number: int
    quote: str
    start: int
    end: int
    passage_id: str
    document: DocumentRef
    section: SectionRef
    url: str


class CoverageJson(TypedDict):
    """For "list all" questions: how many items the section holds, how many are listed."""

    section_items: int
    listed: int


class RefusalJson(TypedDict):
    """Why there is no answer, and where to look instead."""

    reason: Literal["not_in_report", "out_of_scope", "off_topic", "too_vague"]
    message: str
    nearest_sections: list[SectionRef]


class IndexJson(TypedDict):
    """What answered: the index generation, its encoder, and whether the sources have changed."""

    generation: str
    encoder: str
    stale: bool


class TimingJson(TypedDict):
    """How long the engine took, in milliseconds."""

    total: float


class AnswerJson(TypedDict):
    """The answer to a question, or its refusal."""

    question: str
    resolved_question: str
    answerable: bool
    confidence: float
    answer: str | None
    short_answer: str | None
    coverage: CoverageJson | None
    unanswered: list[str]
    citations: list[CitationJson]
    passages: list[HitJson]
    refusal: RefusalJson | None
    index: IndexJson
    timing_ms: TimingJson


class SearchJson(TypedDict):
    """The passages found for a query."""

    query: str
    passages: list[HitJson]
    index: IndexJson
    timing_ms: TimingJson


class VerdictJson(TypedDict):
    """What became of a citation; `citation` is its new place, where it has moved or changed."""

    number: int
    status: Literal["valid", "moved", "changed", "missing"]
    citation: CitationJson | None


class VerdictsJson(TypedDict):
    """What became of citations made earlier, in the order given."""

    results: list[VerdictJson]
