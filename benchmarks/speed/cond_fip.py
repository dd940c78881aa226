"""Cond-FiP: fit and 1,000 samples, d from 10 to 100, beside an earlier build and the kernel model.

    python benchmarks/speed/cond_fip.py --old ../old

The first RFF IN data set of each size in the suite "cond-fip", true graph given, 400 rows. "bfloat16" runs
the encoder in that precision, which the package does not, as answers would depend on the processor.
"""

from pathlib import Path

import click
from side_by_side import Side, finish, old_option, side_by_side

ROOT = Path(__file__).parents[2]
SETUP = """
import torch
from foundation_causal.observations import observations
from foundation_causal.suites import load_suite
from mechanisms.causal_model import CausalModel
from mechanisms.methods import fit_mechanisms

case = next(iter(load_suite("cond-fip").only(mechanism="RFF", distribution="IN", d={d})))
data = observations(case.frame)
fit_mechanisms("{method}", observations(case.frame.iloc[:50]), case.graph)
"""
HALF = "with torch.autocast('cpu', torch.bfloat16): "
CODE = "CausalModel(fit_mechanisms('{method}', data, case.graph), data).sample(1000)"


@click.command()
@old_option
@click.option("--d", "sizes", type=int, multiple=True, default=(10, 20, 50, 100), show_default=True)
@click.option("--repeats", default=3, show_default=True)
def main(old: Path | None, sizes: tuple[int, ...], repeats: int) -> None:
    """Time every size; write and print the rows."""
    rows = []
    for d in sizes:
        sides = [] if old is None else [("old", "cond-fip", old.resolve())]
        sides += [("kernel model", "kernel", ROOT), ("new", "cond-fip", ROOT), ("bfloat16", "cond-fip", ROOT)]
        timed = [
            Side(
                name,
                HALF * (name == "bfloat16") + CODE.format(method=method),
                SETUP.format(d=d, method=method),
                checkout,
            )
            for name, method, checkout in sides
        ]
        rows += side_by_side(f"d = {d}", timed, repeats=repeats)
        finish("cond_fip", rows, old)


if __name__ == "__main__":
    main()
