"""How often a look at Gaussian processes before they are fitted chooses another family, or another scale.

    python benchmarks/speed/family_choice.py --tables 200

Tables are linear or smooth, from `p_in` and `p_out`, or sums of lines and curves with noises of four shapes,
between the two, where the choice is hardest; of some the columns are exponentials. Printed is by how many
nats the answer that was given up would have been better.
"""

import warnings

import click
import numpy as np
import pandas as pd
from side_by_side import RESULTS, ROOT, commit

SEED = 97_400_000
KINDS = ("linear", "linear, other graphs", "smooth", "smooth, other graphs", "between", "exponentials")
CURVES = (lambda z: np.tanh(2 * z), lambda z: z**2 - 1, lambda z: np.sin(2 * z), lambda z: np.maximum(z, 0))
NOISES = ("normal", "laplace", "exponential", "uniform")


def between(d, n, curved, random):
    """Rows whose causes act along lines, and by a share of `curved` along curves."""
    x = np.zeros((n, d))
    for j in range(d):
        x[:, j] = getattr(random, str(random.choice(NOISES)))(size=n) * random.uniform(0.3, 1.0)
        for i in np.flatnonzero(random.random(j) < 3 / d):
            z = (x[:, i] - x[:, i].mean()) / x[:, i].std()
            curve = CURVES[random.integers(len(CURVES))](z)
            x[:, j] += random.choice([-1, 1]) * random.uniform(0.5, 1.5) * ((1 - curved) * z + curved * curve)
    return x[:, random.permutation(d)]


def drawn(kind, d, n, seed):
    """The rows `[n, d]` of one table."""
    from foundation_causal.simulate import p_in, p_out

    random = np.random.default_rng(seed)
    if kind == "between":
        return between(d, n, random.choice([0.02, 0.05, 0.1, 0.2, 0.5]), random)
    prior = p_out if "other" in kind else p_in
    family = "linear" if "linear" in kind or random.random() < 0.5 else "rff"
    family = "rff" if "smooth" in kind else family
    x = prior([family]).draw(scms=1, d=d, n=n, seed=seed).frame(0).to_numpy().copy()
    if kind == "exponentials":
        some = random.random(d) < 0.5
        x[:, some] = np.exp(x[:, some] / x[:, some].std() * random.uniform(0.2, 1.2))
    return x


def judged(x):
    """What is chosen, and by how many nats what the last step chooses is better."""
    from discovery.network.answers import network_answers
    from discovery.pipeline import _on_best_scale, prepare
    from discovery.search.families import Families
    from discovery.search.refine import MAX_SEARCH_ROWS, evenly, families_of
    from foundation_causal.observations import observations

    rows = prepare(observations(x)).rows
    probabilities, _ = network_answers(rows)
    some = rows.filled[evenly(rows.filled, MAX_SEARCH_ROWS)]
    families, dag = families_of(some, probabilities, None, None)
    name, _ = families.best(dag)
    scale = _on_best_scale(rows, probabilities, None).rows is not None
    first = Families.evidence_at_first_look
    Families.evidence_at_first_look = Families.evidence  # as if all were fitted at once
    full_scale = _on_best_scale(rows, probabilities, None).rows is not None
    Families.evidence_at_first_look = first
    gain = families.nonlinear.total(dag) - families.evidence(dag) if name != "nonlinear" else 0.0
    skipped = name != "nonlinear" and not families.is_open(dag)
    return {"family": name, "skipped": skipped, "lost": max(gain, 0.0), "other_scale": scale != full_scale}


@click.command()
@click.option("--tables", default=200, show_default=True)
def main(tables):
    """Draw, judge and count."""
    import torch

    from foundation_causal.runtime import measured_on

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = []
    for k in range(tables):
        random = np.random.default_rng(SEED + k)
        kind = KINDS[k % len(KINDS)]
        d, n = int(random.choice([5, 10, 20, 50])), int(random.choice([100, 200, 400, 1000, 5000]))
        found.append({"kind": kind, "d": d, "n": n, **judged(drawn(kind, d, n, SEED + k))})
    frame = pd.DataFrame(found)
    csv = frame.to_csv(index=False, float_format="%.4g")
    about = f"# {measured_on()}; new: {commit(ROOT)}"
    (RESULTS / "family_choice.csv").write_text(f"{about}\n{csv}", encoding="utf-8")
    linear = frame[frame.family != "nonlinear"]
    click.echo(
        f"{len(frame)} tables, {len(linear)} of them linear: {linear.skipped.mean():.0%} decided early"
    )
    click.echo(f"other family: {(frame.lost > 0).sum()}, lost at most {frame.lost.max():.1f} nats")
    click.echo(f"other scale: {frame.other_scale.sum()}")


if __name__ == "__main__":
    main()
