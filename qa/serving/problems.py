"""What goes wrong over HTTP, as RFC 9457 problem objects.

One table says for each code its status, its fixed title and the usual next step; one function per
kind of error says which code it is. At most 200 characters of the input are ever shown.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired

from pydantic import ValidationError
from starlette.responses import Response
from typing_extensions import TypedDict

from qa import errors
from qa.serving import shapes, wire
from qa.serving.request import TURN_TAGS

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
ECHO_LIMIT = 200
# Field errors listed at most, and characters kept of a name in them: together within ECHO_LIMIT.
_LISTED, _NAME_KEPT = 8, 20


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of problem: its status, its title, and what to do when nothing better is known."""

    status: int
    title: str
    fix: str


_RETRY = "try again in a second"
KINDS: Mapping[str, Kind] = {
    "bad_json": Kind(400, "The body is not JSON", "send one JSON object encoded as UTF-8"),
    "bad_request": Kind(400, "The request is malformed", "send a well-formed HTTP/1.1 request"),
    "not_found": Kind(404, "Nothing is there", "see /docs for the addresses there are"),
    "method_not_allowed": Kind(405, "The method is not allowed", "use a method named in Allow"),
    "timeout": Kind(408, "The request took too long to arrive", "send the whole request at once"),
    "too_large": Kind(413, "The body is too large", "send a smaller body"),
    "unsupported_media_type": Kind(
        415, "The media type is not supported", f"send {JSON}, UTF-8, without Content-Encoding"
    ),
    "misdirected": Kind(
        421,
        "The host name is not served here",
        "use the address that the server printed, or serve with --host 0.0.0.0",
    ),
    "invalid_request": Kind(422, "The request has invalid fields", "correct the fields in errors"),
    "invalid_question": Kind(422, "The question cannot be asked", "ask another question"),
    "unknown_scope": Kind(422, "The scope is not known", "use a section in nearest_sections"),
    "headers_too_large": Kind(431, "The headers are too large", "send fewer or shorter headers"),
    "internal": Kind(
        500, "Something is broken here", "report it with the request_id; the server's log has more"
    ),
    "not_implemented": Kind(501, "The request is not supported", "send a plain HTTP/1.1 request"),
    "overloaded": Kind(503, "Too many requests are waiting", _RETRY),
    "loading": Kind(503, "The index is loading", _RETRY),
    "unavailable": Kind(503, "The index is not available", "see /readyz for what is wrong"),
}
_RETRY_AFTER = {"overloaded": "1", "loading": "1", "unavailable": "30"}
_CODE_OF_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    431: "headers_too_large",
    501: "not_implemented",
}


class FieldError(TypedDict):
    """What is wrong with one field; `pointer` is a JSON pointer into the body or the query."""

    pointer: str
    detail: str


class ProblemJson(TypedDict):
    """An RFC 9457 problem: what happened, and in `fix` the next step."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fix: str
    request_id: str
    errors: NotRequired[list[FieldError]]
    nearest_sections: NotRequired[list[shapes.SectionRef]]


class Problem(Exception):
    """A request that ends in a problem object; `code` is a key of KINDS."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        fix: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = KINDS[code]
        self.detail = detail
        self.fix = fix or self.kind.fix
        self.extra = dict(extra or {})
        retry = {"Retry-After": _RETRY_AFTER[code]} if code in _RETRY_AFTER else {}
        self.headers = {**retry, **(headers or {})}


def shown(text: str, limit: int = ECHO_LIMIT) -> str:
    """Return at most `limit` characters of the text, unprintable ones replaced."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def without_folders(text: str) -> str:
    """Return the text with the folders of absolute paths left out.

    >>> without_folders("no index in /home/me/qa/index: gone")
    'no index in …/index: gone'
    """
    return re.sub(r"(?<![\w.…:/])/[^\s'\"]*/", "…/", text)


def problem_json(problem: Problem, request_id: str) -> ProblemJson:
    """Return the object that the client gets."""
    body: ProblemJson = {
        "type": f"/problems/{problem.code}",
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "code": problem.code,
        "fix": problem.fix,
        "request_id": request_id,
    }
    body.update(problem.extra)  # type: ignore[typeddict-item]
    return body


def problem_bytes(problem: Problem, request_id: str) -> bytes:
    """Return the object as UTF-8; a lone surrogate becomes a question mark."""
    text = json.dumps(problem_json(problem, request_id), ensure_ascii=False)
    return text.encode("utf-8", "replace")


def problem_response(problem: Problem, request_id: str) -> Response:
    """Return the response that ends the request."""
    return Response(
        problem_bytes(problem, request_id),
        problem.kind.status,
        headers={**problem.headers, "Cache-Control": "no-store"},
        media_type=PROBLEM_JSON,
    )


def of_status(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the problem for a bare HTTP status."""
    fallback = "bad_request" if status < 500 else "internal"
    return Problem(_CODE_OF_STATUS.get(status, fallback), shown(detail), headers=headers)


def of_fields(found: Iterable[tuple[str, str]]) -> Problem:
    """Return the problem for invalid fields, each a JSON pointer and what is wrong there."""
    fields = list(found)
    listed = [FieldError(pointer=pointer, detail=detail) for pointer, detail in fields[:_LISTED]]
    where, what = fields[0]
    more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
    return Problem(
        "invalid_request", f"{where or 'the body'}: {what}{more}", extra={"errors": listed}
    )


def of_validation(error: ValidationError) -> Problem:
    """Return the problem for what pydantic found."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return of_fields((_pointer(one["loc"]), _said(one["type"], one["msg"])) for one in found)


def _pointer(place: tuple[int | str, ...]) -> str:
    """Return a place as a JSON pointer, long names cut."""
    names = [str(part) for part in place if part not in TURN_TAGS]
    escaped = [n.replace("~", "~0").replace("/", "~1") for n in names]
    return "".join(f"/{shown(name, _NAME_KEPT)}" for name in escaped)


def _said(kind: str, message: str) -> str:
    """Return what is wrong with a field in this API's words, else in pydantic's."""
    own = {
        "extra_forbidden": "is not a field of this request",
        "missing": "is required",
        "model_type": "must be a JSON object",
        "string_unicode": "holds a lone surrogate, which is no character",
        "int_type": "must be an integer",
        "string_type": "must be a string",
        "list_type": "must be a list",
    }
    return own.get(kind) or message.replace("Input should", "must", 1)


def of_error(error: errors.QAError) -> Problem:
    """Return the problem for an error of the engine's."""
    fix = shown(error.fix)
    if isinstance(error, errors.ScopeError):
        nearest = [wire.section_ref(section) for section in error.nearest]
        extra = {"nearest_sections": nearest}
        return Problem("unknown_scope", shown(error.message), fix=fix, extra=extra)
    if isinstance(error, errors.UsageError):
        return Problem("invalid_question", shown(error.message), fix=fix)
    return Problem("unavailable", shown(without_folders(error.message)), fix=without_folders(fix))
