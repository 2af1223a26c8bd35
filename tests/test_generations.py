import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from qa.errors import (
    Busy,
    IndexCorrupt,
    InputMissing,
    OutputError,
    StorageError,
    UsageError,
)
from qa.indexing import generations
from qa.indexing.generations import current, read_manifest, write_generation
from qa.indexing.index import load_index
from qa.settings import Settings
from tests.crashing import hash_tree

TEXT = "一、甲\n我们有3个苹果。\n二、乙\n他们有5个梨。\n"


def write(folder: Path) -> None:
    (folder / "a.bin").write_bytes(b"abc")
    (folder / "inner").mkdir()
    (folder / "inner" / "b.bin").write_bytes(b"defg" * 1000)


def names(index: Path) -> list[str]:
    return sorted(path.name for path in index.iterdir())


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index with one small generation."""
    write_generation(tmp_path / "index", write, {"made": "first"})
    return tmp_path / "index"


@pytest.fixture
def copied(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the real index that may be damaged."""
    return Path(shutil.copytree(settings.index_folder, tmp_path / "index"))


# What is written, and what is kept


def test_a_generation_holds_its_files_and_a_manifest_of_them(index: Path) -> None:
    manifest = read_manifest(current(index))
    assert manifest["made"] == "first"
    assert {name: entry["bytes"] for name, entry in manifest["files"].items()} == {
        "a.bin": 3,
        "inner/b.bin": 4000,
    }
    assert (index / "CURRENT").read_bytes() == f"{current(index).name}\n".encode()


def test_the_last_one_written_is_in_use_and_the_one_before_is_kept(index: Path) -> None:
    made = [current(index).name]
    made += [write_generation(index, write, {"made": str(n)}).name for n in range(3)]
    assert current(index).name == made[-1]
    assert names(index) == ["CURRENT", "build.lock", *made[-2:]]
    assert [name[:10] for name in made] == [f"gen-00000{n}" for n in (1, 2, 3, 4)]


def test_the_generation_in_use_is_never_touched_by_the_next(index: Path) -> None:
    old = current(index)
    before = hash_tree(old)
    write_generation(index, write, {"made": "second"})
    assert hash_tree(old) == before


# What is refused


def test_without_an_index_it_says_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="there is no index") as raised:
        current(tmp_path)
    assert "qa build" in raised.value.fix


@pytest.mark.parametrize(
    "pointer",
    [
        b"",
        b"\n",
        b"garbage",
        b"../../etc",
        b"/etc",
        b"gen-000009-00000000",
        b"gen-000001-00000000/..",
        b"\xff\xfe\x00",
        b"gen-" + b"x" * 2**20,
    ],
)
def test_a_pointer_to_nowhere_is_refused(index: Path, pointer: bytes) -> None:
    (index / "CURRENT").write_bytes(pointer)
    with pytest.raises(IndexCorrupt, match="names no generation"):
        current(index)


def test_a_long_pointer_that_begins_with_a_name_is_refused(index: Path) -> None:
    (index / "CURRENT").write_bytes(current(index).name.encode() * 1000)
    with pytest.raises(IndexCorrupt):
        current(index)


def test_a_pointer_that_cannot_be_read_is_a_storage_error(index: Path) -> None:
    (index / "CURRENT").unlink()
    (index / "CURRENT").mkdir()
    with pytest.raises(StorageError):
        current(index)


MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "older": lambda m: {**m, "format_version": 0},
    "newer": lambda m: {**m, "format_version": 2},
    "text": lambda m: {**m, "format_version": "1"},
    "no format": lambda m: {k: v for k, v in m.items() if k != "format_version"},
    "a list": lambda m: [m],
    "null": lambda m: None,
    "no files": lambda m: {k: v for k, v in m.items() if k != "files"},
    "files a list": lambda m: {**m, "files": []},
    "outside": lambda m: {**m, "files": {"../../CURRENT": {}}},
    "absolute": lambda m: {**m, "files": {"/etc/passwd": {}}},
    "missing": lambda m: {**m, "files": {"nothing": {"bytes": 1, "sha256": ""}}},
    "no hash": lambda m: {**m, "files": {"a.bin": {"bytes": 3}}},
    "entry a text": lambda m: {**m, "files": {"a.bin": "x"}},
    "a NUL": lambda m: {**m, "files": {"a\0": {"bytes": 1, "sha256": ""}}},
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_hostile_manifest_is_refused(index: Path, name: str) -> None:
    changed = MANIFESTS[name](read_manifest(current(index)))
    with pytest.raises(IndexCorrupt):
        read_manifest(renamed(index, json.dumps(changed).encode()))


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b'{"format_version": NaN}', b"[" * 100_000, b" " * (2**24 + 1)],
    ids=["empty", "cut", "not UTF-8", "NaN", "deep", "huge"],
)
def test_a_manifest_that_is_no_json_is_refused(index: Path, data: bytes) -> None:
    with pytest.raises(IndexCorrupt):
        read_manifest(renamed(index, data))


def renamed(index: Path, manifest: bytes) -> Path:
    """Return the generation with another manifest, under the name that goes with it."""
    old = current(index)
    (old / "manifest.json").write_bytes(manifest)
    return old.rename(index / f"gen-000007-{generations._digest(manifest)}")


def test_a_foreign_manifest_does_not_fit_the_name(index: Path) -> None:
    first = current(index)
    second = write_generation(index, write, {"made": "second"})
    shutil.copy(first / "manifest.json", second)
    with pytest.raises(IndexCorrupt, match="has changed"):
        read_manifest(second)


# Damage: nothing that has changed is ever loaded


def damaged(copied: Path) -> Iterator[Path]:
    """Give every file of a generation and the pointer to it."""
    yield from (path for path in sorted(current(copied).rglob("*")) if path.is_file())


def assert_refused(copied: Path, path: Path, how: str) -> None:
    try:
        load_index(copied)
    except (IndexCorrupt, InputMissing):
        return
    raise AssertionError(f"{path.name} was loaded {how}")


def test_the_copy_loads_before_it_is_damaged(copied: Path) -> None:
    assert load_index(copied).generation == current(copied).name


def test_no_truncated_file_is_loaded(copied: Path) -> None:
    for path in damaged(copied):
        data = path.read_bytes()
        lengths = {len(data) * part // 16 for part in range(16)} | {max(len(data) - 1, 0)}
        for length in lengths - {len(data)}:
            path.write_bytes(data[:length])
            assert_refused(copied, path, f"with {length} of {len(data)} bytes")
        path.write_bytes(data + b"\0")
        assert_refused(copied, path, "with a byte more")
        path.unlink()
        assert_refused(copied, path, "without it")
        path.write_bytes(data)


def test_no_flipped_bit_is_loaded(copied: Path) -> None:
    chance = random.Random(4)
    for path in damaged(copied):
        data = path.read_bytes()
        places = {*range(min(16, len(data))), *(chance.randrange(len(data)) for _ in range(25))}
        for at in places:
            flipped = bytes([data[at] ^ 1 << chance.randrange(8)])
            with path.open("r+b") as file:
                file.seek(at)
                file.write(flipped)
            assert_refused(copied, path, f"with a bit of byte {at} flipped")
            with path.open("r+b") as file:
                file.seek(at)
                file.write(data[at : at + 1])


def test_no_flipped_bit_of_the_pointer_is_followed(copied: Path) -> None:
    pointer = copied / "CURRENT"
    data = pointer.read_bytes()
    for at in range(8 * (len(data) - 1)):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        pointer.write_bytes(changed)
        assert_refused(copied, pointer, f"with bit {at} flipped")


def test_files_of_two_generations_do_not_mix(copied: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.npy"
    vectors = current(copied) / "vectors.npy"
    other.write_bytes(vectors.read_bytes()[:-4] + b"\0\0\0\0")
    other.replace(vectors)
    assert_refused(copied, vectors, "from another generation")


def test_another_pickle_in_the_place_of_an_array_runs_nothing(copied: Path) -> None:
    import pickle

    sentinel = copied / "ran"

    class Evil:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
            return open, (sentinel, "w")

    manifest = read_manifest(current(copied))
    data = pickle.dumps(Evil())
    (current(copied) / "vectors.npy").write_bytes(data)
    entry = {"bytes": len(data), "sha256": generations.file_sha256(current(copied) / "vectors.npy")}
    manifest["files"]["vectors.npy"] = entry
    hostile = renamed(copied, json.dumps(manifest).encode())
    (copied / "CURRENT").write_text(hostile.name, "ascii")
    with pytest.raises(IndexCorrupt):
        load_index(copied)
    assert not sentinel.exists()


# Faults: the old generation stays in use


def test_an_error_of_the_writer_leaves_nothing(index: Path) -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise UsageError("no", "none")

    before = hash_tree(index)
    with pytest.raises(UsageError):
        write_generation(index, fail, {})
    assert hash_tree(index) == before
    assert names(index) == ["CURRENT", "build.lock", current(index).name]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_build_that_is_broken_off_leaves_nothing(index: Path, error: type[BaseException]) -> None:
    def stop(folder: Path) -> None:
        write(folder)
        raise error

    with pytest.raises(error):
        write_generation(index, stop, {})
    assert names(index) == ["CURRENT", "build.lock", current(index).name]


@pytest.mark.parametrize("operation", ["fsync", "rename", "replace", "mkdir"])
def test_a_disk_that_fails_at_any_operation_is_a_storage_error(
    index: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    old = current(index)
    before = hash_tree(old)
    real = getattr(os, operation)
    for number in range(1, 50):
        left = number

        def fail(*arguments: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left:
                return real(*arguments, **options)
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, operation, fail)
            with suppress(StorageError, OutputError):
                write_generation(index, write, {"made": str(number)})
        assert hash_tree(old) == before
        read_manifest(current(index))
        assert not [n for n in names(index) if n.startswith(".tmp") or n.endswith(".tmp")]
        if left > 0:
            break
        if current(index) != old:  # it failed after the switch
            old = current(index)
            before = hash_tree(old)
    else:
        raise AssertionError("it never came to an end")


@pytest.mark.parametrize("limit", [0, 40, 2_000, 4_500])
def test_a_full_disk_is_a_storage_error(index: Path, limit: int) -> None:
    before = hash_tree(current(index))
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, kept[1]))
    try:
        if limit < 4_500:
            with pytest.raises(StorageError, match="cannot write the index"):
                write_generation(index, write, {})
        else:
            write_generation(index, write, {})
            before = hash_tree(current(index))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert hash_tree(current(index)) == before


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "index", Path("/proc/none")):
        with pytest.raises(OutputError):
            write_generation(folder, write, {})


def test_a_second_build_at_once_is_told_to_wait(index: Path) -> None:
    def build_within(folder: Path) -> None:
        with pytest.raises(Busy):
            write_generation(index, write, {})
        write(folder)

    before = current(index)
    write_generation(index, build_within, {})
    assert current(index) != before


def test_the_lock_of_a_dead_process_is_taken_over(index: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from qa.indexing.generations import *\n"
        "write_generation(Path(sys.argv[1]), lambda f: os.kill(os.getpid(), signal.SIGKILL), {})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(index)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [name for name in names(index) if name.startswith(".tmp")]
    write_generation(index, write, {"made": "after"})
    assert not [name for name in names(index) if name.startswith(".tmp")]


def test_a_kill_before_any_file_operation_leaves_the_old_or_the_whole_new_one(
    index: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crashing", str(index), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    crashes = json.loads(done.stdout)
    kinds = {crash["before"].split()[0] for crash in crashes}
    assert kinds >= {"open", "os.mkdir", "os.fsync", "os.rename"}
    assert len(crashes) > 20
    assert [crash["killed"] for crash in crashes] == [True] * (len(crashes) - 1) + [False]
    for crash in crashes:
        assert crash["same"], crash
        assert crash["rebuilt"], crash
        assert (crash["left"], crash["kept"]) == ([], 2), crash
    # Once switched to, the new one stays in use.
    switched = [crash["switched"] for crash in crashes]
    assert switched == sorted(switched)
    assert not switched[0]


def test_a_real_build_killed_at_any_time_leaves_the_old_index_answering(
    copied: Path, tmp_path: Path
) -> None:
    source = tmp_path / "report.txt"
    source.write_text(TEXT * 200, "utf-8")
    old = current(copied)
    before = hash_tree(old)
    command = [sys.executable, "-m", "qa.cli", "build", str(source), "--index", str(copied)]
    for seconds in (0.3, 0.7):
        build = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        build.kill()
        build.wait()
        if current(copied) == old:
            assert hash_tree(old) == before
    load_index(copied)
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert not [name for name in names(copied) if name.startswith(".tmp")]
    assert load_index(copied).corpus.documents[0].name == "report.txt"
