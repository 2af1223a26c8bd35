"""Pictures of an evaluation, as SVG: how risk grows with coverage, and how honest the odds are."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qa.errors import OutputError
from qa.evaluation.evaluate import BINS, Outcome

_SIZE, _MARGIN = 320, 44
_LINE = '<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'
_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full} {full}" font-family="sans-serif" '
    'font-size="11"><rect width="100%" height="100%" fill="white"/>{body}</svg>\n'
)
Points = Sequence[tuple[float, float]]


def risk_coverage(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """Return (coverage, risk) as ever less certain answers are given.

    Coverage is the share of all questions that is answered, risk the share of those answers that
    do not hold the whole evidence. Refused questions are never answered.
    """
    answered = [o for o in outcomes if o.answer.answerable]
    answered.sort(key=lambda o: -o.answer.confidence)
    wrong = np.cumsum([1 - outcome.correct for outcome in answered])
    return [((at + 1) / len(outcomes), float(wrong[at] / (at + 1))) for at in range(len(answered))]


def reliability(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """Return (mean confidence, share that was right) of bins of equal count."""
    ordered = np.array(sorted((o.answer.confidence, o.correct) for o in outcomes))
    bins = np.array_split(ordered, min(BINS, len(ordered)))
    return [(float(b[:, 0].mean()), float(b[:, 1].mean())) for b in bins if len(b)]


def draw(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write both pictures into a folder, made where it is missing; returns their paths."""
    pictures = {
        "risk_coverage.svg": _plot(
            risk_coverage(outcomes), "share of questions answered", "share of answers not whole"
        ),
        "reliability.svg": _plot(
            reliability(outcomes), "confidence", "share that was right", diagonal=True
        ),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, svg in pictures.items():
            (folder / name).write_text(svg, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror}", "name another") from None
    return [folder / name for name in pictures]


def _plot(points: Points, across: str, up: str, *, diagonal: bool = False) -> str:
    """Return a line through the points in the unit square, with its axes named."""
    low, high = _MARGIN, _MARGIN + _SIZE
    body = [_path([(0, 1), (0, 0), (1, 0)], "#888", 1)]
    if diagonal:
        body.append(_path([(0, 0), (1, 1)], "#bbb", 1, ' stroke-dasharray="4 4"'))
    body.append(_path(points, "#b3321b", 2))
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = _place(tick, tick)
        body.append(f'<text x="{x}" y="{high + 14}" text-anchor="middle">{tick:g}</text>')
        body.append(f'<text x="{low - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    middle = low + _SIZE / 2
    body.append(f'<text x="{middle}" y="{high + 32}" text-anchor="middle">{across}</text>')
    body.append(
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{up}</text>'
    )
    return _FRAME.format(full=_SIZE + 2 * _MARGIN, body="".join(body))


def _path(points: Points, colour: str, width: int, dash: str = "") -> str:
    steps = [f"{x:.1f},{y:.1f}" for x, y in (_place(*point) for point in points)]
    path = "M" + "L".join(steps) if steps else ""
    return _LINE.format(path=path, colour=colour, width=width, dash=dash)


def _place(across: float, up: float) -> tuple[float, float]:
    return _MARGIN + across * _SIZE, _MARGIN + (1 - up) * _SIZE
