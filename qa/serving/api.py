"""The HTTP API: `create_app` puts the routes, the guard and the metrics of one server together."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

import qa
from qa.answering.verify import verify_citations
from qa.engine import Engine
from qa.errors import QAError
from qa.serving import describe, intake, metrics, problems, shapes, wire
from qa.serving.cite import format_citation
from qa.serving.guard import Guard
from qa.serving.hosts import served_names
from qa.serving.loading import Loader
from qa.serving.page import mount_page
from qa.serving.problems import Problem
from qa.serving.request import AskRequest, CitationRequest, SearchRequest, VerifyRequest
from qa.serving.turns import Turns
from qa.types import Passage

T = TypeVar("T")
# Half a second of work: what would wait longer is better told so at once.
MOST_WAITING = 256


def create_app(open_engine: Callable[[], Engine], host: str | None = None) -> FastAPI:
    """Return the app; its lifespan opens the engine in the background.

    `host` is the address it will be served on: on a loopback address only requests that name a
    local host are answered, so that no web page can reach it under a name of its own.
    """
    loader = Loader(open_engine)
    turns = Turns(MOST_WAITING)
    measured = metrics.Metrics(lambda: loader.engine, lambda: turns.waiting)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loader.start()
        yield

    app = FastAPI(
        title="qa",
        version=qa.__version__,
        description=describe.DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.loader = loader
    app.include_router(_Api(loader, turns, measured).router())
    app.include_router(_health(loader, measured))
    app.include_router(describe.docs_router())
    mount_page(app, loader.ready, turns.run)
    app.add_middleware(Guard, metrics=measured, is_served=served_names(host))
    for kind, as_problem in _AS_PROBLEM.items():
        app.add_exception_handler(kind, _handler(as_problem))
    describe.complete(app)
    return app


class _Api:
    """The routes under /api, over one engine."""

    def __init__(self, loader: Loader, turns: Turns, measured: metrics.Metrics) -> None:
        self._loader, self._turns, self._metrics = loader, turns, measured

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api", tags=["api"])
        add = router.add_api_route
        add("/ask", self.ask, methods=["POST"], **describe.ASK)
        add("/search", self.search, **describe.SEARCH)
        add("/documents", self.documents, **describe.DOCUMENTS)
        add("/documents/{document}/sections", self.sections, **describe.SECTIONS)
        add("/documents/{document}/text", self.text, **describe.TEXT)
        add("/passages/{passage}", self.passage, **describe.PASSAGE)
        add("/passages/{passage}/citation", self.citation, **describe.CITATION)
        add("/verify", self.verify, methods=["POST"], **describe.VERIFY)
        return router

    async def ask(self, request: Request) -> Response:
        """Answer a question, or refuse it; every word of the answer is quoted."""
        engine = self._loader.ready()
        asked = await intake.read_body(request, AskRequest)
        history = asked.earlier_questions
        answer, ms = await self._timed(
            "ask",
            lambda: engine.ask(
                asked.question, history=history, top_k=asked.top_k, scope=asked.scope
            ),
        )
        self._metrics.answers.labels(str(answer.answerable).lower()).inc()
        return _json(wire.answer_json(answer, _index(engine), ms))

    async def search(self, request: Request) -> Response:
        """Find passages, without answering; never refuses."""
        engine = self._loader.ready()
        asked = intake.read_query(request, SearchRequest)
        hits, ms = await self._timed(
            "search", lambda: engine.search(asked.q, top_k=asked.top_k, scope=asked.scope)
        )
        return _json(wire.search_json(asked.q, hits, _index(engine), ms))

    async def documents(self) -> Response:
        """List the documents that are loaded."""
        corpus = self._loader.ready().corpus
        return _json({"documents": [wire.document_json(d) for d in corpus.documents]})

    async def sections(self, document: str) -> Response:
        """List a document's sections in order; together they are its whole text."""
        corpus = self._loader.ready().corpus
        found = _found(corpus.document(document), "document", document)
        return _json({"sections": [wire.section_json(s) for s in corpus.sections_of(found)]})

    async def text(self, document: str) -> Response:
        """Return a document's text: what all offsets count in, by code points."""
        found = _found(self._loader.ready().corpus.document(document), "document", document)
        return Response(found.text, media_type="text/plain; charset=utf-8")

    async def passage(self, passage: str) -> Response:
        """Return one passage."""
        return _json(wire.passage_json(self._passage(passage)))

    async def citation(self, request: Request, passage: str) -> Response:
        """Return a passage's citation, ready to paste, in one of the styles."""
        found = self._passage(passage)
        style = intake.read_query(request, CitationRequest).style
        base = str(request.base_url).rstrip("/")
        text = format_citation(found, style, base=base, accessed=datetime.now(UTC).date())
        return Response(text, media_type=describe.CITATION_TYPES.get(style, describe.PLAIN))

    async def verify(self, request: Request) -> Response:
        """Say of citations made earlier whether they still hold, and where they stand now."""
        corpus = self._loader.ready().corpus
        asked = await intake.read_body(request, VerifyRequest)
        given = [citation.model_dump() for citation in asked.citations]
        # Many changed citations take a tenth of a second: too long for a turn.
        verdicts = await run_in_threadpool(verify_citations, corpus, given)
        return _json(wire.verdicts_json(verdicts))

    def _passage(self, given: str) -> Passage:
        return _found(self._loader.ready().corpus.passage(given), "passage", given)

    async def _timed(self, stage: str, work: Callable[[], T]) -> tuple[T, float]:
        """Return what the work returns when its turn comes, and how long it took, in ms."""

        def timed() -> tuple[T, float]:
            started = time.perf_counter()
            result = work()
            return result, time.perf_counter() - started

        try:
            result, seconds = await self._turns.run(timed)
        except Problem as problem:
            self._metrics.shed.labels(problem.code).inc()
            raise
        self._metrics.stage.labels(stage).observe(seconds)
        return result, seconds * 1000


def _health(loader: Loader, measured: metrics.Metrics) -> APIRouter:
    """Return the routes for probes; none of them waits for the engine."""
    router = APIRouter(tags=["health"])

    @router.get("/livez", **describe.LIVEZ)
    async def livez() -> Response:
        """Say that the process runs."""
        return _json({"status": "ok"})

    @router.get("/readyz", **describe.READYZ)
    async def readyz() -> Response:
        """Say whether questions can be answered, and with which index."""
        if loader.engine is None:
            return _not_ready(loader)
        engine = loader.engine
        index = {**_index(engine), "stale_reason": engine.stale_reason()}
        return _json({"status": "ready", "index": index})

    @router.get("/metrics", **describe.METRICS)
    async def exposition() -> Response:
        """Return what is counted, for Prometheus."""
        return Response(measured.exposition(), media_type=metrics.CONTENT_TYPE)

    return router


def _not_ready(loader: Loader) -> Response:
    failed = loader.problem
    body = {"status": "failed", "detail": failed.detail, "fix": failed.fix} if failed else None
    return _json(body or {"status": "loading"}, 503, {"Retry-After": "30" if failed else "1"})


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return the object as JSON, characters as they are."""
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(to_json(body), status, headers, media_type=problems.JSON)


def _index(engine: Engine) -> shapes.IndexJson:
    return wire.index_json(
        engine.generation, engine.encoder_name, engine.stale_reason() is not None
    )


def _found(thing: T | None, kind: str, given: str) -> T:
    """Return the thing; raises Problem when there is none."""
    if thing is None:
        raise Problem(
            "not_found",
            f"no {kind} has the id {problems.shown(given, 80)}",
            fix="list the documents at /api/documents",
        )
    return thing


def _of_http(error: HTTPException) -> Problem:
    return problems.of_status(error.status_code, str(error.detail), error.headers)


_AS_PROBLEM: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    QAError: problems.of_error,
    HTTPException: _of_http,
}


def _handler(
    as_problem: Callable[[Any], Problem],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return problems.problem_response(as_problem(error), request.state.request_id)

    return handle
