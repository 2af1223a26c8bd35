"""Engine: the one door. Command line, API, page, evaluation and tests all ask here."""

import threading
import time
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from qa.compose import compose
from qa.errors import QuestionError
from qa.evidence import FEATURES
from qa.examine import examine
from qa.fold import fold
from qa.history import resolve
from qa.index import Index, load_index, stale_reason
from qa.judge import JUDGED, Case, judged_features
from qa.model import model
from qa.question import parse_question
from qa.refuse import refuse
from qa.scope import find_sections, passage_mask, scope_sections
from qa.settings import Settings
from qa.types import Answer, Citation, Hit, Sentence

QUESTION_LIMIT = 1_000
READ = 8  # passages whose sentences are weighed
# Refuse below this probability of having an answer: chosen so that about one answerable question in
# twenty is refused on the reports that the coefficients were fitted on.
ANSWERED_FROM = 0.49
_STALE_FOR = 1.0


class Engine:
    """Answers questions from one index generation; safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.corpus = index.corpus
        self.generation = index.generation
        self.encoder_name = index.encoder.name
        self._evidence = model("evidence", FEATURES)
        self._answerable = model("answerable", JUDGED)
        self._whole = model("whole", JUDGED)
        self._lock = threading.Lock()
        self._stale: tuple[float, str | None] = (float("-inf"), None)

    @classmethod
    def open(cls, settings: Settings) -> "Engine":
        """Load and check the newest index generation; raises QAError.

        Limits BLAS to one thread in this process: a question is a product of small matrices, and
        waiting threads cost fifteen times what they compute.
        """
        threadpool_limits(limits=1, user_api="blas")
        return cls(load_index(settings.index_folder, settings.encoder))

    def stale_reason(self) -> str | None:
        """Say which source has changed since the index was built; looked up once a second."""
        with self._lock:
            checked, reason = self._stale
            if time.monotonic() - checked > _STALE_FOR:
                reason = stale_reason(self._index.manifest)
                self._stale = (time.monotonic(), reason)
            return reason

    def search(self, query: str, *, top_k: int = 5, scope: str | None = None) -> tuple[Hit, ...]:
        """Return the best passages, best first; never refuses.

        Raises QuestionError for an empty or too long query, ScopeError for an unknown scope.
        """
        check_question(query)
        allowed = None
        if scope is not None:
            allowed = passage_mask(self.corpus, scope_sections(self.corpus, scope))
        ranked = self._index.retriever.search(query, top_k, allowed)
        return tuple(
            Hit(self.corpus.passages[found.row], rank, found.score, found.why)
            for rank, found in enumerate(ranked, 1)
        )

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        top_k: int = 5,
        scope: str | None = None,
    ) -> Answer:
        """Return the answer with its citations, or a refusal.

        `history` holds earlier questions, oldest first. Raises as `search` does.
        """
        check_question(question)
        resolved = resolve(question, history, self.corpus)
        asked = parse_question(resolved)
        if (
            scope is None
            and asked.scope_hint
            and len(find_sections(self.corpus, asked.scope_hint)) == 1
        ):
            scope = asked.scope_hint
        hits = self.search(resolved, top_k=max(top_k, READ), scope=scope)
        case = examine(asked, hits[:READ], self._index, self._evidence)
        chance = self._chance(case)
        if case is None or asked.is_vague or chance < ANSWERED_FROM:
            refusal = refuse(asked, case, hits, self.corpus)
            return Answer(
                question, resolved, chance, None, None, None, (), (), hits[:top_k], refusal
            )
        citations = _cite(case.chosen.sentences)
        return Answer(
            question=question,
            resolved_question=resolved,
            confidence=chance * float(self._whole(judged_features(case)[None])[0]),
            text=compose(citations, asked.lang),
            short=case.short,
            coverage=case.chosen.coverage,
            unanswered=(),
            citations=citations,
            hits=hits[:top_k],
            refusal=None,
        )

    def _chance(self, case: Case | None) -> float:
        """Return the probability that the report answers the question."""
        if case is None:
            return 0.0
        return float(self._answerable(judged_features(case)[None])[0])


def _cite(sentences: Sequence[Sentence]) -> tuple[Citation, ...]:
    return tuple(Citation(n, s.passage, s.start, s.end) for n, s in enumerate(sentences, 1))


def check_question(question: str) -> None:
    """Raise QuestionError unless the question has something to ask and fits the limit."""
    if len(question) > QUESTION_LIMIT:
        raise QuestionError(
            f"the question has {len(question)} characters, more than {QUESTION_LIMIT}",
            "shorten it",
        )
    if not fold(question).strip():
        raise QuestionError("the question is empty", "ask something")
