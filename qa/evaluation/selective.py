"""Measures of selective answering: what is gained where the least sure questions are refused."""

import numpy as np
from numpy.typing import NDArray

COVERAGES = (0.2, 0.4, 0.6, 0.8, 1.0)
_REFUSED_ONE_IN = 20  # answerable questions, where refusals are compared


def measures(
    chances: NDArray[np.float64], answerable: NDArray[np.bool_], right: NDArray[np.bool_]
) -> dict[str, float]:
    """Return how well the chances part the answerable from the others, and right from wrong.

    `refused@5%` is the share of the unanswerable that is refused where one in twenty of the
    answerable is; `risk@c` the share of wrong answers among the surest `c` of all questions, `AURC`
    its mean over every coverage.
    """
    risk = risks(chances, right)
    at = [max(round(coverage * len(risk)), 1) - 1 for coverage in COVERAGES]
    return {
        "AUC": auc(chances, answerable),
        "refused@5%": refused(chances, answerable),
        "AURC": float(risk.mean()),
        **{f"risk@{c}": float(risk[k]) for c, k in zip(COVERAGES, at, strict=True)},
    }


def auc(chances: NDArray[np.float64], answerable: NDArray[np.bool_]) -> float:
    """Return how often an answerable question has the higher chance of two; a tie counts half.

    >>> auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    _, group, size = np.unique(chances, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(size) - (size - 1) / 2)[group]  # from 1, the mean of those that tie
    count = int(answerable.sum())
    below = ranks[answerable].sum() - count * (count + 1) / 2
    return float(below / (count * (len(chances) - count)))


def refused(chances: NDArray[np.float64], answerable: NDArray[np.bool_]) -> float:
    """Return the share of the unanswerable below the chance that one in twenty answerable miss."""
    kept = np.sort(chances[answerable])
    return float((chances[~answerable] < kept[len(kept) // _REFUSED_ONE_IN]).mean())


def risks(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return float64[n]: the share of wrong ones among the surest 1, 2, … n.

    Those of the same chance count as equally wrong, so that their order does not matter.
    """
    _, group, size = np.unique(-chances, return_inverse=True, return_counts=True)
    wrong = np.bincount(group, weights=~right) / size
    return np.asarray(np.cumsum(np.repeat(wrong, size)) / np.arange(1, len(chances) + 1))
