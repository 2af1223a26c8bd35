import pytest

from qa.answering.elsewhere import elsewhere
from qa.asking.question import parse_question
from qa.reading.corpus import read_corpus
from qa.reading.sources import Source
from qa.types import Sentence

TEXT = (
    "港口报告\n\n一、码头\n青螺湾码头去年完工。其总投资12亿元。\n"
    "二、渔船\n白鹭洲渔港停靠渔船300艘。\n三、东岬灯塔\n高42米。\n"
)


@pytest.fixture(scope="module")
def sentences() -> dict[str, Sentence]:
    corpus = read_corpus([Source("r.txt", TEXT, "", 0, {})])
    spans = [(p, s, e) for p in corpus.passages for s, e in p.sentences]
    every = [Sentence(at, p, s, e) for at, (p, s, e) in enumerate(spans)]
    return {sentence.text: sentence for sentence in every}


@pytest.mark.parametrize(
    ("question", "chosen", "expected"),
    [
        # The report knows the harbour, and the figure is of the wharf.
        ("白鹭洲渔港的总投资是多少", "其总投资12亿元。", 5 / 8),
        # What a sentence is about may stand before it,
        ("青螺湾码头的总投资是多少", "其总投资12亿元。", 0),
        # or above it.
        ("东岬灯塔多高", "高42米。", 0),
        # What the report never names tells nothing.
        ("黑礁岛船坞的总投资是多少", "其总投资12亿元。", 0),
        ("How much was invested in the Bailu fishing port?", "其总投资12亿元。", 0),
    ],
)
def test_a_named_thing_is_spoken_of_elsewhere(
    sentences: dict[str, Sentence], question: str, chosen: str, expected: float
) -> None:
    assert elsewhere(parse_question(question), [sentences[chosen]]) == expected


def test_nothing_chosen_speaks_of_nothing() -> None:
    assert elsewhere(parse_question("白鹭洲渔港的总投资是多少"), []) == 0
