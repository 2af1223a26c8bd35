import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.model import Coefficients, Logistic, fit, from_json, shipped, to_json


def gradient_descent(x: np.ndarray, y: np.ndarray, ridge: float) -> np.ndarray:
    """Return the standardised weights with the intercept first, slowly."""
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    z = np.hstack([np.ones((len(z), 1)), z])
    w = np.zeros(z.shape[1])
    for _ in range(60_000):
        slope = z.T @ (1 / (1 + np.exp(-z @ w)) - y) + ridge * np.r_[0, w[1:]]
        w -= 0.01 * slope
    return w


def test_newton_finds_what_slow_descent_finds() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=(80, 3)) * [1, 5, 0.1] + [0, 2, 1]
    y = (x @ [1, 0.2, 3] + chance.normal(size=80) > 3).astype(float)
    model = fit(["a", "b", "c"], x, y, ridge=2.0)
    slow = gradient_descent(x, y, 2.0)
    assert model.weights * x.std(axis=0) == pytest.approx(slow[1:], abs=1e-4)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    assert model(x) == pytest.approx(1 / (1 + np.exp(-(slow[0] + z @ slow[1:]))), abs=1e-4)


def test_a_feature_that_never_changes_has_no_weight() -> None:
    x = np.array([[1.0, 0.0], [1.0, 1.0]] * 10)
    model = fit(["same", "tells"], x, x[:, 1])
    assert model.weights[0] == 0
    assert model(x)[0] < 0.3 < 0.7 < model(x)[1]


@given(st.lists(st.floats(-9, 9), min_size=2, max_size=2), st.floats(-9, 9))
def test_coefficients_survive_their_file(weights: list[float], intercept: float) -> None:
    model = Logistic(("a", "b"), intercept, np.array(weights))
    again = from_json(to_json(Coefficients({"m": model}, 0.5)))
    x = np.array([[0.5, -0.5]])
    assert again.model("m", ["a", "b"])(x) == pytest.approx(model(x), abs=1e-3)
    assert again.answered_from == 0.5


def test_features_that_changed_are_an_error_not_a_shift() -> None:
    with pytest.raises(ValueError, match="qa fit"):
        shipped().model("evidence", ["renamed"])


def test_a_language_has_its_own_model_where_one_was_fitted() -> None:
    both, english = (Logistic(("a",), at, np.zeros(1)) for at in (0.0, 1.0))
    fitted = Coefficients({"m": both, "m_en": english}, 0.5)
    assert fitted.of_language("m", "en", ["a"]) is english
    assert fitted.of_language("m", "zh", ["a"]) is both
    with pytest.raises(ValueError, match="qa fit"):
        fitted.of_language("m", "en", ["renamed"])
