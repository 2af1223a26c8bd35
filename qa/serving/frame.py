"""What every page of ours needs: its language, its words, its addresses, and words for trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from qa.serving.dialogue import ask_url, reason, with_language
from qa.serving.problems import Problem
from qa.serving.shapes import HitJson
from qa.serving.shown import templates
from qa.serving.strings import LANGUAGES, Catalogue, catalogue, choose_language
from qa.types import HISTORY_LIMIT, QUESTION_LIMIT

# The scripts say nothing of what is loaded.
_UNSCRIPTED = ("loaded.", "reader.", "app.")


@dataclass(frozen=True, slots=True)
class Frame:
    """One request for a page; `asked_language` is None unless the address names a language."""

    words: Catalogue
    asked_language: str | None
    switch: str

    @classmethod
    def of(cls, request: Request) -> "Frame":
        """Return the frame of a request."""
        asked = request.query_params.get("lang")
        asked = asked if asked in LANGUAGES else None
        words = catalogue(choose_language(asked, request.headers.get("accept-language", "")))
        query = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
        switch = f"{request.url.path}?{urlencode([*query, ('lang', words.other)])}"
        return cls(words, asked, switch)

    def render(self, template: str, **context: object) -> str:
        """Return the page."""
        return (
            templates()
            .get_template(template)
            .render(
                words=self.words,
                t=self.words.text,
                asked_language=self.asked_language,
                switch=self.switch,
                scripted=self._scripted(),
                here=lambda url: with_language(url, self.asked_language),
                ask_url=self._ask_url,
                reason=self._reason,
                **context,
            )
        )

    def sorry(
        self, heading: str, text: str, *, detail: str = "", retry: bool = False, again: int = 0
    ) -> str:
        """Return a page that says what is wrong; `again` is after how many seconds it reloads."""
        return self.render(
            "sorry.html",
            heading=heading,
            text=text,
            detail=detail,
            retry="" if not retry else with_language("/", self.asked_language),
            again=again,
        )

    def check(self, question: str, history: Sequence[str]) -> None:
        """Raise Problem where the question or what went before it exceeds the limits."""
        if len(question) > QUESTION_LIMIT:
            raise Problem("invalid_question", str(len(question)))
        if len(history) > HISTORY_LIMIT or any(len(h) > QUESTION_LIMIT for h in history):
            raise Problem("invalid_request", "history")

    def trouble(self, problem: Problem, question: str, scope: str) -> dict[str, Any]:
        """Return the words for a question that could not be asked, and a way on."""
        name = self._kind(problem, question)
        key = f"state.{name}"
        ways = {
            "scope": (self._ask_url(question, ""), self.words.text("state.scope_all")),
            "history": (self._ask_url(question, scope), self.words.text("turn.as_typed")),
            "busy": (self._ask_url(question, scope), self.words.text("state.retry")),
        }
        retry, retry_words = ways.get(name, ("", ""))
        return {
            "question": question,
            "title": self.words.text(f"{key}_title"),
            "text": self.words.text(key, n=len(question) if name == "long" else 1),
            "nearest": problem.extra.get("nearest_sections", []),
            "retry": retry,
            "retry_words": retry_words,
        }

    def _kind(self, problem: Problem, question: str) -> str:
        if problem.code == "invalid_question":
            return "long" if len(question) > QUESTION_LIMIT else "empty"
        known = {"unknown_scope": "scope", "invalid_request": "history", "overloaded": "busy"}
        return known.get(problem.code, "broken")

    def _ask_url(self, question: str, scope: str) -> str:
        return ask_url(question, scope, language=self.asked_language)

    def _reason(self, hit: HitJson) -> str:
        return reason(self.words, hit)

    def _scripted(self) -> dict[str, str]:
        return {k: v for k, v in self.words.words.items() if not k.startswith(_UNSCRIPTED)}
