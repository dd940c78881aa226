"""The frozen suites: their checksums on several instruction sets, and what sorting alone would find in them.

    python benchmarks/fit/suites.py              # print checksums and sortability
    python benchmarks/fit/suites.py --freeze     # also write the checksums into the package

Every checksum is computed in fresh processes: on one and on two threads, and with torch and NumPy held to
older instruction sets. Sortability is that of CausalDisco on the raw contexts, categories as the places of
their levels: 0.5 is a sort that learns nothing, and standardized data have a varsortability of 0.5 by
construction. Columns that do not vary are left out.
`--no-sortability` does without the extra `baselines`.
"""

import json
import os
import subprocess
import sys

import click
import numpy as np
import pandas as pd
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from foundation_causal.suites import load_suite, suite_names
from foundation_causal.suites.cases import codes
from foundation_causal.suites.suite import FROZEN

# What NumPy can do beyond its baseline, by the names of its version.
VECTORS = [name for name, there in __cpu_features__.items() if there and name in __cpu_dispatch__]
WIDE = [name for name in VECTORS if "512" in name or name == "X86_V4"]
MACHINES = {
    "AVX-512, 1 thread": {"ATEN_CPU_CAPABILITY": "avx512", "OMP_NUM_THREADS": "1"},
    "AVX2, 2 threads": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "OMP_NUM_THREADS": "2",
        "NPY_DISABLE_CPU_FEATURES": " ".join(WIDE),
    },
    "no vectors, 1 thread": {
        "ATEN_CPU_CAPABILITY": "default",
        "OMP_NUM_THREADS": "1",
        "NPY_DISABLE_CPU_FEATURES": " ".join(VECTORS),
    },
}
PROGRAM = """
import sys
from foundation_causal.suites import load_suite
suite = load_suite(sys.argv[1])
print(sum(1 for _ in suite), suite.checksum())
"""


@click.command()
@click.option("--suite", "names", multiple=True, default=suite_names(), show_default=True)
@click.option("--freeze", is_flag=True, help="Write the checksums into the package.")
@click.option("--sortability/--no-sortability", default=True, show_default=True)
def main(names: tuple[str, ...], freeze: bool, sortability: bool) -> None:
    """Print the card of every suite."""
    frozen = json.loads(FROZEN.read_text(encoding="utf-8")) if FROZEN.exists() else {}
    print(f"| suite | data sets | SHA-256 (first 12 digits) | {' | '.join(MACHINES)} |")
    print("|---" * (3 + len(MACHINES)) + "|")
    for name in names:
        found = {machine: in_fresh_process(name, settings) for machine, settings in MACHINES.items()}
        cases, digest = next(iter(found.values()))
        same = ["same" if answer == (cases, digest) else "DIFFERENT" for answer in found.values()]
        print(f"| {name} | {cases} | `{digest[:12]}` | {' | '.join(same)} |", flush=True)
        frozen[name] = {"cases": cases, "sha256": digest}
        if "DIFFERENT" in same:
            raise click.ClickException(f"{name} depends on the machine.")
    if freeze:
        FROZEN.write_text(json.dumps(frozen, indent=2) + "\n", encoding="utf-8")
    for name in names if sortability else ():
        print(f"\n### {name}\n\n{card(name)}", flush=True)


def in_fresh_process(name: str, settings: dict[str, str]) -> tuple[int, str]:
    """Number of data sets and checksum."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        env={**os.environ, **settings}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    cases, digest = done.stdout.split()
    return int(cases), digest


def card(name: str) -> str:
    """Markdown table: for every cell, edges and sortability, means over the data sets that have an edge."""
    from CausalDisco.analytics import r2_sortability, var_sortability

    suite, rows = load_suite(name), []
    for case in suite:
        truth, values = case.truth, codes(case.frame).to_numpy()
        varies = values.std(0) > 0
        truth, values = truth[np.ix_(varies, varies)], values[:, varies]
        found = {**case.labels, "edges": int(case.truth.sum()), "var": np.nan, "r2": np.nan}
        if truth.any():
            found["var"] = var_sortability(values, truth)
            found["r2"] = r2_sortability(values, truth)
        rows.append(found)
    labels = list(suite.cells[0][0])
    table = pd.DataFrame(rows).groupby(labels, sort=False)[["edges", "var", "r2"]].mean().reset_index()
    lines = [
        f"| {' | '.join(labels)} | edges | varsortability | R²-sortability |",
        "|---" * (len(labels) + 3) + "|",
    ]
    for row in table.to_dict("records"):
        cells = " | ".join(str(row[label]) for label in labels)
        lines.append(f"| {cells} | {row['edges']:.1f} | {row['var']:.2f} | {row['r2']:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
