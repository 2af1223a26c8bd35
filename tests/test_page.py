import gzip
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st

from qa import paths
from qa.engine import Engine
from qa.errors import InputMissing
from qa.reading.corpus import read_corpus, read_document
from qa.reading.sources import Source, read_source
from qa.serving.api import create_app
from qa.serving.cite import STYLES
from qa.serving.dialogue import split_answer
from qa.serving.examples import Examples, candidates
from qa.serving.reader import MOST_SPANS, Part, read_parts, read_spans
from qa.serving.shown import unlike
from qa.serving.strings import LANGUAGES, catalogue, choose_language
from tests.hostile import MARKS, QUESTION, hostile_settings
from tests.markup import Element, parse

ASKED = "截至年底上海累计牵头承担国家科技重大专项多少项？"
REPORTS = sorted((Path(__file__).parent / "data/reports").glob("*.txt"))
WEB = paths.web_folder()
COMPRESSED = 100_000


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(lambda: engine), headers={"accept-language": "zh-CN"}) as client:
        client.app.state.loader.wait(10)  # type: ignore[attr-defined]
        yield client


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    engine = Engine.open(hostile_settings(tmp_path_factory.mktemp("hostile")))
    with TestClient(create_app(lambda: engine)) as client:
        client.app.state.loader.wait(10)  # type: ignore[attr-defined]
        yield client


def page(response: Response, status: int = 200) -> Element:
    """Check what holds for every page, and return its tree."""
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "'unsafe" not in response.headers["content-security-policy"]
    tree = parse(response.text)
    for element in tree.all():
        assert element.tag not in {"style", "img", "iframe", "svg", "object"}
        assert not {name for name in element.attributes if name == "style" or name[:2] == "on"}
        assert element.tag != "script" or re.fullmatch(r"/static/\w+\.js", element.get("src"))
        for name in ("href", "src", "action"):
            assert not element.get(name) or element.get(name)[0] in "/#"
    return tree


def ask(client: TestClient, question: str, **query: str) -> Element:
    return page(client.get("/", params={"q": question, **query}))


# Asking


def test_the_page_says_what_is_loaded_and_offers_questions(client: TestClient) -> None:
    tree = page(client.get("/"))
    (title,) = tree.tags("h1")
    assert title.text == "1.1 聚焦张江, 打造国家战略科技力量"
    about = tree.classed("about")[0].text
    assert "上海科技进步报告 2020（推断）" in about
    assert re.search(r"\d+ 节", about)
    assert len(tree.classed("examples")[0].tags("a")) >= 3


def test_an_answer_names_its_place_and_opens_it(client: TestClient) -> None:
    tree = ask(client, ASKED)
    assert "929项" in tree.classed("turn")[0].text
    link = tree.classed("sources")[0].tags("a")[0]
    assert link.text.strip() == "1.1 聚焦张江, 打造国家战略科技力量›科技重大专项布局持续深入"
    answer = client.post("/api/ask", json={"question": ASKED}).json()
    assert link.get("href") == answer["citations"][0]["url"]
    reader = page(client.get(link.get("href").partition("#")[0]))
    assert marked(reader) == answer["citations"][0]["quote"]


@pytest.mark.parametrize("question", ["红烧肉怎么做才好吃？", "What is the capital of France?"])
def test_a_refusal_offers_the_nearest_sections(client: TestClient, question: str) -> None:
    tree = ask(client, question)
    assert tree.classed("refusal")
    assert not tree.classed("sources")
    answer = client.post("/api/ask", json={"question": question}).json()
    offered = [a.get("href") for li in tree.classed("nearest") for a in li.classed("where")]
    assert offered == [s["url"] for s in answer["refusal"]["nearest_sections"]]


def test_a_conversation_goes_on_without_scripts(client: TestClient) -> None:
    tree = ask(client, "获中央财政资金支持多少？", history=ASKED)
    assert [q.text for q in tree.classed("question")] == [
        f"你问{ASKED}",
        "你问获中央财政资金支持多少？",
    ]
    hidden = [i.get("value") for i in tree.tags("input") if i.get("name") == "history"]
    assert hidden == [ASKED, "获中央财政资金支持多少？"]


def test_a_scope_is_kept_and_named(client: TestClient, engine: Engine) -> None:
    section = next(s for s in engine.corpus.sections if s.title == "上海光源一期")
    tree = ask(client, "发表SCI论文多少篇？", scope=section.id)
    assert "只在“上海光源一期”中查找" in tree.text
    (chosen,) = (o for o in tree.tags("option") if "selected" in o.attributes)
    assert chosen.get("value") == section.id


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "长" * 1001}, "最多 1000 字，现在有 1001 字"),
        ({"q": "\u200b"}, "问题是空的"),
        ({"q": ASKED, "scope": "没有的章节"}, "没有这一节"),
        ({"scope": "没有的章节"}, "没有这一节"),
        ({"q": ASKED, "history": ["甲"] * 21}, "对话太长"),
        ({"q": ASKED, "history": "长" * 1001}, "对话太长"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(
    client: TestClient, query: dict[str, Any], words: str
) -> None:
    tree = page(client.get("/", params=query), 422)
    assert words in tree.classed("trouble")[0].text


def test_odd_questions_are_answered_politely(client: TestClient) -> None:
    for query in ("?q=", "?q=%ff%fe", "?q=%ED%A0%80", "?lang=xx&q=a", "?scope=", "?history=x"):
        assert client.get(f"/{query}").status_code in {200, 422}


@pytest.mark.parametrize("failing", [True, False])
def test_without_an_engine_the_page_says_so(failing: bool) -> None:
    gate = threading.Event()

    def open_engine() -> Engine:
        if not failing:
            gate.wait(10)
        raise InputMissing("no source in /home/me/corpus", "put a report into it")

    with TestClient(create_app(open_engine), headers={"accept-language": "en"}) as client:
        if failing:
            client.app.state.loader.wait(10)  # type: ignore[attr-defined]
        for path in ("/", "/report/x"):
            response = client.get(path)
            tree = page(response, 503)
            assert response.headers["retry-after"]
            assert ("cannot be opened" if failing else "Opening the index") in tree.text
            assert "/home/me" not in tree.text
        gate.set()


def test_questions_that_are_offered_are_answered_where_they_were_made(engine: Engine) -> None:
    offered = Examples(engine).to_start(5)
    assert len(offered) == 5
    made = {example.question: example for example in candidates(engine.corpus.passages)}
    for question in offered:
        answer = engine.ask(question)
        assert answer.answerable
        assert made[question].start < answer.citations[0].end


def test_followups_come_from_the_neighbourhood(client: TestClient, engine: Engine) -> None:
    section = next(s for s in engine.corpus.sections if s.title == "上海光源一期")
    found = client.get("/followups", params={"section": section.id}).json()["questions"]
    assert 1 <= len(found) <= 3
    again = client.get("/followups", params={"section": section.id, "asked": found[0]}).json()
    assert found[0] not in again["questions"]
    spans = {"section": section.id, "cited": f"{section.start}-{section.end}"}
    beside = client.get("/followups", params=spans).json()["questions"]
    assert not any("上海光源一期" in question for question in beside)
    assert client.get("/followups?section=unknown").json() == {"questions": []}


def test_marks_are_found_though_a_quote_holds_them() -> None:
    section = {"id": "s", "title": "题", "path": ["题"], "url": "/report/d#s"}
    quotes = ["见文献[2]和[1]所述", "其后[2]亦同"]
    citations: Any = [
        {"number": n, "quote": f"**{q}**", "section": section} for n, q in enumerate(quotes, 1)
    ]
    text = f"The report says:\n题：{quotes[0]}[1]\n{quotes[1]}[2]"
    parts = split_answer(text, citations)
    assert [(part.subject, part.words) for part in parts] == [
        ("", "The report says:"),
        ("题：", quotes[0]),
        ("", quotes[1]),
    ]
    assert [part.citation and part.citation["number"] for part in parts] == [None, 1, 2]


# Reading


def marked(tree: Element) -> str:
    return "".join(mark.text for mark in tree.tags("mark"))


def article(tree: Element) -> Element:
    (found,) = tree.where(lambda element: element.get("id") == "report")
    return found


def test_the_article_is_the_text(client: TestClient, engine: Engine) -> None:
    (document,) = engine.corpus.documents
    assert article(page(client.get(document.url))).text == document.text


@pytest.mark.parametrize(
    ("query", "spans"),
    [
        ("cite=186-247", [(186, 247)]),
        ("cite=10-20,30-44", [(10, 20), (30, 44)]),
        ("cite=10-20&cite=30-44", [(10, 20), (30, 44)]),
        ("cite=0-700", [(0, 700)]),
        ("cite=10-30,20-44", [(10, 44)]),
        ("cite=186-247&also=300-400", [(186, 247)]),
    ],
)
def test_exactly_the_cited_text_is_marked(
    client: TestClient, engine: Engine, query: str, spans: list[tuple[int, int]]
) -> None:
    (document,) = engine.corpus.documents
    tree = page(client.get(f"{document.url}?{query}"))
    assert article(tree).text == document.text
    assert marked(tree) == "".join(document.text[a:b] for a, b in spans)
    assert next(m.get("id") for m in tree.tags("mark") if m.get("id")) == "cite"
    assert sum(element.get("id") == "cite" for element in tree.all()) == 1


BAD_PLACES = [
    "cite=5-5",
    "cite=9-3",
    "cite=0-99999",
    "cite=a-b",
    "cite=-1-4",
    "cite=",
    "cite=1-2-3",
]
LONG_PLACES = ["cite=" + "9" * 400, "cite=" + "1-2," * 4000, "find=" + "长" * 2000]


@pytest.mark.parametrize("query", [*BAD_PLACES, *LONG_PLACES, "find=%ff", "also=1-9"])
def test_a_bad_place_still_shows_the_report(client: TestClient, engine: Engine, query: str) -> None:
    (document,) = engine.corpus.documents
    assert article(page(client.get(f"{document.url}?{query}"))).text == document.text


def test_citations_of_one_answer_are_stepped_through(client: TestClient, engine: Engine) -> None:
    (document,) = engine.corpus.documents
    seen = []
    url = f"{document.url}?cite=30-44&also=10-20,60-70"
    for _ in range(3):
        tree = page(client.get(url.partition("#")[0]))
        seen.append(marked(tree))
        (following,) = tree.where(lambda element: element.get("id") == "following")
        url = following.get("href")
    assert seen == [document.text[a:b] for a, b in ((30, 44), (60, 70), (10, 20))]


def test_finding_lists_places_that_open(client: TestClient, engine: Engine) -> None:
    (document,) = engine.corpus.documents
    tree = page(client.get(document.url, params={"find": "硅光"}))
    first = tree.where(lambda element: element.get("id") == "found")[0].tags("a")[0]
    assert "硅光子" in first.text
    assert "硅光" in marked(page(client.get(first.get("href").partition("#")[0])))


def test_an_unknown_report_is_missed_politely(client: TestClient) -> None:
    assert "没有这份报告" in page(client.get("/report/nowhere"), 404).text


def test_any_place_can_be_cited(client: TestClient, engine: Engine) -> None:
    (document,) = engine.corpus.documents
    body = client.get(f"{document.url}/cite?span=186-247").json()
    assert set(body["styles"]) == {*STYLES, "link"}
    assert body["inferred"] is True
    assert body["section"]["title"] == "科技重大专项布局持续深入"
    assert client.get(f"{document.url}/cite?span=9-3").status_code == 422
    assert client.get("/report/nowhere/cite?span=1-2").status_code == 404


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name[:20])
def test_every_report_is_shown_whole(path: Path) -> None:
    corpus = read_corpus([read_source(path)])
    (document,) = corpus.documents
    parts = read_parts(document, corpus.sections, [(3, 900)])
    assert "".join(pieces(parts, None)) == document.text


@given(st.text("一a1。*-#▶\n \u3000", min_size=1, max_size=80), st.data())
def test_any_text_is_shown_whole_with_any_span_marked(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document, sections = read_document(Source("t.txt", text, "0" * 64, len(text), {}))
    parts = read_parts(document, sections, [(start, end)])
    assert "".join(pieces(parts, None)) == text
    assert "".join(pieces(parts, 0)) == text[start:end]


def pieces(parts: list[Part], mark: int | None) -> Iterator[str]:
    for part in parts:
        groups = [block for _, group in part.groups for block in group]
        for block in ([part.heading] if part.heading else []) + groups:
            for piece in block.pieces:
                if mark is None or piece.mark == mark:
                    yield "".join(run.text for run in piece.runs)


@given(st.lists(st.text("0123456789-,", max_size=12), max_size=5))
def test_spans_are_inside_and_few(values: list[str]) -> None:
    spans = read_spans(values, 500)
    assert len(spans) <= MOST_SPANS
    assert all(0 <= start < end <= 500 for start, end in spans)


# Hostile text


def test_a_hostile_report_is_text_everywhere(hostile: TestClient) -> None:
    (document,) = hostile.get("/api/documents").json()["documents"]
    pages = ["/", f"/?q={quote(QUESTION)}", document["url"], f"{document['url']}?find=装置"]
    pages += [
        f"{document['url']}?cite=0-{document['characters']}",
        f"/?q=a&scope={quote(MARKS[0])}",
    ]
    for url in pages:
        response = hostile.get(url)
        tree = page(response, response.status_code)
        assert len(tree.tags("script")) == 1
        assert not re.search(r"(?<!data-code=\"U\+202E\">)\u202e", response.text.split("<body")[0])
    tree = page(hostile.get(document["url"]))
    text = article(tree).text
    assert all(mark in text for mark in MARKS)
    codes = {element.get("data-code") for element in tree.classed("hiding")}
    assert {"U+202E", "U+202C", "U+E0041×3"} <= codes


# The catalogue, the files


def used_keys() -> set[str]:
    templates = "".join(p.read_text("utf-8") for p in (WEB / "templates").iterdir())
    scripts = "".join(p.read_text("utf-8") for p in (WEB / "static").glob("*.js"))
    code = "".join(p.read_text("utf-8") for p in paths.PACKAGE.glob("*.py"))
    return set(re.findall(r"[\"'`]([a-z]+\.[a-z0-9_-]+)[\"'`]", templates + scripts + code))


def test_the_catalogues_hold_the_same_words() -> None:
    chinese, english = (catalogue(language).words for language in LANGUAGES)
    assert list(chinese) == list(english)
    for key, words in chinese.items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", english[key]))
        assert words.strip()
        assert english[key].strip()


def test_every_word_is_there_and_is_used() -> None:
    words = catalogue("zh").words
    groups = {key.split(".")[0] for key in words}
    used = {key for key in used_keys() if key.split(".")[0] in groups}
    files = {key for key in used if key.endswith((".js", ".html", ".css", ".md", ".txt"))}
    made = {key for key in words if re.match(r"(refusal|state|cite)\.", key)}
    assert used - files - set(words) == set()
    assert set(words) - used - made == set()


def test_no_words_stand_outside_the_catalogue() -> None:
    for path in [*(WEB / "templates").iterdir(), *(WEB / "static").glob("*.js")]:
        text = re.sub(r"\[㐀-鿿\]", "", path.read_text("utf-8"))
        assert not re.search(r"[\u3400-\u9fff]", text), path.name


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr, zh-TW;q=0.9, en;q=0.8", "zh"),
        (None, "en-GB, zh;q=0.1", "en"),
        (None, "zh;q=0, de", "en"),
        (None, "zh;q=x,,;q=", "en"),
        ("en", "zh", "en"),
        ("xx", "zh", "zh"),
    ],
)
def test_the_language_is_chosen(asked: str | None, accepted: str, language: str) -> None:
    assert choose_language(asked, accepted) == language


def test_the_language_can_be_switched_and_is_kept(client: TestClient) -> None:
    tree = page(client.get("/", params={"q": ASKED, "lang": "en"}))
    assert tree.tags("html")[0].get("lang") == "en"
    assert "Copy answer" in tree.text
    links = [a.get("href") for a in tree.classed("turn")[0].tags("a")]
    assert links
    assert all("lang=en" in link for link in links)


def test_both_pages_are_light(client: TestClient, engine: Engine) -> None:
    files = {p.name: p.read_bytes() for p in (WEB / "static").iterdir() if p.is_file()}
    loaded = b"".join(files.values())
    chat = client.get("/", params={"q": ASKED}).content
    (document,) = engine.corpus.documents
    reader = client.get(document.url).content
    for body in (chat, reader):
        assert len(gzip.compress(body)) + len(gzip.compress(loaded)) < COMPRESSED


def test_files_are_asked_for_again_only_when_changed(client: TestClient) -> None:
    first = client.get("/static/page.css")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/static/page.css", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/static/../page.py").status_code == 404


def test_a_stale_index_is_told(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not page(client.get("/")).classed("banner")
    monkeypatch.setattr(engine, "stale_reason", lambda: "the report has changed")
    assert "qa build" in page(client.get("/")).classed("banner")[0].text


@pytest.mark.parametrize(
    ("path", "before", "expected"),
    [
        (["甲", "乙"], [], ["甲", "乙"]),
        (["甲", "乙"], ["甲", "丙"], ["…", "乙"]),
        (["甲", "乙"], ["甲", "乙"], ["…", "乙"]),
        (["甲"], ["甲"], ["甲"]),
        (["甲", "乙", "丙"], ["丁", "乙", "丙"], ["甲", "乙", "丙"]),
    ],
)
def test_shared_headings_are_folded(
    path: list[str], before: list[str], expected: list[str]
) -> None:
    assert unlike(path, before) == expected
