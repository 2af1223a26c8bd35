"""What the command line prints for people."""

from collections.abc import Iterator, Mapping, Sequence

from qa.answering.compose import plain
from qa.types import Answer, Citation, Hit, Verdict


def answer_lines(answer: Answer) -> Iterator[str]:
    """Yield an answer with its citations, or a refusal with where to look."""
    if answer.resolved_question != answer.question:
        yield f"({answer.resolved_question})"
    if answer.refusal:
        yield answer.refusal.message
        for section in answer.refusal.nearest:
            yield f"  {section.key}"
        return
    if answer.short:
        yield answer.short
        yield ""
    yield answer.text or ""
    for part in answer.unanswered:
        yield f"? {part}"
    yield ""
    for citation in answer.citations:
        section = citation.passage.section
        yield f"[{citation.number}] {section.key or section.title}"
        yield f"    {_place(citation)}"


def verdict_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield for each citation what became of it, and where it stands now if that is elsewhere."""
    for verdict in verdicts:
        line = f"[{verdict.number}] {verdict.status}"
        if verdict.citation:
            line += f": {_place(verdict.citation)}"
        if verdict.citation and verdict.status == "changed":
            line += f" {plain(verdict.citation.quote)}"
        yield line


def _place(citation: Citation) -> str:
    return f"{citation.passage.document.name}:{citation.start}-{citation.end}"


def hit_lines(hits: Sequence[Hit]) -> Iterator[str]:
    """Yield the passages found, each with its section path."""
    for hit in hits:
        yield f"{hit.rank}. {hit.passage.section.key or hit.passage.section.title}"
        yield f"   {hit.score:.2f}  {plain(hit.passage.text)}"


def table_lines(report: Mapping[str, object]) -> Iterator[str]:
    """Yield a report of nested figures as aligned rows."""
    rows = {name: value for name, value in report.items() if isinstance(value, Mapping)}
    for name, value in report.items():
        if name not in rows:
            yield f"{name:24} {_figure(value)}"
    if rows:
        columns = list(next(iter(rows.values())))
        yield f"{'':16}" + "".join(f"{column:>12}" for column in columns)
    for name, row in rows.items():
        yield f"{name:16}" + "".join(f"{_figure(row.get(c)):>12}" for c in columns)


def _figure(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
