"""The reader: the same numbers in numpy as in torch, whatever stands beside a sentence."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.candidates import TRAITS
from qa.answering.evidence import FEATURES
from qa.asking.question import parse_question
from qa.engine import Engine
from qa.errors import SourceError
from qa.indexing.index import load_index
from qa.reader.inputs import WORD_TRAITS, Inputs, inputs_of, likeliest, traits_of
from qa.reader.lines import PIECE_TRAITS
from qa.reader.network import FILE, Network, Reading, load_weights, save_weights, shipped, together
from qa.reader.spans import Spans, pieces_of
from qa.retrieval.embed import StaticEncoder
from qa.settings import Settings
from qa.train.reader.batch import Example, Marked, Shown, batch_of
from qa.train.reader.run import ReaderTrainer
from qa.types import Sentence

QUESTIONS = [
    "截至年底上海累计牵头承担国家科技重大专项多少项？",
    "How many papers has the light source published?",
    "哪一年建成？",
]


@pytest.fixture(scope="module")
def sentences(settings: Settings, engine: Engine) -> Sequence[Sentence]:
    index = load_index(settings.index_folder, settings.encoder)
    return [s for passage in engine.corpus.passages for s in index.sentences.sentences_of(passage)]


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> StaticEncoder:
    return load_index(settings.index_folder, settings.encoder).sentences.encoder


def features(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, len(FEATURES))).astype(np.float32)


def example(
    text: str, sentences: Sequence[Sentence], encoder: StaticEncoder, answers: bool
) -> Example:
    inputs = [inputs_of(parse_question(text), [sentence], encoder) for sentence in sentences]
    assert all(inputs)
    chances = np.linspace(0.9, 0.1, len(sentences))
    mean, scale = np.zeros(len(FEATURES), np.float32), np.ones(len(FEATURES), np.float32)
    told = np.arange(len(sentences)) == 0 if answers else np.zeros(len(sentences), np.bool_)
    traits = traits_of(chances, features(len(sentences)), mean, scale)
    found = [i for i in inputs if i]
    marked = [spans_of(i, at, right) for at, (i, right) in enumerate(zip(found, told, strict=True))]
    return Example(found, traits, told, [None] * len(sentences), marked)


def spans_of(inputs: Inputs, seed: int, answers: bool) -> Marked:
    """Some spans of a sentence, the second of which is the short answer where it answers."""
    chance = np.random.default_rng(seed)
    own = np.flatnonzero(inputs.own)
    first, last = np.sort(chance.choice(own, (2, 5)), axis=0)
    traits = chance.normal(size=(5, TRAITS)).astype(np.float32)
    return Marked(Spans(first, last, first * 0, traits), (np.arange(5) == 1) & answers)


@pytest.mark.parametrize("text", QUESTIONS)
def test_inputs_hold_what_they_say(
    text: str, sentences: Sequence[Sentence], encoder: StaticEncoder
) -> None:
    inputs = inputs_of(parse_question(text), sentences[:40], encoder)
    assert inputs is not None
    pieces, words = len(inputs.ids), len(inputs.question_ids)
    assert inputs.pieces.shape == (pieces, PIECE_TRAITS)
    assert inputs.aligned.shape == (pieces, words)
    assert inputs.words.shape == (40, words, WORD_TRAITS)
    assert ((inputs.aligned.sum(axis=1) > 0.5) & (inputs.aligned.sum(axis=1) < 1.001)).all()
    assert inputs.pooled.sum() == pytest.approx(1, abs=1e-5)
    assert (np.bincount(inputs.owner, minlength=40) > 0).all()
    assert inputs.own[np.flatnonzero(np.diff(inputs.owner))].all(), "headings stand before"


def test_a_question_of_unknown_words_has_no_inputs(
    sentences: Sequence[Sentence], encoder: StaticEncoder
) -> None:
    assert inputs_of(parse_question("？！"), sentences[:3], encoder) is None
    assert inputs_of(parse_question(QUESTIONS[0]), [], encoder) is None


def test_the_likeliest_come_first_and_no_text_twice(sentences: Sequence[Sentence]) -> None:
    twice = [sentences[0], sentences[0], *sentences[1:20]]
    chances = np.linspace(1, 0, len(twice))
    assert likeliest(twice, chances, 6) == [0, 2, 3, 4, 5, 6]
    assert likeliest(twice, chances[::-1])[:2] == [20, 19]
    assert likeliest(twice, 0.1**chances) == [20, 19, 18, 17, 16, 15, 14, 13, 12, 11]
    assert likeliest(twice, chances**60, least=0.2) == [0]


def test_numpy_reads_as_torch_does(sentences: Sequence[Sentence], encoder: StaticEncoder) -> None:
    chosen = sentences[10:50:7]
    examples = [example(text, chosen, encoder, True) for text in QUESTIONS]
    trainer = ReaderTrainer(examples, encoder)
    trainer.net.eval()
    weights = weights_of(trainer)
    shown = [
        Shown(at, one, place, np.full(len(one.sentences[place].ids), -1))
        for at, one in enumerate(examples)
        for place in range(len(chosen))
    ]
    batch = batch_of(
        [one.sentences[0] for one in examples],
        shown,
        lambda ids: torch.from_numpy(encoder.table(ids) @ trainer.reduction),
    )
    with torch.no_grad():
        said = trainer.net(batch)
    spans = said.spans.reshape(len(QUESTIONS), -1).numpy()
    for at, text in enumerate(QUESTIONS):
        inputs = inputs_of(parse_question(text), chosen, encoder)
        assert inputs is not None
        reading = Network(together([weights]), encoder).read(inputs, examples[at].traits)
        expected = said.sentences[at * len(chosen) : (at + 1) * len(chosen)].numpy()
        np.testing.assert_allclose(reading.sentences, expected, atol=1e-3)
        assert reading.none == pytest.approx(float(said.none[at]), abs=1e-3)
        pointed = Network(together([weights]), encoder).point(
            reading, all_spans(inputs, examples[at])
        )
        np.testing.assert_allclose(pointed, spans[at], atol=1e-3)


def all_spans(inputs: Inputs, one: Example) -> Spans:
    """The spans of all sentences of an example, over the pieces of all."""
    begins = np.searchsorted(inputs.owner, np.arange(len(one.sentences)))
    parts = [marked.spans for marked in one.marked]
    return Spans(
        np.concatenate([part.first + at for part, at in zip(parts, begins, strict=True)]),
        np.concatenate([part.last + at for part, at in zip(parts, begins, strict=True)]),
        np.repeat(np.arange(len(parts)), [len(part.first) for part in parts]),
        np.concatenate([part.traits for part in parts]),
    )


def weights_of(trainer: ReaderTrainer) -> dict[str, np.ndarray]:
    return trainer.weights(np.zeros(len(FEATURES), np.float32), np.ones(len(FEATURES), np.float32))


def test_networks_asked_together_say_the_mean(
    sentences: Sequence[Sentence], encoder: StaticEncoder
) -> None:
    chosen = sentences[10:50:7]
    one = example(QUESTIONS[0], chosen, encoder, True)
    inputs = inputs_of(parse_question(QUESTIONS[0]), chosen, encoder)
    assert inputs is not None
    weights = [weights_of(ReaderTrainer([one], encoder, seed=seed)) for seed in (1, 2)]
    single = [Network(together([some]), encoder) for some in weights]
    both = Network(together(weights), encoder)
    readings = [network.read(inputs, one.traits) for network in single]
    reading = both.read(inputs, one.traits)
    mean = np.mean([some.sentences for some in readings], axis=0)
    np.testing.assert_allclose(reading.sentences, mean, atol=1e-4)
    assert reading.none == pytest.approx(np.mean([some.none for some in readings]), abs=1e-4)
    spans = all_spans(inputs, one)
    pointed = [network.point(some, spans) for network, some in zip(single, readings, strict=True)]
    np.testing.assert_allclose(both.point(reading, spans), np.mean(pointed, axis=0), atol=1e-4)


def test_a_sentence_is_read_alike_alone_and_among_others(
    sentences: Sequence[Sentence], encoder: StaticEncoder
) -> None:
    chosen, question = sentences[5:35:6], parse_question(QUESTIONS[0])
    traits = example(QUESTIONS[0], chosen, encoder, True).traits
    among = inputs_of(question, chosen, encoder)
    assert among is not None
    read = shipped(encoder).read(among, traits).sentences
    for at, sentence in enumerate(chosen):
        alone = inputs_of(question, [sentence], encoder)
        assert alone is not None
        only = shipped(encoder).read(alone, traits[at : at + 1]).sentences
        np.testing.assert_allclose(only[0], read[at], atol=1e-3)


def test_training_learns_which_sentence_answers(
    sentences: Sequence[Sentence], encoder: StaticEncoder
) -> None:
    chosen = sentences[10:50:7]
    examples = [example(text, chosen, encoder, at < 2) for at, text in enumerate(QUESTIONS)]
    trainer = ReaderTrainer(examples, encoder, seed=1)
    trainer.train(epochs=150)
    network = Network(together([weights_of(trainer)]), encoder)
    masses = []
    for text, one in zip(QUESTIONS, examples, strict=True):
        inputs = inputs_of(parse_question(text), chosen, encoder)
        assert inputs is not None
        reading = network.read(inputs, one.traits)
        masses.append(reading.mass)
        if one.evidence.any():
            assert reading.sentences.argmax() == 0
            assert network.point(reading, all_spans(inputs, one)).argmax() == 1
    assert min(masses[:2]) > 0 > masses[2]


def test_what_was_not_read_is_told_by_its_traits_alone(
    sentences: Sequence[Sentence], encoder: StaticEncoder
) -> None:
    one = example(QUESTIONS[0], sentences[5:8], encoder, True)
    inputs = inputs_of(parse_question(QUESTIONS[0]), sentences[5:8], encoder)
    assert inputs is not None
    network = shipped(encoder)
    reading = network.read(inputs, one.traits)
    unread = np.full(5, -1)
    spans = Spans(unread, unread, unread, one.marked[0].spans.traits)
    other = Reading(reading.sentences + 9, 0.0, reading.pieces * 7)
    np.testing.assert_array_equal(network.point(reading, spans), network.point(other, spans))


TOKENS = st.lists(st.integers(1, 4), min_size=1, max_size=9).map(
    lambda sizes: [(sum(sizes[:at]), sum(sizes[: at + 1])) for at in range(len(sizes))]
)


@given(TOKENS, st.integers(0, 40), st.integers(1, 9))
def test_the_pieces_of_a_slice_are_those_it_touches(
    spans: list[tuple[int, int]], start: int, length: int
) -> None:
    end = start + length
    touched = [at for at, (a, b) in enumerate(spans) if a < end and start < b]
    assert pieces_of(spans, start, end) == ((touched[0], touched[-1]) if touched else None)


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    weights = {"projection": np.eye(3, dtype=np.float32), "last.bias": np.ones(3, np.float32)}
    save_weights(tmp_path, weights)
    loaded = load_weights(tmp_path / FILE)
    assert loaded.keys() == weights.keys()
    assert all((loaded[name] == weights[name]).all() for name in weights)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no archive", b"no archive at all"])
def test_weights_that_cannot_be_read_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SourceError, match=FILE):
        load_weights(tmp_path / FILE)


def test_what_is_shipped_has_numbers_only() -> None:
    with resources.as_file(resources.files("qa") / "knowledge" / FILE) as path:
        weights = load_weights(path)
    assert all(np.isfinite(array).all() for array in weights.values())
