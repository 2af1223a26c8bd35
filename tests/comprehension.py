"""A tiny set of reading comprehension, with questions that their contexts do not answer."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def row(title: str, context: str, question: str, *answer: str) -> Row:
    return {
        "id": question,
        "title": title,
        "context": context,
        "question": question,
        "answerable": bool(answer),
        "answer": list(answer),
    }


SOURCE = "上海光源于2009年建成，总投资12亿元。它每年为用户提供5000小时的机时。"
LASER = "硬X射线装置仍在建设，总投资100亿元。"
PORT = "洋山港位于杭州湾口，由32.5公里长的东海大桥与陆地相连。"
PARK = "张江科学城有企业18000家，从业人员近50万人。"
ENTRIES = [
    row("光源", SOURCE, "上海光源的总投资是多少？", "12亿元"),
    row("港口", PORT, "东海大桥有多长？", "32.5公里"),
    row("港口", PORT, "洋山港去年接待了多少名游客？"),
    row("光源", LASER, "硬X射线装置的总投资是多少？", "100亿元", "一百亿元"),
    row("光源", LASER, "足球世界杯由谁夺冠？"),
    row("园区", PARK, "张江科学城有多少家企业？", "１８０００ 家"),
    row("园区", PARK, "恐龙为什么灭绝？"),
]


def write(path: Path, rows: Sequence[Row]) -> Path:
    data = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
