"""What goes over the wire: the nouns as JSON objects, and what a request may hold.

The command line's `--json` prints the same objects. Their shapes are TypedDicts: plain dicts when
running, checked by mypy, and read by the API for its OpenAPI description. Request models are
strict: `"5"` and `true` are no numbers, and an unknown field is an error.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from qa.cite import Style
from qa.types import Answer, Citation, Document, Hit, Passage, Refusal, Section, Verdict

QUESTION_LIMIT = 1_000
ANSWER_LIMIT = 8_000
HISTORY_LIMIT = 20
TOP_K_LIMIT = 20
# A section's path joined by " > " is the longest scope; headings are lines, so this is ample.
SCOPE_LIMIT = 2_000
CITATIONS_LIMIT = 200
# A quote is a sentence or a bullet; a line of this length without an end is no quote of ours.
QUOTE_LIMIT = 8_000
_NAME_LIMIT = 200


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


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_Question = Annotated[str, Field(max_length=QUESTION_LIMIT)]
_TopK = Annotated[int, Field(ge=1, le=TOP_K_LIMIT)]
_Scope = Annotated[str, Field(max_length=SCOPE_LIMIT)]


class Turn(_Strict):
    """An earlier question, with the answer it got (null for a refusal)."""

    question: _Question
    answer: Annotated[str, Field(max_length=ANSWER_LIMIT)] | None = None


# The two shapes of a turn, as pydantic names them in the place of an error.
TURN_TAGS = ("as-question", "as-object")


def _turn_tag(turn: object) -> str:
    return TURN_TAGS[isinstance(turn, dict | Turn)]


_Turn = Annotated[
    Annotated[_Question, Tag(TURN_TAGS[0])] | Annotated[Turn, Tag(TURN_TAGS[1])],
    Discriminator(_turn_tag),
]


class AskRequest(_Strict):
    """The body of `POST /api/ask`; `history` runs from the oldest turn to the newest."""

    question: _Question
    history: Annotated[list[_Turn], Field(max_length=HISTORY_LIMIT)] = Field(default_factory=list)
    top_k: _TopK = 5
    scope: _Scope | None = None

    @property
    def earlier_questions(self) -> list[str]:
        """The questions of the history, oldest first."""
        return [turn if isinstance(turn, str) else turn.question for turn in self.history]


class SearchRequest(_Strict):
    """The query of `GET /api/search`."""

    q: _Question
    top_k: _TopK = 5
    scope: _Scope | None = None


class CitationRequest(_Strict):
    """The query of `GET /api/passages/{id}/citation`."""

    style: Style = "gbt7714"


class CitedDocument(_Strict):
    """The document of a citation made earlier."""

    id: Annotated[str, Field(max_length=_NAME_LIMIT)]
    title: str | None = None


class CitedSection(_Strict):
    """The section of a citation made earlier, as it was then."""

    id: str | None = None
    title: str | None = None
    path: list[str] | None = None
    url: str | None = None


class Cited(_Strict):
    """A citation made earlier, as an answer held it; only its quote and place are looked at."""

    number: Annotated[int, Field(ge=0)]
    quote: Annotated[str, Field(min_length=1, max_length=QUOTE_LIMIT)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    document: CitedDocument
    passage_id: str | None = None
    section: CitedSection | None = None
    url: str | None = None


class VerifyRequest(_Strict):
    """The body of `POST /api/verify`."""

    citations: Annotated[list[Cited], Field(max_length=CITATIONS_LIMIT)]


def document_ref(document: Document) -> DocumentRef:
    """Return the document's name."""
    return {"id": document.id, "title": document.title}


def section_ref(section: Section) -> SectionRef:
    """Return the section's name and place."""
    return {
        "id": section.id,
        "title": section.title,
        "path": list(section.path),
        "url": section.url,
    }


def document_json(document: Document) -> DocumentJson:
    """Return what `/api/documents` lists."""
    return {
        "id": document.id,
        "title": document.title,
        "characters": len(document.text),
        "sha256": document.sha256,
        "url": document.url,
    }


def outline_json(section: Section) -> OutlineJson:
    """Return what `qa outline --json` lists."""
    return {
        "level": section.level,
        "title": section.title,
        "path": list(section.path),
        "start": section.start,
        "end": section.end,
    }


def section_json(section: Section) -> SectionJson:
    """Return what `/api/documents/{id}/sections` lists."""
    return {**outline_json(section), "id": section.id, "url": section.url}


def passage_json(passage: Passage) -> PassageJson:
    """Return what `/api/passages/{id}` shows."""
    return {
        "id": passage.id,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "document": document_ref(passage.document),
        "section": section_ref(passage.section),
        "url": passage.url,
    }


def hit_json(hit: Hit) -> HitJson:
    """Return a passage with its rank, its score and why it was found."""
    why = hit.why
    return {
        **passage_json(hit.passage),
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "why": {
            "dense_rank": why.dense_rank,
            "dense_score": round(why.dense_score, 4),
            "lexical_rank": why.lexical_rank,
            "lexical_score": round(why.lexical_score, 4),
            "late_score": round(why.late_score, 4),
            "lexical_weight": round(why.lexical_weight, 4),
            "terms": list(why.terms),
        },
    }


def citation_json(citation: Citation) -> CitationJson:
    """Return a quote with its place."""
    passage = citation.passage
    return {
        "number": citation.number,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "passage_id": passage.id,
        "document": document_ref(passage.document),
        "section": section_ref(passage.section),
        "url": citation.url,
    }


def index_json(generation: str, encoder: str, stale: bool) -> IndexJson:
    """Return what answered."""
    return {"generation": generation, "encoder": encoder, "stale": stale}


def _refusal_json(refusal: Refusal) -> RefusalJson:
    return {
        "reason": refusal.reason,
        "message": refusal.message,
        "nearest_sections": [section_ref(section) for section in refusal.nearest],
    }


def answer_json(answer: Answer, index: IndexJson, ms: float) -> AnswerJson:
    """Return the object of `POST /api/ask`; `ms` is how long the engine took."""
    cover, refusal = answer.coverage, answer.refusal
    return {
        "question": answer.question,
        "resolved_question": answer.resolved_question,
        "answerable": answer.answerable,
        "confidence": round(answer.confidence, 4),
        "answer": answer.text,
        "short_answer": answer.short,
        "coverage": {"section_items": cover.section_items, "listed": cover.listed}
        if cover
        else None,
        "unanswered": list(answer.unanswered),
        "citations": [citation_json(citation) for citation in answer.citations],
        "passages": [hit_json(hit) for hit in answer.hits],
        "refusal": _refusal_json(refusal) if refusal else None,
        "index": index,
        "timing_ms": {"total": round(ms, 3)},
    }


def search_json(query: str, hits: Iterable[Hit], index: IndexJson, ms: float) -> SearchJson:
    """Return the object of `GET /api/search`; `ms` is how long the engine took."""
    return {
        "query": query,
        "passages": [hit_json(hit) for hit in hits],
        "index": index,
        "timing_ms": {"total": round(ms, 3)},
    }


def verdicts_json(verdicts: Iterable[Verdict]) -> VerdictsJson:
    """Return the object of `POST /api/verify`."""
    return {"results": [_verdict_json(verdict) for verdict in verdicts]}


def _verdict_json(verdict: Verdict) -> VerdictJson:
    citation = verdict.citation
    return {
        "number": verdict.number,
        "status": verdict.status,
        "citation": citation_json(citation) if citation else None,
    }
