"""Fit the reader: its examples, and networks that each leave out parts of the reports.

What a network says of questions that it was trained on is too sure to fit odds on, and two asked
together are less sure than one. So the reports fall into parts, each network leaves out two that
follow each other, and each report is read by the two that have not seen it. Two others are
shipped, that between them have seen every report; four cost twice as much for hardly more.
"""

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qa.answering.candidates import candidates, traits
from qa.answering.evidence import Weighed, weigh
from qa.answering.model import Logistic
from qa.answering.nearness import nearness, quoted
from qa.asking.question import Question
from qa.evaluation.evaluate import normal
from qa.evaluation.gold import Asked, is_evidence
from qa.reader.inputs import Inputs, inputs_of, likeliest, traits_of
from qa.reader.network import Array, together
from qa.reader.spans import Spans, pieces_of
from qa.retrieval.cosines import Cosines
from qa.retrieval.embed import StaticEncoder, Tokens
from qa.train.reader.batch import Example, Marked
from qa.train.reader.run import train_weights
from qa.types import Sentence

PARTS = 6  # of the reports, and as many networks
LEAST_REPORTS = 3  # a network leaves out the reports of two parts, and needs another
_SHOWN = 8  # of the likeliest sentences, so that training sees what may be read
_GOLD = 2  # sentences of the evidence that are not among them


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What networks are trained on: examples with the part of each, all over one encoder."""

    examples: Sequence[Example]
    parts: Sequence[int]
    encoder: StaticEncoder
    mean: Array
    scale: Array


def part_of(document: str | None, documents: Sequence[str]) -> int:
    """Return the part that a report falls into."""
    return documents.index(document or "") % PARTS


def unseeing(part: int) -> tuple[int, int]:
    """Return the two networks that have not seen a part."""
    return (part - 1) % PARTS, part


def shipped_of(weights: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """Return two networks to be asked together: what one has left out the other has seen."""
    return together([weights[0], weights[PARTS // 2]])


def train_networks(
    asked: Sequence[Asked], evidence: Mapping[str, Logistic]
) -> list[dict[str, Array]]:
    """Return the weights of a network for each part, which has seen neither it nor the next."""
    documents = sorted({one.gold.document or "" for one in asked})
    weighed = [
        weigh(one.question, one.hits, one.index.sentences, one.index.retriever) for one in asked
    ]
    features = np.concatenate([one.features for one in weighed])
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    made = [
        (_example(one, seen, evidence[one.question.lang], mean, scale), one)
        for one, seen in zip(asked, weighed, strict=True)
        if seen.sentences
    ]
    kept = [(example, one) for example, one in made if example is not None]
    parts = [part_of(one.gold.document, documents) for _, one in kept]
    encoder = asked[0].index.sentences.encoder
    return _in_parallel(Task([example for example, _ in kept], parts, encoder, mean, scale))


def _example(
    one: Asked, weighed: Weighed, evidence: Logistic, mean: Array, scale: Array
) -> Example | None:
    chances = evidence(weighed.features)
    gold = np.array([is_evidence(s, one.gold) for s in weighed.sentences], np.bool_)
    places = likeliest(weighed.sentences, chances, _SHOWN, least=0)
    places += [at for at in np.flatnonzero(gold).tolist() if at not in places][:_GOLD]
    encoder = one.index.sentences.encoder
    sentences = [weighed.sentences[at] for at in places]
    inputs = [found for s in sentences if (found := inputs_of(one.question, [s], encoder))]
    if len(inputs) < len(sentences):
        return None
    answers = [one.gold.answer if is_gold else () for is_gold in gold[places]]
    return Example(
        sentences=inputs,
        traits=traits_of(chances[places], weighed.features[places], mean, scale),
        evidence=gold[places],
        tags=[
            _tags(s, i, answer, encoder) if answer else None
            for s, i, answer in zip(sentences, inputs, answers, strict=True)
        ],
        marked=[
            _marked(one.question, s, i, answer, weighed.words, one.index.sentences.cosines)
            for s, i, answer in zip(sentences, inputs, answers, strict=True)
        ],
    )


def _tags(
    sentence: Sentence, inputs: Inputs, answers: Sequence[str], encoder: StaticEncoder
) -> NDArray[np.int64] | None:
    """Return which pieces begin (1) or continue (2) a short answer, None where none is."""
    text = sentence.text
    tags = np.where(inputs.own, 0, np.full(len(inputs.ids), -1))
    first = int((~inputs.own).sum())
    spans = encoder.tokens(text).spans[: len(inputs.ids) - first]
    for answer in answers:
        start = text.find(answer)
        end = start + len(answer)
        inside = [at for at, (a, b) in enumerate(spans) if start >= 0 and a < end and start < b]
        for at in inside:
            tags[first + at] = 1 if at == inside[0] else 2
    return tags if (tags > 0).any() else None


def _marked(
    question: Question,
    sentence: Sentence,
    inputs: Inputs,
    answers: Sequence[str],
    words: Tokens,
    cosines: Cosines,
) -> Marked:
    """Return the spans of a sentence that may be the short answer, and which of them are."""
    headings = " ".join(sentence.passage.section.path)
    quote = quoted(sentence.text, words, cosines, headings=headings)
    among = candidates(question, [nearness(question, question, quote)])
    first = int((~inputs.own).sum())
    spans = cosines.encoder.tokens(sentence.text).spans[: len(inputs.ids) - first]
    places = [pieces_of(spans, one.found.start, one.found.end) for one in among]
    kept = [at for at, place in enumerate(places) if place]
    pieces = np.array([place for place in places if place], np.intp).reshape(len(kept), 2) + first
    right = np.array([_answers(among[at].found.text, answers) for at in kept], np.int64)
    return Marked(
        Spans(pieces[:, 0], pieces[:, 1], pieces[:, 0] * 0, traits(question, among)[kept]),
        (right > 0) & (right == right.max(initial=0)),
    )


def _answers(text: str, answers: Sequence[str]) -> int:
    """Return 2 where a text is the short answer, 1 where it holds it with little else, else 0."""
    said, wanted = _bare(text), [_bare(answer) for answer in answers]
    if not wanted or not all(answer in said for answer in wanted):
        return 0
    length = sum(map(len, wanted)) + len(wanted) - 1
    return 2 if len(said) == length else int(len(said) <= 1.5 * length)


def _bare(text: str) -> str:
    """Return a text without the marks around names."""
    return normal(text).translate(_MARKS)


_MARKS = dict.fromkeys(map(ord, '“”"《》「」『』'))
_task: Task | None = None


def _in_parallel(task: Task) -> list[dict[str, Array]]:
    """Train each network in a process of its own, forked: the examples are too large to send."""
    global _task
    _task = task
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return pool.map(_train, range(PARTS), chunksize=1)


def _train(network: int) -> dict[str, Array]:
    threadpool_limits(1)
    task = _task
    assert task is not None
    seen = [
        e
        for e, part in zip(task.examples, task.parts, strict=True)
        if network not in unseeing(part)
    ]
    return train_weights(seen, task.encoder, task.mean, task.scale)
