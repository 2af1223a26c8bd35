from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.asking.asked import name_endings
from qa.asking.parts import split_asks
from qa.asking.question import parse_question, split_parts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("全省铁路里程有多少公里？", "figure"),
        ("粮食产量是多少你知道吗", "figure"),
        ("研究生招生增幅", "figure"),
        ("报告面向什么年龄的人群", "figure"),
        ("什么时候全面建成？", "date"),
        ("大会在哪一年举行", "date"),
        ("这项工程由谁负责？", "person"),
        ("研究院的院长叫什么名字", "person"),
        ("基地建在哪里", "place"),
        ("入选的是哪座城市？", "place"),
        ("有哪些措施", "list"),
        ("三大任务分别是什么？", "list"),
        ("哪家企业获奖？", "name"),
        ("新的大学叫什么？", "name"),
        ("高铁通车了吗", "yes_no"),
        ("是否完成了任务？", "yes_no"),
        ("甲市和乙市哪个增长更快？", "comparison"),
        ("概述今年的主要举措", "summary"),
        ("桥梁建设的总体情况是怎样的？", "summary"),
        ("什么是碳汇？", "definition"),
        ("为什么要调整目标？", "reason"),
        ("怎样申请补贴？", "manner"),
        ("企業有多少家？", "figure"),
        ("How many enterprises are there?", "figure"),
        ("By how much did exports grow?", "figure"),
        ("When was the bridge opened?", "date"),
        ("Who is the director?", "person"),
        ("Which city hosts the fair?", "place"),
        ("Which cities host the fair?", "list"),
        ("Which company won the prize?", "name"),
        ("Has the line opened?", "yes_no"),
        ("Which sections of the ring road were widened?", "list"),
        ("What vaccines does the clinic stock?", "list"),
        ("Which campus was closed?", "name"),
        # A headline asks by its last noun,
        ("港务集团，牵头单位", "name"),
        ("海岸观测站的站长", "person"),
        ("渔业合作社名单", "list"),
        ("新渔港的选址", "place"),
        ("“蓝色粮仓”的界定", "definition"),
        ("渔船的平均使用时长", "figure"),
        ("渔业保险制度", "other"),
        ("港口增长", "other"),
        # and the noun behind 哪 or what is told of a thing tells more than 哪 or 什么 alone.
        ("论文刊登在哪本期刊", "name"),
        ("灯塔在哪个岛上", "place"),
        ("渔获落到谁手里", "name"),
        ("今年要办的几件事是什么", "list"),
        ("办了几件事", "figure"),
        ("禁渔期到底是个什么制度", "definition"),
        ("渔政在护渔上做了什么", "summary"),
        ("护渔队用了什么船", "name"),
        ("What did the patrol achieve?", "summary"),
        ("Which company's trucks are electric?", "name"),
        ("哪个基金会捐了这座桥", "name"),
        ("什么基金增长最快", "figure"),
        ("How many sections of track were laid?", "figure"),
        ("供束时间有多少小时？", "figure"),
        ("夜间门诊几点到几点开？", "date"),
        ("开馆时间是什么？", "date"),
    ],
)
def test_kind(text: str, kind: str) -> None:
    assert parse_question(text).kind == kind


@pytest.mark.parametrize(
    ("text", "unit", "attribute"),
    [
        ("隧道长度是多少", "米", "长度"),
        ("产业的销售收入有多少", "元", "销售收入"),
        ("用户有多少", "人", "用户"),
        ("占比达到几成", "%", "占比"),
        ("排名全国第几", "第", "排名"),
        ("森林面积有多大", "平方米", "森林面积"),
        ("有多少万千瓦装机", "千瓦", "装机"),
        ("桥有多长", "米", ""),
        # A word of one character is none inside a longer word,
        ("电子束的能量是多少", "电子伏", "能量"),
        ("时钟的频率有多少", "赫兹", "频率"),
        ("一年用了多少电", "千瓦时", "电"),
        ("船有多少", "艘", "船"),
        # and the noun behind the asking word goes before one that stands nearer before it.
        ("这批项目拿到了多少省级奖励资金？", "元", "资金"),
        ("这些课题一共用了多少设备经费", "元", "经费"),
        ("港区引进了多少项目？", "个", "项目"),
        ("公交车接送了多少老人参加活动", "人", "老人"),
        ("专利转让成交了多少亿？", "元", "专利"),
        ("用户一共多少亿", "人", "用户"),
        ("办一张证要几个钟头", "小时", ""),
        ("去年受理了多少桩纠纷", "件", ""),
        ("how many hours of beam time", "小时", "hours"),
        ("What is the budget?", "元", "budget"),
        ("How many people took part?", "人", "people"),
    ],
)
def test_units_and_attribute(text: str, unit: str, attribute: str) -> None:
    question = parse_question(text)
    assert unit in question.units
    assert question.attribute == attribute or not attribute


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("湖滨打造了什么联盟", ""),
        ("哪个国有企业上市了", "公司"),
        ("哪个国家参展", "国"),
        ("哪座桥最长", "桥"),
        ("哪个县通了铁路", "县"),
        ("救援队的平台叫什么名字", "平台"),
        ("获奖的企业是哪一家", "公司"),
        ("这家企业用了什么技术", ""),
    ],
)
def test_how_names_end(text: str, ending: str) -> None:
    question = parse_question(text)
    endings = name_endings(question.folded, question.lang, question.head)
    assert ending in endings if ending else not {"湖", "公司"} & set(endings)


def test_any_unit_where_none_is_asked() -> None:
    assert parse_question("结果是多少").units == frozenset()


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("哪家企业获奖？", "企业"),
        ("哪个研发中心正在组建？", "研发中心"),
        ("有哪些措施", "措施"),
        ("新的大学叫什么？", "大学"),
        ("Which company won the prize?", "company"),
    ],
)
def test_head(text: str, head: str) -> None:
    assert parse_question(text).head == head


def test_constraints() -> None:
    question = parse_question("2020年上海和江苏的专利有多少件？")
    assert question.years == {2020}
    assert question.places == {"上海", "江苏"}
    assert parse_question("How many patents did Shanghai have in 2020?").places == {"上海"}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("在“人才队伍”一节里提到了什么？", "人才队伍"),
        ('What is said in the section "Talent"?', "talent"),
        ("人才队伍怎么样", ""),
    ],
)
def test_scope_hint(text: str, hint: str) -> None:
    assert parse_question(text).scope_hint == hint


@pytest.mark.parametrize(
    ("text", "vague"),
    [("怎么样？", True), ("tell me more", True), ("？？", True), ("人才怎么样？", False)],
)
def test_vague(text: str, vague: bool) -> None:
    assert parse_question(text).is_vague is vague


def test_content_leaves_the_asking_words_out() -> None:
    question = parse_question("请问集成电路产业的销售收入是多少？")
    assert question.terms == ("集成电路产业", "销售收入")
    assert parse_question("合同是几月签的").terms == ("合同", "签")
    assert parse_question("在“渔港”一节里讲到灯塔了吗").terms == ("渔港", "灯塔")
    assert parse_question("请列出科研设施").terms == ("科研设施",)
    assert parse_question("总结一下沼气用户准备增加的情况").terms == ("沼气用户", "增加")
    assert parse_question("What is the length of the tunnel?").terms == ("length", "tunnel")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("铁路里程是多少？公路里程呢？", ("铁路里程是多少？", "公路里程是多少？")),
        ("企业有多少家？医院呢？", ("企业有多少家？", "医院有多少？")),
        ("建成几座桥，几时通车？", ("建成几座桥", "几时通车？")),
        ("铁路里程有多长，在全国排第几？", ("铁路里程有多长", "铁路里程在全国排第几？")),
        ("到位资金是多少，增幅呢？", ("到位资金是多少", "到位资金增幅是多少？")),
        ("How many roads were built and how many bridges?",
         ("How many roads were built", "how many bridges were built?")),
        ("Who signed the treaty, and when?", ("Who signed the treaty", "when signed the treaty?")),
        ("When was it built and by whom?", ("When was it built", "by whom was it built?")),
        ("Which ship sank, and in which bay?", ("Which ship sank", "in which bay ship sank?")),
        ("How and why did the price fall?", ("How did the price fall", "why did the price fall?")),
        ("Where is the zoo and how many visitors does it receive?",
         ("Where is the zoo", "how many visitors does the zoo receive?")),
        ("Where is the dam? When was it built?", ("Where is the dam?", "When was the dam built?")),
        ("How long is the canal, and how much is the annual cost?",
         ("How long is the canal", "how much is the annual cost of the canal?")),
        ("How do rail and road compare, and which is longer?",
         ("How do rail and road compare, and which is longer?",)),
        ("List the dams and when they opened.", ("List the dams and when they opened.",)),
        ("How many roads and bridges were built?", ("How many roads and bridges were built?",)),
        ("铁路、公路里程有多少公里？", ("铁路、公路里程有多少公里？",)),
        ("海洋专项有几项？中央财政给了多少？", ("海洋专项有几项？", "海洋专项中央财政给了多少？")),
        ("新建了什么园区，位于哪里？", ("新建了什么园区", "园区位于哪里？")),
        ("隧道有多长，是哪一年打通的？", ("隧道有多长", "隧道是哪一年打通的？")),
        ("每个乡拥有多少耕地，又有多少农户？", ("每个乡拥有多少耕地", "每个乡又有多少农户？")),
        ("试点过去有多少县，今年扩到多少？", ("试点过去有多少县", "试点过去今年扩到多少？")),
        ("港口由谁建的，什么时候开工？", ("港口由谁建的", "港口什么时候开工？")),
        ("就业人数多少？财政收入多少？", ("就业人数多少？", "财政收入多少？")),
    ],
)  # fmt: skip
def test_parts(text: str, parts: tuple[str, ...]) -> None:
    assert split_parts(text) == parts


def test_asks_within_a_part() -> None:
    assert split_asks("建成几座桥、几条路？") == ("建成几座桥", "几条路？")
    assert split_asks("协议的签署和方案的批复，分别是哪个月？") == (
        "协议的签署是哪个月？",
        "方案的批复是哪个月？",
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("炼铁和炼钢的占比分别是多少", ("炼铁的占比是多少", "炼钢的占比是多少")),
        ("在建项目和完工项目分别是几个", ("在建项目是几个", "完工项目是几个")),
        ("钢厂的产量和销量各是多少", ("钢厂的产量是多少", "钢厂的销量是多少")),
        ("航运和水产企业总产值分别多少", ("航运企业总产值多少", "水产企业总产值多少")),
        ("首期和二期用地面积分别是多少", ("首期用地面积是多少", "二期用地面积是多少")),
        ("2019年北港和南港各有几个泊位", ("2019年北港有几个泊位", "2019年南港有几个泊位")),
        ("全市粮食产量，2019年和2020年各是多少",
         ("全市粮食产量，2019年是多少", "全市粮食产量，2020年是多少")),
        ("北港和南港，货运量分别是多少", ("北港，货运量是多少", "南港，货运量是多少")),
        ("东区的校舍，以及西区的校舍，各有几间", ("东区的校舍有几间", "西区的校舍有几间")),
        ("《保护和利用条例》和《总体规划》分别是哪一年出台的",
         ("《保护和利用条例》是哪一年出台的", "《总体规划》是哪一年出台的")),
        ("各类学校有多少所", ("各类学校有多少所",)),
        ("财政补贴与其他各类补贴合计多少", ("财政补贴与其他各类补贴合计多少",)),
        ("计划修路多久、实际又修了多久", ("计划修路多久", "实际又修了多久")),
        ("甲、乙、丙、丁、戊五镇分别有多少人", ("甲、乙、丙、丁、戊五镇分别有多少人",)),
    ],
)  # fmt: skip
def test_what_is_said_of_each(text: str, parts: tuple[str, ...]) -> None:
    assert split_asks(text) == parts


@given(st.text(max_size=80))
def test_any_text_is_taken_apart(text: str) -> None:
    question = parse_question(text)
    assert all(0 <= a < b <= len(text) for a, b in question.content)
    assert all(split_parts(text)) or not text


@pytest.mark.parametrize("unit", ["多少几", "达到", "how many ", "“", "在", "和", "？", "which "])
def test_time_is_linear(unit: str) -> None:
    text = unit * (1000 // len(unit))
    parse_question(text)
    started = perf_counter()
    parse_question(text)
    split_asks(text)
    assert perf_counter() - started < 0.2


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Where is 黎安?", "en"),
        ("how many 鲁班 workshops", "en"),
        ("GDP是多少", "zh"),
        ("AI 产业规模", "zh"),
        ("What does 新质生产力 mean?", "en"),
    ],
)
def test_a_name_in_chinese_leaves_a_question_english(text: str, lang: str) -> None:
    assert parse_question(text).lang == lang
