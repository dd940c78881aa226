"""One seed gives one answer, in whatever order the columns of the data and the edges of the graph come."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from mechanisms import infer
from mechanisms.averaged_model import AveragedModel
from mechanisms.causal_model import CausalModel
from mechanisms.gaps.imputed_model import ImputedModel

ROWS = 80
FEW = {"draws": 4, "rows": 40}
KINDS = ["continuous", "binary", "categorical", "count", "positive", "piled", "continuous"]


def random_table(seed: int, d: int) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Columns of every type, in an order that is none of their names, and the edges of their DAG."""
    rng = np.random.default_rng(seed)
    kinds = [*rng.permutation(KINDS)[: d - 1].tolist(), "continuous"]
    names = [f"v{i}" for i in rng.permutation(d)]
    numbers, columns, edges = [], {}, []
    for j, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        parents = [i for i in range(j) if rng.random() < 0.6]
        edges += [(names[i], name) for i in parents]
        drive = sum((rng.normal() * np.tanh(numbers[i]) for i in parents), np.zeros(ROWS))
        noise = rng.normal(size=ROWS)
        number = {
            "continuous": drive + noise,
            "binary": (drive + noise > 0) * 1.0,
            "categorical": np.digitize(drive + noise, [-0.7, 0.7]) * 1.0,
            "count": rng.poisson(np.exp(np.clip(drive, -2, 2)) + 2) * 1.0,
            "positive": np.exp(drive + 0.5 * noise),
            "piled": np.maximum(drive + noise, -0.5),
        }[kind]
        numbers.append(number)
        columns[name] = np.array(["p", "q", "r"])[number.astype(int)] if kind == "categorical" else number
    return pd.DataFrame(columns), edges


def in_another_order(
    data: pd.DataFrame, edges: list[tuple[str, str]], rng: np.random.Generator
) -> tuple[pd.DataFrame, nx.DiGraph]:
    graph = nx.DiGraph()
    graph.add_nodes_from(rng.permutation(data.columns).tolist())
    graph.add_edges_from(edges[i] for i in rng.permutation(len(edges)))
    return data[rng.permutation(data.columns)], graph


def question(model: CausalModel | AveragedModel) -> tuple[str, str, tuple[float, float]]:
    """The longest way between two variables whose values are numbers."""
    graph, schema = model.graph, model.schema
    pairs = [(t, y) for t in graph for y in nx.descendants(graph, t)]
    pairs = [pair for pair in pairs if schema[pair[0]].has_mean and schema[pair[1]].kind == "continuous"]
    t, y = max(sorted(pairs), key=lambda pair: nx.shortest_path_length(graph, *pair))
    binary = schema[t].kind in ("binary", "count")
    return t, y, (0, 1) if binary else (0.5, 1.0)


def answers(model: CausalModel | AveragedModel, data: pd.DataFrame) -> dict[str, pd.DataFrame]:
    t, y, values = question(model)
    rows = data.head(4)
    found: dict[str, pd.DataFrame] = {
        "sample": model.sample(20, seed=1),
        "counterfactual": model.counterfactual(rows, {t: values[1]}, seed=2),
        "effect": model.effect(t, y, values, draws=4, seed=3),
        "plug-in": model.effect(t, y, values, method="plug-in", seed=4, **FEW),
        "quantiles": model.effect(t, y, values, quantiles=(0.2, 0.7), seed=5, **FEW),
        "of rows": model.effect(t, y, values, given=rows, each=True, draws=4, seed=6),
        "given": model.effect(t, y, values, given={y: (-1.0, 3.0)}, seed=7, **FEW),
    }
    between = sorted(nx.descendants(model.graph, t) & nx.ancestors(model.graph, y))
    if between:
        found["mediation"] = model.mediation(t, y, between[:1], values, seed=8, **FEW)
    return found


def assert_equal(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    assert one.keys() == other.keys()
    for name, table in one.items():
        there = pd.DataFrame(other[name])[list(table.columns)]
        pd.testing.assert_frame_equal(pd.DataFrame(table), there, rtol=1e-9, atol=1e-9, obj=name)


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.DataWarning")
@pytest.mark.parametrize("seed", [1, 5])  # between them all kinds of columns
def test_order_of_columns_and_edges_moves_no_answer(seed: int) -> None:
    data, edges = random_table(seed, d=5)
    rng = np.random.default_rng(seed)
    one, other = (infer(*in_another_order(data, edges, rng)) for _ in range(2))
    assert_equal(answers(one, data), answers(other, data))


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.DataWarning")
def test_nor_of_several_graphs() -> None:
    data, edges = random_table(11, d=4)
    rng = np.random.default_rng(11)
    models = []
    for _ in range(2):
        table, graph = in_another_order(data, edges, rng)
        fewer = graph.copy()
        fewer.remove_edge(*min(graph.edges))
        models.append(AveragedModel([infer(table, graph), infer(table, fewer)], [0.6, 0.4]))
    assert_equal(answers(models[0], data), answers(models[1], data))


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.DataWarning")
def test_nor_what_is_drawn_in_place_of_gaps() -> None:
    data, edges = random_table(11, d=3)
    rng = np.random.default_rng(11)
    gappy = data.mask(rng.random(data.shape) < 0.03)
    found = []
    for _ in range(2):
        model = infer(*in_another_order(gappy, edges, rng))
        assert isinstance(model, ImputedModel)
        t, y, values = question(model)
        tables = {"effect": model.effect(t, y, values, method="plug-in", seed=4, **FEW)}
        found.append(tables | {"completed": model.completed[1], "sample": model.sample(20, seed=1)})
    assert_equal(*found)
