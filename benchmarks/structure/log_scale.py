"""Tables that are additive in logarithms: SHD of this project, of its network alone and of others.

    python benchmarks/structure/log_scale.py --tables 10

Linear Gaussian SCMs and random Fourier features of P_IN, each column divided by its standard deviation and
exponentiated, or every second one. "of the logarithms" is this project's SHD where it is given the
logarithms: what the best choice of scales would reach. Peers get the table as it is. Prints Markdown and
writes it.
"""

import time
import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd
from result_rows import mean_errors

import foundation_causal as fc
from discovery.baselines import learn
from foundation_causal.metrics import shd
from foundation_causal.runtime import one_thread
from foundation_causal.simulate import Gaussian, p_in

RESULTS = Path("benchmarks/results/log_scale.md")
KINDS = {
    "linear": ("linear", slice(0, 0)),
    "linear, exponentiated": ("linear", slice(None)),
    "linear, every second exponentiated": ("linear", slice(0, None, 2)),
    "random Fourier": ("rff", slice(0, 0)),
    "random Fourier, exponentiated": ("rff", slice(None)),
}


def errors(kind: str, d: int, n: int, seed: int) -> dict[str, float]:
    """SHD by method, and the seconds of this project."""
    mechanism, columns = KINDS[kind]
    batch = p_in([mechanism], noises=[Gaussian()]).draw(scms=1, d=d, n=n, seed=seed)
    logarithms = batch.frame(0)
    logarithms /= logarithms.std()
    frame = logarithms.copy()
    frame.iloc[:, columns] = np.exp(frame.iloc[:, columns])
    names = list(frame)
    truth = pd.DataFrame(batch.adjacency[0].numpy(), names, names)
    start = time.process_time()
    found = fc.discover(frame, confounders=False)
    seconds = time.process_time() - start
    lingam = pd.DataFrame(learn("DirectLiNGAM", frame), names, names)
    return {
        "foundation-causal": shd(truth, found.graph),
        "of the logarithms": shd(truth, fc.discover(logarithms, confounders=False).graph),
        "network": shd(truth, fc.discover(frame, refine=False, confounders=False).graph),
        "DirectLiNGAM": shd(truth, lingam),
        "seconds": seconds,
    }


@click.command()
@click.option("--tables", default=10, show_default=True)
@click.option("--columns", default=8, show_default=True)
@click.option("--rows", default=500, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@one_thread()
def main(tables: int, columns: int, rows: int, out: Path) -> None:
    """Print a row for every kind, and write them to OUT."""
    warnings.simplefilter("ignore")
    mean_errors(
        "table",
        KINDS,
        lambda kind, k: errors(kind, columns, rows, 3000 + k),
        (tables, columns, rows),
        out,
    )


if __name__ == "__main__":
    main()
