"""The page in a real browser, against a real server."""

import json
import os
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from qa.settings import Settings
from tests.browsing import CHROMIUM, DESKTOP, MISSING, PHONE, ask, chromium, open_context, visit
from tests.hostile import MARKS, QUESTION, hostile_settings
from tests.serving import Server, serving

ASKED = "截至年底上海累计牵头承担国家科技重大专项多少项？"
OFF_TOPIC = "红烧肉怎么做才好吃？"
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text("utf-8")
STYLES = ["gbt7714", "footnote", "apa", "markdown", "bibtex", "csl-json", "link"]
WATCH = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""

if not CHROMIUM.exists():
    if os.environ.get("QA_REQUIRE_BROWSER") == "1":
        raise RuntimeError(MISSING)
    pytest.skip(MISSING, allow_module_level=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    with open_context(browser, server.url) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: no error, no other origin, no shift."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("request", lambda r: wrong.append(r.url) if not is_ours(r.url, server) else None)
    page.add_init_script(WATCH)
    yield page
    assert wrong == []
    assert page.evaluate("window.shifts") < 0.1


def is_ours(url: str, server: Server) -> bool:
    return url.startswith((server.url + "/", "blob:" + server.url))


@pytest.fixture
def calm_page(context: BrowserContext) -> Page:
    """A page on which errors are expected."""
    return context.new_page()


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found["violations"]
        for node in v["nodes"]
    ]


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def is_inside(page: Page, selector: str) -> bool:
    inside: bool = page.locator(selector).first.evaluate(
        "e => { const b = e.getBoundingClientRect();"
        " return b.top >= 0 && b.bottom <= innerHeight && b.left >= 0 && b.right <= innerWidth; }"
    )
    return inside


# Ask


def test_ask_by_keyboard_and_follow_the_mark(page: Page) -> None:
    visit(page, "/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(ASKED)
    page.keyboard.press("Enter")
    mark = page.locator(".turn.last .n").first
    expect(page.locator(".turn.last")).to_contain_text("929项")
    expect(page.locator("#said")).to_contain_text("已回答")
    expect(page.locator("#q")).to_be_focused()
    mark.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#tip")).to_contain_text("截至年底")
    expect(page.locator("#tip .path")).to_contain_text("科技重大专项布局持续深入")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-ready] mark#cite")
    assert is_inside(page, "mark#cite")
    assert "929项" in page.locator("mark#cite").inner_text()


def test_the_answer_is_there_at_once(page: Page) -> None:
    visit(page, "/")
    times = []
    for number in range(20):
        page.locator("#q").fill(f"{ASKED[:-1]}{'呢' * (number % 4)}？")
        times.append(
            page.evaluate("""() => new Promise((resolve) => {
              const start = performance.now();
              const watch = new MutationObserver(() => {
                if (!document.querySelector(".turn.last .acts")) return;
                watch.disconnect();
                requestAnimationFrame(() => resolve(performance.now() - start));
              });
              watch.observe(document.getElementById("turns"), { childList: true, subtree: true });
              const key = { key: "Enter", bubbles: true, cancelable: true };
              document.getElementById("q").dispatchEvent(new KeyboardEvent("keydown", key));
            })""")
        )
    assert statistics.median(times) < 100


def test_enter_waits_for_the_input_method(page: Page) -> None:
    visit(page, "/")
    session = page.context.new_cdp_session(page)
    session.send(
        "Input.imeSetComposition", {"text": "shuju", "selectionStart": 5, "selectionEnd": 5}
    )
    page.evaluate("""() => {
      const key = { key: "Enter", bubbles: true, cancelable: true };
      const box = document.getElementById("q");
      box.dispatchEvent(new KeyboardEvent("keydown", { ...key, isComposing: true }));
      box.dispatchEvent(new KeyboardEvent("keydown", { ...key, keyCode: 229 }));
    }""")
    assert page.locator(".turn").count() == 0
    session.send("Input.insertText", {"text": "数据"})
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("多少？")
    assert page.locator("#q").input_value() == "数据\n多少？"
    page.keyboard.press("Enter")
    expect(page.locator(".turn .acts")).to_be_visible()


def test_examples_and_followups_are_answered(page: Page) -> None:
    visit(page, "/")
    page.locator("#examples a").first.click()
    expect(page.locator(".turn .sources li").first).to_be_visible()
    page.locator(".turn.last .next a").first.click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn.last .sources li").first).to_be_visible()
    assert is_inside(page, ".turn.last .question")
    top = "e => Math.round(e.getBoundingClientRect().top)"
    before = page.locator(".turn.last").evaluate(top)
    assert before < 120
    page.locator("#menu summary").click()
    assert page.locator(".turn.last").evaluate(top) == before


def sent(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.post_data or "{}")
    return body


def resolving(route: Route) -> None:
    """Let the real server answer, and say that a follow-up was understood in another way."""
    response = route.fetch()
    body = response.json()
    if sent(route.request)["history"]:
        body["resolved_question"] = f"重大专项{body['question']}"
    route.fulfill(response=response, json=body)


def test_a_follow_up_can_be_taken_as_typed(page: Page) -> None:
    page.route("**/api/ask", resolving)
    visit(page, "/")
    ask(page, ASKED)
    ask(page, "获中央财政资金支持多少？")
    expect(page.locator(".turn.last .resolved")).to_have_text("重大专项获中央财政资金支持多少？")
    with page.expect_request("**/api/ask") as request:
        page.locator(".turn.last [data-do=typed]").click()
    assert sent(request.value)["history"] == []
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn.last")).to_contain_text("按原话提问，未结合上文")
    expect(page.locator(".turn.last .resolved")).to_have_count(0)


def test_a_refusal_leads_on(page: Page) -> None:
    visit(page, "/")
    ask(page, OFF_TOPIC)
    expect(page.locator(".turn.last .refusal")).to_be_visible()
    nearest = page.locator(".turn.last .nearest li").first
    with page.expect_request("**/api/ask") as request:
        nearest.locator("[data-do=here]").click()
    assert sent(request.value)["scope"]
    expect(page.locator(".turn")).to_have_count(2)


def test_the_scope_comes_from_the_reader(page: Page) -> None:
    visit(page, "/")
    page.get_by_role("link", name="读全文").click()
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("link", name="就本节提问：上海光源一期").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#composer")
    expect(page.locator("#scope option:checked")).to_contain_text("上海光源一期")
    ask(page, "发表SCI论文多少篇？")
    expect(page.locator(".turn.last")).to_contain_text("只在“上海光源一期”中查找")
    expect(page.locator(".turn.last .path").first).to_contain_text("上海光源一期")


# Cite


def test_every_style_is_copied(page: Page) -> None:
    visit(page, f"/?q={quote(ASKED)}")
    with page.expect_response("**/cite?span=*") as response:
        page.locator("[data-do=cite]").first.click()
    styles = response.value.json()["styles"]
    assert sorted(styles) == sorted(STYLES)
    for style in STYLES:
        button = page.locator(f"#cite-styles [data-style='{style}']")
        button.click()
        expect(button).to_have_text("已复制")
        assert clipboard(page) == styles[style]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="复制回答").click()
    page.get_by_role("button", name="已复制").wait_for()
    assert "[1] 1.1 聚焦张江, 打造国家战略科技力量 › " in clipboard(page)


def test_a_selection_can_be_cited(page: Page, server: Server) -> None:
    visit(page, documents(server)[0]["url"])
    page.evaluate("""() => {
      const walker = document.createTreeWalker(document.getElementById("report"), 4);
      let node = walker.nextNode();
      while (!node.data.includes("12887")) node = walker.nextNode();
      const range = document.createRange();
      range.setStart(node, node.data.indexOf("12887"));
      range.setEnd(node, node.data.indexOf("12887") + 5);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      node.parentElement.scrollIntoView({ block: "center" });
    }""")
    page.locator("#cite-selection").click()
    expect(page.locator("#cite-quote")).to_have_text("12887")
    expect(page.locator("#cite-path")).to_contain_text("上海光源一期")
    link = page.locator("#cite-styles pre").last.inner_text()
    page.keyboard.press("Escape")
    page.goto(link)
    expect(page.locator("mark")).to_have_text("12887")


def documents(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/api/documents").json()["documents"]
    return found


def test_the_contents_follow_the_scroll(page: Page, server: Server) -> None:
    visit(page, documents(server)[0]["url"])
    page.locator("#contents a", has_text="国家肝癌科学中心").click()
    expect(page.locator("#contents .now")).to_have_count(1)
    expect(page.locator("#contents .now")).to_contain_text("国家肝癌科学中心")


# Keep


def test_the_conversation_is_kept_exported_and_cleared(page: Page) -> None:
    visit(page, "/")
    ask(page, ASKED)
    ask(page, OFF_TOPIC)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".turn")).to_have_count(2)
    page.locator("#menu summary").click()
    with page.expect_download() as markdown:
        page.get_by_role("button", name="导出 Markdown").click()
    assert "929项" in markdown.value.path().read_text("utf-8")
    page.locator("#menu summary").click()
    with page.expect_download() as exported:
        page.get_by_role("button", name="导出 JSON").click()
    first, second = json.loads(exported.value.path().read_text("utf-8"))
    assert first["citations"][0]["quote"]
    assert second["answerable"] is False
    page.locator("#menu summary").click()
    clear = page.locator("[data-do=clear]")
    clear.click()
    clear.click()
    page.wait_for_url("**/")
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".turn")).to_have_count(0)


def test_a_link_asks_its_question_once(page: Page) -> None:
    visit(page, "/")
    ask(page, "硅光子取得哪些进展？")
    visit(page, f"/?q={quote(ASKED)}")
    expect(page.locator(".turn")).to_have_count(2)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".turn")).to_have_count(2)
    assert parse_qs(urlsplit(page.url).query)["q"] == [ASKED]


def test_a_wrong_answer_becomes_a_gold_question(page: Page) -> None:
    visit(page, "/")
    ask(page, ASKED)
    page.get_by_role("button", name="答得不对").click()
    page.locator("#wrong-save").click()
    expect(page.locator("#wrong-need")).not_to_be_empty()
    page.locator("#wrong-picks input").first.check()
    page.locator("#wrong-short").fill("929项")
    with page.expect_download() as download:
        page.locator("#wrong-save").click()
    (line,) = download.value.path().read_text("utf-8").splitlines()
    gold = json.loads(line)
    assert gold["question"] == ASKED
    assert gold["answer"] == ["929项"]
    assert gold["section"].endswith("科技重大专项布局持续深入")
    assert "929项" in gold["evidence"][0]
    assert gold["answerable"] is True


def test_the_scripts_and_the_server_show_the_same_turn(page: Page) -> None:
    visit(page, f"/?q={quote(ASKED)}")
    read = """() => {
      const turn = document.querySelector(".turn");
      const text = turn.innerText.replace(/\\s+/g, "");
      return [text, [...turn.querySelectorAll("a")].map((a) => a.getAttribute("href"))];
    }"""
    served = page.evaluate(read)
    page.reload()
    visit(page, "/")
    expect(page.locator(".turn .next")).to_be_visible()
    rendered = page.evaluate(read)
    assert rendered == served


# States


def test_a_server_that_stops_is_missed_and_found_again(calm_page: Page, settings: Settings) -> None:
    page = calm_page
    with serving(settings) as server:
        visit(page, server.url)
        port = server.port
        server.stop(signal.SIGKILL)
    ask(page, ASKED)
    expect(page.locator(".trouble")).to_contain_text("连不上服务")
    with serving(settings, "--port", str(port)):
        page.get_by_role("button", name="再试一次").click()
        expect(page.locator(".turn.last")).to_contain_text("929项")
    expect(page.locator(".turn")).to_have_count(1)


def test_an_overloaded_server_is_asked_again(calm_page: Page) -> None:
    page, busy = calm_page, [True]

    def refuse_once(route: Route) -> None:
        if busy.pop() if busy else False:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json={"detail": "busy"})
        else:
            route.continue_()

    page.route("**/api/ask", refuse_once)
    visit(page, "/")
    page.locator("#q").fill(ASKED)
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_contain_text("1 秒后自动再试")
    expect(page.locator(".turn.last")).to_contain_text("929项")


def test_a_slow_answer_shows_that_it_is_coming(page: Page) -> None:
    def slowly(route: Route) -> None:
        time.sleep(1.3)
        route.continue_()

    page.route("**/api/ask", slowly)
    visit(page, "/")
    page.locator("#q").fill(ASKED)
    page.keyboard.press("Enter")
    expect(page.locator(".waiting progress")).to_be_visible()
    expect(page.locator(".turn.last")).to_contain_text("929项")


def test_too_long_a_question_is_kept_for_shortening(page: Page) -> None:
    visit(page, "/")
    page.locator("#q").fill("长" * 1001)
    expect(page.locator("#left")).to_contain_text("超出 1 字")
    page.keyboard.press("Enter")
    expect(page.locator(".trouble")).to_contain_text("问题太长")
    assert len(page.locator("#q").input_value()) == 1001


# Every way of seeing it


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_and_axe_is_content(
    browser: Browser, server: Server, width: int, scheme: Literal["light", "dark"]
) -> None:
    document = documents(server)[0]["url"]
    with open_context(browser, server.url, width=width, scheme=scheme) as context:
        page = context.new_page()
        visit(page, "/")
        assert violations(page) == []
        for question in (ASKED, OFF_TOPIC):
            ask(page, question)
            page.locator(".turn.last .found summary").click()
            assert violations(page) == []
        page.locator("[data-do=cite]").first.click()
        page.locator("#cite-styles li").last.wait_for()
        assert violations(page) == []
        assert fits(page)
        for path in (f"{document}?cite=186-247&also=300-320#cite", f"{document}?find=%E7%A1%85"):
            visit(page, path)
            assert violations(page) == []
            assert fits(page)
        assert "mark" not in path or is_inside(page, "mark#cite")
        visit(page, "/report/nowhere")
        assert violations(page) == []
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (dark == "rgb(22, 21, 19)") == (scheme == "dark")


def fits(page: Page) -> bool:
    found: bool = page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return found


def test_a_tap_shows_the_quote(browser: Browser, server: Server) -> None:
    with open_context(browser, server.url, width=PHONE) as context:
        page = context.new_page()
        visit(page, f"/?q={quote(ASKED)}")
        page.locator(".n").first.tap()
        expect(page.locator("#tip .verbatim")).to_contain_text("929项")
        assert is_inside(page, "#tip")
        page.locator("#tip a").tap()
        page.wait_for_selector("mark#cite")


def test_without_scripts(browser: Browser, server: Server) -> None:
    with open_context(browser, server.url, scripts=False) as context:
        page = context.new_page()
        page.goto("/")
        page.locator("#q").fill(ASKED)
        page.get_by_role("button", name="提问").click()
        expect(page.locator(".turn")).to_contain_text("929项")
        expect(page.locator(".scripted").first).to_be_hidden()
        page.locator("#q").fill("获中央财政资金支持多少？")
        page.get_by_role("button", name="提问").click()
        expect(page.locator(".turn")).to_have_count(2)
        page.locator(".turn.last .sources a").first.click()
        expect(page.locator("mark#cite")).to_be_visible()
        box = page.locator("mark#cite").bounding_box()
        assert box
        assert 0 <= box["y"] <= 900
        page.locator(".formats summary").click()
        expect(page.locator(".formats pre")).to_have_count(len(STYLES))


def test_the_language_is_switched_and_remembered(page: Page) -> None:
    visit(page, "/")
    page.locator("#language").click()
    page.wait_for_selector("html[lang=en][data-ready]")
    visit(page, "/")
    page.wait_for_selector("html[lang=en][data-ready]")
    expect(page.locator("#q")).to_have_attribute(
        "placeholder", "What would you like to know from the report?"
    )


def test_paper_and_stillness(calm_page: Page) -> None:
    page = calm_page
    visit(page, f"/?q={quote(ASKED)}")
    page.emulate_media(media="print", reduced_motion="reduce")
    for selector in (".composer", ".top", ".acts"):
        expect(page.locator(selector).first).to_be_hidden()
    expect(page.locator(".sources li").first).to_be_visible()
    page.emulate_media(media="screen")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.card')).transitionDuration")
        == "0s"
    )


def test_tab_goes_through_in_order(page: Page) -> None:
    visit(page, "/")
    page.locator(".skip").focus()
    seen = []
    for _ in range(7):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert [seen[0], *seen[2:6]] == ["brand", "fact", "q", "scope", "send"]


def test_a_hostile_report_does_nothing(browser: Browser, tmp_path: Path) -> None:
    with (
        serving(hostile_settings(tmp_path)) as server,
        open_context(browser, server.url) as context,
    ):
        page = context.new_page()
        elsewhere: list[str] = []
        page.on("request", lambda r: None if is_ours(r.url, server) else elsewhere.append(r.url))
        (document,) = documents(server)
        visit(page, "/")
        ask(page, QUESTION)
        ask(page, f"备注 {MARKS[1]} 结束的装置完成多少台？")
        page.locator(".turn.last .found summary").click()
        if page.locator(".turn.last [data-do=cite]").count():
            page.locator(".turn.last [data-do=cite]").first.click()
            page.locator("#cite-styles li").last.wait_for()
        harmed = [page.evaluate("window.harmed")]
        assert page.locator("main :is(img, script, svg, b)").count() == 0
        for path in (f"/?q={quote(QUESTION)}", f"{document['url']}?cite=0-200"):
            visit(page, path)
            harmed.append(page.evaluate("window.harmed"))
        text = page.locator("#report").evaluate("e => e.textContent")
        assert all(mark in text for mark in MARKS)
        assert harmed == [None] * 3
        assert elsewhere == []
