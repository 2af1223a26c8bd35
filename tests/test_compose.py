import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.compose import ENGLISH_FRAME, compose, plain
from qa.engine import Engine
from qa.reading.corpus import Corpus, read_corpus
from qa.reading.sources import Source
from qa.types import Answer, Citation
from tests.test_passages import TEXTS

REPORT = """# **项目**情况
全市完成**97**个项目，投资1700亿元。今年另有5个。
- 张江药物实验室
- 浦江实验室
# 其他
- 临港实验室
"""


def corpus_of(text: str) -> Corpus:
    return read_corpus([Source("report.txt", text, "", 0, {})])


def cite(corpus: Corpus, *quotes: str) -> list[Citation]:
    text = corpus.documents[0].text
    citations = []
    for number, quote in enumerate(quotes, 1):
        start = text.index(quote)
        passage = next(p for p in corpus.passages if p.start <= start < p.end)
        citations.append(Citation(number, passage, start, start + len(quote)))
    return citations


def test_a_sentence_stands_alone_without_its_emphasis() -> None:
    cited = cite(corpus_of(REPORT), "全市完成**97**个项目，投资1700亿元。")
    assert compose(cited, "zh") == "全市完成97个项目，投资1700亿元。[1]"


def test_a_bullet_gets_its_heading_once() -> None:
    cited = cite(corpus_of(REPORT), "张江药物实验室", "浦江实验室", "临港实验室")
    assert compose(cited, "zh").splitlines() == [
        "项目情况：张江药物实验室[1]",
        "浦江实验室[2]",
        "其他：临港实验室[3]",
    ]


def test_a_heading_that_is_quoted_needs_no_heading() -> None:
    corpus = corpus_of("# 项目情况\n全市完成97个。\n")
    assert compose(cite(corpus, "项目情况"), "zh") == "项目情况[1]"


def test_text_before_any_heading_gets_none() -> None:
    text = "截至年底, 完成97个项目, 比上年多3个\n"
    assert compose(cite(corpus_of(text), text.strip()), "zh") == f"{text.strip()}[1]"


def test_an_english_question_gets_a_frame() -> None:
    cited = cite(corpus_of(REPORT), "今年另有5个。")
    assert compose(cited, "en").splitlines() == [ENGLISH_FRAME, "今年另有5个。[1]"]


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("完成**97**个", "完成97个"),
        ("__完成__97个", "完成97个"),
        ("上半句，\n下半句。", "上半句，下半句。"),
        ("上半句，　\n  下半句。", "上半句，下半句。"),
        ("上半句，\u2028下半句。", "上半句，下半句。"),
        (" 两边 ", "两边"),
        ("3*5=15", "3*5=15"),
        ("", ""),
    ],
)
def test_emphasis_and_line_breaks_go_and_nothing_else(quote: str, shown: str) -> None:
    assert plain(quote) == shown


def letters(text: str) -> str:
    return "".join(text.replace("**", "").replace("__", "").split())


def assert_made_of_quotes(answer: str, citations: list[Citation]) -> None:
    """Hold an answer to the contract: marks 1…n in order, and before them only what is quoted."""
    marks = re.findall(r"\[(\d+)\]", answer)
    assert [int(mark) for mark in marks] == list(range(1, len(citations) + 1))
    parts = re.split(r"\[\d+\]", answer.removeprefix(ENGLISH_FRAME))
    assert parts[-1].strip() == ""
    for part, citation in zip(parts, citations, strict=False):
        text = letters(part)
        if text != letters(citation.quote):
            assert text.endswith(letters(citation.quote))
            before = text.removesuffix(letters(citation.quote))
            headings = [letters(title) + "：" for title in citation.passage.section.path]
            assert before in headings or all(h in headings for h in re.findall(".*?：", before))


@given(TEXTS.filter(lambda text: not re.search(r"\[\d+\]", text)), st.sampled_from(["zh", "en"]))
def test_any_sentences_compose_to_their_quotes_and_no_more(text: str, language: str) -> None:
    corpus = corpus_of(text)
    spans = [(p, s) for p in corpus.passages for s in p.sentences][:9]
    citations = [Citation(n, p, *span) for n, (p, span) in enumerate(spans, 1)]
    if citations:
        assert_made_of_quotes(compose(citations, language), citations)


@pytest.mark.parametrize(
    "question",
    [
        "累计牵头承担国家科技重大专项多少项？",
        "How many national science and technology major projects?",
        "已建的大科学设施有哪些？",
        "原创成果有哪些方面？",
    ],
)
def test_an_answer_is_made_of_its_quotes(engine: Engine, question: str) -> None:
    answer: Answer = engine.ask(question)
    if answer.text is not None:
        assert_made_of_quotes(answer.text, list(answer.citations))
