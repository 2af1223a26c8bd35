"""Sentence index: how well each word of a question is met by each sentence and its headings.

Works on the bundled static encoder whatever encoder finds the passages: late interaction needs a
vector per word, and costs no more than a table look-up here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexCorrupt, SourceError
from qa.reading.corpus import Corpus
from qa.retrieval.cosines import Cosines
from qa.retrieval.embed import BUNDLED, Embedder, StaticEncoder, Tokens, load_encoder
from qa.retrieval.late import TokenIndex
from qa.retrieval.lexical import LexicalIndex
from qa.types import Passage, Section, Sentence

_REBUILD = "run `qa build` to make it anew"


@dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """Some texts (the sentences, or the heading paths) by words and by terms."""

    tokens: TokenIndex
    terms: LexicalIndex

    @classmethod
    def build(cls, texts: Sequence[str], encoder: StaticEncoder) -> "Indexed":
        """Return the index of these texts."""
        return cls(TokenIndex.build(texts, encoder), LexicalIndex.build(texts))

    def save(self, folder: Path) -> None:
        """Write it into a new folder."""
        folder.mkdir(parents=True)
        self.tokens.save(folder)
        self.terms.save(folder)

    @classmethod
    def load(cls, folder: Path, encoder: StaticEncoder, size: int) -> "Indexed":
        """Read what `save` wrote over `size` texts; raises IndexCorrupt if it is not that."""
        index = cls(TokenIndex.load(folder, encoder), LexicalIndex.load(folder))
        if len(index.tokens) != size or len(index.terms) != size:
            raise IndexCorrupt(f"{folder} does not fit the corpus", _REBUILD)
        return index

    def held(self, terms: Sequence[str], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return bool[len(rows), len(terms)]: which text holds which term."""
        return self.terms.holding(terms, rows).T


class SentenceIndex:
    """The sentences of a corpus by passage; `vectors` is [sentences, dim], headings included."""

    def __init__(
        self,
        corpus: Corpus,
        encoder: StaticEncoder,
        texts: Indexed,
        headings: Indexed,
        vectors: NDArray[np.float16],
    ) -> None:
        self.encoder = encoder
        self.texts, self.headings, self.vectors = texts, headings, vectors
        self._titles = _title_rows(corpus)
        self._all: list[Sentence] = []
        self._by_passage: dict[str, tuple[Sentence, ...]] = {}
        self._by_section: dict[str, list[Sentence]] = {}
        row = 0
        for passage in corpus.passages:
            spans = enumerate(passage.sentences, row)
            sentences = tuple(Sentence(at, passage, *span) for at, span in spans)
            self._all.extend(sentences)
            self._by_passage[passage.id] = sentences
            self._by_section.setdefault(passage.section.id, []).extend(sentences)
            row += len(sentences)

    @classmethod
    def build(cls, corpus: Corpus, at_hand: Embedder) -> "SentenceIndex":
        """Return the index of all sentences of the corpus; `at_hand` is what finds passages."""
        encoder = _bundled(at_hand)
        places = [(p, start, end) for p in corpus.passages for start, end in p.sentences]
        texts = [p.document.text[start:end] for p, start, end in places]
        headings = [section.path[-1] if section.path else "" for section in corpus.sections]
        in_place = [
            f"{' '.join(p.section.path[1:])} {text}"
            for (p, _, _), text in zip(places, texts, strict=True)
        ]
        return cls(
            corpus,
            encoder,
            Indexed.build(texts, encoder),
            Indexed.build(headings, encoder),
            encoder.encode_passages(in_place).astype(np.float16),
        )

    def save(self, folder: Path) -> None:
        """Write everything under a new folder."""
        self.texts.save(folder / "texts")
        self.headings.save(folder / "headings")
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, corpus: Corpus, at_hand: Embedder) -> "SentenceIndex":
        """Read what `save` wrote; raises IndexCorrupt if it does not fit the corpus."""
        encoder = _bundled(at_hand)
        count = sum(len(passage.sentences) for passage in corpus.passages)
        try:
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise IndexCorrupt(f"cannot read {folder / 'vectors.npy'}: {error}", _REBUILD) from None
        if vectors.shape != (count, encoder.dim) or vectors.dtype != np.float16:
            raise IndexCorrupt(f"{folder} does not fit the corpus", _REBUILD)
        texts = Indexed.load(folder / "texts", encoder, count)
        headings = Indexed.load(folder / "headings", encoder, len(corpus.sections))
        return cls(corpus, encoder, texts, headings, vectors)

    @property
    def cosines(self) -> Cosines:
        """The cosines with the pieces of the sentences and whatever else shares them."""
        return self.texts.tokens.cosines

    def sentence(self, row: int) -> Sentence:
        """Return the sentence of a row."""
        return self._all[row]

    def sentences_of(self, passage: Passage) -> tuple[Sentence, ...]:
        """Return the sentences of a passage in order."""
        return self._by_passage[passage.id]

    def sentences_in(self, section: Section) -> Sequence[Sentence]:
        """Return the sentences of a section in order, those of its subsections left out."""
        return self._by_section.get(section.id, ())

    def title_met(
        self, words: Tokens, sections: Sequence[Section]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return float32[sections, words] twice: words met by the own title, and by the path."""
        rows = [self._titles[section.id] for section in sections]
        flat = np.array([row for path in rows for row in path], np.intp)
        met = self.headings.tokens.best(words, flat)
        ends = np.cumsum([len(path) for path in rows])
        return met[ends - 1], np.maximum.reduceat(met, ends - [len(path) for path in rows], axis=0)

    def title_holds(self, terms: Sequence[str], sections: Sequence[Section]) -> NDArray[np.bool_]:
        """Return bool[sections, terms]: which terms stand in a section's path."""
        rows = [self._titles[section.id] for section in sections]
        flat = np.array([row for path in rows for row in path], np.intp)
        held = self.headings.held(terms, flat)
        ends = np.cumsum([len(path) for path in rows])
        starts = ends - [len(path) for path in rows]
        return np.asarray(np.logical_or.reduceat(held, starts, axis=0))

    def words_of(self, text: str) -> Tokens:
        """Return the words of a text with their places and weights."""
        return self.encoder.tokens(text)


def _title_rows(corpus: Corpus) -> dict[str, list[int]]:
    """Return, by section id, the rows of the sections on its path, its own last."""
    rows: dict[str, list[int]] = {}
    latest: dict[tuple[str, tuple[str, ...]], int] = {}
    for row, section in enumerate(corpus.sections):
        document = section.document.id
        latest[document, section.path] = row
        above = (section.path[:depth] for depth in range(1, section.level))
        rows[section.id] = [latest[document, path] for path in above if (document, path) in latest]
        rows[section.id].append(row)
    return rows


def _bundled(at_hand: Embedder) -> StaticEncoder:
    """Return the bundled encoder: the one at hand where it is that, for it weighs 90 MB."""
    encoder = at_hand if at_hand.name == BUNDLED else load_encoder()
    if not isinstance(encoder, StaticEncoder):
        raise SourceError("the bundled encoder is not static", "install qa anew")
    return encoder
