"""Interventions of the simulator against the closed form of linear SCMs.

    python benchmarks/simulator_interventions.py

For x = x W + b + n the mean is b (I - W)^-1; a hard intervention on X_k cuts column k of W and sets b_k, a
shift adds to b_k. One random variable of each SCM is intervened on, rows have fresh noise, and every mean is
compared with the closed form in units of its standard error: with exact simulation the errors are standard
normal.
"""

import click
import networkx as nx
import numpy as np
import torch

from foundation_causal.simulate import p_in


@click.command()
@click.option("--scms", default=200, show_default=True)
@click.option("--d", default=20, show_default=True)
@click.option("--n", default=20_000, show_default=True, help="Rows under each intervention.")
@click.option("--seed", default=50_000_000, show_default=True)
def main(scms: int, d: int, n: int, seed: int) -> None:
    """Print how far the means are from the closed form."""
    print(f"{scms} linear SCMs of P_IN, d = {d}, {n} rows each, one intervention each, seed {seed}\n")
    print(
        "| intervention | variables | SD of z | within 1.96 | largest abs z | same noise: others moved by |"
    )
    print("|---|---|---|---|---|---|")
    batch = p_in(["linear"]).draw(scms=scms, d=d, n=200, seed=seed, dtype=torch.float64)
    targets = np.random.default_rng(seed).integers(d, size=scms)
    for shift in (False, True):
        z: dict[str, list[float]] = {"descendants": [], "others": []}
        moved = 0.0
        for b, target in enumerate(targets):
            for kind, values in errors(batch.take([b]), int(target), shift, n, seed + b).items():
                z[kind] += values
            moved = max(moved, leak(batch.take([b]), int(target), shift))
        for kind, values in z.items():
            size = np.abs(values)
            leaked = f"{moved:g}" if kind == "others" else ""
            print(
                f"| {'shift' if shift else 'hard'} | {len(values)} {kind} | {np.std(values):.3f} "
                f"| {np.mean(size < 1.96):.3f} | {size.max():.2f} | {leaked} |"
            )


def errors(scm, target: int, shift: bool, n: int, seed: int) -> dict[str, list[float]]:
    """Standardized errors of the means, of the target's descendants and of all other variables."""
    name = scm.names[target]
    rows = scm.generate(scm.fresh_noise(n, seed), scm.do({name: 3.0}, shift=shift))[0].numpy()
    weights, bias = linear(scm)
    if shift:
        bias[target] += 3.0
    else:
        weights[:, target], bias[target] = 0.0, 3.0
    expected = bias @ np.linalg.inv(np.eye(len(bias)) - weights)
    below = nx.descendants(scm.graph(0), name)
    found: dict[str, list[float]] = {"descendants": [], "others": []}
    for j, other in enumerate(scm.names):
        if j != target:
            z = (rows[:, j].mean() - expected[j]) / (rows[:, j].std() / n**0.5)
            found["descendants" if other in below else "others"].append(float(z))
    return found


def leak(scm, target: int, shift: bool) -> float:
    """Largest change of a variable that is neither the target nor below it, with the same noise."""
    name = scm.names[target]
    changed = (scm.generate(scm.noise, scm.do({name: 3.0}, shift=shift)) - scm.data).abs()[0].amax(0)
    still = [j for j, o in enumerate(scm.names) if o not in nx.descendants(scm.graph(0), name) | {name}]
    return float(changed[still].max()) if still else 0.0


def linear(scm) -> tuple[np.ndarray, np.ndarray]:
    """Weights `[d, d]` and bias `[d]` from the values of F at zero and at the unit vectors."""
    d = len(scm.names)
    points = torch.cat([torch.zeros(1, d), torch.eye(d)]).double()[None]
    values = scm.evaluate(points)[0].numpy()
    return values[1:] - values[0], values[0].copy()


if __name__ == "__main__":
    main()
