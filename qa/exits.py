"""Exits: how a command ends. Exit codes in one table, `error:` and `fix:` on stderr."""

import os
import sys

from qa.errors import (
    Busy,
    CitationsBroken,
    ConfigError,
    DependencyMissing,
    IndexCorrupt,
    InputMissing,
    OutputError,
    QAError,
    ScopeError,
    SourceError,
    StorageError,
    UsageError,
)

# From sysexits.h, but for 2 (usage), as every command-line parser has it.
EXIT_CODES: dict[type[QAError], int] = {
    UsageError: 2,
    ScopeError: 65,
    SourceError: 65,
    IndexCorrupt: 65,
    CitationsBroken: 65,
    InputMissing: 66,
    DependencyMissing: 69,
    OutputError: 73,
    StorageError: 74,
    Busy: 75,
    ConfigError: 78,
}
INTERNAL, INTERRUPTED = 70, 130


def say(line: str) -> None:
    """Print a line on stderr."""
    print(line, file=sys.stderr, flush=True)


def fail(message: str, fix: str, code: int) -> int:
    """Say what failed and what to do next, a line each; returns the exit code."""
    say(f"error: {' '.join(message.split())}")
    say(f"fix: {' '.join(fix.split())}")
    return code


def report(error: Exception) -> int:
    """Say what an error means; returns its exit code."""
    if isinstance(error, QAError):
        code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
        nearest = error.nearest[:1] if isinstance(error, ScopeError) else ()
        also = "".join(f"; the nearest is {section.key!r}" for section in nearest)
        return fail(error.message, error.fix + also, code)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        message = f"{where}{error.strerror or error}"
        return fail(message, "check the file, the disk and the pipe", EXIT_CODES[StorageError])
    if isinstance(error, MemoryError):
        return fail("out of memory", "free some, or build from fewer sources", INTERNAL)
    message = f"unexpected {type(error).__name__}: {str(error)[:200]}"
    return fail(message, "run again with --debug and report what it shows", INTERNAL)


def open_streams() -> None:
    """Let results be UTF-8 whatever the locale, and nothing fail where a stream is closed."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for the process's life
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A lone surrogate in an argument must not crash it.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]


def flush(code: int) -> int:
    """Write out what is left, and return the exit code."""
    try:
        sys.stdout.flush()
        return code
    except OSError as error:
        # Nothing may be left for the interpreter to fail on once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code if isinstance(error, BrokenPipeError) else code or report(error)
