"""Engine: the one door. Command line, API, page, evaluation and tests all ask here."""

import threading
import time
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from qa.compose import compose
from qa.errors import QuestionError
from qa.evidence import weigh
from qa.fold import fold
from qa.index import Index, load_index, stale_reason
from qa.question import parse_question
from qa.scope import passage_mask, scope_sections
from qa.settings import Settings
from qa.types import Answer, Citation, Hit, Refusal, Section

QUESTION_LIMIT = 1_000
_READ = 8  # passages whose sentences are weighed
_STALE_FOR = 1.0


class Engine:
    """Answers questions from one index generation; safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.corpus = index.corpus
        self.generation = index.generation
        self.encoder_name = index.encoder.name
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
        hits = self.search(question, top_k=max(top_k, _READ), scope=scope)
        weighed = weigh(
            parse_question(question), hits[:_READ], self._index.sentences, self._index.retriever
        )
        if not weighed.sentences:
            return self._refuse(question, hits[:top_k])
        scores = weighed.features[:, [1, 3, 4]].mean(axis=1)
        first = int(scores.argmax())
        if scores[first] < 0.35:
            return self._refuse(question, hits[:top_k])
        best = weighed.sentences[first]
        citation = Citation(1, best.passage, best.start, best.end)
        language = "zh" if any("㐀" <= c <= "鿿" for c in question) else "en"
        return Answer(
            question=question,
            resolved_question=question,
            confidence=min(1.0, float(scores[first])),
            text=compose([citation], language),
            short=None,
            coverage=None,
            unanswered=(),
            citations=(citation,),
            hits=hits[:top_k],
            refusal=None,
        )

    def _refuse(self, question: str, hits: tuple[Hit, ...]) -> Answer:
        nearest: dict[str, Section] = {hit.passage.section.id: hit.passage.section for hit in hits}
        refusal = Refusal("not_in_report", "报告没有说到这一点。", tuple(nearest.values())[:3])
        return Answer(question, question, 0.3, None, None, None, (), (), hits, refusal)


def check_question(question: str) -> None:
    """Raise QuestionError unless the question has something to ask and fits the limit."""
    if len(question) > QUESTION_LIMIT:
        raise QuestionError(
            f"the question has {len(question)} characters, more than {QUESTION_LIMIT}",
            "shorten it",
        )
    if not fold(question).strip():
        raise QuestionError("the question is empty", "ask something")
