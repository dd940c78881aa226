"""What it costs to keep a model and to load it, beside inferring it.

    python benchmarks/mechanisms/saved_models.py

Prints a table in Markdown: seconds of the processor and bytes, for one table of 10 columns and 400 rows.
"""

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import foundation_causal as fc
from foundation_causal.runtime import measured_on
from foundation_causal.simulate import p_in

WAYS: dict[str, dict[str, Any]] = {
    "kernel": {},
    "kernel, table with 5% gaps": {},
    "kernel, average over 5 graphs": {"average": 5},
    "least squares": {"mechanisms": "least-squares"},
    "Cond-FiP": {"mechanisms": "cond-fip"},
    "corrected kernel": {"mechanisms": "corrected"},
    "FiP": {"mechanisms": "fip"},
    "DECI": {"mechanisms": "deci"},
}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and seconds of the processor."""
    start = time.process_time()
    return work(), time.process_time() - start


def main() -> None:
    warnings.simplefilter("ignore")
    simulated = p_in(["rff"]).draw(scms=1, d=10, n=400, seed=0)
    frame = simulated.frame(0)
    gaps = frame.mask(np.random.default_rng(0).random(frame.shape) < 0.05)
    prediction = fc.discover(frame)
    print(measured_on())
    print("\n| model | infer | save | load | MB | largest difference |\n|---|---|---|---|---|---|")
    for name, how in WAYS.items():
        table = gaps if "gaps" in name else frame
        model, inferred = timed(lambda: fc.infer(table, prediction, **how))  # noqa: B023
        model.sample(1)  # needs the noise of the rows, as saving does
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            _, saved = timed(lambda: model.save(path))  # noqa: B023
            loaded, read = timed(lambda: fc.load(path))  # noqa: B023
            size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
        before, after = (one.do({frame.columns[0]: 1.0}).sample(1000, seed=1) for one in (model, loaded))
        apart = float(np.abs(before - after).to_numpy().max())
        print(
            f"| {name} | {inferred:.2f} | {saved:.2f} | {read:.2f} | {size:.1f} | {apart:.0e} |", flush=True
        )


if __name__ == "__main__":
    main()
