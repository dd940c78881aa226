"""What a newcomer meets: a table as offices keep it, and the commands of the quick start, one after another.

The table has an identifier, dates, dollars as text, a yes and no as 0 and 1, regions, and gaps; training
raises the yearly income by 3,000 dollars, and people with low incomes are trained more often. Prints for each
command how it ended, the seconds it took (wall, and of the processor) and the words that it printed.

    python benchmarks/formats/first_contact.py --out FOLDER      # foundation-causal must be on the PATH
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd

TYPES = "--types person=ignore"
COMMANDS = (
    "check people.csv",
    f"check people.csv {TYPES}",
    f"run people.csv {TYPES} --do training=1 --out answers",
    f"effect people.csv {TYPES} --of training --on income_after --from 0 --to 1 --out effect.csv",
    f"compare people.csv {TYPES} --out compared.csv",
    f"report people.csv {TYPES} --do training=1 --of training --on income_after --out report.html",
)
TRUE_EFFECT = 3000  # dollars


def people(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """The table: age causes hours; age and region income_before, which causes training.

    Hours, income_before and training cause income_after.
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(19, 64, rows)
    region = rng.choice(["north", "south", "east", "west"], rows, p=[0.3, 0.3, 0.2, 0.2])
    extra = pd.Series(region).map({"north": 0, "south": -3000, "east": 1500, "west": 4000}).to_numpy()
    before = 18000 + 420 * age + extra + 4000 * rng.laplace(size=rows)
    training = rng.random(rows) < 1 / (1 + np.exp((before - 34000) / 5000))
    hours = np.clip(38 - 0.08 * (age - 40) + 4 * rng.normal(size=rows), 8, 60).round(1)
    after = 0.9 * before + TRUE_EFFECT * training + 250 * (hours - 38) + 2500 * rng.laplace(size=rows)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 366, rows), unit="D")
    table = pd.DataFrame(
        {
            "person": [f"P{number:04d}" for number in range(1, rows + 1)],
            "joined": start.strftime("%Y-%m-%d"),
            "age": age,
            "region": region,
            "hours": hours,
            "income_before": [f"${value:,.0f}" for value in before],
            "training": training.astype(int),
            "income_after": [f"${value:,.0f}" for value in after],
        }
    )
    for name, share in (("hours", 0.05), ("income_before", 0.04), ("region", 0.02)):
        table[name] = table[name].astype(object).mask(rng.random(rows) < share)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="a folder for the table and the answers")
    parser.add_argument("--show", action="store_true", help="print what each command prints, too")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    people().to_csv(options.out / "people.csv", index=False)
    print("| command | exit code | seconds | of the processor | words |\n|---|---|---|---|---|")
    for command in COMMANDS:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        words = ["foundation-causal", *command.split()]
        env = {**os.environ, "COLUMNS": "100"}
        done = subprocess.run(words, cwd=options.out, capture_output=True, text=True, env=env)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        said = done.stdout + done.stderr
        print(
            f"| `{command}` | {done.returncode} | {wall:.0f} | {busy:.0f} | {len(said.split())} |", flush=True
        )
        if options.show:
            print(said, flush=True)


if __name__ == "__main__":
    main()
