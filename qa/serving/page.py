"""The page: ask, read, cite. Rendered here whole, so that it works without JavaScript."""

import sys
import time
from collections.abc import Awaitable, Callable
from itertools import zip_longest
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from qa import paths
from qa.engine import Engine
from qa.errors import QAError
from qa.serving import wire
from qa.serving.cite import clean, deep_link
from qa.serving.dialogue import Turn
from qa.serving.examples import Examples
from qa.serving.frame import Frame
from qa.serving.problems import Problem, of_error
from qa.serving.reader import read_spans
from qa.serving.report_page import all_styles, metadata, place_at, report_context
from qa.types import Document, Hit

T = TypeVar("T")
Run = Callable[[Callable[[], T]], Awaitable[T]]
_EXAMPLES = 5
_FOUND = 10
_MOST_SCOPES = 400


def mount_page(app: FastAPI, ready: Callable[[], Engine], run: Run[Any]) -> None:
    """Add the page to the app.

    `ready` returns the engine or raises Problem, `run` gives its work a turn.
    """
    app.include_router(_Page(ready, run).router())
    app.mount("/static", _Static(directory=paths.web_folder() / "static"), name="static")


class _Static(StaticFiles):
    """The page's files: kept by browsers, but asked for again whether they changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 304 where the browser has it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


class _Page:
    """The routes, over one engine."""

    def __init__(self, ready: Callable[[], Engine], run: Run[Any]) -> None:
        self._ready, self._run = ready, run
        self._examples: tuple[Engine, Examples] | None = None

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.ask)
        router.add_api_route("/followups", self.followups)
        router.add_api_route("/report/{document}", self.report)
        router.add_api_route("/report/{document}/cite", self.cite)
        return router

    async def ask(self, request: Request) -> Response:
        """The conversation: what is loaded, the question box, and the turns so far."""
        frame = Frame.of(request)
        try:
            engine = self._ready()
        except Problem as problem:
            return _not_ready(frame, problem)
        query = request.query_params
        question, scope = query.get("q", ""), query.get("scope", "")
        history = query.getlist("history") if question.strip() else []
        turns: list[Turn] = []
        trouble: Problem | None = None
        try:
            if question.strip():
                turns = await self._turns(engine, frame, question, history, scope)
            elif scope:
                _check_scope(engine, scope)
        except Problem as problem:
            trouble = problem
        examples = await run_in_threadpool(self._examples_of(engine).to_start, _EXAMPLES)
        page = frame.render(
            "ask.html",
            documents=[_document(engine, d) for d in engine.corpus.documents],
            stale=engine.stale_reason(),
            turns=turns,
            trouble=trouble and frame.trouble(trouble, question, scope),
            history=turns[-1].asked if turns else history,
            draft=question if trouble else "",
            scopes=_scopes(engine, "" if trouble else scope),
            examples=examples,
        )
        if trouble:
            return _html(page, trouble.kind.status, dict(trouble.headers))
        return _html(page)

    async def followups(self, request: Request) -> Response:
        """What may be asked after an answer, from the facts around its citations."""
        query = request.query_params
        examples = self._examples_of(self._ready())
        spans = [read_spans([value], sys.maxsize) for value in query.getlist("cited")]
        cited = [
            (id, *(span[0] if span else (0, 0)))
            for id, span in zip_longest(query.getlist("section"), spans)
            if id is not None
        ]
        found = await run_in_threadpool(examples.after, cited, query.getlist("asked"))
        return JSONResponse({"questions": found}, headers={"Cache-Control": "no-store"})

    async def report(self, request: Request, document: str) -> Response:
        """The whole document, the cited text marked."""
        frame = Frame.of(request)
        try:
            engine = self._ready()
        except Problem as problem:
            return _not_ready(frame, problem)
        found = engine.corpus.document(document)
        if found is None:
            words = frame.words
            sorry = frame.sorry(words.text("state.missing_title"), words.text("state.missing"))
            return _html(sorry, 404)
        query = request.query_params
        hits = await self._find(engine, found, query.get("find", ""))

        def render() -> str:
            context = report_context(
                engine,
                found,
                cite=query.getlist("cite"),
                also=query.getlist("also"),
                find=query.get("find", ""),
                hits=hits,
                base=_base(request),
            )
            return frame.render("report.html", **context)

        return _html(await run_in_threadpool(render))

    async def cite(self, request: Request, document: str) -> Response:
        """Every form of citation for one span of a document, as JSON."""
        engine = self._ready()
        found = engine.corpus.document(document)
        if found is None:
            raise Problem("not_found", "no document has this id")
        spans = read_spans(request.query_params.getlist("span")[:1], len(found.text))
        if not spans:
            raise Problem("invalid_request", "span: must be START-END inside the document")
        place = place_at(engine, found, spans[0])
        body = {
            "quote": clean(found.text[place.start : place.end]),
            "section": wire.section_ref(place.section),
            "inferred": bool(found.metadata.get("inferred")),
            "styles": all_styles(place, _base(request)),
            "url": deep_link(place),
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _turns(
        self, engine: Engine, frame: Frame, question: str, history: list[str], scope: str
    ) -> list[Turn]:
        """Answer the question and, before it, the questions that led to it."""
        frame.check(question, history)
        asked = [*history, question]
        turns = [
            await self._turn(engine, frame, asked[at], tuple(asked[:at]), scope)
            for at in range(len(asked))
        ]
        answer = turns[-1].answer
        cited = [(c["section"]["id"], c["start"], c["end"]) for c in answer["citations"]]
        after = self._examples_of(engine).after
        turns[-1].followups.extend(await run_in_threadpool(after, cited, asked))
        return turns

    async def _turn(
        self, engine: Engine, frame: Frame, question: str, history: tuple[str, ...], scope: str
    ) -> Turn:
        started = time.perf_counter()
        try:
            answer = await self._run(
                lambda: engine.ask(question, history=history, scope=scope or None)
            )
        except QAError as error:
            raise of_error(error) from None
        ms = (time.perf_counter() - started) * 1000
        index = wire.index_json(
            engine.generation, engine.encoder_name, engine.stale_reason() is not None
        )
        data = wire.answer_json(answer, index, ms)
        return Turn(data, history, scope, _scope_title(engine, scope), frame.asked_language)

    async def _find(self, engine: Engine, document: Document, query: str) -> tuple[Hit, ...]:
        if not query.strip():
            return ()
        try:
            found: tuple[Hit, ...] = await self._run(
                lambda: engine.search(query, top_k=_FOUND, scope=document.id)
            )
        except (QAError, Problem):
            return ()
        return found

    def _examples_of(self, engine: Engine) -> Examples:
        if self._examples is None or self._examples[0] is not engine:
            self._examples = (engine, Examples(engine))
        return self._examples[1]


def _check_scope(engine: Engine, scope: str) -> None:
    """Raise Problem unless the scope names something that is loaded."""
    try:
        engine.search("scope", top_k=1, scope=scope)
    except QAError as error:
        raise of_error(error) from None


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _html(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(
        text.encode("utf-8", "replace"), status, {"Cache-Control": "no-store", **(headers or {})}
    )


def _not_ready(frame: Frame, problem: Problem) -> Response:
    words = frame.words
    if problem.code == "loading":
        sorry = frame.sorry(
            words.text("state.starting_title"), words.text("state.starting"), again=1
        )
    else:
        sorry = frame.sorry(
            words.text("state.closed_title"),
            words.text("state.closed"),
            detail=f"{problem.detail} · {problem.fix}",
            retry=True,
        )
    return _html(sorry, problem.kind.status, dict(problem.headers))


def _document(engine: Engine, document: Document) -> dict[str, Any]:
    """Return what the page says about a loaded document."""
    return {
        "title": document.title,
        "url": document.url,
        "sections": sum(1 for s in engine.corpus.sections_of(document) if s.path),
        "characters": f"{len(document.text):,}",
        "metadata": metadata(document),
    }


def _scopes(engine: Engine, chosen: str) -> list[dict[str, Any]]:
    """Return what a question can be limited to: documents, and sections indented by their depth.

    Only the outer sections where there are many, and always the chosen scope.
    """
    corpus = engine.corpus
    sections = [section for section in corpus.sections if section.path]
    depth = max((section.level for section in sections), default=0)
    while depth > 1 and sum(s.level <= depth for s in sections) > _MOST_SCOPES:
        depth -= 1
    named: dict[str, str] = {}
    for document in corpus.documents if len(corpus.documents) > 1 else ():
        named[document.id] = document.title
    for section in [s for s in sections if s.level <= depth][:_MOST_SCOPES]:
        named[section.id] = "\u2003" * max(section.level - 1, 0) + section.title
    if chosen:
        named.setdefault(chosen, _scope_title(engine, chosen))
    return [{"id": id, "label": label, "chosen": id == chosen} for id, label in named.items()]


def _scope_title(engine: Engine, scope: str) -> str:
    named = engine.corpus.section(scope) or engine.corpus.document(scope)
    return named.title if named else scope
