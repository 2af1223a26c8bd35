"""The recipe: every number of the training in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# How often an epoch sees each source; 1 where none is named.
_REPEATS: Mapping[str, float] = MappingProxyType(
    {
        "cmrc_train": 2.0,
        "cmrc_english": 2.0,
        "gov_reports": 2.0,
        "questions": 2.0,
        "questions_english": 3.0,
        "tatoeba_en2zh": 2.0,
        "docs_en2zh": 2.0,
        "cmrc_holed": 1.5,
        "laws": 0.5,
    }
)
# Sources whose batches are made of neighbours from the second epoch on.
_HARD = frozenset(
    {
        "cmrc_train",
        "cmrc_holed",
        "cmrc_english",
        "gov_reports",
        "gov_english",
        "report_holed",
        "other_holed",
        "holed_english",
        "cloze",
        "cloze_english",
        "questions",
        "questions_english",
        "zh_techdocs",
    }
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What `train_encoder` does; the defaults gave the bundled encoder."""

    pieces: int = 88_000
    dim: int = 512
    epochs: int = 3
    batch: int = 2048
    rate: float = 0.02
    temperature: float = 0.05
    # The first of each batch that also learn late interaction.
    late_batch: int = 160
    late_temperature: float = 0.05
    # A second, weaker loss on the first dimensions.
    short_dim: int = 64
    short_share: float = 0.3
    # Shares of the pieces left out by chance, afresh each time: what is learned must not hang on
    # single words of a pair.
    drop_query: float = 0.1
    drop_positive: float = 0.2
    # Neighbours in a hard batch stand in groups of this size.
    leaf: int = 64
    longest_query: int = 64
    longest_positive: int = 256
    smallest: int = 256
    threads: int = 2
    repeats: Mapping[str, float] = field(default_factory=lambda: _REPEATS)
    hard: frozenset[str] = _HARD


# For tests: everything that the recipe does, in seconds, on a handful of pairs.
QUICK = Recipe(
    pieces=3000, dim=64, epochs=3, batch=256, late_batch=32, short_dim=16, leaf=8, smallest=4
)
