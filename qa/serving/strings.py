"""The words of the interface: one catalogue a language, `web/strings/<language>.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa import paths

LANGUAGES = ("zh", "en")
# Languages that say themselves which reader they hold for; everything else reads English.
_DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The interface in one language."""

    language: str
    words: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The language as HTML and browsers name it."""
        return "zh-CN" if self.language == "zh" else self.language

    @property
    def other(self) -> str:
        """The language to switch to."""
        return next(language for language in LANGUAGES if language != self.language)

    def text(self, key: str, **values: object) -> str:
        """Return the words with `{name}` filled in; KeyError for a key that is not there."""
        words = self.words[key]
        for name, value in values.items():
            words = words.replace("{" + name + "}", str(value))
        return words

    def only(self, *prefixes: str) -> dict[str, str]:
        """Return the words whose keys begin with one of the prefixes."""
        return {key: words for key, words in self.words.items() if key.startswith(prefixes)}


@cache
def _catalogue(folder: Path, language: str) -> Catalogue:
    words = json.loads((folder / f"{language}.json").read_text("utf-8"))
    return Catalogue(language, words)


def catalogue(language: str) -> Catalogue:
    """Return the catalogue of one of `LANGUAGES`."""
    return _catalogue(paths.web_folder() / "strings", language)


def choose_language(asked: str | None, accepted: str) -> str:
    """Return the language asked for, else the best of an Accept-Language header.

    >>> choose_language(None, "fr, zh-TW;q=0.9, en;q=0.8")
    'zh'
    """
    if asked in LANGUAGES:
        return str(asked)
    ranked = sorted(map(_weighed, accepted.split(",")), key=lambda item: -item[1])
    named = (tag.split("-")[0] for tag, weight in ranked if weight > 0)
    return next((language for language in named if language in LANGUAGES), _DEFAULT)


def _weighed(part: str) -> tuple[str, float]:
    tag, _, weight = part.partition(";q=")
    try:
        return tag.strip().lower(), float(weight or 1)
    except ValueError:
        return tag.strip().lower(), 0.0
