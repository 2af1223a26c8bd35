from hypothesis import given
from hypothesis import strategies as st

from qa.reading.corpus import Corpus, indexed_text, read_corpus
from qa.reading.passages import MAX_LENGTH
from qa.reading.sentences import LONGEST, split_lines, split_sentences
from qa.reading.sources import Source

TEXTS = st.text(alphabet=st.sampled_from("甲乙丙丁一二1.23、。；;！ \n-•**（）a"), max_size=1500)


def corpus_of(*texts: str) -> Corpus:
    return read_corpus(Source(f"{at}.txt", text, "", 0, {}) for at, text in enumerate(texts))


def quotes(text: str) -> list[str]:
    spans = split_lines(text, 0, len(text))
    return [text[s:e] for line in spans for s, e in split_sentences(text, *line)]


def test_sentences_are_whole_and_without_marks() -> None:
    text = (
        "甲有1.5亿元。乙增长3%；丙减少;丁“不变。”\n- 项目一, 完成\n• 项目二\n\n3.2 Two ends. Here!"
    )
    assert quotes(text) == [
        "甲有1.5亿元。",
        "乙增长3%",
        "丙减少",
        "丁“不变。”",
        "项目一, 完成",
        "项目二",
        "3.2 Two ends.",
        "Here!",
    ]


@given(TEXTS)
def test_every_letter_stands_in_exactly_one_sentence_of_one_passage(text: str) -> None:
    corpus = corpus_of(text)
    covered = [0] * len(text)
    for passage in corpus.passages:
        assert passage.start == passage.sentences[0][0]
        assert passage.end == passage.sentences[-1][1]
        assert passage.section.start <= passage.start < passage.end <= passage.section.end
        for start, end in passage.sentences:
            assert text[start:end].strip() == text[start:end] != ""
            for at in range(start, end):
                covered[at] += 1
    for character, times in zip(text, covered, strict=True):
        assert times == 1 or (times == 0 and not character.isalnum())


@given(TEXTS)
def test_passages_stay_small_unless_one_sentence_is_longer(text: str) -> None:
    for passage in corpus_of(text).passages:
        assert len(passage.text) <= MAX_LENGTH or len(passage.sentences) == 1


def test_signs_before_an_item_or_a_heading_stay_outside() -> None:
    assert quotes("● 项目一建成。\n■ 12英寸产线\n▷ 概况\n▲3.5%\n") == [
        "项目一建成。",
        "12英寸产线",
        "概况",
        "▲3.5%",
    ]


def test_full_stops_that_end_nothing() -> None:
    text = "1. It was 8% in 2021, vs. 1.5. Dr. A. Lee e.g. spoke. (See No. 4.) The U.S. grew."
    assert quotes(text) == [
        "1. It was 8% in 2021, vs. 1.5.",
        "Dr. A. Lee e.g. spoke.",
        "(See No. 4.)",
        "The U.S. grew.",
    ]


def test_a_line_without_any_end_is_cut() -> None:
    passages = corpus_of("字" * 100_000).passages
    assert max(len(passage.text) for passage in passages) <= LONGEST
    assert sum(len(passage.text) for passage in passages) == 100_000


def test_ids_do_not_depend_on_order_and_are_unique() -> None:
    text = "一、甲\n同一句话。\n\n同一句话。\n一、甲\n同一句话。\n"
    one, two = Source("a.txt", text, "", 0, {}), Source("b.txt", text, "", 0, {})
    forward, backward = read_corpus([one, two]), read_corpus([two, one])
    assert {p.id for p in forward.passages} == {p.id for p in backward.passages}
    assert len({p.id for p in forward.passages}) == len(forward.passages)
    assert len({s.id for s in forward.sections}) == len(forward.sections)


def test_a_passage_is_embedded_under_its_headings_once() -> None:
    (passage,) = corpus_of("一、总体情况\n\n全年增长百分之五。\n").passages
    assert passage.text == "一、总体情况\n\n全年增长百分之五。"
    assert indexed_text(passage) == "一、总体情况\n全年增长百分之五。"
