"""One training run, from the folder of pairs to the folder of the encoder."""

import random
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from qa.errors import OutputError
from qa.fold import fold
from qa.train import made
from qa.train.batches import Ints, Ragged, Source, epoch, neighbours, source_of, steps_of
from qa.train.export import save_encoder
from qa.train.pairs import Pair, question_pairs, read_reports, read_sources, translated_pairs
from qa.train.pieces import learn_pieces, tokenizer_of
from qa.train.recipe import Recipe
from qa.train.table import Table, Weights, contrast, late, means

Progress = Callable[[int, int], None]
# A piece with this probability weighs half of what a rare one does, to begin with.
_COMMON = 1e-4


def train(
    data: Path, out: Path, recipe: Recipe, seed: int = 0, progress: Progress | None = None
) -> None:
    """Read, learn pieces, learn vectors, write; see `qa.train.train_encoder`."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot create {out}: {error}", "give another --out") from error
    read, reports = read_sources(data), read_reports(data / "reports")
    pieces = _pieces(read, reports, recipe)
    tokenizer = tokenizer_of(pieces)
    pairs = all_pairs(read, reports, tokenizer, random.Random(seed))
    longest = (recipe.longest_query, recipe.longest_positive)
    sources = {
        name: source_of(tokenizer, given, longest)
        for name, given in pairs.items()
        if len(given) >= recipe.smallest
    }
    weights = _first_weights(np.array([score for _, score in pieces]))
    trainer = Trainer(recipe, sources, [piece for piece, _ in pieces], weights, seed)
    trainer.run(progress)
    save_encoder(out, tokenizer, trainer.table.summed(), trainer.weights.logs.exp().numpy())


def all_pairs(
    read: Mapping[str, list[Pair]],
    reports: Mapping[str, str],
    tokenizer: Tokenizer,
    chance: random.Random,
) -> dict[str, list[Pair]]:
    """Return the sources as read, the written questions, and the pairs made by rule."""
    written = Path(str(resources.files("qa"))) / "training"
    questions = sorted(written.glob("questions_*.jsonl"))
    paragraphs = sorted({pair.positive for pair in read.get("cmrc_train", [])})
    runs = [chunk for text in reports.values() for chunk in made.chunks(fold(text), chance)]
    short = [chunk for text in paragraphs for chunk in made.chunks(text, chance)]
    other = [pair.positive for pair in read.get("zh_techdocs", [])]
    other += [pair.positive for pair in read.get("laws", [])[::3]]
    cloze = made.inverse_cloze([*paragraphs, *paragraphs, *runs, *other], chance)
    holed = made.holed_questions([*short, *paragraphs], tokenizer, chance, 4)
    holed_reports = made.holed_questions(runs, tokenizer, chance, 3)
    words = made.glosses(read.get("cedict", []))

    def english(pairs: list[Pair], most: int) -> list[Pair]:
        some = chance.sample(pairs, min(most, len(pairs)))
        return made.in_english(some, words, tokenizer, chance)

    return {
        **read,
        "questions": [p for path in questions for p in question_pairs(path, dict(reports))],
        "questions_english": translated_pairs(
            written / "english.jsonl.gz", read.get("cmrc_train", [])
        ),
        "cloze": cloze,
        "cmrc_holed": holed,
        "report_holed": holed_reports,
        "other_holed": made.holed_questions(other, tokenizer, chance, 1),
        "cmrc_english": english(read.get("cmrc_train", []), 20_000),
        "gov_english": english(read.get("gov_reports", []), 20_000),
        "cloze_english": english(cloze, 15_000),
        "holed_english": english(holed, 12_000) + english(holed_reports, 6_000),
    }


class Trainer:
    """Learns vectors and weights: in-batch contrast of means and of late interaction."""

    def __init__(
        self,
        recipe: Recipe,
        sources: Mapping[str, Source],
        names: list[str],
        weights: NDArray[np.float32],
        seed: int,
    ) -> None:
        self.recipe, self.sources = recipe, sources
        self.table = Table.random(names, recipe.dim, seed)
        self.weights = Weights.of(weights)
        self._chance = np.random.default_rng(seed)

    def run(self, progress: Progress | None = None) -> None:
        """Take every step of every epoch; the rate rises for 30 steps, then falls to 0."""
        recipe = self.recipe
        sizes = {name: len(source) for name, source in self.sources.items()}
        steps = steps_of(sizes, recipe.repeats, recipe.batch)
        total, done = recipe.epochs * sum(steps.values()), 0
        threads = torch.get_num_threads()
        torch.set_num_threads(recipe.threads)
        try:
            for number in range(recipe.epochs):
                vectors = torch.from_numpy(self.table.summed()) if number else None
                orders = {name: self._orders(name, vectors) for name in self.sources}
                for name, rows in epoch(orders, steps, recipe.batch, self._chance):
                    warm = min(1.0, (done + 1) / 30)
                    self._step(self.sources[name], rows, recipe.rate * warm * (1 - done / total))
                    done += 1
                    if progress:
                        progress(done, total)
        finally:
            torch.set_num_threads(threads)

    def _orders(self, name: str, vectors: Tensor | None) -> Iterator[Ints]:
        """Yield orders of a source's pairs for ever: by chance, or neighbours together."""
        source = self.sources[name]
        if vectors is None or name not in self.recipe.hard:
            while True:
                yield self._chance.permutation(len(source))
        passages = means(vectors, source.positives).numpy()
        while True:
            yield neighbours(passages, self.recipe.leaf, self._chance)

    def _step(self, source: Source, rows: Ints, rate: float) -> None:
        queries = source.queries.take(rows).thinned(self.recipe.drop_query, self._chance)
        positives = source.positives.take(rows).thinned(self.recipe.drop_positive, self._chance)
        both = np.concatenate([queries.ids, positives.ids])
        pieces, inverse = np.unique(both, return_inverse=True)
        queries = Ragged(inverse[: len(queries.ids)], queries.starts)
        positives = Ragged(inverse[len(queries.ids) :], positives.starts)
        same = torch.from_numpy(source.same[rows])
        ids, leaf, vectors = self.table.rows(pieces)
        logs = self.weights.logs[torch.from_numpy(pieces)].requires_grad_(True)
        torch.autograd.backward(self._loss(vectors, logs, queries, positives, same))
        if leaf.grad is not None and logs.grad is not None:
            self.table.move(ids, leaf.grad, rate)
            self.weights.move(torch.from_numpy(pieces), logs.grad, rate / 2)

    def _loss(
        self, vectors: Tensor, logs: Tensor, queries: Ragged, positives: Ragged, same: Tensor
    ) -> Tensor:
        recipe = self.recipe
        masked = (same[:, None] == same) & ~torch.eye(len(same), dtype=torch.bool)
        asked, held = means(vectors, queries), means(vectors, positives)
        loss = contrast(asked @ held.T, masked, recipe.temperature)
        short = [functional.normalize(v[:, : recipe.short_dim], dim=1) for v in (asked, held)]
        loss = loss + recipe.short_share * contrast(
            short[0] @ short[1].T, masked, recipe.temperature
        )
        first = np.arange(min(recipe.late_batch, len(same)))
        scores = late(vectors, logs, queries.take(first), positives.take(first))
        chosen = masked[: len(first), : len(first)]
        return loss + contrast(scores, chosen, recipe.late_temperature)


def _pieces(
    read: Mapping[str, list[Pair]], reports: Mapping[str, str], recipe: Recipe
) -> list[tuple[str, float]]:
    texts = [t for pairs in read.values() for p in pairs for t in (p.query, p.positive[:200])]
    texts += [fold(line) for text in reports.values() for line in text.splitlines()]
    words = [pair.positive for pair in read.get("cedict", [])]
    return [(name, round(score, 3)) for name, score in learn_pieces(texts, words, recipe.pieces)]


def _first_weights(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the weights that late interaction starts from: falling with a piece's frequency."""
    weights = np.log1p(_COMMON / (np.exp(scores) + 1e-7))
    weights[0] = 1.0
    return np.maximum(weights, 0.02).astype(np.float32)
