import itertools
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.asking.figures import Figure, figures_agree, find_dates, find_figures, is_date, years
from qa.asking.numerals import parse_number


def said(text: str) -> list[str]:
    return [text[f.start : f.end].replace("*", "") for f in find_figures(text)]


def one(text: str) -> Figure:
    (figure,) = find_figures(text)
    return figure


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("吸引近千家企业", ["近千家"]),
        ("服务超过3万人, 授权200余件", ["超过3万人", "200余件"]),
        ("提供机时**35万**小时", ["35万小时"]),
        ("面向20—60岁人群", ["20—60岁"]),
        ("增长5%-5.5%", ["5%-5.5%"]),
        ("由66户整合至12户", ["66户", "12户"]),
        ("从5%到6%", ["5%", "6%"]),
        ("上云率近六成, 成果显著", ["近六成"]),
        ("里程突破9500公里、连续21年领先", ["突破9500公里", "连续21年"]),
        ("产量居全国第五位", ["全国第五位"]),
        ("粮食500亿斤以上, 斤两左右", ["500亿斤以上"]),
        ("２．５２万公里", ["２．５２万公里"]),
        ("百分之八十五以上", ["百分之八十五以上"]),
        ("收入比缩小到2.52∶1", ["2.52∶1"]),
        ("数十家、上百家", ["数十家", "上百家"]),
        ("RMB 1.25 billion or 3 hours", ["RMB 1.25 billion", "3 hours"]),
        ("總體數據量近90T, 萬餘個", ["近90T", "萬餘個"]),
        ("投入 8 640 万元、发表 236 篇、收入 1.15 亿元", ["8 640 万元", "236 篇", "1.15 亿元"]),
        ("招生2 640人, 共1\u2009234\u2009567人次", ["2 640人", "1\u2009234\u2009567人次"]),
        ("开放 **4,725 小时**, 师生比 12.50∶1", ["4,725 小时", "12.50∶1"]),
        ("经费支出 6.3 504 88.2\n经费支出 12 504\n", ["6.3", "504", "88.2", "12", "504"]),
        ("2022 年 640 家, 2023 640 家", ["640 家", "2023", "640 家"]),
        ("能量 3.5 GeV、数据 4.2 PB、面积 412 km²", ["3.5 GeV", "4.2 PB", "412 km²"]),
        ("使用强度 34.2 DDDs/百人天, 机时 5 340 h", ["34.2 DDDs/百人天", "5 340 h"]),
        ("电价0.5元/千瓦时, 氨氮0.86毫克/升", ["0.5元/千瓦时", "0.86毫克/升"]),
        ("抽检1538批次, 3.5GeV能量, 200km线路", ["1538批次", "3.5GeV", "200km"]),
        ("车程由1小时40分钟缩短至20分钟", ["1小时40分钟", "20分钟"]),
        ("按 5:3:2 的比例, 租金为六折", ["5:3:2", "六折"]),
        ("冷却到4.2K、磁场9.4T、每次1.5h", ["4.2K", "9.4T", "1.5h"]),
        ("模拟三十亿神经元, 万千气象, 亿万群众", ["三十亿"]),
        # none of these counts anything
        ("5G基站、3D打印、4K超高清、5A级景区、1号线", []),
        ("C919首飞，5G基站，1.3GHz", ["1.3GHz"]),
        ("十分重要、一方面、三农、十四五、千方百计", []),
        ("亿元以上项目、千亿立方米基地、每千人床位、迈出一步", []),
        ("超百亿元、近千家、万余个", ["超百亿元", "近千家", "万余个"]),
        ("2020年3月, 11月底, 一九八五年九月", []),
    ],
)
def test_spans(text: str, figures: list[str]) -> None:
    assert said(text) == figures


@pytest.mark.parametrize(
    ("text", "value", "unit", "bound"),
    [
        ("12.5亿元", "1250000000", "元", ""),
        ("RMB 1.25 billion", "1250000000", "元", ""),
        ("约1,234.5万吨", "12345000000", "千克", "about"),
        ("0.13千克", "0.13", "千克", ""),
        ("超2万亿千瓦时", "2000000000000", "千瓦时", "over"),
        ("不超过15天", "15", "天", "under"),
        ("百分之十二点五", "12.5", "%", ""),
        ("近三成", "30", "%", "about"),
        ("2‰", "0.2", "%", ""),
        ("三十二亿平方米", "3200000000", "平方米", ""),
        ("1万多名", "10000", "人", "over"),
        ("第3位", "3", "第", ""),
        ("22个百分点", "22", "百分点", ""),
        ("5 kilometers", "5000", "米", ""),
    ],
)
def test_values(text: str, value: str, unit: str, bound: str) -> None:
    figure = one(text)
    assert (figure.value, figure.unit, figure.bound) == (Decimal(value), unit, bound)


def test_a_step_and_an_idiom_are_no_figures() -> None:
    assert said("迈上4个万亿元台阶、关乎千家万户") == ["4个"]


def test_a_range_has_both_ends() -> None:
    figure = one("20至60岁")
    assert (figure.value, figure.high, figure.unit) == (Decimal(20), Decimal(60), "岁")


def test_the_last_unit_of_a_row_is_shared() -> None:
    assert [f.unit for f in find_figures("分别提高15、22个百分点")] == ["百分点", "百分点"]


@pytest.mark.parametrize(
    ("answer", "quote", "agree"),
    [
        ("12.5亿元", "RMB 1.25 billion", True),
        ("3公里", "全长3000米", True),
        ("15亩", "1公顷", True),
        ("929项", "929项, 获支持333.04亿元", True),
        ("929项", "928项", False),
        ("5%", "5个百分点", False),
        ("5万人", "5万元", False),
    ],
)
def test_agreement(answer: str, quote: str, agree: bool) -> None:
    assert figures_agree(find_figures(answer), find_figures(quote)) is agree


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("截至11月底, 共3个月", ["截至11月底"]),
        ("2026年2月3日起", ["2026年2月3日"]),
        ("3月19日至20日考察", ["3月19日至20日"]),
        ("到二〇三五年", ["二〇三五年"]),
        ("年底前完成", ["年底"]),
        ("过去五年、1号线", []),
        ("on 3 March 2020", ["3 March 2020"]),
        ("2022 年 9 月 20 日和 2018 年", ["2022 年 9 月 20 日", "2018 年"]),
        ("论坛于 11 月 6 日至 8 日举行", ["11 月 6 日至 8 日"]),
        ("13 日至 15 日举行", ["13 日至 15 日"]),
        ("每日17:30至21:00开放, 比例为1:10", ["17:30至21:00"]),
        ("2024年三季度装好, 2022-2023学年到账", ["2024年三季度", "2022-2023学年"]),
    ],
)
def test_dates(text: str, dates: list[str]) -> None:
    assert [text[a:b] for a, b in find_dates(text)] == dates
    assert all(is_date(date) for date in dates)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2021—2023年与去年", {2021, 2022, 2023}),
        ("一九八五年", {1985}),
        ("２０１９年", {2019}),
        ("2000个项目, 2020万元", set()),
        ("in 2025?", {2025}),
        ("2018—2021年用水量依次为", {2018, 2019, 2020, 2021}),
        ("2018-21年", {2018, 2019, 2020, 2021}),
        ("2018年和2021年", {2018, 2021}),
        ("水厂，2021年供水多少？", {2021}),
        ("水厂,2021年供水多少?", {2021}),
        ("2019,2020年分别是多少", {2019, 2020}),
        ("发放2,000册", set()),
        ("销售2,019,500册", set()),
        ("长1.2021公里", set()),
    ],
)
def test_years(text: str, named: set[int]) -> None:
    assert years(text) == named


def by_place(number: int) -> str:
    """Write a number below 10 000 in Chinese, slowly."""
    result = ""
    for scale, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            result += "零一二三四五六七八九"[digit] + word
        elif result and number and not result.endswith("零"):
            result += "零"
    return result or "零"


@given(st.integers(1, 9999), st.integers(0, 9999))
def test_chinese_numerals(high: int, low: int) -> None:
    assert parse_number(by_place(low)) == low
    assert parse_number(by_place(high) + "万" + by_place(low)) == high * 10_000 + low


@given(st.text(alphabet="约超过近1２三百万亿.,，%个元年月日第—至到余多*“”a ", max_size=60))
def test_figures_are_in_order_and_inside(text: str) -> None:
    at = 0
    for figure in find_figures(text):
        assert at <= figure.start < figure.end <= len(text)
        at = figure.start + 1
    for start, end in find_dates(text):
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "unit", ["1", "1,", "一", "百万", "约", "2020年", "**", "一分之", "1-", "第"]
)
def test_time_is_linear(unit: str) -> None:
    text = unit * (1000 // len(unit))
    find_figures(text)
    started = perf_counter()
    find_figures(text)
    find_dates(text)
    years(text)
    assert perf_counter() - started < 0.1


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("8 640 万元", "86400000", "元"),
        ("3.5 GeV", "3500000000", "电子伏"),
        ("34.2 DDDs", "34.2", "DDDs"),
        ("72 h", "72", "小时"),
        ("六折", "60", "%"),
    ],
)
def test_values_that_are_set_off(text: str, value: str, unit: str) -> None:
    figure = one(text)
    assert (figure.value, figure.unit) == (Decimal(value), unit)


def test_the_parts_of_a_duration_are_added() -> None:
    assert round(one("1小时30分钟").value or 0, 4) == Decimal("1.5")


def test_english_words_are_no_units() -> None:
    assert said("there are 7 of us and 3 new ones") == ["7", "3"]


@given(st.text(alphabet="0123456789 ,.年月日万亿元个至GeVkm²\u2009\n*约", max_size=40))
def test_figures_and_dates_lie_in_the_text_in_order(text: str) -> None:
    for spans in (find_dates(text), [(f.start, f.end) for f in find_figures(text)]):
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert all(b <= c for (_, b), (c, _) in itertools.pairwise(spans))
