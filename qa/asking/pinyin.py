"""Names in pinyin: what an English question writes by its sound, in the characters of the corpus.

Such a name ("Luban Workshops") is no word to the encoder and no term of a Chinese text. But a
corpus holds few stretches of characters that are read so, mostly one; of several, the encoder
tells from the letters which is meant. An English word, and what the corpus does not hold, stays.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, product

import numpy as np

from qa.asking.question import parse_question
from qa.asking.tables import empty_words, places, readings
from qa.fold import fold
from qa.indexing.sentence_index import SentenceIndex

_WORD = re.compile(r"[a-zü]+(?:['’](?!s\b)[a-zü]+)*", re.I)
_MOST_WORDS = 3  # of one name: Deng Xiaoping, Ma An Shan
_MOST_READ = 12  # words of one question, so that a long one costs no more
_LONGEST_WORD, _LONGEST = 24, 6  # letters of a word, of a syllable
# How near the encoder must take the letters and the characters: what it knows as a whole is a name
# only if it knows it as that name.
_NEAR, _NEAR_KNOWN = -0.05, 0.25
_FURTHER = 0.2  # what each character costs that is mostly read otherwise
_COMMON = 1.5  # a piece that weighs less is a word, which a question would have in English
_READ = 8  # sentences that are looked at for a name

Words = tuple[str, ...]


class Names:
    """The names that one corpus holds, by their sound."""

    def __init__(self, sentences: SentenceIndex) -> None:
        self._sentences, self._encoder = sentences, sentences.encoder
        self._terms = sentences.texts.terms
        self._remembered = lru_cache(maxsize=1024)(self._name)

    def put_in(self, question: str) -> str:
        """Return an English question with its names in Chinese characters; others as they are."""
        if parse_question(question).lang != "en":
            return question
        parts, end = [], 0
        words = (word for word in _WORD.finditer(question) if self._may_be_name(word[0]))
        for run in _runs(question, islice(words, _MOST_READ)):
            for inside, name in self._names(tuple(word[0] for word in run)):
                parts += [question[end : run[inside.start].start()], name]
                end = run[inside.stop - 1].end()
        return "".join((*parts, question[end:]))

    def _may_be_name(self, word: str) -> bool:
        """Return whether a word is written like a name and is none that the encoder knows well."""
        plain = word.lower()
        known = plain in empty_words() or (plain in places() and self._knows([plain]))
        short = len(word) <= _LONGEST_WORD
        return word[0].isupper() and short and not known and bool(_ways(word))

    def _knows(self, words: Sequence[str]) -> bool:
        return len(self._encoder.tokens(" ".join(words).lower())) == len(words)

    def _names(self, run: Words) -> list[tuple[range, str]]:
        """Return the names in a run of words and which words; none where one is left over.

        Half of a name that the corpus does not hold would be another's: Sun in Sun Shiyi.
        """
        names, at = [], 0
        while at < len(run):
            sizes = range(min(_MOST_WORDS, len(run) - at), 0, -1)
            found = ((size, self._remembered(run[at : at + size])) for size in sizes)
            size, name = next(((size, name) for size, name in found if name), (1, ""))
            if name:
                names.append((range(at, at + size), name))
            elif not self._knows([run[at]]) or run[at].lower() in readings():
                return []
            at += size
        return names

    def _name(self, words: Words) -> str:
        """Return what the corpus holds of this sound that is likeliest meant, "" for nothing."""
        written = " ".join(words).lower()
        known, place = self._knows(words), places().get(written, "")
        if place:
            return place if not known and self._stands(place) else ""
        held = (each for syllables in _syllables(words) for each in self._held(syllables))
        scored = [(self._likely(written, *each), each[0]) for each in held]
        likely = sorted(each for each in scored if each[0] >= _least(known, each[1]))
        names = (name for _, name in reversed(likely) if not self._is_common(name))
        return next(filter(self._stands, names), "")

    def _held(self, syllables: Words) -> list[tuple[str, int]]:
        """Return what the corpus may hold of this sound, with the number of further readings."""
        names = [("", 0)]
        for syllable in syllables:
            names = [
                (name + character, cost + further)
                for name, cost in names
                for character, further in readings()[syllable].items()
                if self._terms.frequency(name[-1:] + character)
            ]
        return names

    def _likely(self, written: str, name: str, further: int) -> float:
        """Return how near the encoder takes what is written to a name, less its odd readings."""
        letters, characters = (self._encoder.tokens(text).ids for text in (written, name))
        near = float(self._encoder.mean(letters) @ self._encoder.mean(characters))
        return near - _FURTHER * further

    def _is_common(self, name: str) -> bool:
        weights = self._encoder.tokens(name).weights
        return len(weights) == 1 and bool(weights[0] < _COMMON)

    def _stands(self, name: str) -> bool:
        """Return whether a sentence holds a name, and not just the end and beginning of words."""
        pairs = [name[at : at + 2] for at in range(len(name) - 1)]
        held = self._terms.holding(pairs, np.arange(len(self._terms))).all(axis=0)
        texts = (self._sentences.sentence(int(row)).text for row in np.flatnonzero(held)[:_READ])
        return any(self._begins(name, fold(text)) for text in texts)

    def _begins(self, name: str, text: str) -> bool:
        """Return whether pieces of a text make up the name, or one begins with it."""
        ends = dict(self._encoder.tokens(text).spans)
        found = [(match.start(), match.end()) for match in re.finditer(name, text)]
        return any(at in ends and (ends[at] > end or end in ends.values()) for at, end in found)


def _least(known: bool, name: str) -> float:
    """Return how near a name must be; three characters in a row are no accident."""
    return _NEAR_KNOWN if known and len(name) == 2 else _NEAR


def _runs(question: str, words: Iterable[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Return the words in runs, those together that only a space or hyphen parts."""
    runs: list[list[re.Match[str]]] = []
    for word in words:
        if runs and question[runs[-1][-1].end() : word.start()] in (" ", "-"):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _syllables(words: Sequence[str]) -> list[Words]:
    """Return the ways to read words as syllables, two at the least.

    >>> _syllables(["Xi'an"])
    [('xi', 'an')]
    """
    joined = (tuple(s for way in ways for s in way) for ways in product(*map(_ways, words)))
    return [way for way in joined if len(way) > 1]


# Questions bring words without end.
@lru_cache(maxsize=1024)
def _ways(word: str) -> tuple[Words, ...]:
    stretches = re.split("['’]", word.lower().replace("ü", "v"))
    ways = product(*(tuple(_split(stretch)) for stretch in stretches))
    return tuple(tuple(s for part in way for s in part) for way in ways)


def _split(letters: str, first: bool = True) -> Iterator[Words]:
    """Yield the ways to cut letters into syllables; a vowel begins only the first one.

    >>> list(_split("fangan"))
    [('fan', 'gan')]
    """
    if not letters:
        yield ()
    elif first or letters[0] not in "aoe":
        for end in range(1, min(len(letters), _LONGEST) + 1):
            if letters[:end] in readings():
                yield from ((letters[:end], *rest) for rest in _split(letters[end:], False))
