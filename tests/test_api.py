import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from qa.engine import Engine
from qa.errors import IndexCorrupt, QAError
from qa.serving import guard, problems
from qa.serving.api import create_app
from qa.serving.cite import STYLES
from qa.serving.request import TOP_K_LIMIT

QUESTION = "截至年底累计牵头承担国家科技重大专项多少项？"
OFF_TOPIC = "红烧肉怎么做才好吃？"


def client_of(open_engine: Callable[[], Engine]) -> TestClient:
    return TestClient(create_app(open_engine), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with client_of(lambda: engine) as client:
        assert _app(client).state.loader.wait(10)
        yield client


def _app(client: TestClient) -> FastAPI:
    app = client.app
    assert isinstance(app, FastAPI)
    return app


def assert_problem(response: Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Check everything that holds for every error, and return its object."""
    assert response.status_code == status, response.text[:300]
    assert response.headers["content-type"] == problems.PROBLEM_JSON
    body: dict[str, Any] = response.json()
    wanted = {"type", "title", "status", "detail", "code", "fix", "request_id"}
    assert wanted <= set(body) <= wanted | {"errors", "nearest_sections"}
    assert body["status"] == status
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"] == problems.KINDS[body["code"]].title
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["detail"]
    assert body["fix"]
    assert len(response.content) < 4096
    assert "Traceback" not in response.text
    assert "/qa/" not in response.text
    assert code is None or body["code"] == code
    return body


def ask(client: TestClient, **body: object) -> Response:
    return client.post("/api/ask", json=body)


# What is answered


def test_an_answer_quotes_the_text_where_it_says(client: TestClient) -> None:
    response = ask(client, question=QUESTION)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert answer["question"] == QUESTION
    assert answer["answerable"] is True
    assert "929项" in answer["answer"]
    for citation in answer["citations"]:
        text = client.get(f"/api/documents/{citation['document']['id']}/text").text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        passage = client.get(f"/api/passages/{citation['passage_id']}").json()
        assert passage["start"] <= citation["start"] < citation["end"] <= passage["end"]
        assert text[passage["start"] : passage["end"]] == passage["text"]


def test_a_refusal_is_a_good_response(client: TestClient) -> None:
    response = ask(client, question=OFF_TOPIC)
    assert response.status_code == 200
    answer = response.json()
    assert answer["answerable"] is False
    assert (answer["answer"], answer["short_answer"], answer["citations"]) == (None, None, [])
    assert set(answer["refusal"]) == {"reason", "message", "nearest_sections"}
    assert len(answer["passages"]) == 5


def test_a_question_comes_back_as_sent(client: TestClient) -> None:
    odd = "  國家科技重大專項\u200b有\x00多少😀𠮷項？ "
    assert ask(client, question=odd).json()["question"] == odd


@pytest.mark.parametrize("top_k", [1, 20])
def test_top_k_bounds_the_passages(client: TestClient, top_k: int) -> None:
    assert len(ask(client, question=QUESTION, top_k=top_k).json()["passages"]) == top_k
    found = client.get("/api/search", params={"q": QUESTION, "top_k": top_k}).json()
    assert [passage["rank"] for passage in found["passages"]] == list(range(1, top_k + 1))


def test_ask_ranks_anew_what_search_finds(client: TestClient) -> None:
    found = client.get("/api/search", params={"q": QUESTION}).json()
    assert set(found) == {"query", "passages", "index", "timing_ms"}
    asked = ask(client, question=QUESTION).json()["passages"]
    assert found["passages"][0]["id"] == asked[0]["id"]
    wide = client.get("/api/search", params={"q": QUESTION, "top_k": 8}).json()["passages"]
    why = {passage["id"]: passage["why"] for passage in wide}
    assert all(passage["why"] == why[passage["id"]] for passage in asked)
    for passages in (wide, asked):
        scores = [passage["score"] for passage in passages]
        assert scores == sorted(scores, reverse=True)


def test_a_scope_keeps_to_its_section(client: TestClient) -> None:
    document = client.get("/api/documents").json()["documents"][0]
    sections = client.get(f"/api/documents/{document['id']}/sections").json()["sections"]
    section = next(s for s in sections if s["level"] == 2)
    for scope in (section["id"], " > ".join(section["path"])):
        found = client.get("/api/search", params={"q": QUESTION, "scope": scope}).json()
        assert found["passages"]
        assert all(section["title"] in p["section"]["path"] for p in found["passages"])


def test_sections_are_the_whole_text(client: TestClient) -> None:
    for document in client.get("/api/documents").json()["documents"]:
        response = client.get(f"/api/documents/{document['id']}/text")
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        text = response.text
        assert len(text) == document["characters"]
        sections = client.get(f"/api/documents/{document['id']}/sections").json()["sections"]
        assert "".join(text[s["start"] : s["end"]] for s in sections) == text
        assert all(s["level"] == len(s["path"]) for s in sections)


@pytest.mark.parametrize("style", STYLES)
def test_a_passage_is_cited_in_every_style(client: TestClient, style: str) -> None:
    passage = client.get("/api/search", params={"q": QUESTION}).json()["passages"][0]
    response = client.get(f"/api/passages/{passage['id']}/citation", params={"style": style})
    assert response.status_code == 200
    assert passage["document"]["title"][:3] in response.text
    if style == "csl-json":
        assert response.headers["content-type"] == "application/vnd.citationstyles.csl+json"
        assert response.json()[0]["title"]
    else:
        assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("query", ["style=mla", "style=apa&style=apa", "stile=apa"])
def test_an_unknown_style_is_a_problem(client: TestClient, query: str) -> None:
    passage = client.get("/api/search", params={"q": QUESTION}).json()["passages"][0]
    response = client.get(f"/api/passages/{passage['id']}/citation?{query}")
    assert_problem(response, 422, "invalid_request")


# Errors: the battery of bad bodies

DEEP = b"[" * 100_000
BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "truncated": (b'{"question":"a', 400),
    "trailing": (b'{"question":"a"} x', 400),
    "single quotes": (b"{'question':'a'}", 400),
    "raw control character": (b'{"question":"a\nb"}', 400),
    "binary": (bytes(range(256)), 400),
    "gbk": ('{"question":"重大专项"}'.encode("gbk"), 400),
    "utf-16": ('{"question":"a"}'.encode("utf-16"), 400),
    "nested lists": (DEEP, 400),
    "nested objects": (b'{"a":' * 50_000, 400),
    "nested history": (b'{"question":"a","history":' + DEEP, 400),
    "null": (b"null", 422),
    "list": (b"[]", 422),
    "string": (b'"x"', 422),
    "number": (b"1", 422),
    "empty object": (b"{}", 422),
    "question null": (b'{"question":null}', 422),
    "question number": (b'{"question":5}', 422),
    "question list": (b'{"question":["a"]}', 422),
    "question empty": (b'{"question":""}', 422),
    "question blank": ('{"question":" \u3000\\t "}'.encode(), 422),
    "question invisible": ('{"question":"\u200b\u200d\u2060"}'.encode(), 422),
    "question too long": (b'{"question":"' + b"a" * 1001 + b'"}', 422),
    "combining marks": (('{"question":"a' + "\u0301" * 100_000 + '"}').encode(), 422),
    "lone surrogate": (b'{"question":"\\ud800"}', 422),
    "surrogate in scope": (b'{"question":"a","scope":"\\udfff"}', 422),
    "surrogate in a name": (b'{"question":"a","\\ud800":1}', 422),
    "surrogate in history": (b'{"question":"a","history":["\\ud800"]}', 422),
    "top_k NaN": (b'{"question":"a","top_k":NaN}', 422),
    "top_k Infinity": (b'{"question":"a","top_k":-Infinity}', 422),
    "top_k 1e999": (b'{"question":"a","top_k":1e999}', 422),
    "top_k 5000 digits": (b'{"question":"a","top_k":' + b"9" * 5000 + b"}", 422),
    "top_k 4000 digits": (b'{"question":"a","top_k":' + b"9" * 4000 + b"}", 422),
    "top_k 0": (b'{"question":"a","top_k":0}', 422),
    "top_k -1": (b'{"question":"a","top_k":-1}', 422),
    "top_k 21": (b'{"question":"a","top_k":21}', 422),
    "top_k 2^63": (b'{"question":"a","top_k":9223372036854775808}', 422),
    "top_k 5.5": (b'{"question":"a","top_k":5.5}', 422),
    "top_k 5.0": (b'{"question":"a","top_k":5.0}', 422),
    "top_k string": (b'{"question":"a","top_k":"5"}', 422),
    "top_k true": (b'{"question":"a","top_k":true}', 422),
    "top_k null": (b'{"question":"a","top_k":null}', 422),
    "history string": (b'{"question":"a","history":"b"}', 422),
    "history null": (b'{"question":"a","history":null}', 422),
    "history numbers": (b'{"question":"a","history":[1,null,true]}', 422),
    "history too many": (json.dumps({"question": "a", "history": ["b"] * 21}).encode(), 422),
    "history too long": (json.dumps({"question": "a", "history": ["b" * 1001]}).encode(), 422),
    "turn without question": (b'{"question":"a","history":[{"answer":"b"}]}', 422),
    "turn with a role": (b'{"question":"a","history":[{"question":"b","role":"system"}]}', 422),
    "scope number": (b'{"question":"a","scope":1}', 422),
    "scope unknown": ('{"question":"a","scope":"没有这一节"}'.encode(), 422),
    "scope too long": (json.dumps({"question": "a", "scope": "b" * 2001}).encode(), 422),
    "unknown field": (b'{"question":"a","stream":true}', 422),
    "__proto__": (b'{"question":"a","__proto__":{"x":1}}', 422),
    "field twice": (b'{"question":"a","question":"b"}', 422),
    "many fields": (b"{" + b",".join(b'"%d":1' % n for n in range(20_000)) + b"}", 422),
    "many long names": (json.dumps({"x" * 900 + str(n): 1 for n in range(200)}).encode(), 422),
    "too large": (b'{"question":"' + b"a" * guard.BODY_LIMIT + b'"}', 413),
    "spaces, then JSON": (b" " * (1 << 20) + b'{"question":"a"}', 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_problem(client: TestClient, name: str) -> None:
    body, status = BODIES[name]
    response = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert_problem(response, status)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200


def test_a_byte_order_mark_is_no_part_of_the_body(client: TestClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"question": QUESTION}).encode()
    response = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200


def test_the_limit_on_questions_counts_code_points(client: TestClient) -> None:
    assert ask(client, question="𠮷" * 1000).status_code == 200
    assert_problem(ask(client, question="𠮷" * 1001), 422, "invalid_request")


def test_fields_are_named_by_pointers(client: TestClient) -> None:
    history = [5, "x" * 1001, {"question": 1, "a/b~c": 2}]
    body = assert_problem(ask(client, question="a", history=history, top_k="5"), 422)
    assert [error["pointer"] for error in body["errors"]] == [
        "/history/0",
        "/history/1",
        "/history/2/question",
        "/history/2/a~1b~0c",
        "/top_k",
    ]
    assert body["errors"][-1]["detail"] == "must be an integer"


@pytest.mark.parametrize("field", ["question", "scope", "z" * 60_000])
def test_little_of_the_input_is_echoed(client: TestClient, field: str) -> None:
    body = {"question": "a", field: "z" * 60_000}
    response = client.post("/api/ask", json=body)
    assert_problem(response, 422)
    assert response.text.count("z") <= problems.ECHO_LIMIT


def test_an_unknown_scope_names_the_nearest_sections(client: TestClient) -> None:
    body = assert_problem(ask(client, question="a", scope="科技重大专项布局"), 422, "unknown_scope")
    assert body["nearest_sections"]
    assert set(body["nearest_sections"][0]) == {"id", "title", "path", "url"}


MEDIA_TYPES = {
    "missing": None,
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "latin-1": "application/json; charset=latin-1",
    "long": "x" * 5000,
}


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_other_media_types_are_refused(client: TestClient, name: str) -> None:
    kind = MEDIA_TYPES[name]
    headers = {"Content-Type": kind} if kind else {}
    response = client.post("/api/ask", content=b'{"question":"a"}', headers=headers)
    assert_problem(response, 415, "unsupported_media_type")


def test_the_media_type_may_name_utf_8(client: TestClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    body = json.dumps({"question": QUESTION}).encode()
    assert client.post("/api/ask", content=body, headers=headers).status_code == 200


def test_compressed_bodies_are_not_read(client: TestClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = client.post("/api/ask", content=b"\x1f\x8b", headers=headers)
    assert_problem(response, 415, "unsupported_media_type")


# Errors: addresses, methods, headers

QUERIES = {
    "nothing": "",
    "empty": "q=",
    "blank": "q=%20%E3%80%80",
    "twice": "q=a&q=b",
    "unknown": "q=a&page=2",
    "top_k text": "q=a&top_k=five",
    "top_k float": "q=a&top_k=5.0",
    "top_k long": f"q=a&top_k={'9' * 5000}",
    "top_k fullwidth": "q=a&top_k=%EF%BC%95",
    "top_k zero": "q=a&top_k=0",
    "top_k negative": "q=a&top_k=-1",
    "top_k 21": "q=a&top_k=21",
    "scope unknown": "q=a&scope=nowhere",
    "too long": f"q={'a' * 1001}",
    "too many": "&".join(f"p{n}=1" for n in range(60)),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_bad_query_is_a_problem(client: TestClient, name: str) -> None:
    assert_problem(client.get(f"/api/search?{QUERIES[name]}"), 422)


@pytest.mark.parametrize("query", ["q=%D6%D8%B4%F3", "q=%ff", "q=%ED%A0%80"])
def test_a_query_that_is_not_utf_8_is_a_problem(client: TestClient, query: str) -> None:
    assert_problem(client.get(f"/api/search?{query}"), 400, "bad_request")


def test_an_empty_parameter_is_not_given(client: TestClient) -> None:
    assert client.get("/api/search", params={"q": QUESTION, "scope": ""}).status_code == 200


PATHS = [
    "/api",
    "/api/",
    "/api/ask/",
    "/api/nothing",
    "/api/documents/nope/sections",
    "/api/documents/nope/text",
    "/api/passages/nope",
    "/api/passages/" + "x" * 3000,
    "/api/passages/%00",
    "/api/passages/%ff",
    "/api/documents/..%2f..%2fetc%2fpasswd/text",
    "/api/documents/..%5c..%5c/text",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//evil.example/",
    "/problems/nope",
]


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_address_is_a_problem(client: TestClient, path: str) -> None:
    response = (
        client.get(path) if not path.startswith("//") else client.get("http://testserver" + path)
    )
    assert_problem(response, 404, "not_found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    response = client.request(method, "/api/ask")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    if method != "HEAD":
        assert_problem(response, 405, "method_not_allowed")


def test_no_other_origin_is_let_in(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for response in (client.options("/api/ask", headers=headers), ask(client, question=QUESTION)):
        assert not any(name.startswith("access-control") for name in response.headers)


@pytest.mark.parametrize("path", ["/livez", "/api/documents", "/docs", "/api/nothing"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    same = ("content-type", "content-security-policy")
    assert all(head.headers[name] == got.headers[name] for name in same)


@pytest.mark.parametrize("path", ["/livez", "/api/documents", "/api/nothing", "/metrics", "/docs"])
def test_every_response_is_locked_down(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_a_good_request_id_is_kept(client: TestClient) -> None:
    given = {"X-Request-ID": "trace-1.A_b"}
    assert client.get("/livez", headers=given).headers["x-request-id"] == "trace-1.A_b"
    assert assert_problem(client.get("/api/x", headers=given), 404)["request_id"] == "trace-1.A_b"


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b", "<x>", "é", "x" * 10_000])
def test_a_bad_request_id_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/livez", headers={b"X-Request-ID": given.encode()})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 16


def test_long_headers_are_refused(client: TestClient) -> None:
    response = client.get("/livez", headers={"X-Long": "x" * 70_000})
    assert_problem(response, 431, "headers_too_large")


@pytest.mark.parametrize(
    ("host", "name", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("127.0.0.1", "localhost", 200),
        ("127.0.0.1", "[::1]:8000", 200),
        ("127.0.0.1", "evil.example", 421),
        ("127.0.0.1", "localhost.evil.example", 421),
        ("127.0.0.1", "127.0.0.1.evil.example:8000", 421),
        ("127.0.0.1", "", 421),
        ("localhost", "evil.example", 421),
        ("0.0.0.0", "reports.example", 200),
        ("192.0.2.7", "reports.example", 200),
    ],
)
def test_a_local_server_answers_to_local_names(
    engine: Engine, host: str, name: str, status: int
) -> None:
    client = TestClient(create_app(lambda: engine, host))
    response = client.get("/livez", headers={"Host": name})
    assert response.status_code == status
    if status == 421:
        assert_problem(response, 421, "misdirected")


# Loading


def test_before_the_index_is_open_the_probes_say_so(engine: Engine) -> None:
    client = client_of(lambda: engine)  # its lifespan is not run: nothing is ever opened
    assert client.get("/livez").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "loading"})
    assert response.headers["retry-after"] == "1"
    refused = ask(client, question=QUESTION)
    assert_problem(refused, 503, "loading")
    assert refused.headers["retry-after"] == "1"


def failing(error: Exception) -> Callable[[], Engine]:
    def open_engine() -> Engine:
        raise error

    return open_engine


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (IndexCorrupt("/srv/qa/index/gen-1/x.npy is cut short", "run `qa build`"), "x.npy is cut"),
        (QAError("broken", "mend it"), "broken"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_an_index_that_cannot_be_opened_is_told(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(failing(error)) as client:
        assert _app(client).state.loader.wait(5)
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["status"] == "failed"
        assert said in response.json()["detail"]
        assert response.json()["fix"]
        assert "/srv" not in response.text
        assert_problem(ask(client, question=QUESTION), 503, "unavailable")
        assert client.get("/livez").status_code == 200
        assert client.get("/metrics").status_code == 200


def test_readiness_tells_of_a_stale_index(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").json()["index"] == {
        "generation": engine.generation,
        "encoder": engine.encoder_name,
        "stale": False,
        "stale_reason": None,
    }
    monkeypatch.setattr(engine, "stale_reason", lambda: "report.txt has changed")
    index = client.get("/readyz").json()["index"]
    assert (index["stale"], index["stale_reason"]) == (True, "report.txt has changed")
    assert ask(client, question=QUESTION).json()["index"]["stale"] is True


def test_an_unexpected_error_tells_nothing(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret in /srv/qa/index")

    monkeypatch.setattr(engine, "ask", broken)
    response = ask(client, question=QUESTION)
    assert_problem(response, 500, "internal")
    assert "secret" not in response.text


# Metrics and documentation


def metric(client: TestClient, start: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))


def test_what_happens_is_counted(client: TestClient) -> None:
    refused, answered = (
        'qa_answers_total{answerable="false"}',
        'qa_answers_total{answerable="true"}',
    )
    before = metric(client, refused), metric(client, answered)
    ask(client, question=OFF_TOPIC)
    ask(client, question=QUESTION)
    assert (metric(client, refused), metric(client, answered)) == (before[0] + 1, before[1] + 1)
    assert metric(client, "qa_index_loaded") == 1
    assert metric(client, "qa_index_passages") > 0
    assert metric(client, "http_server_active_requests") == 1


def test_metrics_hold_routes_but_no_paths_and_no_questions(client: TestClient) -> None:
    client.get("/api/search", params={"q": "secretword"})
    client.get("/api/passages/secretword")
    client.get("/secretword")
    client.request("BREW", "/livez")
    shown = client.get("/metrics").text
    assert "secretword" not in shown
    assert "BREW" not in shown
    assert 'http_route="/api/passages/{passage}"' in shown
    assert 'http_route="unmatched"' in shown


def test_two_apps_count_apart(client: TestClient, engine: Engine) -> None:
    ask(client, question=QUESTION)
    with client_of(lambda: engine) as other:
        assert metric(other, "qa_answers_total") == 0


def test_questions_are_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        ask(client, question="secretword 929")
        client.get("/api/search", params={"q": "secretword"})
        ask(client, question="secretword", scope="secretword")
    said = [r for r in caplog.records if not r.name.startswith("httpx")]  # the client's own
    assert not [r for r in said if "secretword" in r.getMessage()]


def test_the_description_is_whole(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) >= {
        "/api/ask",
        "/api/search",
        "/api/documents",
        "/api/documents/{document}/sections",
        "/api/documents/{document}/text",
        "/api/passages/{passage}",
        "/livez",
        "/readyz",
        "/metrics",
    }
    named = set(schema["components"]["schemas"])
    assert {"AskRequest", "AnswerJson", "ProblemJson", "CitationJson", "SectionRef"} <= named
    refs = {part.split('"')[0] for part in json.dumps(schema).split("#/components/schemas/")[1:]}
    assert refs <= named


def test_an_answer_is_as_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["components"]["schemas"]
    answer = ask(client, question=QUESTION).json()
    assert set(described["AnswerJson"]["required"]) == set(answer)
    assert set(described["HitJson"]["required"]) == set(answer["passages"][0])
    assert described["AskRequest"]["properties"]["top_k"]["maximum"] == TOP_K_LIMIT


def test_the_viewer_loads_nothing_from_outside(client: TestClient) -> None:
    response = client.get("/docs")
    assert "http" not in response.text
    policy = response.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy


@pytest.mark.parametrize("code", problems.KINDS)
def test_every_problem_type_has_a_page(client: TestClient, code: str) -> None:
    response = client.get(f"/problems/{code}")
    assert response.status_code == 200
    assert problems.KINDS[code].title in response.text
