"""A report that would do harm if any page took a word of it for anything but text."""

from pathlib import Path

from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import Settings, read_settings

MARKS = (
    "<script>window.harmed = 1</script>",
    "<img src=x onerror=window.harmed=2>",
    "![picture](http://evil.invalid/p.png)",
    "[press](javascript:window.harmed=3)",
    '"><svg onload=window.harmed=4>',
    "{{ 7 * 7 }}",
    "\u202ereversed\u202c",
    "\U000e0041\U000e0042\u200b",
    "</textarea></title><b>bold</b>",
)
QUESTION = "完成实验装置多少台？<script>window.harmed=5</script>\u202e"


def write_report(folder: Path) -> Path:
    """Write the report with its description, and return the folder."""
    folder.mkdir(exist_ok=True)
    lines = ["# 一份报告 <script>window.harmed = 0</script>\u202e", ""]
    for number, mark in enumerate(MARKS, 1):
        lines += [
            f"## {number}. 项目 {mark}",
            "",
            f"- 完成实验装置{number}00台, 备注 {mark} 结束",
            "",
        ]
    (folder / "hostile.md").write_text("\n".join(lines), "utf-8")
    (folder / "SOURCE.md").write_text(
        "---\nfiles:\n  hostile.md:\n"
        "    container: '<img src=x onerror=window.harmed=6>'\n"
        "    year: '<script>'\n    url: 'javascript:window.harmed=7'\n---\n",
        "utf-8",
    )
    return folder


def hostile_settings(folder: Path) -> Settings:
    """Return settings whose index holds the report."""
    build_index(folder / "index", [write_report(folder / "corpus")], load_encoder())
    return read_settings(index=folder / "index")
