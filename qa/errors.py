"""Everything that can go wrong, as one tree.

    QAError
    ├── UsageError            the caller asked for something that is not offered
    │   └── QuestionError         empty, or longer than the limit
    ├── ScopeError            no such section or document; carries the nearest sections
    ├── SourceError           a source is there but cannot be read as a report
    ├── IndexCorrupt          an index generation does not hold what its manifest says
    ├── CitationsBroken       citations given for checking no longer hold
    ├── InputMissing          a file, folder or index that was named is not there
    ├── DependencyMissing     an optional package is not installed
    ├── OutputError           a folder or file cannot be created
    ├── StorageError          reading or writing failed half-way
    ├── Busy                  another build holds the lock
    └── ConfigError           a setting has a value it cannot have

A message says what happened and where; `fix` says the next step. Exit codes and HTTP
statuses are tables at the edges (`qa.cli`, `qa.serving.problems`), not here.
"""

from collections.abc import Sequence
from typing import Any


class QAError(Exception):
    """What happened and where, with the next step in `fix`."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class UsageError(QAError):
    """The caller asked for something that is not offered."""


class QuestionError(UsageError):
    """The question is empty after normalisation, or longer than the limit."""


class ScopeError(QAError):
    """The scope names no section; `nearest` holds the sections (`Section`) most like it."""

    def __init__(self, message: str, fix: str, nearest: Sequence[Any] = ()) -> None:
        super().__init__(message, fix)
        self.nearest = tuple(nearest)


class SourceError(QAError):
    """A source is there but cannot be read as a report."""


class IndexCorrupt(QAError):
    """An index generation does not hold what its manifest says."""


class CitationsBroken(QAError):
    """At least one of the citations given for checking no longer holds."""


class InputMissing(QAError):
    """A file, folder or index that was named is not there."""


class DependencyMissing(QAError):
    """An optional package is not installed."""


class OutputError(QAError):
    """A folder or file cannot be created."""


class StorageError(QAError):
    """Reading or writing failed half-way."""


class Busy(QAError):
    """Another build holds the lock."""


class ConfigError(QAError):
    """A setting has a value it cannot have."""
