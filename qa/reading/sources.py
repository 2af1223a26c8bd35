"""Sources: files read into documents, whatever their encoding, and what is known about them."""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import InputMissing, SourceError

SUFFIXES = (".txt", ".md")
DESCRIPTIONS = ("SOURCE.md", "README.md")
MAX_BYTES = 64 * 2**20
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
# Common ideographs are nine in ten of simplified and six in ten of traditional text, but two or
# three in ten of text read in a wrong encoding.
_COMMON_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class Source:
    """One file, read once: what is hashed is what is decoded."""

    name: str
    text: str
    sha256: str
    size: int
    metadata: Mapping[str, str]


def find_sources(paths: Sequence[Path]) -> list[Path]:
    """Return the files that `paths` name; of a folder its texts, without what describes them.

    Raises InputMissing where a path is not there or a folder holds no source.
    """
    return list(dict.fromkeys(file for path in paths for file in _expand(path)))


def _expand(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in SUFFIXES and file.name not in DESCRIPTIONS
    )
    if not files:
        raise InputMissing(
            f"no source in {path}", f"put a {' or '.join(SUFFIXES)} file into it, or name another"
        )
    yield from files


def read_source(path: Path) -> Source:
    """Return the decoded file with its metadata from the `SOURCE.md` beside it.

    Raises InputMissing when it is not there, SourceError when it is no text.
    """
    data = read_bytes(path)
    return Source(
        name=path.name,
        text=decode(data, str(path)),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        metadata=_metadata(path),
    )


def read_bytes(path: Path) -> bytes:
    """Return what a regular file holds; anything else is refused without waiting on it.

    Raises InputMissing when it is not there, SourceError for a pipe, a device or a huge file.
    """
    try:
        # Without O_NONBLOCK a named pipe would block for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise InputMissing(f"{path} does not exist", "name an existing file or folder") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputMissing(f"cannot open {path}: {reason}", "check the path") from None
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{path} is not a regular file", "name a text file")
        if status.st_size > MAX_BYTES:
            raise SourceError(
                f"{path} has {status.st_size} bytes, more than {MAX_BYTES}", "split the report"
            )
        return file.read()


def decode(data: bytes, where: str) -> str:
    """Return the text: BOM dropped, line ends as `\\n`, nothing else changed.

    UTF-8, UTF-16 with a byte order mark, or GB18030; else SourceError naming the byte.
    """
    text = _decode(data, where).replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        at = text.index("\x00")
        raise SourceError(f"{where} is not text: NUL character at {at}", "name a text file")
    if not any(_is_visible(character) for character in text):
        raise SourceError(f"{where} holds no text", "name a file with text in it")
    return text


def _is_visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character)[0] != "C"


def _decode(data: bytes, where: str) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strict(data[len(bom) :], encoding, where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_mostly_utf8(data):
            raise _bad_byte(where, "UTF-8", error) from None
    text = _strict(data, "gb18030", where)
    if _common_share(text) < _COMMON_SHARE:
        raise SourceError(
            f"{where} is neither UTF-8, UTF-16 with a byte order mark nor GB18030",
            "save it as UTF-8",
        )
    return text


def _strict(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _bad_byte(where, encoding.upper(), error) from None


def _bad_byte(where: str, encoding: str, error: UnicodeDecodeError) -> SourceError:
    return SourceError(
        f"{where} is not valid {encoding}: byte {error.start} ({error.reason})",
        "save it as UTF-8",
    )


def _is_mostly_utf8(data: bytes) -> bool:
    """Tell a damaged UTF-8 file from one in another encoding: few of its wide characters break."""
    text = data.decode("utf-8", errors="replace")
    wide = sum(character > "\x7f" for character in text)
    return text.count("\ufffd") < 0.2 * wide


def _common_share(text: str) -> float:
    """Return the share of ideographs that are on the first plane of GB 2312 (1 without any)."""
    ideographs = [c for c in text[:20_000] if "\u4e00" <= c <= "\u9fff" or c >= "\ue000"]
    common = [
        c
        for c in ideographs
        if b"\xb0" <= c.encode("gb18030")[:1] <= b"\xd7"
        and len(c.encode("gb2312", errors="ignore")) == 2
    ]
    return len(common) / len(ideographs) if ideographs else 1.0


def _metadata(path: Path) -> dict[str, str]:
    """Return what the front matter of the `SOURCE.md` beside `path` says of it."""
    entry = _front_matter(path.with_name("SOURCE.md")).get(path.name)
    if not isinstance(entry, dict):
        return {}
    return {str(key): str(value) for key, value in entry.items() if value is not None}


def _front_matter(path: Path) -> Mapping[str, Any]:
    """Return the `files` of a description's YAML front matter; empty without any."""
    import yaml  # only a build needs it

    if not path.is_file():
        return {}
    parts = path.read_text(encoding="utf-8-sig", errors="replace").split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():
        return {}
    try:
        matter = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise SourceError(
            f"the front matter of {path} is not YAML: {str(error).splitlines()[0]}",
            "mend it, or remove it",
        ) from None
    files = matter.get("files") if isinstance(matter, dict) else None
    return files if isinstance(files, dict) else {}
