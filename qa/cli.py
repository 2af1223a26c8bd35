"""The command line: results on stdout, everything else on stderr, exit codes from one table."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from qa import __version__
from qa.errors import CitationsBroken, InputMissing, SourceError, UsageError
from qa.exits import EXIT_CODES, INTERRUPTED, fail, flush, open_streams, report, say
from qa.settings import Settings, read_settings

if TYPE_CHECKING:
    # Imported where a command needs them: `qa --version` must not wait for numpy.
    from qa.engine import Engine
    from qa.serving.shapes import IndexJson

_TRUE = ("1", "true", "t", "yes", "y", "on")  # as the settings read them

app = typer.Typer(add_completion=False, rich_markup_mode=None)

IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index.")]
EncoderOption = Annotated[
    str | None,
    typer.Option("--encoder", help="A sentence-transformers folder or name; default: bundled."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TopKOption = Annotated[int | None, typer.Option("--top-k", min=1, max=20, help="Passages.")]
ScopeOption = Annotated[str | None, typer.Option("--scope", help="Only this section.")]


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Ask a report, and get the exact passage for every word of the answer."""
    if version:
        print(f"qa {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise UsageError("no command is given", "see `qa --help`")
    context.obj = debug


@app.command()
def build(
    sources: Annotated[list[Path] | None, typer.Argument(help="Files or folders.")] = None,
    index: IndexOption = None,
    encoder: EncoderOption = None,
    if_stale: Annotated[
        bool, typer.Option("--if-stale", help="Only if sources, encoder or chunker differ.")
    ] = False,
) -> None:
    """Read the sources and write a new index generation."""
    settings = read_settings(index=index, encoder=encoder)
    _build(settings, sources or [settings.corpus_folder], if_stale=if_stale)


@app.command()
def ask(
    question: str,
    as_json: JsonOption = False,
    top_k: TopKOption = None,
    scope: ScopeOption = None,
    history: Annotated[
        list[str] | None, typer.Option("--history", help="An earlier question; oldest first.")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Answer one question."""
    from qa.serving import wire

    settings = read_settings(index=index, top_k=top_k)
    engine = _open(settings)
    started = time.perf_counter()
    answer = engine.ask(question, history=history or [], top_k=settings.top_k, scope=scope)
    took = (time.perf_counter() - started) * 1000
    if as_json:
        _print_json(wire.answer_json(answer, _index_json(engine), took))
    else:
        from qa.show import answer_lines

        _print_lines(answer_lines(answer))


@app.command()
def search(
    query: str,
    as_json: JsonOption = False,
    top_k: TopKOption = None,
    scope: ScopeOption = None,
    index: IndexOption = None,
) -> None:
    """Find passages; never refuses."""
    from qa.serving import wire

    settings = read_settings(index=index, top_k=top_k)
    engine = _open(settings)
    started = time.perf_counter()
    hits = engine.search(query, top_k=settings.top_k, scope=scope)
    took = (time.perf_counter() - started) * 1000
    if as_json:
        _print_json(wire.search_json(query, hits, _index_json(engine), took))
    else:
        from qa.show import hit_lines

        _print_lines(hit_lines(hits))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 picks a free one.")] = None,
    index: IndexOption = None,
) -> None:
    """Serve the API and the page."""
    from qa.serving.server import serve as run

    settings = read_settings(host=host, port=port, index=index)
    run(settings, lambda: _open(settings))


@app.command()
def outline(source: Path, as_json: JsonOption = False) -> None:
    """Print the sections of one document."""
    from qa.reading.corpus import read_document
    from qa.reading.sources import read_source

    _, sections = read_document(read_source(source))
    if as_json:
        from qa.serving.wire import outline_json

        _print_json([outline_json(section) for section in sections])
    else:
        _print_lines(f"{'  ' * (s.level - 1)}{s.title}" for s in sections if s.path)


@app.command()
def verify(
    citations: Annotated[
        str | None, typer.Argument(help="A file of citations or a whole answer; - is stdin.")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Check the index, or citations made earlier."""
    given = None if citations is None else _read_citations(citations)
    settings = read_settings(index=index)
    engine = _load(settings)
    if given is None:
        passages = len(engine.corpus.passages)
        _print_lines([f"{engine.generation}: {passages} passages, all as built"])
        return
    from qa.answering.verify import verify_citations
    from qa.show import verdict_lines

    verdicts = verify_citations(engine.corpus, given)
    _print_lines(verdict_lines(verdicts))
    broken = sum(verdict.status != "valid" for verdict in verdicts)
    if broken:
        raise CitationsBroken(
            f"{broken} of {len(verdicts)} citations no longer hold",
            "ask again, or take the new places that are given",
        )


@app.command(name="eval")
def evaluate(
    questions: Annotated[Path | None, typer.Argument(help="A gold file (*.jsonl).")] = None,
    retrieval: Annotated[
        Path | None, typer.Option("--retrieval", help="Folder of a retrieval set.")
    ] = None,
    refusal: Annotated[
        Path | None, typer.Option("--refusal", help="A file of questions on contexts (*.jsonl).")
    ] = None,
    as_json: JsonOption = False,
    index: IndexOption = None,
    encoder: EncoderOption = None,
    split: Annotated[
        str | None, typer.Option("--split", help="Only questions with this `split`.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="Folder for the curves, as SVG.")
    ] = None,
) -> None:
    """Measure quality on gold questions, on a retrieval set, or on a refusal set."""
    settings = read_settings(index=index, encoder=encoder)
    if [questions, retrieval, refusal].count(None) != 2:
        raise UsageError(
            "eval takes a gold file, --retrieval FOLDER or --refusal FILE", "give one of the three"
        )
    if questions is None:
        _print_report(_measure(retrieval, refusal, settings), as_json)
        return
    from qa.evaluation.evaluate import ask_all, by_type_rows, read_gold, report
    from qa.evaluation.pictures import draw

    gold = [one for one in read_gold(questions) if split in (None, one.split)]
    engine = _open(settings)
    with _progress("asking") as progress:
        outcomes = ask_all(engine, gold, progress)
    figures = report(outcomes)
    _print_report(figures if as_json else by_type_rows(figures), as_json)
    for path in draw(outcomes, pictures) if pictures else ():
        say(f"drew {path}")


def _measure(
    retrieval: Path | None, refusal: Path | None, settings: Settings
) -> Mapping[str, object]:
    """Return the figures of the set that is given."""
    from qa.retrieval.embed import load_encoder

    encoder = load_encoder(settings.encoder)
    with _progress("asking") as progress:
        if retrieval is not None:
            from qa.evaluation import retrieval_eval

            return retrieval_eval.evaluate(retrieval, encoder, progress)
        from qa.evaluation import refusal_eval

        assert refusal is not None
        return refusal_eval.evaluate(refusal, encoder, progress)


@app.command()
def fit(
    questions: Annotated[list[Path], typer.Argument(help="Gold files (*.jsonl).")],
    reports: Annotated[list[Path], typer.Option("--reports", help="Folders of their texts.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for what is fitted.")],
) -> None:
    """Fit what chooses evidence and refuses, from gold questions."""
    from qa.answering.model import write
    from qa.evaluation.evaluate import read_gold
    from qa.reader.network import save_weights
    from qa.train import torch_missing

    try:
        from qa.evaluation.fit import describe, fit_models
    except ImportError as error:
        raise torch_missing(error) from error

    # The encoder has seen the answers of the questions set to "train": it is flattered there.
    read = [one for path in questions for one in read_gold(path)]
    gold = [one for one in read if one.split != "train" or not one.answerable]
    with _progress("fitting") as progress:
        fitted = fit_models(gold, reports, progress)
    write(fitted.coefficients, out)
    save_weights(out, fitted.reader)
    _print_lines(describe(fitted))


@app.command()
def train(
    data: Annotated[Path, typer.Argument(help="Folder of training pairs (*.jsonl.gz).")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new encoder.")],
    seed: Annotated[int, typer.Option(help="Same seed, same weights.")] = 0,
    quick: Annotated[bool, typer.Option(help="A few steps only, to try it.")] = False,
) -> None:
    """Train the bundled encoder from pairs."""
    from qa.train import train_encoder

    with _progress("training") as progress:
        train_encoder(data, out, seed=seed, quick=quick, progress=progress)
    print(out)


def _read_citations(path: str) -> list[Any]:
    """Return the citations of a file or of stdin: a list, or the list of a whole answer."""
    where = "stdin" if path == "-" else path
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except (OSError, ValueError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or "it is closed"
        raise InputMissing(f"cannot read {where}: {reason}", "name a file of citations") from None
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SourceError(f"{where} is not JSON in UTF-8", "give what `--json` prints") from None
    found = found.get("citations") if isinstance(found, dict) else found
    if not isinstance(found, list):
        raise SourceError(f"{where} holds no list of citations", "give what `--json` prints")
    return found


def _open(settings: Settings) -> "Engine":
    """Return the engine; builds the default index when it is missing, says when it is stale."""
    from qa.indexing import generations

    try:
        generations.current(settings.index_folder)
    except InputMissing:
        if settings.index is not None:
            raise
        _build(settings, [settings.corpus_folder], if_stale=False)
    engine = _load(settings)
    reason = engine.stale_reason()
    if reason:
        say(f"note: the index is stale: {reason}; run `qa build`")
    return engine


def _load(settings: Settings) -> "Engine":
    from qa.engine import Engine

    return Engine.open(settings)


def _build(settings: Settings, sources: list[Path], *, if_stale: bool) -> None:
    from qa.indexing.index import build_index, needs_build
    from qa.retrieval.embed import load_encoder

    encoder = load_encoder(settings.encoder)
    if if_stale:
        reason = needs_build(settings.index_folder, sources, encoder)
        if reason is None:
            say("the index is up to date")
            return
        say(f"building the index: {reason}")
    with _progress("indexing") as progress:
        generation = build_index(settings.index_folder, sources, encoder, progress)
    say(f"built {generation.name}")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a callback (done, total) that draws a bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _index_json(engine: "Engine") -> "IndexJson":
    from qa.serving import wire

    return wire.index_json(
        engine.generation, engine.encoder_name, engine.stale_reason() is not None
    )


def _print_json(value: object) -> None:
    _print_lines([json.dumps(value, ensure_ascii=False, indent=2)])


def _print_lines(lines: Iterable[str]) -> None:
    try:
        for line in lines:
            print(line)
    except BrokenPipeError:
        # The reader has seen enough. Told of the error, typer would exit with 1.
        raise typer.Exit from None


def _print_report(report: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        _print_json(report)
    else:
        from qa.show import table_lines

        _print_lines(table_lines(report))


def main() -> NoReturn:
    """Run the command line; every failure ends with an `error:` and a `fix:` line."""
    open_streams()
    debug = "--debug" in sys.argv or os.environ.get("QA_DEBUG", "").lower() in _TRUE
    try:
        code = _run()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except typer.TyperException as error:
        code = fail(error.format_message(), "see `qa --help`", EXIT_CODES[UsageError])
    except Exception as error:
        code = report(error)
        if debug:
            traceback.print_exc()
    sys.exit(flush(code))


def _run() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
