"""Words: where the words of a Chinese text begin and end, and which part of speech each is."""

from bisect import bisect_right
from functools import lru_cache

import rjieba

from qa.fold import fold

Word = tuple[int, int, str]


# Every question that comes near a sentence asks for its words again.
@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """Return start, end and part of speech of each word, in order, by the tags of jieba.

    >>> words("建成大桥")
    ((0, 2, 'v'), (2, 4, 'n'))
    """
    folded = fold(text)
    found, at = [], 0
    for word, tag in rjieba.tag(folded if len(folded) == len(text) else text):
        found.append((at, at + len(word), tag))
        at += len(word)
    return tuple(found)


def word_around(text: str, at: int) -> tuple[int, int]:
    """Return start and end of the word that holds an offset, (at, at) at the end of the text."""
    found = words(text)
    place = bisect_right(found, at, key=lambda word: word[0]) - 1
    return (at, at) if place < 0 or at >= found[place][1] else found[place][:2]
