"""The nouns, in the order in which the data meets them.

Document → Section → Passage → Hit → Citation → Answer. All are frozen. Sections, passages and
citations hold offsets into their document's text (Unicode code points, half open), never text of
their own, so that a quote cannot drift away from its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# What a question may hold, at every door.
QUESTION_LIMIT = 1_000  # code points
HISTORY_LIMIT = 20  # earlier questions

Reason = Literal["not_in_report", "out_of_scope", "off_topic", "too_vague"]
Status = Literal["valid", "moved", "changed", "missing"]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A decoded source. `sha256` is of the source's bytes, `text` is what offsets count in."""

    id: str
    name: str
    title: str
    text: str
    sha256: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the reader shows it."""
        return f"/report/{self.id}"


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading with the text up to the next heading; `body` is where its heading line ends.

    `path` goes from the outermost heading to its own; text before any heading has path ().
    """

    id: str
    document: Document
    path: tuple[str, ...]
    start: int
    body: int
    end: int

    @property
    def level(self) -> int:
        """Depth, 1 for an outermost heading, 0 for text before any heading."""
        return len(self.path)

    @property
    def title(self) -> str:
        """Its own heading, or the document's title where it has none."""
        return self.path[-1] if self.path else self.document.title

    @property
    def url(self) -> str:
        """Where the reader shows it."""
        return f"{self.document.url}#s-{self.id}"

    @property
    def key(self) -> str:
        """The path as one string, as scopes and gold questions write it."""
        return " > ".join(self.path)


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Whole bullets or sentences of one section: the unit that is indexed and found.

    `sentences` are the spans that may be quoted: sentences, clauses between ；, bullets without
    their mark, the section's heading where the passage begins with it.
    """

    id: str
    section: Section
    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]

    @property
    def document(self) -> Document:
        """The document it lies in."""
        return self.section.document

    @property
    def text(self) -> str:
        """Its slice of the document."""
        return self.document.text[self.start : self.end]

    @property
    def url(self) -> str:
        """Opens the reader with this passage marked."""
        return cite_url(self.document, self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """A span of a passage that may be quoted; `row` is its place in the sentence index."""

    row: int
    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        """Its slice of the document."""
        return self.passage.document.text[self.start : self.end]

    @property
    def is_heading(self) -> bool:
        """Whether it is the heading of its section rather than text under it."""
        return self.start < self.passage.section.body


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was found: ranks from 1 (None: not among the candidates), scores, terms."""

    dense_rank: int | None
    dense_score: float
    lexical_rank: int | None
    lexical_score: float
    late_score: float
    lexical_weight: float
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; `score` is in [0, 1], higher is better."""

    passage: Passage
    rank: int
    score: float
    why: Why


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote: `document.text[start:end]`, inside `passage`."""

    number: int
    passage: Passage
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The quoted characters, exactly as the document has them."""
        return self.passage.document.text[self.start : self.end]

    @property
    def url(self) -> str:
        """Opens the reader with exactly this quote marked."""
        return cite_url(self.passage.document, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a citation made earlier, by its number; `citation` is where it stands now.

    Only a moved one (the same quote elsewhere in its document) and a changed one (a similar
    sentence there) have a new place.
    """

    number: int
    status: Status
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """For "list all" questions: how many items the section holds and how many are listed."""

    section_items: int
    listed: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, in the question's language, and where to look instead."""

    reason: Reason
    message: str
    nearest: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question; either `citations` or `refusal` is there.

    `confidence` is a probability: of an answer, that its quotes hold the whole evidence; of a
    refusal, that the question should have been answered.
    """

    question: str
    resolved_question: str
    confidence: float
    text: str | None
    short: str | None
    coverage: Coverage | None
    unanswered: tuple[str, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    refusal: Refusal | None

    @property
    def answerable(self) -> bool:
        """Whether it is an answer rather than a refusal."""
        return self.refusal is None


def cite_url(document: Document, start: int, end: int) -> str:
    """Return the link that opens the reader with `text[start:end]` marked."""
    return f"{document.url}?cite={start}-{end}#cite"
