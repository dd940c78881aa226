"""What commands and first calls cost in a fresh process, imports included.

    python benchmarks/speed/startup.py --old ../old

The table is that of the README: 400 rows of 4 columns. Whole processes are timed, with Python's own start.
"""

from pathlib import Path
from typing import Any

import click
from side_by_side import both, finish, old_option

TABLE = """
import numpy as np
import pandas as pd
noise = np.random.default_rng(0).laplace(size=(4, 400))
rain = 5 + noise[0]
sun = 8 - 0.5 * rain + noise[1]
soil = 20 * np.tanh(rain / 5) + noise[2]
crop = 2 * soil + 3 * sun + 2 * noise[3]
data = pd.DataFrame({"crop": crop, "rain": rain, "soil": soil, "sun": sun})
"""
# What the commands read is written as text: the process is not to import what they might not.
FILES = """
def write(path, lines):
    with open(path, "w") as file:
        file.write(chr(10).join(lines))
write("crop.csv", {rows!r})
write("graph.csv", ["cause,effect", "rain,soil", "rain,sun", "soil,crop", "sun,crop"])
"""
GIVEN = "crop.csv --graph graph.csv"
COMMANDS = {
    "`--help`": "--help",
    "`discover`": "discover crop.csv --out found.json",
    "`run --do`": "run crop.csv --do soil=16 --out crop",
    "`run --do`, graph given": f"run {GIVEN} --do soil=16 --out crop",
    "`effect`, graph given": f"effect {GIVEN} --of soil --on crop --from 14 --to 16 --out effect.csv",
}
IMPORTS = "import foundation_causal as fc, networkx as nx"
GRAPH = "graph = nx.DiGraph([('rain', 'soil'), ('rain', 'sun'), ('soil', 'crop'), ('sun', 'crop')])"
CALLS = {
    "`import torch`": "import torch",
    "`fc.discover(data)`": f"{IMPORTS}; answer = sorted(fc.discover(data).graph.edges)",
    "`fc.infer(data, graph)`": f"{IMPORTS}; {GRAPH}; fc.infer(data, graph)",
}


@click.command()
@old_option
@click.option("--repeats", default=3, show_default=True)
def main(old: Path | None, repeats: int) -> None:
    """Time every command and first call; write and print the rows."""
    space: dict[str, Any] = {}
    exec(TABLE, space)
    setup = FILES.format(rows=space["data"].to_csv(index=False).splitlines())
    rows = []
    for case, words in COMMANDS.items():
        code = f"from cli.main import main; main({words.split()!r})"
        rows += both(case, code, setup, old, repeats=repeats, cold=True)
    for case, code in CALLS.items():
        rows += both(case, code, "" if "torch" in case else TABLE, old, repeats=repeats, cold=True)
    finish("startup", rows, old)


if __name__ == "__main__":
    main()
