"""What modelling the Sachs data in logarithms brings: held-out likelihood, and samples below zero.

    python benchmarks/mechanisms/logarithms.py

Random splits of 400 + 400 rows, reference graph less one edge that closes a cycle. `infer` chooses for itself
(it takes all eleven columns), or is told to leave the values as they are; noise may then have a scale that
depends on the parents. Prints a table.
"""

import warnings

import click
import pandas as pd
from real_mechanisms import CLOSES_A_CYCLE

from foundation_causal import infer, load_dataset
from foundation_causal.runtime import measured_on

ROWS = 400


@click.command()
@click.option("--splits", default=10, show_default=True)
def main(splits: int) -> None:
    """Print one line for each choice."""
    warnings.simplefilter("ignore")
    rows = [scores(split, automatic) for split in range(splits) for automatic in (True, False)]
    table = pd.DataFrame(rows).groupby("logarithms", sort=False).mean()
    click.echo(f"Sachs, {splits} splits; {measured_on()}\n\n{table.round(3).to_string()}")


def scores(split: int, automatic: bool) -> dict[str, object]:
    """Nats a held-out row, and the share of values below zero in as many samples as there are rows."""
    data = load_dataset("sachs", n=2 * ROWS, seed=split)
    graph = data.graph.copy()
    graph.remove_edges_from(CLOSES_A_CYCLE)
    model = infer(data.frame.head(ROWS), graph, logs="auto" if automatic else False)
    nats = model.log_likelihood(data.frame.tail(ROWS))
    return {
        "logarithms": f"{len(model.logs)} columns",
        "nats a row, mean": nats.mean(),
        "median": nats.median(),
        "worst": nats.min(),
        "values below 0": float((model.sample(ROWS, seed=split) < 0).to_numpy().mean()),
    }


if __name__ == "__main__":
    main()
