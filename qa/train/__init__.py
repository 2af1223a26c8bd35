"""Training the bundled encoder: pairs → pieces → table → folder. Needs torch, and only here."""

from collections.abc import Callable
from pathlib import Path

from qa.errors import DependencyMissing


def train_encoder(
    data: Path,
    out: Path,
    seed: int = 0,
    quick: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Train on the pairs of `data` and write a sentence-transformers folder to `out`.

    `data` holds `*.jsonl[.gz]` files of pairs and, for pairs made by rule, `reports/*.txt`; a file
    `cedict` serves as dictionary. Equal seeds, data and thread counts give equal files. `quick`
    is a tiny model in seconds, for tests. `progress` is told steps done and in all.
    """
    try:
        from qa.train.recipe import QUICK, Recipe
        from qa.train.run import train
    except ImportError as error:
        raise torch_missing(error) from error
    train(data, out, QUICK if quick else Recipe(), seed, progress)


def torch_missing(error: ImportError) -> DependencyMissing:
    """Return what to raise where training is asked for without torch."""
    return DependencyMissing(f"training needs torch ({error})", "pip install 'qa[models]'")
