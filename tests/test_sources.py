import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import InputMissing, SourceError
from qa.reading.sources import decode, find_sources, read_source

CHINESE = "上海市科技进步报告，全年研发投入增长百分之十，国家重点实验室建设加快推进。\n第二行"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "gbk", "utf-16-le-bom", "utf-16-be-bom"]
)
def test_every_offered_encoding_gives_the_same_text(encoding: str) -> None:
    if encoding.endswith("-bom"):
        data = ("\ufeff" + CHINESE).encode(encoding.removesuffix("-bom"))
    else:
        data = CHINESE.encode(encoding)
    assert decode(data, "x") == CHINESE


def test_traditional_text_in_gb18030_is_read() -> None:
    text = "國家重點實驗室建設加快推進，全年研發投入增長，人才隊伍不斷壯大。" * 3
    assert decode(text.encode("gb18030"), "x") == text


def test_line_ends_become_one_and_nothing_else_changes() -> None:
    assert decode("甲\r\n乙\r丙\u2028丁  \n".encode(), "x") == "甲\n乙\n丙\u2028丁  \n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no text"),
        (b"\xef\xbb\xbf \n", "no text"),
        (b"abc\x00def", "NUL"),
        (CHINESE.encode()[:-1] + b"\xff" + CHINESE.encode(), "byte"),
        (("臺灣的科技發展報告與產業創新政策說明文件" * 5).encode("big5"), "neither"),
        (b"\xff\xfe\x00\xd8a\x00", "byte"),
        (bytes(range(128, 256)) * 4, "byte"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        decode(data, "report.txt")
    assert "report.txt" in caught.value.message
    assert caught.value.fix


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        text = decode(data, "x")
    except SourceError:
        return
    assert "\r" not in text
    assert "\x00" not in text


def test_files_that_are_not_there_or_not_files(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="does not exist"):
        read_source(tmp_path / "none.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(SourceError, match="regular"):
        read_source(tmp_path / "pipe.txt")
    with pytest.raises(SourceError, match="regular"):
        read_source(Path("/dev/zero"))
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with pytest.raises(InputMissing):
        read_source(tmp_path / "loop.txt")


def test_a_folder_means_its_texts(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "SOURCE.md", "README.md", "c.jsonl"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [path.name for path in find_sources([tmp_path])] == ["a.md", "b.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputMissing, match="no source"):
        find_sources([tmp_path / "empty"])


def test_metadata_comes_from_the_front_matter(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("正文。", encoding="utf-8")
    (tmp_path / "SOURCE.md").write_text(
        "---\nfiles:\n  r.txt: {title: 报告, year: 2020}\n---\nprose\n", encoding="utf-8"
    )
    assert read_source(tmp_path / "r.txt").metadata == {"title": "报告", "year": "2020"}
    (tmp_path / "SOURCE.md").write_text("---\nfiles: [\n---\n", encoding="utf-8")
    with pytest.raises(SourceError, match="front matter"):
        read_source(tmp_path / "r.txt")
