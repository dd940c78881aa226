"""Mechanisms of discrete columns, true graph given, against the true conditional probabilities.

    python benchmarks/mechanisms/discrete_mechanisms.py              # resumes where it was stopped
    python benchmarks/mechanisms/discrete_mechanisms.py --again foundation-causal   # after a change of ours
    python benchmarks/mechanisms/discrete_mechanisms.py --table-only

The frozen suite "mixed", whose 400 query rows come with the true probabilities of every discrete column given
its parents. Scored are the discrete columns that have parents; a table's score is the mean over them, a
cell's the mean over its tables:

    KL        expected log loss less the entropy, in nats
    Brier     expected Brier score less that of the true probabilities, the squared distance from them
    ECE       gap between the probability of the likeliest level and its true one, over 10 bins of equal width
    seconds   of the processor, to fit

All are taken under the true probabilities, so that no label is drawn, and 0 is best. "shares" gives every row
the levels' shares in the context, one row added to each level. Probabilities below `LEAST` count as that, as
where a level does not occur in the context. This project's model is fitted to all columns, numeric ones and
those without parents too; the others to what is scored alone. The method "dowhy" is the classifier that
`dowhy.gcm` chooses by cross-validation, quality "good"; it needs the extra `baselines`, and is left out
where this is not installed. Prints Markdown and writes it, with the hardware, beside the rows.
"""

import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import click
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import foundation_causal as fc
from foundation_causal.files import replacing
from foundation_causal.runs import forget
from foundation_causal.runtime import measured_on, one_thread, seeded_globals
from foundation_causal.suites.cases import TableCase, codes
from foundation_causal.suites.table_generator import MIXES
from foundation_causal.types import Array

sys.path.append(str(Path(__file__).parents[1] / "structure"))
from result_rows import append, commit, markdown, read

RESULTS = Path("benchmarks/results/discrete_mechanisms.jsonl")
LEAST = 1e-9
BINS = 10
DISCRETE_MIXES = tuple(mix for mix in MIXES if mix != "continuous")
SCORES = {
    "kl": "KL, nats",
    "brier": "Brier score in excess",
    "ece": "calibration error",
    "seconds": "seconds to fit",
}
DECIMALS = {"seconds": 2}


class Classifier(Protocol):
    """What scikit-learn's classifiers have."""

    classes_: np.ndarray

    def predict_proba(self, parents: pd.DataFrame) -> Array: ...


# From query rows and the name of a child to the probabilities of its levels `[m, K]`.
Fitted = Callable[[pd.DataFrame, str], Array]


def fit_ours(case: TableCase, children: list[str]) -> Fitted:
    model = fc.infer(case.frame, case.graph)
    return lambda query, child: model.probabilities(query, child).to_numpy()


def fit_shares(case: TableCase, children: list[str]) -> Fitted:
    counts = {
        child: np.bincount(labels(case, child), minlength=levels(case, child)) + 1 for child in children
    }
    return lambda query, child: np.tile(counts[child] / counts[child].sum(), (len(query), 1))


def fit_logistic(case: TableCase, children: list[str]) -> Fitted:
    """Logistic regression, softmax, C = 1; parents are one-hot if categories, else standardized."""

    def fit(parents: pd.DataFrame, target: Array) -> Classifier:
        named = parents.select_dtypes("category").columns
        known = [parents[name].cat.categories.to_numpy() for name in named]
        encoder = make_column_transformer(
            (OneHotEncoder(categories=known), named),
            (StandardScaler(), parents.columns.difference(named, sort=False)),
        )
        return make_pipeline(encoder, LogisticRegression(C=1.0, max_iter=1000)).fit(parents, target)

    return classifiers(case, children, fit)


def fit_trees(case: TableCase, children: list[str]) -> Fitted:
    """Gradient boosting with scikit-learn's defaults, which splits categories without order into sets."""

    def fit(parents: pd.DataFrame, target: Array) -> Classifier:
        unordered = [isinstance(type_, pd.CategoricalDtype) and not type_.ordered for type_ in parents.dtypes]
        trees = HistGradientBoostingClassifier(categorical_features=unordered, random_state=0)
        return OnCodes(trees.fit(codes(parents).to_numpy(), target))

    return classifiers(case, children, fit)


class OnCodes:
    """A fitted classifier of scikit-learn that is asked in codes."""

    def __init__(self, classifier: Any) -> None:
        self.classifier, self.classes_ = classifier, classifier.classes_

    def predict_proba(self, parents: pd.DataFrame) -> Array:
        return self.classifier.predict_proba(codes(parents).to_numpy())


def fit_dowhy(case: TableCase, children: list[str]) -> Fitted:
    """What `assign_causal_mechanisms` puts into a node's ClassifierFCM; labels are strings there."""
    from dowhy import gcm

    gcm.config.disable_progress_bars()
    gcm.config.set_default_n_jobs(1)

    def fit(parents: pd.DataFrame, target: Array) -> Classifier:
        named = target.astype(str)
        with seeded_globals(0):
            chosen, _ = gcm.auto.select_model(strings(parents), named, gcm.auto.AssignmentQuality.GOOD)
            chosen.fit(strings(parents), named)
        return OnStrings(chosen)

    return classifiers(case, children, fit)


class OnStrings:
    """A fitted classifier of DoWhy that is asked in strings."""

    def __init__(self, classifier: Any) -> None:
        self.classifier, self.classes_ = classifier, np.asarray(classifier.classes).astype(int)

    def predict_proba(self, parents: pd.DataFrame) -> Array:
        return self.classifier.predict_probabilities(strings(parents))


def strings(frame: pd.DataFrame) -> np.ndarray:
    """The rows `[n, d]` as objects: numbers, and strings for categories and bool."""
    columns = [
        column.astype(float) if column.dtype.kind in "fiu" else column.astype(str)
        for _, column in frame.items()
    ]
    return np.column_stack([column.to_numpy(dtype=object) for column in columns])


def classifiers(
    case: TableCase, children: list[str], fit: Callable[[pd.DataFrame, Array], Classifier]
) -> Fitted:
    """One classifier a child, fitted to its parents."""
    parents = {child: list(case.graph.predecessors(child)) for child in children}
    fitted = {child: fit(case.frame[parents[child]], labels(case, child)) for child in children}

    def probabilities(query: pd.DataFrame, child: str) -> Array:
        found = np.zeros((len(query), levels(case, child)))  # a level that the context lacks stays at 0
        found[:, fitted[child].classes_] = fitted[child].predict_proba(query[parents[child]])
        return found

    return probabilities


def labels(case: TableCase, child: str) -> np.ndarray:
    """The places of a child's values among its levels, `[n]`."""
    return codes(case.frame[[child]])[child].to_numpy().astype(int)


def levels(case: TableCase, child: str) -> int:
    return case.probabilities[child].shape[1]


METHODS: dict[str, Callable[[TableCase, list[str]], Fitted]] = {
    "foundation-causal": fit_ours,
    "logistic": fit_logistic,
    "trees": fit_trees,
    "dowhy": fit_dowhy,
    "shares": fit_shares,
}


@click.command()
@click.option("--mix", "mixes", type=click.Choice(DISCRETE_MIXES), multiple=True, default=DISCRETE_MIXES)
@click.option("--d", "sizes", multiple=True, type=int, default=(5, 10), show_default=True)
@click.option("--n", "rows", multiple=True, type=int, default=(1000, 200), show_default=True)
@click.option("--first", type=click.IntRange(1), default=3, show_default=True, help="Tables of each cell.")
@click.option("--method", "methods", type=click.Choice(list(METHODS)), multiple=True, default=list(METHODS))
@click.option(
    "--again", type=click.Choice(list(METHODS)), multiple=True, help="Measure anew what is asked for."
)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
def main(
    mixes: tuple[str, ...],
    sizes: tuple[int, ...],
    rows: tuple[int, ...],
    first: int,
    methods: tuple[str, ...],
    again: tuple[str, ...],
    results: Path,
    table_only: bool,
) -> None:
    """Score every method on every table that it has not been scored on, then print and write the tables."""
    if not table_only:
        asked = [list(cases(mixes, sizes, n, first)) for n in rows]
        forget(results, again, {case.name for some in asked for case in some})
        chosen = [method for method in methods if method != "dowhy" or find_spec("dowhy")]
        if len(chosen) < len(methods):
            click.echo("DoWhy is not installed and left out.", err=True)
        for some in asked:
            run_all(chosen, some, results)
    text = page(read(results))
    with replacing(results.with_suffix(".md")) as temporary:
        temporary.write_text(text, encoding="utf-8")
    click.echo(text)


def cases(mixes: tuple[str, ...], sizes: tuple[int, ...], n: int, first: int) -> Iterator[TableCase]:
    suite = fc.load_suite("mixed").only(mix=mixes, d=sizes, n=(n,))
    yield from (case for case in suite.first(first) if scored_children(case))


def number(name: str) -> int:
    return int(name.rsplit("/", 1)[1])


def run_all(methods: list[str], chosen: list[TableCase], results: Path) -> None:
    """Score the methods on the tables that they have not been scored on; write each row as it is done."""
    done = {(row["data"], row["method"]) for row in read(results)}
    place = {"commit": commit(), "hardware": measured_on()}
    for method in methods:
        for case in chosen:
            if (case.name, method) in done:
                continue
            row = {"data": case.name, "seed": number(case.name), "method": method}
            scores = scored(case, METHODS[method])
            append(results, [{**row, "labels": dict(case.labels), **scores, **place}])
            click.echo(f"{case.name} {method} {scores}", err=True)


def scored_children(case: TableCase) -> list[str]:
    return [child for child in case.probabilities if case.graph.in_degree(child)]


@one_thread()
def scored(case: TableCase, fit: Callable[[TableCase, list[str]], Fitted]) -> dict[str, float]:
    """The means of the scores over the discrete children, how many these are, and the seconds of fitting."""
    children = scored_children(case)
    start = time.process_time()
    fitted = fit(case, children)
    seconds = time.process_time() - start
    scores = [compared(case.probabilities[child], fitted(case.query, child)) for child in children]
    return {**pd.DataFrame(scores).mean().to_dict(), "children": len(children), "seconds": seconds}


def compared(true: Array, stated: Array) -> dict[str, float]:
    """The scores of stated probabilities `[m, K]` under the true ones `[m, K]`."""
    if stated.shape != true.shape or not np.allclose(stated.sum(1), 1, atol=1e-6):
        raise ValueError(f"Not probabilities of the levels: shape {stated.shape} in place of {true.shape}.")
    log_ratio = np.log(np.maximum(true, 1e-300)) - np.log(np.maximum(stated, LEAST))
    likeliest = (np.arange(len(stated)), stated.argmax(1))
    top = stated[likeliest]
    places = np.minimum((top * BINS).astype(int), BINS - 1)
    gaps = np.bincount(places, weights=top - true[likeliest], minlength=BINS)
    return {
        "kl": float((true * log_ratio).sum(1).mean()),
        "brier": float(((true - stated) ** 2).sum(1).mean()),
        "ece": float(np.abs(gaps).sum() / len(top)),
    }


def page(rows: list[dict]) -> str:
    """Markdown: for each number of rows and each score a table, a row a cell and mix, a column a method.

    A cell is blank where its method has not been scored on all tables of the row.
    """
    if not rows:
        raise click.ClickException("There are no results: run this without --table-only first.")
    frame = pd.DataFrame(rows)
    frame = pd.concat([frame, pd.DataFrame(frame["labels"].tolist())], axis=1)
    parts = ["\n".join(dict.fromkeys(frame["hardware"] + "; commit " + frame["commit"]))]
    for n, part in sorted(frame.groupby("n"), reverse=True):
        for score, title in SCORES.items():
            table = part.pivot_table(index=["mix", "d", "data"], columns="method", values=score)
            parts.append(f"## {title}, {n} rows\n\n{markdown(by_cell(table), DECIMALS.get(score, 4))}")
    return "\n\n".join(parts) + "\n"


def by_cell(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the tables of each mix and size, and of each mix; how many tables stand behind them."""
    mixes, sizes = (table.index.get_level_values(level) for level in ("mix", "d"))
    together = ", ".join(map(str, sorted(set(sizes))))
    parts = {}
    for mix in DISCRETE_MIXES:
        parts |= {(mix, str(d)): table[(mixes == mix) & (sizes == d)] for d in sorted(set(sizes))}
        parts[mix, together] = table[mixes == mix]
    parts["all", together] = table
    shown = []
    for (mix, d), there in parts.items():
        means = {
            method: float(there[method].mean()) if there[method].notna().all() else ""
            for method in METHODS
            if method in there
        }
        if len(there):
            shown.append({"mix": mix, "d": d, **means, "tables": len(there)})
    return pd.DataFrame(shown)


if __name__ == "__main__":
    main()
