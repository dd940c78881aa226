"""What dependent noise is worth as evidence of a hidden cause: fits the weights of `hidden_causes.informed`.

    PYTHONPATH=.:benchmarks/structure python benchmarks/fit/worth_of_noise.py --tables 300

Two kinds of tables, which count the same: those of `discovery.network.open_world`, columns of numbers of 4 to
20 variables and 150 to 5,000 rows, 35% of them distorted; and those of `confounded_pairs.py` with seeds from
7,000 and 300, 1,000 and 3,000 rows. The weights that are printed come from all tables; the figures are of
either half of them with weights from the other half, beside those of the network alone.
"""

import warnings
from pathlib import Path
from unittest.mock import patch

import click
import numpy as np
import pandas as pd
import torch
from confounded_pairs import world
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from discovery import pipeline
from discovery.network.answers import DEFAULT_MODEL, network_answers
from discovery.network.hidden_causes import CLEARLY, LEAST_DIRECT, LEAST_SHARE, shortened
from discovery.network.open_world import MEASURED, NUMBERS, draw_hidden
from discovery.network.training_tasks import chance
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on, one_thread
from foundation_causal.simulate.measurement import measured
from foundation_causal.simulate.random import Random, drawn_from, drawn_size

HIDDEN, SIZES, SEED, WORLDS_SEED = (0, 1, 3, 5), (300, 1000, 3000), 97_500_000, 7000
SHARED = ["shared", "direct", "dependence"]
OF_EDGES = [*SHARED, "replaced", "removed"]


def home(count):
    """Tables `[n, d]` like those that the network was trained on, with direct edges and confounded pairs."""
    generator = torch.Generator().manual_seed(SEED)
    for number in range(count):
        d, n = (drawn_size(bounds, generator) for bounds in ((4, 20), (150, 5000)))
        hidden = 1 + int(chance(generator) * max(1, min(d // 2, 8))) if chance(generator) < 0.6 else 0
        family = drawn_from(NUMBERS, generator)
        batch, direct, shared = draw_hidden(family, hidden, scms=1, d=d, n=n, seed=generator)
        distorted = chance(generator) < MEASURED
        data = measured(batch.data, Random.seeded(generator)) if distorted else batch.data
        frame = pd.DataFrame(data[0].double().numpy(), columns=[f"x{j}" for j in range(d)])
        yield f"home {number}", hidden, frame, direct[0].numpy(), shared[0].numpy()


def sparse(count):
    """Tables with sparser graphs and clean noise, likewise."""
    for number in range(count):
        hidden, n = HIDDEN[number % 4], SIZES[number % 3]
        how = {"nonlinear": number // 4 % 2 == 1, "laplace": number // 8 % 2 == 1}
        made = world(WORLDS_SEED + number, hidden, n, **how)
        yield f"sparse {number}", hidden, made.frame, made.direct, made.confounded


def pairs(name, hidden, frame, direct, shared):
    """What is known of every pair of a table when `informed` is asked, and the truth."""
    asked = []

    def kept(world, evidence, adjacency, constraints):
        asked.append((world, evidence, adjacency))
        return world

    prepared = pipeline.prepare(observations(frame))
    answer = network_answers(prepared.rows, DEFAULT_MODEL, None, True)
    with patch.object(pipeline, "informed", kept):
        pipeline.finish(prepared, answer, refine=True, confounders=True, model=DEFAULT_MODEL)
    places = [list(frame).index(column) for column in prepared.searched]
    direct, shared = (truth[np.ix_(places, places)] for truth in (direct, shared))
    for said, evidence, graph in asked:
        for first, second in np.argwhere(np.triu(evidence.known)):
            i, j = (second, first) if graph[second, first] else (first, second)
            yield {
                "table": name,
                "hidden": hidden,
                "edge": graph[i, j],
                "s": said.confounded[i, j],
                "o": said.direct[i, j] + said.direct[j, i],
                "dependence": evidence.dependence[i, j],
                "replaced": shortened(evidence.replaced[i, j]),
                "removed": shortened(evidence.removed[i, j]),
                "is_shared": shared[i, j],
                "is_direct": direct[i, j] or direct[j, i],
                "is_right": direct[i, j],
                "of_table": direct.sum(),
            }


def fitted(rows, columns, target):
    """The regression of a target, both kinds of tables counting the same."""
    home = rows["table"].str.startswith("home")
    weight = np.where(home, 1 / max(home.sum(), 1), 1 / max((~home).sum(), 1)) * len(rows)
    return LogisticRegression(C=1.0, max_iter=10_000).fit(rows[columns], rows[target], sample_weight=weight)


def weights(rows):
    """The three regressions: of a hidden cause beside an edge and without one, and of a direct edge."""
    edges = rows[rows["edge"]]
    return (
        fitted(edges, OF_EDGES, "is_shared"),
        fitted(rows[~rows["edge"]], SHARED, "is_shared"),
        fitted(edges, OF_EDGES, "is_direct"),
    )


def believed(rows, models):
    """Probabilities of a hidden cause and of a direct edge."""
    beside, apart, direct = models
    edge = rows["edge"].to_numpy()
    shared = np.where(edge, _chance(beside, rows[OF_EDGES]), _chance(apart, rows[SHARED]))
    return rows.assign(believed=shared, believed_direct=np.where(edge, _chance(direct, rows[OF_EDGES]), 0.0))


def _chance(model, columns):
    return model.predict_proba(columns)[:, 1]


def report(rows):
    """Print what the network says and what is believed, by kind of table and number of hidden causes."""
    kind = rows["table"].str.split().str[0]
    several = pd.cut(rows["hidden"], [-1, 0, 2, 99], labels=["0", "1 or 2", "3 or more"]).astype(str)
    rows = rows.assign(kind=kind, hidden=np.where(kind == "home", several, rows["hidden"].astype(str)))
    for (kind, hidden), some in rows.groupby(["kind", "hidden"]):
        tables = [table for _, table in some.groupby("table")]
        line = f"{kind}, {hidden} hidden, {len(tables)} tables:"
        for name in ("s", "believed") if hidden != "0" else ():
            areas = [average_precision_score(t["is_shared"], t[name]) for t in tables if t["is_shared"].any()]
            line += f" AUPRC {np.mean(areas):.2f} ({name})"
        doubted = some["believed_direct"] < LEAST_DIRECT
        doubted &= some["believed"] > LEAST_SHARE * some["believed_direct"]
        for name, kept in (
            ("network", some["s"] <= CLEARLY * some["o"]),
            ("believed", ~doubted),
        ):
            stays = some["edge"] & kept
            alone = some["is_shared"] & ~some["is_direct"]
            right = (stays & some["is_right"]).groupby(some["table"]).sum()
            both = stays.groupby(some["table"]).sum() + some.groupby("table")["of_table"].first()
            f1 = (2 * right / both).mean()
            out = some["edge"] & ~kept
            line += f"; {name}: F1 {f1:.3f}, false {(stays & alone).sum()} of {alone.sum()}"
            line += f", left out {out.sum()}, of them true {(out & some['is_direct']).sum()}"
        click.echo(line)


@click.command()
@click.option("--tables", default=300, show_default=True, help="Of each kind.")
@click.option("--rows", "file", type=click.Path(path_type=Path), help="Keep what was computed in this file.")
def main(tables, file):
    """Print figures of each kind of table, and the weights."""
    warnings.simplefilter("ignore")
    if file is None or not file.exists():
        with one_thread():
            every = [row for kind in (sparse, home) for table in kind(tables) for row in pairs(*table)]
        rows = pd.DataFrame(every)
        if file is not None:
            rows.to_pickle(file)
    else:
        rows = pd.read_pickle(file)
    rows["shared"], rows["direct"] = (logit(rows[name].clip(1e-4, 1 - 1e-4)) for name in ("s", "o"))
    even = rows["table"].str.split().str[1].astype(int) // 16 % 2 == 0
    click.echo(f"# {measured_on()}")
    halves = rows[even], rows[~even]
    report(pd.concat([believed(half, weights(other)) for half, other in (halves, halves[::-1])]))
    names = ("SHARED_BESIDE_EDGE", "SHARED_WITHOUT_EDGE", "DIRECT")
    for name, model in zip(names, weights(rows), strict=True):
        numbers = ", ".join(f"{number:.3f}" for number in (*model.intercept_, *model.coef_[0]))
        click.echo(f"{name} = Weights({numbers})")


if __name__ == "__main__":
    main()
