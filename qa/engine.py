"""Engine: the one door. Command line, API, page, evaluation and tests all ask here."""

import threading
import time
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from qa.answering.answerer import READ, Answerer, Reply, confidence, merge_hits
from qa.answering.comparing import joined
from qa.answering.compose import compose
from qa.answering.refuse import refuse
from qa.asking.history import resolve
from qa.asking.pinyin import Names
from qa.asking.question import parse_question
from qa.errors import QuestionError
from qa.fold import fold
from qa.indexing.index import Index, load_index, stale_reason
from qa.reading.scope import find_sections, passage_mask, scope_sections
from qa.settings import Settings
from qa.types import HISTORY_LIMIT, QUESTION_LIMIT, Answer, Citation, Hit, Sentence

_STALE_FOR = 1.0


class Engine:
    """Answers questions from one index generation; safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.corpus = index.corpus
        self.generation = index.generation
        self.encoder_name = index.encoder.name
        self._answerer = Answerer(index)
        self._names = Names(index.sentences)
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
        ranked = self._index.retriever.search(self._names.put_in(query), top_k, allowed)
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
        check_history(history)
        resolved = resolve(question, history, self.corpus)
        if scope is None:
            scope = self._hinted_scope(resolved)
        read = max(top_k, READ)
        replies = self._answerer.replies(
            self._names.put_in(resolved), lambda part: self.search(part, top_k=read, scope=scope)
        )
        answered = [reply for reply in replies if reply.chosen]
        language = parse_question(question).lang
        if not answered:
            return self._refusal(question, resolved, replies[0], language, top_k)
        citations = _cite(answered)
        return Answer(
            question=question,
            resolved_question=resolved,
            confidence=confidence(replies),
            text=compose(citations, language),
            short=joined(self._names.put_in(resolved), replies),
            coverage=answered[0].chosen.coverage if answered[0].chosen else None,
            unanswered=tuple(reply.question.text for reply in replies if not reply.chosen),
            citations=citations,
            hits=merge_hits(replies)[:top_k],
            refusal=None,
        )

    def _refusal(
        self, question: str, resolved: str, reply: Reply, language: str, top_k: int
    ) -> Answer:
        return Answer(
            question=question,
            resolved_question=resolved,
            confidence=reply.chance,
            text=None,
            short=None,
            coverage=None,
            unanswered=(),
            citations=(),
            hits=reply.hits[:top_k],
            refusal=refuse(reply.question, reply.case, reply.hits, self.corpus, language),
        )

    def _hinted_scope(self, question: str) -> str | None:
        """Return the section that the question itself limits itself to, if there is just one."""
        hint = parse_question(question).scope_hint
        found = find_sections(self.corpus, hint) if hint else []
        return found[0].id if len(found) == 1 else None


def _cite(answered: Sequence[Reply]) -> tuple[Citation, ...]:
    """Return a citation for each sentence of the parts, in document order within a part."""
    sentences: dict[int, Sentence] = {}
    for reply in answered:
        for sentence in reply.chosen.sentences if reply.chosen else ():
            sentences.setdefault(sentence.row, sentence)
    return tuple(
        Citation(n, s.passage, s.start, s.end) for n, s in enumerate(sentences.values(), 1)
    )


def check_question(question: str) -> None:
    """Raise QuestionError unless the question has something to ask and fits the limit."""
    if len(question) > QUESTION_LIMIT:
        raise QuestionError(
            f"the question has {len(question)} characters, more than {QUESTION_LIMIT}",
            "shorten it",
        )
    if not fold(question).strip():
        raise QuestionError("the question is empty", "ask something")


def check_history(history: Sequence[str]) -> None:
    """Raise QuestionError where the earlier questions are too many or one is too long."""
    if len(history) > HISTORY_LIMIT or any(len(turn) > QUESTION_LIMIT for turn in history):
        raise QuestionError(
            f"the history has more than {HISTORY_LIMIT} questions, "
            f"or one of more than {QUESTION_LIMIT} characters",
            "leave the oldest out, or shorten it",
        )
