"""Two processes that train together (DDP, gloo) against one that averages two batches: are the weights equal?

    python benchmarks/training/ddp.py

Prints the largest difference between the weights, and between them and those that one batch a step gives. Two
processes of the processor; nothing is timed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from discovery.network.edge_transformer import EdgeTransformer
from discovery.network.train import draw, loss
from foundation_causal.networks.training import Trainee, fit

STEPS, SEED = 4, 0


def trained(folder: Path, devices: int, accumulate: int) -> bool:
    """Train a small edge transformer and save its weights in the folder; whether this process did."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    model = EdgeTransformer(width=16, layers=1, heads=2)
    trainee = Trainee(model, loss, lambda model: {"none": 0.0}, steps=STEPS, learning_rate=1e-3, warmup=1)
    how = {"seed": SEED, "workers": 0, "validate_every": STEPS, "precision": "32-true"}
    first = fit(trainee, draw, folder, devices=devices, accumulate=accumulate, **how)
    if first:
        torch.save(model.state_dict(), folder / "weights.pt")
    return first


def difference(one: Path, other: Path) -> float:
    """The largest difference between two files of weights."""
    a, b = (torch.load(folder / "weights.pt", weights_only=True) for folder in (one, other))
    return max(float((a[name] - b[name]).abs().max()) for name in a)


def main() -> None:
    """Run each way in a process of its own, which for DDP starts the second one, and compare."""
    with tempfile.TemporaryDirectory() as place:
        for devices, accumulate in ((2, 1), (1, 2), (1, 1)):
            folder = Path(place, f"{devices}-{accumulate}")
            subprocess.run(
                [sys.executable, __file__, str(folder), str(devices), str(accumulate)],
                check=True,
                env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
            )
        two, one, half = (Path(place, name) for name in ("2-1", "1-2", "1-1"))
        print(f"two processes against one that averages two batches: {difference(two, one):.1e}")
        print(f"the same against one batch a step: {difference(two, half):.1e}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        trained(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
