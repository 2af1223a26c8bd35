from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.corpus import read_document
from qa.reading.lines import read_lines
from qa.reading.outline import outline
from qa.reading.sources import Source

ROOT = Path(__file__).parent
OUTLINES = sorted((ROOT / "data" / "outlines").glob("*.tsv"))


def read_by_hand(path: Path) -> tuple[str, dict[int, tuple[int, str]]]:
    """Return the text of an outlined document and its headings, by line number."""
    folders = (ROOT.parent / "corpus", ROOT / "data" / "reports")
    source = next(f / f"{path.stem}.txt" for f in folders if (f / f"{path.stem}.txt").is_file())
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return source.read_text(encoding="utf-8"), {int(n): (int(lv), title) for lv, n, title in rows}


def by_line(text: str) -> dict[int, tuple[int, str]]:
    return {text.count("\n", 0, h.start) + 1: (h.level, h.title) for h in outline(text)}


@pytest.mark.parametrize("path", OUTLINES, ids=lambda path: path.stem[:24])
def test_headings_are_those_a_reader_marked(path: Path) -> None:
    text, by_hand = read_by_hand(path)
    found = by_line(text)
    right = by_hand.keys() & found.keys()
    assert 2 * len(right) / (len(by_hand) + len(found)) >= 0.95
    assert sum(by_hand[n][1] == found[n][1] for n in right) == len(right)
    # One box of the Shanghai report may stand under the theme before it or beside it.
    assert sum(by_hand[n][0] != found[n][0] for n in right) <= 1


def paths(text: str) -> list[tuple[str, ...]]:
    source = Source("x.txt", text, "", len(text), {})
    return [section.path for section in read_document(source)[1] if section.path]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "第一章 总则\n正文。\n第一节 目的\n正文。\n第二章 分则\n正文。\n",
            [("第一章 总则",), ("第一章 总则", "第一节 目的"), ("第二章 分则",)],
        ),
        (
            "一、成绩\n正文。\n（一）经济\n正文。\n（二）民生\n正文。\n二、任务\n正文。\n",
            [("一、成绩",), ("一、成绩", "（一）经济"), ("一、成绩", "（二）民生"), ("二、任务",)],
        ),
        (
            "1 Scope\n1.1 Terms\nText here.\n2 Rules\nText here.\n",
            [("1 Scope",), ("1 Scope", "1.1 Terms"), ("2 Rules",)],
        ),
        ("共建成：\n\n10 个项目。\n\n12 个园区，3 条线路。\n", []),
        ("# A\ntext\n## B\n- x\n# C\n", [("A",), ("A", "B"), ("C",)]),
        ("１．１ 概况\n正文。\n", [("１．１ 概况",)]),
        ("```\n# not a heading\n```\n| 一、表 | 1 |\n", []),
        ("一二三四五六七八九十，\n" * 3, []),
    ],
)
def test_numbering_families_nest(text: str, expected: list[tuple[str, ...]]) -> None:
    assert paths(text) == expected


def test_short_lines_are_read_by_what_stands_around_them() -> None:
    text = (
        "一、设施运行情况\n\n全年运行平稳，服务用户增长。\n\n在建项目\n\n甲装置\n\n完成主体施工\n\n"
        "乙装置\n\n启动设备安装\n\n丙装置\n\n通过验收;投入使用\n\n管理工作\n\n制度不断完善。\n"
    )
    assert paths(text) == [
        ("一、设施运行情况",),
        ("一、设施运行情况", "在建项目"),
        ("一、设施运行情况", "在建项目", "甲装置"),
        ("一、设施运行情况", "在建项目", "乙装置"),
        ("一、设施运行情况", "在建项目", "丙装置"),
        ("一、设施运行情况", "管理工作"),
    ]


def test_numbered_sentences_are_items_of_a_list_and_run_in_titles_are_headings() -> None:
    listed = "要做到：\n1. 坚持学习。\n2. 坚持工作。\n"
    run_in = "（一）稳定增长。全年增长百分之五。\n（二）改善民生。新增就业十万人。\n"
    assert paths(listed) == []
    assert paths(run_in) == [("（一）稳定增长",), ("（二）改善民生",)]


MARKS = "一二、（）1.2 第章节#▶-*。；，\n\r\t 张江A光源\u2028🙂𠮷|`"


@given(st.text(alphabet=st.sampled_from(MARKS), max_size=300))
def test_sections_partition_any_text(text: str) -> None:
    _, sections = read_document(Source("x.txt", text, "", 0, {}))
    assert "".join(text[s.start : s.end] for s in sections) == text
    assert all(s.start <= s.body <= s.end for s in sections)
    assert len({s.id for s in sections}) == len(sections)
    assert all(s.title in text.replace("**", "") for s in sections if s.path)


@pytest.mark.parametrize(
    "unit", ["1", "第一章", "一、", "（一）", "1.1.", "。", "▶", "**", "“", "("]
)
def test_long_lines_of_marks_take_linear_time(unit: str) -> None:
    import time

    started = time.perf_counter()
    read_lines(unit * (20_000 // len(unit)))
    assert time.perf_counter() - started < 0.5
