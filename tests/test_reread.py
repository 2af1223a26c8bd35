"""Rereading: the likeliest sentences are read, and the passages ranked by what was read."""

import numpy as np
import pytest

from qa.answering.evidence import weigh
from qa.answering.reread import rerank, reread
from qa.asking.question import parse_question
from qa.engine import Engine
from qa.indexing.index import Index, load_index
from qa.reader.inputs import SENTENCES
from qa.reader.network import shipped
from qa.settings import Settings
from qa.types import Hit

QUESTION = "截至年底上海累计牵头承担国家科技重大专项多少项？"


@pytest.fixture(scope="module")
def index(settings: Settings, engine: Engine) -> Index:
    return load_index(settings.index_folder, settings.encoder)


def found(engine: Engine, text: str) -> tuple[Hit, ...]:
    return engine.search(text, top_k=8)


def test_only_the_likeliest_are_read_and_others_count_for_little(
    engine: Engine, index: Index
) -> None:
    question = parse_question(QUESTION)
    weighed = weigh(question, found(engine, QUESTION), index.sentences, index.retriever)
    first = np.linspace(0.9, 0.1, len(weighed.sentences))
    network = shipped(index.sentences.encoder)
    read = reread(weighed, first, network, index.sentences.cosines)
    chances = read.chances
    assert read.reading is not None
    assert len(read.reading.sentences) == SENTENCES
    assert (chances[2 * SENTENCES :] < 0.05 * first[2 * SENTENCES :]).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_a_question_of_unknown_words_keeps_its_chances(engine: Engine, index: Index) -> None:
    weighed = weigh(
        parse_question("？！"), found(engine, QUESTION), index.sentences, index.retriever
    )
    first = np.zeros(len(weighed.sentences))
    network = shipped(index.sentences.encoder)
    read = reread(weighed, first, network, index.sentences.cosines)
    assert read.reading is None
    assert read.pointer is None
    assert read.chances is first


def test_the_passage_of_the_likeliest_sentence_comes_first(engine: Engine, index: Index) -> None:
    hits = found(engine, QUESTION)
    weighed = weigh(parse_question(QUESTION), hits, index.sentences, index.retriever)
    last = hits[-1].passage.id
    chances = np.array([float(s.passage.id == last) for s in weighed.sentences])
    ranked = rerank(hits, weighed, chances)
    assert ranked[0].passage.id == last
    assert [hit.rank for hit in ranked] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in ranked] == sorted((hit.score for hit in ranked), reverse=True)
    assert {hit.passage.id for hit in ranked} == {hit.passage.id for hit in hits}
    assert all(0 <= hit.score <= 1 for hit in ranked)


def test_without_anything_read_the_order_stays(engine: Engine, index: Index) -> None:
    hits = found(engine, QUESTION)
    weighed = weigh(parse_question(QUESTION), hits, index.sentences, index.retriever)
    ranked = rerank(hits, weighed, np.zeros(len(weighed.sentences)))
    assert [hit.passage.id for hit in ranked] == [hit.passage.id for hit in hits]
