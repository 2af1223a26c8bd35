"""Describes the API: what OpenAPI says of each route, and the page that shows it.

The routes read requests and write responses themselves; the schemas here come from the same models
and TypedDicts that they use.
"""

from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from typing_extensions import TypedDict

from qa import paths
from qa.serving import shapes
from qa.serving.problems import JSON, KINDS, PROBLEM_JSON, Problem, ProblemJson, shown
from qa.serving.request import AskRequest, CitationRequest, SearchRequest, VerifyRequest

DESCRIPTION = """Answers questions about a long report; every word of an answer is a verbatim quote.

All offsets are Unicode code points of a document's text, half open: `text[start:end] == quote`.
Requests are strict: unknown fields, numbers in quotes and fields given twice are errors (422), and
nothing is shortened silently. Bodies are UTF-8 JSON, with or without a byte order mark. Errors are
`application/problem+json` (RFC 9457) with a `code`, a `fix` that says the next step, and the
`request_id` of the response's `X-Request-ID`; a request may bring its own (`[A-Za-z0-9._-]{1,64}`).
"""
# The viewer builds its elements from styles of its own; it runs no other script and calls no one.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PLAIN = "text/plain; charset=utf-8"
CITATION_TYPES = {"csl-json": "application/vnd.citationstyles.csl+json"}
_EXAMPLES = {
    "a question": {"value": {"question": "截至年底牵头承担的国家科技重大专项有多少项？"}},
    "a follow-up": {"value": {"question": "其中哪些已建成？", "history": ["有哪些大科学设施？"]}},
}


def docs_router() -> APIRouter:
    """Return `/docs` and the pages of the problem types."""
    router = APIRouter(include_in_schema=False)
    page = (paths.web_folder() / "templates" / "docs.html").read_text("utf-8")

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": _DOCS_POLICY})

    @router.get("/problems/{code}")
    async def problem(code: str) -> Response:
        if code not in KINDS:
            raise Problem("not_found", f"no problem has the code {shown(code, 40)}")
        kind = KINDS[code]
        return PlainTextResponse(f"{code} ({kind.status})\n{kind.title}.\nfix: {kind.fix}\n")

    return router


def complete(app: FastAPI) -> None:
    """Let the app's OpenAPI description hold the schemas of what the routes read by themselves."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            schema.setdefault("components", {}).setdefault("schemas", {}).update(_schemas())
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _schemas() -> dict[str, Any]:
    template = "#/components/schemas/{model}"
    bodies: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (AskRequest, "validation"),
        (VerifyRequest, "validation"),
    ]
    asked = models_json_schema(bodies, ref_template=template)[1]
    problem = TypeAdapter(ProblemJson).json_schema(ref_template=template)
    inner = problem.pop("$defs")
    return {**asked["$defs"], **inner, "ProblemJson": problem}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM_JSON: {"schema": _ref("ProblemJson")}}}


def _route(model: Any, description: str, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - a type form
    """Return what `add_api_route` needs to know of a route that makes its own responses."""
    return {
        "response_model": None,
        "responses": {
            200: {"model": model, "description": description},
            "default": _problem("What went wrong, and the next step."),
        },
        **rest,
    }


def _query(model: type[Any]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _plain(description: str, media_type: str, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on
    content = {media_type: {"schema": {"type": "string"}}}
    return {
        "response_model": None,
        "response_class": PlainTextResponse,
        "responses": {
            200: {"content": content, "description": description},
            "default": _problem("What went wrong, and the next step."),
        },
        **rest,
    }


class AliveJson(TypedDict):
    """The process runs."""

    status: str


class ReadyIndexJson(shapes.IndexJson):
    """The loaded index, and what has changed since it was built."""

    stale_reason: str | None


class ReadyJson(TypedDict):
    """Questions are answered, with this index."""

    status: str
    index: ReadyIndexJson


ASK = _route(
    shapes.AnswerJson,
    "An answer, or a refusal.",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": _ref("AskRequest"), "examples": _EXAMPLES}},
        }
    },
)
VERIFY = _route(
    shapes.VerdictsJson,
    "What became of each citation, in the order given.",
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": _ref("VerifyRequest")}}}
    },
)
SEARCH = _route(
    shapes.SearchJson,
    "The passages found, best first.",
    openapi_extra={"parameters": _query(SearchRequest)},
)
DOCUMENTS = _route(shapes.DocumentsJson, "The documents.")
SECTIONS = _route(shapes.SectionsJson, "The sections, in the order of the text.")
PASSAGE = _route(shapes.PassageJson, "The passage.")
TEXT = _plain("The decoded text, line ends as LF.", PLAIN)
CITATION = _plain(
    "The citation, ready to paste; JSON for csl-json.",
    PLAIN,
    openapi_extra={"parameters": _query(CitationRequest)},
)
LIVEZ = _route(AliveJson, "The process runs.")
READYZ = _route(ReadyJson, "Questions are answered; 503 before, with Retry-After.")
METRICS = _plain("Counters, in the Prometheus text format.", "text/plain")
