"""Model: logistic regressions whose coefficients are a small file that people can read.

The file is made by `qa fit`. Features are named, so that one that is renamed or dropped is an
error rather than a silent shift.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.errors import OutputError

FILE = "coefficients.json"


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """P = 1 / (1 + exp(-(intercept + features · weights)))."""

    names: tuple[str, ...]
    intercept: float
    weights: NDArray[np.float64]

    def __call__(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return float64[n], the probability of each row of `features` [n, len(names)]."""
        odds = features.astype(np.float64) @ self.weights + self.intercept
        return np.asarray(1 / (1 + np.exp(-odds.clip(-50, 50))))


def fit(
    names: Sequence[str],
    features: NDArray[np.floating],
    labels: NDArray[np.floating],
    ridge: float = 1.0,
    counts: NDArray[np.floating] | float = 1.0,
    steps: int = 50,
) -> Logistic:
    """Return the regression by Newton's method on standardised features.

    `ridge` penalises the squared standardised weights; `counts` says how often each row counts.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scale = np.where(deviation > 1e-9, deviation, 1.0)
    x = np.hstack([np.ones((len(features), 1)), (features - mean) / scale]).astype(np.float64)
    penalty = np.diag([0.0] + [ridge] * len(names))
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -50, 50)))
        gradient = x.T @ (counts * (p - labels)) + penalty @ w
        hessian = (x * (counts * p * (1 - p))[:, None]).T @ x + penalty + 1e-9 * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = w[1:] / scale
    return Logistic(tuple(names), float(w[0] - mean @ weights), weights)


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """All that is fitted: the models by name, and from which probability on to answer."""

    models: Mapping[str, Logistic]
    answered_from: float

    def model(self, name: str, names: Sequence[str]) -> Logistic:
        """Return a model; raises ValueError where its features are not `names`."""
        found = self.models[name]
        if found.names != tuple(names):
            raise ValueError(f"{FILE} has other features for {name}; run `qa fit`")
        return found

    def of_language(self, name: str, lang: str, names: Sequence[str]) -> Logistic:
        """Return the model of questions in one language, or of all where it has none of its own."""
        own = f"{name}_{lang}"
        return self.model(own if own in self.models else name, names)


def to_json(coefficients: Coefficients) -> str:
    """Return the coefficients as text, one feature a line."""
    models = {
        name: {
            "intercept": round(model.intercept, 4),
            "weights": {
                feature: round(float(weight), 4)
                for feature, weight in zip(model.names, model.weights, strict=True)
            },
        }
        for name, model in coefficients.models.items()
    }
    return json.dumps(
        {"answered_from": round(coefficients.answered_from, 4), "models": models}, indent=1
    )


def write(coefficients: Coefficients, folder: Path) -> None:
    """Write the coefficients into a folder; raises OutputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(to_json(coefficients) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error}", "give another --out") from error


def from_json(text: str) -> Coefficients:
    """Return what `to_json` wrote."""
    parsed = json.loads(text)
    models = {
        name: Logistic(
            tuple(entry["weights"]),
            float(entry["intercept"]),
            np.array(list(entry["weights"].values()), np.float64),
        )
        for name, entry in parsed["models"].items()
    }
    return Coefficients(models, float(parsed["answered_from"]))


@cache
def shipped() -> Coefficients:
    """Return the coefficients that come with the package."""
    return from_json((resources.files("qa") / "knowledge" / FILE).read_text(encoding="utf-8"))
