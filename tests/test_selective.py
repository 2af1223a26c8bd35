"""Measures of selective answering against slow, exact definitions."""

from fractions import Fraction
from itertools import pairwise, permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.evaluation.selective import COVERAGES, auc, measures, refused, risks

# Few different chances, so that many tie.
CHANCES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
JUDGED = st.lists(st.tuples(CHANCES, st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: len({label for _, label in rows}) == 2
)
Rows = list[tuple[float, bool]]


def arrays(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([chance for chance, _ in rows]), np.array([label for _, label in rows])


def slow_auc(rows: Rows) -> Fraction:
    """Every answerable question against every other, one by one."""
    pairs = [(a, b) for a, yes in rows if yes for b, also in rows if not also]
    return Fraction(sum(2 * (a > b) + (a == b) for a, b in pairs), 2 * len(pairs))


def slow_refused(rows: Rows) -> float:
    """The most that any threshold refuses which costs one answerable in twenty at most."""
    best = 0.0
    for threshold in {chance for chance, _ in rows} | {2.0}:
        lost = [chance < threshold for chance, label in rows if label]
        gained = [chance < threshold for chance, label in rows if not label]
        if 20 * sum(lost) <= len(lost):
            best = max(best, sum(gained) / len(gained))
    return best


@given(JUDGED)
def test_the_area_is_its_definition(rows: Rows) -> None:
    assert auc(*arrays(rows)) == pytest.approx(float(slow_auc(rows)), abs=1e-12)


@given(JUDGED)
def test_the_area_turns_with_the_chances(rows: Rows) -> None:
    chances, labels = arrays(rows)
    assert auc(chances, labels) + auc(-chances, labels) == pytest.approx(1)
    assert auc(chances**3, labels) == auc(chances, labels)


@given(JUDGED)
def test_what_is_refused_is_its_definition(rows: Rows) -> None:
    assert refused(*arrays(rows)) == pytest.approx(slow_refused(rows))


def test_one_in_twenty_answerable_is_refused_and_no_more() -> None:
    chances = np.arange(40) / 40
    answerable = np.append(np.ones(40), 0) > 0
    for unanswerable, share in ((1.5 / 40, 1.0), (2.5 / 40, 0.0)):
        assert refused(np.append(chances, unanswerable), answerable) == share


@given(st.lists(st.tuples(CHANCES, st.booleans()), min_size=1, max_size=6))
def test_risks_are_the_mean_over_every_order_of_what_ties(rows: Rows) -> None:
    orders = [
        order
        for order in permutations(rows)
        if all(one[0] >= other[0] for one, other in pairwise(order))
    ]
    for k, risk in enumerate(risks(*arrays(rows)).tolist(), 1):
        wrong = [Fraction(sum(not right for _, right in order[:k]), k) for order in orders]
        assert risk == pytest.approx(float(sum(wrong) / len(wrong)))


@given(JUDGED, st.randoms(use_true_random=False))
def test_order_does_not_matter(rows: Rows, random: Random) -> None:
    mixed = list(rows)
    random.shuffle(mixed)
    one, other = (measures(c, right, right) for c, right in (arrays(rows), arrays(mixed)))
    assert one == pytest.approx(other)


def test_the_measures_of_a_set_by_hand() -> None:
    chances = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    answerable = np.array([True, True, False, True, False])
    right = np.array([True, False, False, True, False])
    found = measures(chances, answerable, right)
    assert list(found) == ["AUC", "refused@5%", "AURC", *(f"risk@{c}" for c in COVERAGES)]
    assert list(found.values()) == pytest.approx(
        [5 / 6, 1 / 2, (0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5, 0, 1 / 2, 2 / 3, 2 / 4, 3 / 5]
    )


def test_a_single_question_has_every_coverage() -> None:
    assert risks(np.array([0.5]), np.array([False])).tolist() == [1.0]
