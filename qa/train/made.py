"""Pairs made by rule from running text: where people wrote no questions, or none in English.

Three kinds: a sentence → its passage (inverse cloze), a clause with a hole and a question word →
its passage, and a Chinese query put into English word by word with a dictionary's glosses.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence

from tokenizers import Tokenizer

from qa.train.pairs import Pair

_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_CLAUSE = re.compile(r"[^,，、:：()（）“”\"。！？!?；;]+")
_ASIDE = re.compile(r"\([^)]*\)")
_GLOSS = re.compile(r"[a-z' \-]+")
_ASKING = tuple(re.split(" ", "什么 多少 谁 哪里 什么时候 为什么 如何 哪些 哪个 几 是什么 怎么"))
_GLUE = tuple(
    re.split(
        " ",
        "the of in is was did a an to for by and on at with from that were are does has have which "
        "as it its be",
    )
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, blank ones dropped."""
    return [s.strip() for s in _SENTENCE.findall(text) if s.strip()]


def chunks(text: str, chance: random.Random, least: int = 150, most: int = 450) -> list[str]:
    """Return whole sentences joined to passages of varied sizes."""
    passages, held, goal = [], "", chance.randint(least, most)
    for sentence in sentences(text):
        held += sentence
        if len(held) >= goal:
            passages.append(held)
            held, goal = "", chance.randint(least, most)
    return [*passages, held] if len(held) > 80 else passages


def inverse_cloze(passages: Iterable[str], chance: random.Random) -> list[Pair]:
    """Return a sentence → its passage, without that sentence in half the cases."""
    pairs = []
    for passage in passages:
        parts = [s for s in sentences(passage) if len(s) >= 8]
        if len(parts) >= 3:
            chosen = chance.choice(parts)
            rest = passage if chance.random() < 0.5 else passage.replace(chosen, " ")
            pairs.append(Pair(chosen[:80], rest))
    return pairs


def holed_questions(
    passages: Iterable[str], tokenizer: Tokenizer, chance: random.Random, each: int
) -> list[Pair]:
    """Return, `each` times a passage, a clause with a question word for a hole → the passage."""
    pairs = []
    for passage in passages:
        parts = [s for s in sentences(passage) if len(s) >= 10]
        for _ in range(each if len(parts) >= 2 else 0):
            sentence = chance.choice(parts)
            words = _words(_some_clauses(sentence, chance), tokenizer)[:24]
            if len(words) >= 3:
                topic = _words(parts[0][:12], tokenizer)[:3] if chance.random() < 0.3 else []
                query = "".join([*topic, *_with_hole(words, chance)]).replace("▁", " ")
                kept = chance.random() < 0.7
                pairs.append(Pair(query, passage if kept else passage.replace(sentence, " ")))
    return pairs


def _some_clauses(sentence: str, chance: random.Random, least: int = 8) -> str:
    clauses = _CLAUSE.findall(sentence)
    at = chance.randrange(len(clauses)) if clauses else 0
    text = ""
    for clause in clauses[at:]:
        text += clause
        if len(text) >= least:
            break
    return text


def _with_hole(words: Sequence[str], chance: random.Random) -> list[str]:
    size = max(1, int(len(words) * chance.uniform(0.15, 0.45)))
    at = chance.randrange(len(words) - size + 1)
    return [*words[:at], chance.choice(_ASKING), *words[at + size :]]


def _words(text: str, tokenizer: Tokenizer) -> list[str]:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return list(encoding.tokens)


def glosses(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Return Chinese word → its short English glosses, in order, from gloss → word pairs."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        for gloss in re.split("[;/]", _ASIDE.sub("", pair.query)):
            short = gloss.strip().removeprefix("to ")
            if 0 < len(short.split()) <= 3 and _GLOSS.fullmatch(short):
                found.setdefault(pair.positive, []).append(short)
    return found


def in_english(
    pairs: Sequence[Pair],
    words: Mapping[str, Sequence[str]],
    tokenizer: Tokenizer,
    chance: random.Random,
) -> list[Pair]:
    """Return the pairs with queries put into English word by word, where two words can be."""
    encodings = tokenizer.encode_batch([p.query for p in pairs], add_special_tokens=False)
    made = []
    for encoding, pair in zip(encodings, pairs, strict=True):
        english = [_in_english(piece, words, chance) for piece in encoding.tokens]
        known = sum(piece in words for piece in encoding.tokens)
        if known >= 2:
            glue = chance.sample(_GLUE, min(len(_GLUE), 1 + known // 2))
            query = " ".join([*filter(None, english), *glue])
            made.append(Pair(query, pair.positive))
    return made


def _in_english(piece: str, words: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    if piece in words:
        return chance.choice(words[piece][:4])
    if piece.startswith("▁") or piece.isdigit():
        return piece.strip("▁")
    return piece if chance.random() < 0.3 else ""
