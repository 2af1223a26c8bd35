"""Writes a generation again and again, each time killed before another of its file operations.

Run as a process of its own: it forks, which nothing that computes with threads survives. Prints a
JSON list with what was true after each kill.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qa.indexing import generations

_WATCHED = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")


def hash_tree(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file under a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main(index: Path, work: Path) -> None:
    """Crash while the files of the index's generation are written once more, in a copy of it."""
    old = generations.current(index)
    files = {p.relative_to(old): p.read_bytes() for p in old.rglob("*") if p.is_file()}
    manifest = json.loads(files.pop(Path(generations.MANIFEST)))
    del manifest["files"]

    def write(folder: Path) -> None:
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)

    def build() -> None:
        generations.write_generation(work / "crashed", write, manifest)

    results: list[dict[str, Any]] = []
    while not results or results[-1]["killed"]:
        shutil.rmtree(work / "crashed", ignore_errors=True)
        shutil.copytree(index, work / "crashed")
        results.append(_crash(work, build, len(results) + 1))
    print(json.dumps(results))


def _crash(work: Path, build: Callable[[], None], number: int) -> dict[str, Any]:
    """Let a build die before its file operation of this number, then look, then build again."""
    index, log = work / "crashed", work / "log"
    old = generations.current(index)
    before = hash_tree(old)

    def die() -> None:
        _kill_at(number, index, log)
        build()

    killed = _in_child(die)
    now = generations.current(index)
    generations.read_manifest(now)
    result = {
        "killed": killed,
        "before": log.read_text("utf-8"),
        "same": hash_tree(old) == before,
        "switched": now != old,
        "rebuilt": not _in_child(build) and generations.current(index) not in (old, now),
    }
    generations.read_manifest(generations.current(index))
    names = sorted(path.name for path in index.iterdir())
    result["left"] = [name for name in names if name.startswith(".") or name.endswith(".tmp")]
    result["kept"] = sum(name.startswith("gen-") for name in names)
    return result


def _kill_at(number: int, index: Path, log: Path) -> None:
    """Kill this process before its file operation of this number in the index."""
    done = 0

    def count(what: str, path: object) -> None:
        nonlocal done
        done += 1
        if done == number:
            log.write_text(f"{what} {path}", "utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event in _WATCHED or (event == "open" and _opens_to_write(arguments))
        if writes and str(index) in str(arguments[0]):
            count(event, arguments[0])

    fsync = os.fsync

    def synced(handle: int) -> None:  # the one that no audit event tells of
        count("os.fsync", handle)
        fsync(handle)

    setattr(os, "fsync", synced)  # noqa: B010 - with its narrower type
    sys.addaudithook(watch)


def _opens_to_write(arguments: tuple[Any, ...]) -> bool:
    return bool(int(arguments[2]) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _in_child(work: Callable[[], object]) -> bool:
    """Do the work in a child; return whether it was killed."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("a build failed")
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
