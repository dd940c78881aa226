"""Everything that is asked of the package, through its public names alone."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

import torch

import foundation_causal as fc
from tests.golden.of_graphs import of_graphs
from tests.golden.of_models import ENDS, levels, of_models
from tests.golden.question import CLOSED, NETWORK, Question
from tests.golden.summaries import Answer, columns, edges, whole
from tests.golden.tables import table

PRIORS = ("p-in", "p-out", "avici-wide", "wide", "activa-gauss", "activa-beta")


def questions() -> dict[str, Question]:
    """Every question by its name, which begins with that of its table if it has one of the six."""
    asked = of_graphs() | of_models()
    asked |= {f"{name}-activa": Question(partial(activa, name), NETWORK) for name in ENDS}
    asked["activa-at-five"] = Question(activa_at_five, NETWORK)
    asked |= {f"prior-{name}": Question(partial(drawn, name), CLOSED) for name in PRIORS}
    asked["evaluations"] = Question(evaluations, NETWORK)
    asked["datasets"] = Question(datasets, CLOSED)
    return asked


def activa(name: str) -> Answer:
    """What ACTIVA says of a table if the cause is set to the higher level."""
    cause = ENDS[name][0]
    found = fc.interventional_distribution(table(name).frame, {cause: levels(name)[1]}, draws=10, seed=16)
    rows = found.sample(20, seed=17)
    return {
        "mean": found.mean().to_dict(),
        "weights": [found.weights.max(), found.weights.std()],
        "sample": columns(rows),
        "log_prob": found.log_prob(rows)[:5].tolist(),
        "logs": sorted(found.logs),
    }


def activa_at_five() -> Answer:
    """What a model says that was trained on raw values and on one value of the cause."""
    data = fc.prior("activa-gauss").draw(scms=1, d=2, n=40, seed=18, dtype=torch.float64).frame(0)
    found = fc.interventional_distribution(data, {"X1": 5.0}, model="activa-gauss-2", draws=10, seed=16)
    return {"mean": found.mean().to_dict(), "sample": columns(found.sample(20, seed=17))}


def drawn(name: str) -> Answer:
    """Graphs and values of a small batch from a named prior."""
    prior = fc.prior(name)
    more = 0 if prior.interventions is None else 5
    # In single precision the draws hang on the processor.
    batch = prior.draw(scms=3, d=5, n=12, n_interventional=more, seed=20, dtype=torch.float64)
    return {
        "graphs": [edges(batch.graph(b)) for b in range(3)],
        "values": [batch.data[b, [0, -1]].flatten().tolist() for b in range(3)],
        "spread": batch.data.std(dim=(1, 2)).tolist(),
        "noise": batch.noise.std(dim=(1, 2)).tolist(),
        "intervened": int(batch.intervened.sum()),
        "size": list(prior.size(21)),
    }


def evaluations() -> Answer:
    """The three of them on little data, without their seconds."""
    one = table("linear")
    graph = fc.evaluate_structure(one.frame, one.graph)
    del graph["seconds"]
    graphs = fc.evaluate_suite("csuite", methods=["network"], configuration="nonlin_simpson", first=2)
    models = fc.evaluate_mechanisms("csuite", configuration="lingauss", first=1)
    models = models.drop(columns=["seconds", "sample_seconds"])
    return {"graph": graph, "graphs": whole(graphs.drop(columns="seconds")), "models": whole(models)}


def datasets() -> Answer:
    """What is known of them, and a little of what they hold."""
    facts = repr([(one.name, one.rows, one.edges, one.title) for one in fc.catalogue()])
    return {
        "names": len(fc.dataset_names()),
        "facts": sha256(facts.encode()).hexdigest(),
        "dream4": edges(fc.reference_graph("dream4-1"))[:5],
        "tuebingen": columns(fc.load_dataset("tuebingen-1").frame),
    }
