"""Writes eight states of the page into a folder: `python -m tests.screenshots [FOLDER]`."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from qa import paths
from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import read_settings
from tests.browsing import CHROMIUM, DESKTOP, MISSING, PHONE, ask, chromium, open_context, visit
from tests.serving import Server, serving

QUESTION = "截至年底上海累计牵头承担国家科技重大专项多少项？"
FOLLOW_UP = "获中央财政资金支持多少？"
SEVERAL = "上海光源一期和国家蛋白质科学研究(上海)设施分别发表了多少篇SCI论文？"
OFF_TOPIC = "红烧肉怎么做才好吃？"

Draw = Callable[[Page, Server], None]


def start(page: Page, server: Server) -> None:
    """What a new visitor sees."""
    visit(page, "/")


def answer(page: Page, server: Server) -> None:
    """An answer with the quote behind its first mark."""
    visit(page, "/")
    ask(page, QUESTION)
    page.locator(".turn.last .next").wait_for()
    page.locator(".turn.last .n").first.hover()


def follow_up(page: Page, server: Server) -> None:
    """A follow-up, understood with what went before."""
    visit(page, "/")
    ask(page, "上海光源一期发表了多少篇SCI论文？")
    ask(page, "那国家蛋白质科学研究设施呢？")
    page.locator(".turn.last .next").wait_for()


def refusal(page: Page, server: Server) -> None:
    """A question that the report does not answer, with what was found."""
    visit(page, "/")
    ask(page, OFF_TOPIC)
    page.locator(".turn.last .found summary").click()


def citation(page: Page, server: Server) -> None:
    """Every form of one citation."""
    visit(page, f"/?q={quote(SEVERAL)}")
    page.locator("[data-do=cite]").first.click()
    page.locator("#cite-styles li").last.wait_for()


def reader(page: Page, server: Server) -> None:
    """The report, opened at a quote."""
    visit(page, f"/?q={quote(SEVERAL)}")
    page.locator(".turn.last .n").first.evaluate("mark => location.assign(mark.href)")
    page.wait_for_selector("html[data-ready] #report")


def gone(page: Page, server: Server) -> None:
    """The server stopped in the middle of a conversation."""
    visit(page, "/")
    ask(page, QUESTION)
    page.route("**/api/ask", lambda route: route.abort())
    ask(page, FOLLOW_UP)


STATES: tuple[tuple[str, Draw, dict[str, Any]], ...] = (
    ("1-start", start, {}),
    ("2-answer", answer, {}),
    ("3-follow-up-dark-phone", follow_up, {"width": PHONE, "scheme": "dark"}),
    ("4-refusal", refusal, {}),
    ("5-citation-dark", citation, {"scheme": "dark"}),
    ("6-reader", reader, {}),
    ("7-reader-dark-phone", reader, {"width": PHONE, "scheme": "dark"}),
    ("8-server-gone-english-phone", gone, {"width": PHONE, "language": "en-GB"}),
)


def shoot(browser: Browser, server: Server, folder: Path) -> None:
    """Write every state as NAME.png."""
    for name, draw, options in STATES:
        with open_context(browser, server.url, **{"width": DESKTOP, **options}) as context:
            page = context.new_page()
            draw(page, server)
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"{name}.png")
            print(folder / f"{name}.png")


def main(folder: Path) -> None:
    """Build an index of the bundled report, serve it and write the pictures."""
    if not CHROMIUM.exists():
        sys.exit(f"error: {MISSING}")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as index:
        build_index(Path(index), [paths.corpus_folder()], load_encoder())
        with chromium() as browser, serving(read_settings(index=Path(index))) as server:
            shoot(browser, server, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
