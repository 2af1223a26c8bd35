"""Generations: a folder of immutable index versions, and the pointer to the one in use.

    index/CURRENT            the name of the generation in use
    index/gen-…/             its files and manifest.json; never changed once it stands
    index/build.lock         held while a build writes

A generation is written aside, synced, renamed into place, and only then pointed to, so that a
crash at any moment leaves the old one in use. Nothing of a generation is parsed before its size
and SHA-256 agree with the manifest, and the manifest's own with the folder's name: a flipped bit
in a vector file is silent otherwise.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from qa.errors import Busy, IndexCorrupt, InputMissing, OutputError, StorageError

FORMAT = 1
MANIFEST = "manifest.json"
CURRENT = "CURRENT"
_NAME = re.compile(r"gen-[0-9]{6}-[0-9a-f]{8}")
_DIGITS = 8
_LARGEST_MANIFEST = 16 * 2**20
_REBUILD = "run `qa build` to make it anew"


def current(index: Path) -> Path:
    """Return the folder of the generation in use.

    Raises InputMissing where there is none, IndexCorrupt where the pointer points nowhere.
    """
    try:
        name = _pointed(index)
    except FileNotFoundError:
        raise InputMissing(f"there is no index in {index}", "run `qa build` first") from None
    except OSError as error:
        raise StorageError(
            f"cannot read {index / CURRENT}: {error.strerror}", "check the folder"
        ) from None
    if not _NAME.fullmatch(name) or not (index / name).is_dir():
        raise IndexCorrupt(f"{index / CURRENT} names no generation: {name[:40]!r}", _REBUILD)
    return index / name


def _pointed(index: Path) -> str:
    """Return what the pointer says; raises OSError where there is none."""
    with (index / CURRENT).open("rb") as file:
        return file.read(64).decode("ascii", errors="replace").strip()


def read_manifest(generation: Path) -> dict[str, Any]:
    """Return the manifest of a generation whose files are as it says.

    Raises IndexCorrupt naming the file that is missing, of another size or changed.
    """
    manifest = _parse_manifest(generation / MANIFEST)
    for name, entry in manifest["files"].items():
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise IndexCorrupt(f"{generation / MANIFEST} names a file outside of it", _REBUILD)
        _check_file(generation / name, entry)
    return manifest


def _parse_manifest(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise IndexCorrupt(f"{path} is larger than any manifest", _REBUILD)
        data = path.read_bytes()
        if _digest(data) != path.parent.name[-_DIGITS:]:
            raise IndexCorrupt(f"{path} has changed since it was built", _REBUILD)
        manifest = json.loads(data, parse_constant=_no_constant)
    except (OSError, ValueError, RecursionError) as error:
        raise IndexCorrupt(f"cannot read {path}: {type(error).__name__}", _REBUILD) from None
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT:
        found = manifest.get("format_version") if isinstance(manifest, dict) else None
        raise IndexCorrupt(
            f"{path} has format {found!r:.20}, this version reads {FORMAT}", _REBUILD
        )
    if not isinstance(manifest.get("files"), dict):
        raise IndexCorrupt(f"{path} lists no files", _REBUILD)
    return manifest


def _digest(manifest: bytes) -> str:
    """Return what the name of a generation ends with."""
    return hashlib.sha256(manifest).hexdigest()[:_DIGITS]


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _check_file(path: Path, entry: Mapping[str, Any]) -> None:
    try:
        if path.stat().st_size != entry["bytes"]:
            raise IndexCorrupt(f"{path} has another size than its manifest says", _REBUILD)
        if file_sha256(path) != entry["sha256"]:
            raise IndexCorrupt(f"{path} has changed since it was built", _REBUILD)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorrupt(f"cannot check {path}: {type(error).__name__}", _REBUILD) from None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_generation(
    index: Path, write: Callable[[Path], None], manifest: Mapping[str, Any]
) -> Path:
    """Let `write` fill a new generation, and switch to it; returns its folder.

    Raises Busy while another build runs, OutputError or StorageError where the disk refuses; the
    generation in use stays as it was then.
    """
    _create(index)
    with _lock(index):
        _remove_leftovers(index)
        try:
            return _write_locked(index, write, manifest)
        except OSError as error:
            raise StorageError(
                f"cannot write the index in {index}: {error.strerror or error}",
                "free some space, or name another folder with --index",
            ) from None
        finally:
            _remove_leftovers(index)


def _create(index: Path) -> None:
    try:
        index.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot create {index}: {error.strerror}", "name another folder with --index"
        ) from None


@contextmanager
def _lock(index: Path) -> Iterator[None]:
    """Hold the build lock; the system frees it if the process dies."""
    try:
        file = os.open(index / "build.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(
            f"cannot write in {index}: {error.strerror}", "name another folder with --index"
        ) from None
    try:
        _take(file, index)
        yield
    finally:
        os.close(file)


def _take(file: int, index: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy(f"another build writes in {index}", "wait for it to end") from None
    except OSError as error:
        raise StorageError(
            f"cannot lock {index}: {error.strerror}", "name a folder on a local disk with --index"
        ) from None


def _write_locked(index: Path, write: Callable[[Path], None], manifest: Mapping[str, Any]) -> Path:
    aside = index / f".tmp-{os.getpid()}"
    aside.mkdir()
    write(aside)
    files = {
        file.relative_to(aside).as_posix(): {
            "sha256": file_sha256(file),
            "bytes": file.stat().st_size,
        }
        for file in sorted(aside.rglob("*"))
        if file.is_file()
    }
    body = {
        "format_version": FORMAT,
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **manifest,
        "files": files,
    }
    data = json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False).encode()
    (aside / MANIFEST).write_bytes(data)
    for file in [*aside.rglob("*"), aside]:
        _sync(file)
    generation = index / _next_name(index, data)
    aside.rename(generation)
    _sync(index)
    before = _pointed(index) if (index / CURRENT).is_file() else ""
    _point_to(index, generation.name)
    _remove_old(index, {generation.name, before})
    return generation


def _next_name(index: Path, manifest: bytes) -> str:
    numbers = [int(path.name[4:10]) for path in _generations(index)]
    return f"gen-{max(numbers, default=0) + 1:06d}-{_digest(manifest)}"


def _generations(index: Path) -> list[Path]:
    return sorted(path for path in index.iterdir() if _NAME.fullmatch(path.name))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _point_to(index: Path, name: str) -> None:
    aside = index / f"{CURRENT}.tmp"
    aside.write_text(f"{name}\n", encoding="ascii")
    _sync(aside)
    aside.replace(index / CURRENT)
    _sync(index)


def _remove_leftovers(index: Path) -> None:
    """Remove what a build that failed or died has left; the lock says that none is running."""
    for path in index.glob(".tmp-*"):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        (index / f"{CURRENT}.tmp").unlink(missing_ok=True)


def _remove_old(index: Path, kept: Collection[str]) -> None:
    """Remove all but the generation in use and the one before it, which may be being loaded."""
    for path in _generations(index):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
