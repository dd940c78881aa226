"""SERGIO's data sets, simulated once and kept: `python -m mechanisms.activa.expression --out cells`.

A simulation takes longer than a training step, so training draws from a folder of them. Each part is a file
of a hundred experiments with all knock-outs; a killed run goes on where it stopped.
"""

from pathlib import Path

import click
import numpy as np
import torch

from foundation_causal.errors import InputError
from foundation_causal.files import replacing
from foundation_causal.simulate.sergio import sergio
from mechanisms.activa.data import Sample
from mechanisms.activa.model import Query

PART = 100
SEED = 73_000_000  # of the first experiment of part 0; held-out parts count from another one
HELD_OUT_SEED = 79_200_000
CELLS = 30
GENES = 8


class Expressions:
    """Draws batches from a folder of simulated experiments: `stream(generator)`.

    Args:
        folder: That of :func:`main`.
        batch: Experiments of a batch, each with one random knock-out.

    Raises:
        InputError: The folder has no parts.
    """

    def __init__(self, folder: Path, batch: int) -> None:
        files = sorted(folder.glob("part-*.npy"))
        if not files:
            raise InputError(
                f"There are no simulated experiments in '{folder}': make them by "
                f"python -m mechanisms.activa.expression --out {folder}."
            )
        self.cells = torch.from_numpy(np.concatenate([np.load(path) for path in files]))
        self.batch = batch

    def __len__(self) -> int:
        return len(self.cells)

    def __call__(self, generator: torch.Generator) -> Sample:
        chosen = torch.randint(len(self.cells), (self.batch,), generator=generator)
        knocked_out = torch.randint(self.cells.shape[-1], (self.batch,), generator=generator)
        target = torch.arange(self.cells.shape[-1]) == knocked_out[:, None]
        query = Query(self.cells[chosen, 0], target, torch.zeros(self.batch))
        return Sample(query, self.cells[chosen, 1 + knocked_out])


def experiment(seed: int) -> np.ndarray:
    """Cells of the wild type and of every knock-out of one random network, float32 `[1 + d, n, d]`."""
    found = sergio(d=GENES, n=CELLS, seed=seed)
    tables = [found.observed, *(found.knocked_out[gene] for gene in found.observed.columns)]
    return np.stack([table.to_numpy(np.float32) for table in tables])


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the parts.")
@click.option("--parts", default=135, show_default=True, help="A hundred experiments each.")
@click.option("--held-out", is_flag=True, help="Other experiments, for validation.")
def main(out: Path, parts: int, held_out: bool) -> None:
    """Simulate experiments with SERGIO, those that OUT does not have yet."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(parts):
        path = out / f"part-{number:05d}.npy"
        if not path.exists():
            first = (HELD_OUT_SEED if held_out else SEED) + number * PART
            with replacing(path) as temporary:
                np.save(temporary, np.stack([experiment(first + i) for i in range(PART)]))


if __name__ == "__main__":
    main()
