"""Reads what a request holds: a JSON body or a query string, strictly, into a request model."""

import json
import re
from collections import Counter
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from qa.serving.problems import JSON, Problem, of_fields, of_validation, shown

_Model = TypeVar("_Model", bound=BaseModel)
_MOST_PARAMETERS = 50
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_CHARSETS = frozenset({"", "charset=utf-8", 'charset="utf-8"'})


async def read_body(request: Request, model: type[_Model]) -> _Model:
    """Return the JSON body as the model; UTF-8, with or without a byte order mark."""
    _check_media_type(request)
    return _validated(model, parse_json(await request.body()))


def read_query(request: Request, model: type[_Model]) -> _Model:
    """Return the query string as the model; digits are a number, an empty value is not given."""
    try:
        raw = request.scope["query_string"].decode("ascii")
        pairs = parse_qsl(
            raw, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except UnicodeError:
        raise Problem(
            "bad_request",
            "the query string is not percent-encoded UTF-8",
            fix="encode it, for example with curl -G --data-urlencode",
        ) from None
    except ValueError:
        raise of_fields([("", f"more than {_MOST_PARAMETERS} parameters")]) from None
    numbered = [(name, _number(name, value, model)) for name, value in pairs]
    return _validated(model, {name: v for name, v in _unique(numbered).items() if v != ""})


def parse_json(body: bytes) -> object:
    """Return the parsed body; raises Problem for all that is not plain JSON with unique names."""
    try:
        return json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_constant
        )
    except UnicodeDecodeError as error:
        raise Problem("bad_json", f"the body is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Problem("bad_json", f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise Problem("bad_json", "the body is nested too deeply") from None
    except ValueError:  # Python's bound on the digits of an integer
        raise of_fields([("", "a number has too many digits")]) from None


def _check_media_type(request: Request) -> None:
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().rstrip(";").lower()
    if media.strip().lower() != JSON or charset not in _CHARSETS:
        given = shown(f"{media};{parameters}" if parameters else media) or "missing"
        raise Problem("unsupported_media_type", f"Content-Type is {given}")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise Problem("unsupported_media_type", f"Content-Encoding is {shown(encoding)}")


def _validated(model: type[_Model], data: object) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise of_validation(error) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as a dict; a name given twice is an error, since one would be lost."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise of_fields([(f"/{shown(twice, 20)}", "is given twice")])
    return found


def _constant(name: str) -> NoReturn:
    raise of_fields([("", f"{name} is not a JSON number")])


def _number(name: str, value: str, model: type[BaseModel]) -> str | int:
    field = model.model_fields.get(name)
    whole = field is not None and field.annotation is int and _INTEGER.fullmatch(value)
    return int(value) if whole else value
