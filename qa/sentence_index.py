"""Sentence index: how well each word of a question is met by each sentence and its headings.

Works on the bundled static encoder whatever encoder finds the passages: late interaction needs a
vector per word, and costs no more than a table look-up here.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.corpus import Corpus
from qa.embed import StaticEncoder, Tokens, load_encoder
from qa.errors import IndexCorrupt
from qa.late import TokenIndex
from qa.types import Passage, Section, Sentence

_REBUILD = "run `qa build` to make it anew"


class SentenceIndex:
    """The sentences of a corpus by passage, and the words of each and of each heading path."""

    def __init__(
        self, corpus: Corpus, encoder: StaticEncoder, texts: TokenIndex, headings: TokenIndex
    ) -> None:
        self.encoder = encoder
        self._texts, self._headings = texts, headings
        self._heading_rows = {section.id: at for at, section in enumerate(corpus.sections)}
        self._by_passage: dict[str, tuple[Sentence, ...]] = {}
        row = 0
        for passage in corpus.passages:
            spans = passage.sentences
            sentences = (Sentence(row + at, passage, *span) for at, span in enumerate(spans))
            self._by_passage[passage.id] = tuple(sentences)
            row += len(spans)

    @classmethod
    def build(cls, corpus: Corpus) -> "SentenceIndex":
        """Return the index of all sentences of the corpus."""
        encoder = _static_encoder()
        texts = [
            passage.document.text[start:end]
            for passage in corpus.passages
            for start, end in passage.sentences
        ]
        headings = [" ".join(section.path) for section in corpus.sections]
        return cls(
            corpus, encoder, TokenIndex.build(texts, encoder), TokenIndex.build(headings, encoder)
        )

    def save(self, folder: Path) -> None:
        """Write the words of sentences and headings under a new folder."""
        for name, index in (("texts", self._texts), ("headings", self._headings)):
            (folder / name).mkdir(parents=True)
            index.save(folder / name)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus) -> "SentenceIndex":
        """Read what `save` wrote; raises IndexCorrupt if it does not fit the corpus."""
        encoder = _static_encoder()
        texts = TokenIndex.load(folder / "texts", encoder)
        headings = TokenIndex.load(folder / "headings", encoder)
        count = sum(len(passage.sentences) for passage in corpus.passages)
        if len(texts) != count or len(headings) != len(corpus.sections):
            raise IndexCorrupt(f"{folder} does not fit the passages", _REBUILD)
        return cls(corpus, encoder, texts, headings)

    def sentences_of(self, passage: Passage) -> tuple[Sentence, ...]:
        """Return the sentences of a passage in order."""
        return self._by_passage[passage.id]

    def text_match(self, words: Tokens, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        """Return float32[len(sentences), len(words)]: each word's best cosine in each sentence."""
        return self._texts.best(words, np.array([s.row for s in sentences], np.intp))

    def heading_match(self, words: Tokens, sections: Sequence[Section]) -> NDArray[np.float32]:
        """Return float32[len(sections), len(words)]: each word's best cosine in each path."""
        rows = [self._heading_rows[section.id] for section in sections]
        return self._headings.best(words, np.array(rows, np.intp))


def _static_encoder() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder
