"""Discovery on the data sets that come by name: measured ones, networks fitted to data, cause-effect pairs.

    python benchmarks/structure/named_data.py

Defaults of `load_dataset` and of `discover`. Of a Tuebingen pair the direction with the larger probability
is the answer, and each pair counts with its weight. Prints Markdown and writes it.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from discovery import discover, evaluate_structure
from foundation_causal.datasets import dataset_names, load_dataset
from foundation_causal.files import replacing

GRAPHS = ("sachs", "ecoli70", "magic-niab", "magic-irri", "arth150")
RESULTS = Path("benchmarks/results/named_data.md")


@click.command()
@click.option("--name", "names", multiple=True, default=GRAPHS, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(names: tuple[str, ...], out: Path) -> None:
    """Print the page line by line, and write it to OUT."""
    page = []
    for line in lines(names):
        click.echo(line)
        page.append(line)
    with replacing(out) as temporary:
        temporary.write_text("\n".join(page) + "\n", encoding="utf-8")


def lines(names: tuple[str, ...]) -> Iterator[str]:
    """One table of graphs, and one line on the pairs for each of two methods."""
    heads = ("data", "columns", "edges", "method", "SHD", "F1", "AUPRC", "SID", "seconds")
    yield f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|"
    for name in names:
        data = load_dataset(name)
        for refine in (True, False):
            found = evaluate_structure(data.frame, data.graph, refine=refine)
            method = "foundation-causal" if refine else "its network alone"
            yield (
                f"| {name} | {data.frame.shape[1]} | {found['true_edges']} | {method} | {found['shd']} "
                f"| {found['f1']:.2f} | {found['auprc']:.2f} | {found['sid']} | {found['seconds']:.1f} |"
            )
    for refine in (True, False):
        start = time.perf_counter()
        right, total, count = pairs(refine)
        seconds, method = time.perf_counter() - start, "refined" if refine else "network alone"
        yield (
            f"\nTuebingen, {method}: {right:.1f} of a weight of {total:.1f} right ({right / total:.0%}), "
            f"{count} pairs, {seconds:.0f} s"
        )


def pairs(refine: bool) -> tuple[float, float, int]:
    """Weight of the pairs whose direction is right, weight of all, and their number."""
    names = [name for name in dataset_names() if name.startswith("tuebingen-")]
    right, weights = [], []
    for name in names:
        data = load_dataset(name)
        ((cause, effect),) = data.graph.edges
        found = discover(data.frame, refine=refine).probabilities
        right.append(data.weight * float(found.at[cause, effect] > found.at[effect, cause]))
        weights.append(data.weight)
    return float(np.sum(right)), float(np.sum(weights)), len(names)


if __name__ == "__main__":
    main()
