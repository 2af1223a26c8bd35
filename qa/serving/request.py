"""Requests: what the API accepts.

The models are strict: `"5"` and `true` are no numbers, and an unknown field is an error.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from qa.serving.cite import Style
from qa.types import HISTORY_LIMIT, QUESTION_LIMIT

ANSWER_LIMIT = 8_000
TOP_K_LIMIT = 20
# A section's path joined by " > " is the longest scope; headings are lines, so this is ample.
SCOPE_LIMIT = 2_000
CITATIONS_LIMIT = 200
# A quote is a sentence or a bullet; a line of this length without an end is no quote of ours.
QUOTE_LIMIT = 8_000
_NAME_LIMIT = 200


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
