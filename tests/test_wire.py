import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from qa.engine import Engine
from qa.serving import shapes, wire
from qa.serving.request import ANSWER_LIMIT, SCOPE_LIMIT, AskRequest
from qa.types import QUESTION_LIMIT, Answer, Document, Passage, Refusal, Section

TEXT = "一、𠮷利项目\n- 完成**97**个😀, 投资1700亿元\n"
DOCUMENT = Document("d1", "r.txt", "报告", TEXT, "0" * 64)
SECTION = Section("s1", DOCUMENT, ("一、𠮷利项目",), 0, 7, len(TEXT))
PASSAGE = Passage("p1", SECTION, 7, len(TEXT) - 1, ())
INDEX = wire.index_json("gen-1", "bundled", False)


def test_offsets_count_code_points_beyond_the_basic_plane() -> None:
    shown = wire.passage_json(PASSAGE)
    assert TEXT[shown["start"] : shown["end"]] == shown["text"] == "- 完成**97**个😀, 投资1700亿元"


def test_a_section_goes_out_as_the_outline_with_its_place() -> None:
    shown = wire.section_json(SECTION)
    assert shown == {
        **wire.outline_json(SECTION),
        "id": "s1",
        "url": "/report/d1#s-s1",
    }
    assert list(wire.outline_json(SECTION)) == ["level", "title", "path", "start", "end"]


def test_a_document_goes_out_with_its_size_in_code_points() -> None:
    assert wire.document_json(DOCUMENT) == {
        "id": "d1",
        "title": "报告",
        "characters": len(TEXT),
        "sha256": "0" * 64,
        "url": "/report/d1",
    }


def test_a_refusal_names_its_reason_and_the_nearest_sections() -> None:
    refusal = Refusal("off_topic", "报告不谈天气。", (SECTION,))
    answer = Answer("q", "q", 0.2, None, None, None, (), (), (), refusal)
    shown = wire.answer_json(answer, INDEX, 1.23456)
    assert (shown["answerable"], shown["answer"], shown["citations"]) == (False, None, [])
    assert shown["refusal"] == {
        "reason": "off_topic",
        "message": "报告不谈天气。",
        "nearest_sections": [wire.section_ref(SECTION)],
    }
    assert shown["timing_ms"] == {"total": 1.235}


def test_an_answer_has_every_field_and_only_those(engine: Engine) -> None:
    answer = engine.ask("累计牵头承担国家科技重大专项多少项？")
    shown = wire.answer_json(answer, INDEX, 1.0)
    assert_shape(shown, shapes.AnswerJson)
    assert_shape(shown["citations"][0], shapes.CitationJson)
    assert_shape(shown["passages"][0], shapes.HitJson)
    assert_shape(shown["passages"][0]["why"], shapes.WhyJson)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_a_search_has_every_field_and_only_those(engine: Engine) -> None:
    shown = wire.search_json("项目", engine.search("项目", top_k=3), INDEX, 1.0)
    assert_shape(shown, shapes.SearchJson)
    assert [passage["rank"] for passage in shown["passages"]] == [1, 2, 3]


def assert_shape(shown: Mapping[str, Any], shape: type) -> None:
    assert set(shown) == set(shape.__annotations__)


def test_history_is_questions_or_turns() -> None:
    history = ["a", {"question": "b", "answer": "c"}, {"question": "d", "answer": None}]
    asked = AskRequest.model_validate({"question": "q", "history": history})
    assert asked.earlier_questions == ["a", "b", "d"]
    assert (asked.top_k, asked.scope) == (5, None)


@pytest.mark.parametrize(("name", "limit"), [("question", QUESTION_LIMIT), ("scope", SCOPE_LIMIT)])
def test_texts_are_bounded_in_code_points(name: str, limit: int) -> None:
    AskRequest.model_validate({"question": "q", name: "𠮷" * limit})
    with pytest.raises(ValidationError):
        AskRequest.model_validate({"question": "q", name: "𠮷" * (limit + 1)})


def test_a_turns_answer_is_bounded() -> None:
    turn = {"question": "q", "answer": "字" * ANSWER_LIMIT}
    AskRequest.model_validate({"question": "q", "history": [turn]})
    turn["answer"] += "字"
    with pytest.raises(ValidationError):
        AskRequest.model_validate({"question": "q", "history": [turn]})


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_ANYTHING = _SCALARS | st.lists(_SCALARS) | st.dictionaries(st.text(max_size=9), _SCALARS)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["question", "history", "top_k", "scope", "x"]), _ANYTHING))
def test_a_request_is_what_the_contract_says_or_an_error(body: dict[str, Any]) -> None:
    try:
        asked = AskRequest.model_validate(body)
    except ValidationError:
        return
    assert type(body["question"]) is str
    assert "x" not in body
    assert type(body.get("top_k", 5)) is int
    assert 1 <= asked.top_k <= 20
