"""Chromium as the system has it, for the browser tests and the screenshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
MISSING = f"{CHROMIUM} is not there: install the Debian package chromium"
PHONE, DESKTOP = 390, 1440


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless"]
        )
        try:
            yield browser
        finally:
            browser.close()


def open_context(
    browser: Browser,
    base: str,
    *,
    width: int = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
    language: str = "zh-CN",
) -> BrowserContext:
    """Return a fresh visitor; phones have no hover and touch."""
    phone = width < 500
    context = browser.new_context(
        base_url=base,
        viewport={"width": width, "height": 844 if phone else 900},
        color_scheme=scheme,
        java_script_enabled=scripts,
        locale=language,
        has_touch=phone,
        is_mobile=phone,
        accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(10_000)
    return context


def visit(page: Page, path: str) -> None:
    """Open a page of ours and wait until its scripts have done their part."""
    page.goto(path)
    page.wait_for_selector("html[data-ready]")


def ask(page: Page, question: str) -> None:
    """Ask by keyboard, as a person does, and wait for what is shown."""
    before = page.locator(".turn").count()
    page.locator("#q").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "count => document.querySelectorAll('.turn').length > count"
        " && !document.querySelector('.waiting')",
        arg=before,
    )
