"""Phrases: runs of words that can be a name, by their parts of speech."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from qa.asking.words import Word, words

# Particles, prepositions, conjunctions, adverbs, pronouns, times, places beside, signs.
_PARTING = ("u", "p", "c", "d", "r", "y", "e", "t", "f", "x")
_NAMING = ("nr", "ns", "nt", "nz", "eng")
_NOUNS = ("n", "eng", "j", "l", "i", "vn")
_VERBS = frozenset({"v", "vd", "vg", "vi", "vn"})
# What a name does, and no name ends in: 大楼开放试运行.
_DOING = frozenset({"v", "vd", "vi"})
_MOST_WORDS = 10


# Many questions come near the same sentence.
@lru_cache(maxsize=2048)
def phrases(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of words that can be a name.

    A run of words between those that part names, whole, cut before and behind its verbs, and from
    and to the words that are names by themselves.
    """
    runs = groupby(words(text), key=lambda word: word[2].startswith(_PARTING))
    return tuple(span for parts, run in runs if not parts for span in _of_run(list(run)))


def _of_run(run: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the spans of one run of words."""
    verbs = [word[2] in _VERBS for word in run]
    named = [word[2].startswith(_NAMING) for word in run]
    inner = range(1, len(run))
    starts = [0, *(at for at in inner if verbs[at - 1] or (named[at] and not named[at - 1]))]
    ends = [at for at in inner if verbs[at] or (named[at - 1] and not named[at])] + [len(run)]
    ends = [at for at in ends if run[at - 1][2] not in _DOING]
    for first in starts:
        for last in ends[bisect_right(ends, first) :]:
            if last - first > _MOST_WORDS:
                break
            if any(tag.startswith(_NOUNS) for _, _, tag in run[first:last]):
                yield run[first][0], run[last - 1][1]
