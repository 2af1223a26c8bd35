"""Scope: the subtree of the corpus that a question is limited to."""

from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from qa.errors import ScopeError
from qa.fold import fold
from qa.reading.corpus import Corpus
from qa.types import Section


def scope_sections(corpus: Corpus, scope: str) -> frozenset[str]:
    """Return the ids of the sections that `scope` names, with all below them.

    A scope is a document id, a section id, a path joined by " > ", or a last heading where it is
    unique. Raises ScopeError with the nearest sections for anything else.
    """
    document = corpus.document(scope)
    if document:
        return frozenset(section.id for section in corpus.sections_of(document))
    section = corpus.section(scope)
    named = [section] if section else find_sections(corpus, scope)
    if len({(found.document.id, found.path) for found in named}) != 1:
        raise _unknown(corpus, scope, named)
    return frozenset(inner.id for outer in named for inner in subtree(corpus, outer))


def subtree(corpus: Corpus, outer: Section) -> list[Section]:
    """Return a section with all that stand under it, in document order."""
    depth = outer.level
    inside: list[Section] = []
    for section in corpus.sections_of(outer.document):
        below = depth and section.level > depth and section.path[:depth] == outer.path
        if section.id == outer.id or (inside and below):
            inside.append(section)
        elif inside:
            break
    return inside


def children(corpus: Corpus, outer: Section) -> list[Section]:
    """Return the sections right under a section, in document order."""
    return [section for section in subtree(corpus, outer) if section.level == outer.level + 1]


def find_sections(corpus: Corpus, name: str) -> list[Section]:
    """Return the sections whose path, or else whose last heading, is `name`, folded."""
    wanted = _key(name)
    by_path = [s for s in corpus.sections if s.path and _key(s.key) == wanted]
    return by_path or [s for s in corpus.sections if s.path and _key(s.title) == wanted]


def nearest_sections(corpus: Corpus, name: str, count: int = 3) -> list[Section]:
    """Return the sections whose headings read most like `name`, best first."""
    wanted = _key(name)
    matcher = SequenceMatcher(b=wanted, autojunk=False)

    def likeness(section: Section) -> float:
        matcher.set_seq1(_key(section.title))
        return matcher.ratio()

    return sorted((s for s in corpus.sections if s.path), key=likeness, reverse=True)[:count]


def passage_mask(corpus: Corpus, sections: frozenset[str]) -> NDArray[np.bool_]:
    """Return bool[n]: which passages lie in one of these sections."""
    return np.fromiter((p.section.id in sections for p in corpus.passages), bool)


def _key(name: str) -> str:
    return "".join(fold(name).split())


def _unknown(corpus: Corpus, scope: str, named: list[Section]) -> ScopeError:
    nearest = named[:5] or nearest_sections(corpus, scope[:200])
    what = "names several sections" if named else "names no section"
    return ScopeError(
        f"the scope {scope[:80]!r} {what}",
        "use a document id, a section id, or a full path joined by ' > '",
        nearest,
    )
