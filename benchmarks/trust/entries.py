"""The public entries, each as a function that draws one input for it and gives its answer.

An answer is examined for numbers that are not finite; an entry raises `Wrong` where it finds the answer to be
wrong, and `Partial` where a file is left that is not whole.
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import numpy as np
import odd_values as odd
import pandas as pd

import foundation_causal as fc

EFFECT_ENDS = ["mean", "lower", "upper"]


class Wrong(Exception):
    """An answer is there, and is not right."""


class Partial(Exception):
    """A file is left that is not whole."""


@cache
def known() -> tuple[pd.DataFrame, nx.DiGraph, Any, Any]:
    """A small table of three types, its graph, what discovery says of it, and its model."""
    random = np.random.default_rng(0)
    a = random.normal(size=80)
    b = 2 * a + random.normal(size=80)
    c = np.where(b + random.normal(size=80) > 0, "high", "low")
    data = pd.DataFrame({"a": a, "b": b, "c": c})
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return data, graph, fc.discover(data), fc.infer(data, graph)


@cache
def texts() -> dict[str, list[bytes]]:
    """A valid file in each of the formats of graphs."""
    from foundation_causal.graph_files import WRITABLE, format_graph, suffix_of

    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
    nx.set_edge_attributes(graph, 0.5, "weight")
    found: dict[str, list[bytes]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for format in WRITABLE:
            found.setdefault(suffix_of(format), []).append(format_graph(graph, format).encode())
    found[".bif"] = [b'network "n" { }\nvariable a { type discrete [2] { x, y }; }\n']
    node = b'<cpt id="a"><state id="x"/><state id="y"/><probabilities>.5 .5</probabilities></cpt>'
    found[".xdsl"] = [b'<?xml version="1.0"?><smile version="1.0"><nodes>' + node + b"</nodes></smile>"]
    found[".xmlbif"] = [b"<BIF><NETWORK><NAME>n</NAME><VARIABLE><NAME>a</NAME></VARIABLE></NETWORK></BIF>"]
    found[".gml"].append(
        b'graph [ directed 1 node [ id 0 label "a" ] node [ id 1 ] edge [ source 0 target 1 ] ]'
    )
    return found


@cache
def tables() -> dict[str, bytes]:
    """A valid file in each of the formats of tables."""
    from foundation_causal.table_files import SUFFIXES, write_table

    data = known()[0].head(30)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in SUFFIXES:
            if "." not in suffix[1:]:
                write_table(data, Path(folder) / f"t{suffix}")
        data.to_csv(Path(folder) / "t.csv.gz", index=False)
        return {"".join(file.suffixes): file.read_bytes() for file in Path(folder).iterdir()}


def written(content: bytes, suffix: str, read: Callable[[Path], Any]) -> Any:
    """What an entry makes of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        return read(path)


def read_graph(r: Random) -> Any:
    suffix = r.choice([*texts()])
    content = odd.mutated(r, r.choice(texts()[suffix if r.random() < 0.9 else r.choice([*texts()])]))
    return written(content, suffix, lambda path: fc.read_graph(path, marks=r.choice(["refuse", "keep"])))


def parse_graph(r: Random) -> Any:
    content = odd.mutated(r, r.choice(texts()[r.choice([*texts()])])).decode("utf-8", "replace")
    return fc.parse_graph(content if r.random() < 0.9 else odd.scalar(r), r.choice([None, ["a", "b", "c"]]))


def as_graph(r: Random) -> Any:
    graph = odd.graph(r, ["a", "b", "c"])
    names = r.choice([None, ["a", "b", "c"]]) if r.random() < 0.8 else odd.scalar(r)
    return fc.as_graph(graph, names, marks="refuse" if r.random() < 0.8 else odd.scalar(r))


def write_graph(r: Random) -> Any:
    graph = odd.decorated(r)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"g{r.choice([s for s in texts() if s not in ('.bif', '.xdsl', '.xmlbif')])}"
        try:
            fc.write_graph(graph, path)
        except Exception as error:
            if list(Path(folder).iterdir()):
                raise Partial(str(error)) from error
            raise
        again = fc.read_graph(path, names=list(graph), marks="keep")
        if sorted(again.edges) != sorted(graph.edges):
            raise Wrong(f"{sorted(graph.edges)} came back as {sorted(again.edges)}")
        return again


def read_table(r: Random) -> Any:
    suffix = r.choice([*tables()])
    content = odd.mutated(r, tables()[suffix])
    if suffix in (".csv", ".tsv", ".txt") and r.random() < 0.3:
        made = odd.frame(r, odd=0.5)
        content = odd.mutated(r, made.to_csv(index=False, sep=r.choice(",;\t|")).encode("utf-8", "replace"))
    return written(content, suffix, lambda path: fc.read_table(path).shape)


def read_stream(r: Random) -> Any:
    return fc.read_table(io.BytesIO(odd.mutated(r, tables()[".csv"]))).shape


KNOWLEDGE = ["required", "forbidden", "tiers", "roots", "leaves"]


def read_knowledge(r: Random) -> Any:
    whole = [b'{"required": [["a", "b"]], "tiers": [["a"], ["b", "c"]], "roots": ["a"], "leaves": ["c"]}']
    return written(odd.json_bytes(r, KNOWLEDGE, whole), ".json", fc.read_knowledge)


def knowledge(r: Random) -> Any:
    given = {
        key: r.choice([odd.scalar(r), [odd.scalar(r)], [("a", odd.scalar(r))], [["a"], ["b"]], [("a", "b")]])
        for key in r.sample(KNOWLEDGE, 2)
    }
    return fc.Knowledge(**given).constraints(["a", "b", "c"])


def read_prior(r: Random) -> Any:
    from foundation_causal.simulate.prior_files import KINDS, to_config

    whole = [json.dumps(to_config(fc.prior(name))).encode() for name in ("p-in", "p-out")]
    keys = ["kind", *KINDS, "families", "graphs", "mechanisms", "noises", "edges", "scale"]
    made = written(odd.json_bytes(r, keys, whole), ".json", fc.read_prior)
    return made.draw(scms=1, d=3, n=20, seed=0).frame(0) if r.random() < 0.3 else made


def options(r: Random) -> Any:
    from cli.parsing import parse_conditions, parse_types, requested_interventions

    schema = known()[3].schema
    text = f"{r.choice([*'abc', *odd.NAMES])}{r.choice(['=', '=+', ' = ', '', '=='])}{r.choice(odd.WORDS)}"
    text = text if r.random() < 0.7 else f"{text},{r.choice('abc')}={r.choice(odd.WORDS)}"
    return r.choice(
        [
            lambda: requested_interventions((text,), (), schema),
            lambda: requested_interventions((), (text,), schema),
            lambda: parse_conditions([text], schema),
            lambda: fc.observations(known()[0], types=parse_types([text])),
        ]
    )()


def observations(r: Random) -> Any:
    types = None if r.random() < 0.7 else r.choice([odd.scalar(r), {"X0": odd.scalar(r)}, {"X1": "count"}])
    return fc.observations(
        odd.frame(r, odd=r.choice([1, 0.3, 0.1])), types=types, missing=r.random() < 0.5
    ).values[:0]


def masks(r: Random) -> Any:
    data = pd.DataFrame(odd.noise(r, 30, 2), columns=["a", "b"])
    mask = r.choice(
        [
            lambda: odd.frame(r, (30, 30)),
            lambda: data > 1,
            lambda: (data > 1).iloc[::-1],
            lambda: (data > 1).to_numpy(),
            lambda: odd.scalar(r),
            lambda: pd.DataFrame({"a": [odd.scalar(r)] * 30, "b": [0] * 30}),
            lambda: np.ones((30, 2)),
        ]
    )()
    return fc.observations(data, intervened=mask).free


def check(r: Random) -> Any:
    fc.check(odd.frame(r, (0, 60), odd=r.choice([1, 0.3, 0.1])))


def odd_rows(r: Random) -> Any:
    data = known()[0].head(3)
    if r.random() < 0.3:
        return odd.frame(r, (0, 3))
    made = data.astype(object) if r.random() < 0.5 else data.copy()
    if not pd.api.types.is_object_dtype(made["a"]):
        made["a"] *= 10.0 ** r.randint(-300, 149)
        return made
    for _ in range(r.randint(0, 2)):
        cells = made[r.choice("abc")].tolist()
        made["abc"[r.randrange(3)]] = pd.Series([*cells[:2], odd.scalar(r)], dtype=object)
    return made


def rows(r: Random) -> Any:
    model, given = known()[3], odd_rows(r)
    return r.choice(
        [
            lambda: model.predict(given),
            lambda: model.noise(given),
            lambda: model.generate(given),
            lambda: model.probabilities(given, r.choice(["c", odd.scalar(r)])),
            lambda: model.counterfactual(given, {"a": 1.0}),
            lambda: model.effect("a", "b", (0, 1), given=given, draws=4)[EFFECT_ENDS],
            lambda: model.log_likelihood(given).notna(),  # a row that cannot be has minus infinity
        ]
    )()


def do(r: Random) -> Any:
    model = known()[3]
    name = r.choice(["a", "b", "c", "a", "b", odd.scalar(r)])
    value = odd.scalar(r)
    value = value if r.random() < 0.5 else r.gauss(0, 1) * 10.0 ** r.randint(-300, 149)
    changes = [
        value,
        fc.Shift(value),
        fc.Replace(lambda p: value),
        lambda f: value,
        lambda f: f * 1e150,
        1e149,
    ]
    try:
        setting = {name: r.choice(changes)}
    except TypeError:  # what has no hash is no key
        setting = value
    changed = model.do(setting)
    return changed.sample(4) if r.random() < 0.5 else model.counterfactual(known()[0].head(2), setting)


def integers(r: Random) -> Any:
    data, _, prediction, model = known()
    k = odd.scalar(r)
    return r.choice(
        [
            lambda: model.sample(k),
            lambda: model.sample(2, seed=k),
            lambda: model.effect("a", "b", (0, 1), draws=k, method="plug-in")[EFFECT_ENDS],
            lambda: model.effect("a", "b", (0, 1), draws=3, rows=k, method="plug-in")[EFFECT_ENDS],
            lambda: model.effect("a", "b", (0, 1), level=k)[EFFECT_ENDS],
            lambda: model.effect("a", "b", (0, 1), draws=3, quantiles=k)[EFFECT_ENDS],
            lambda: len(prediction.weighted_graphs(k)),
            lambda: len(prediction.sample_graphs(k)),
            # 250 of these are no odd wish, and only take long.
            lambda: fc.infer(data, average=k) if not isinstance(k, np.uint8) else None,
            lambda: fc.bootstrap(data, replicates=k, refine=False) if not isinstance(k, np.uint8) else None,
            lambda: fc.discover(data, model=k),
            lambda: fc.load_dataset(k),
            lambda: fc.load_suite(k),
            lambda: fc.prior(k),
        ]
    )()


def weights(r: Random) -> Any:
    from discovery.network.edge_transformer import EdgeTransformer
    from foundation_causal.networks.pretrained import FILES, WEIGHTS, load_pretrained

    source = WEIGHTS / "edge-transformer"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = {file: (source / file).read_bytes() for file in FILES}
        spoilt = r.choice(FILES)
        changed = odd.mutated(r, whole[spoilt])
        for file in FILES:
            (folder / file).write_bytes(changed if file == spoilt else whole[file])
        load_pretrained(EdgeTransformer, folder)
        # Blanks and the order of keys bear on nothing; bytes of the weights do.
        if spoilt != "config.json" and changed != whole[spoilt]:
            raise Wrong("changed weights were loaded")


@cache
def saved() -> dict[str, bytes]:
    """The files of a saved model."""
    with tempfile.TemporaryDirectory() as folder:
        known()[3].save(f"{folder}/model")
        return {file.name: file.read_bytes() for file in Path(f"{folder}/model").iterdir()}


def saved_models(r: Random) -> Any:
    spoilt = r.choice([*saved()])
    changed = odd.mutated(r, saved()[spoilt])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in saved().items():
            (Path(folder) / name).write_bytes(changed if name == spoilt else content)
        drawn = fc.load(folder).sample(4)
    if not drawn.equals(known()[3].sample(4)):
        raise Wrong(f"a changed {spoilt} was loaded, and answers otherwise")


def mixed_graphs(r: Random) -> Any:
    names = ["a", "b", "c", odd.scalar(r)]
    pairs = [[(r.choice(names), r.choice(names)) for _ in range(r.randint(0, 4))] for _ in "12"]
    graph = fc.MixedGraph(*(given if r.random() < 0.8 else odd.scalar(r) for given in pairs))
    fc.identify(graph, r.choice(names), r.choice(names))


def effects(r: Random) -> Any:
    model = known()[3]
    oddly = r.randrange(5)  # one thing at a time, or there are but refusals
    treatment = r.choice(["a", "b", "c", odd.scalar(r)]) if oddly == 0 else "a"
    outcome = r.choice(["a", "b", "c", odd.scalar(r)]) if oddly == 1 else r.choice("bc")
    values = (r.gauss(0, 1), 2 * 10.0 ** r.randint(-300, 149))
    values = (
        values
        if oddly != 2
        else r.choice(
            [None, (0, 1), (odd.scalar(r), 1), (0.0, 1e149), ("low", "high"), odd.scalar(r), (0, 1, 2)]
        )
    )
    given = (
        None
        if oddly != 3
        else r.choice([None, None, {"a": (-1, 1)}, {"b": odd.scalar(r)}, {"c": "low"}, odd.scalar(r)])
    )
    method = (
        r.choice(["auto", "plug-in"])
        if oddly != 4
        else r.choice(["auto", "plug-in", "orthogonal", odd.scalar(r)])
    )
    answer = model.effect(treatment, outcome, values, given=given, draws=4, method=method)
    return answer[EFFECT_ENDS]


def mediation(r: Random) -> Any:
    mediators = r.choice([None, ["b"], "b", ["b"], [odd.scalar(r)], odd.scalar(r)])
    values = r.choice([(0, 1), (r.gauss(0, 1), 10.0 ** r.randint(-300, 149)), odd.scalar(r)])
    return known()[3].mediation("a", "c", values, mediators, draws=4)[EFFECT_ENDS]


def discover(r: Random) -> Any:
    made = odd.frame(r, (20, 60), odd=r.choice([0.0, 0.2, 0.4]))
    return fc.discover(made).probabilities


def infer(r: Random) -> Any:
    made = odd.frame(r, (20, 60), odd=r.choice([0.0, 0.1, 0.3]))
    names = [str(name) for name in made.columns]
    chain = nx.DiGraph()
    chain.add_nodes_from(names)
    chain.add_edges_from((a, b) for i, a in enumerate(names) for b in names[i + 1 :] if r.random() < 0.6)
    model = fc.infer(made, chain if r.random() < 0.8 else odd.graph(r, names))
    complete = made[made.notna().all(axis=1)]
    density = model.log_likelihood(complete.head(20)) if hasattr(model, "log_likelihood") else 0
    sampled = model.sample(50)
    return [density, sampled.select_dtypes("number"), model.noise(complete.head(5))]


def command(r: Random) -> Any:
    from click.testing import CliRunner

    from cli.main import main

    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "t.csv", Path(folder) / r.choice(["o.csv", "o.json", "o"])
        made = odd.frame(r, (20, 40), odd=0.2)
        table.write_bytes(odd.mutated(r, made.to_csv(index=False).encode("utf-8", "replace")))
        word, name = r.choice(odd.WORDS), r.choice(["X0", "X1", *odd.NAMES])
        call = r.choice(
            [
                ["check", str(table)],
                ["check", str(table), "--types", f"{name}={word}"],
                ["discover", str(table), "--out", str(out), "--no-refine"],
                [
                    "effect",
                    str(table),
                    "--of",
                    name,
                    "--on",
                    "X1",
                    "--from",
                    word,
                    "--to",
                    "1",
                    "--out",
                    str(out),
                ],
                ["simulate", str(table), "--graph", word, "--do", f"{name}={word}", "--out", str(out)],
                ["run", str(table), "--out", str(out), "--do", f"{name}={word}", "--samples", "20"],
                ["generate", word, "--out", str(out)],
                ["datasets", word],
                ["suites", word],
            ]
        )
        done = CliRunner().invoke(main, call)
        left = [file for file in Path(folder).iterdir() if file.name not in ("t.csv", out.name)]
        if left or (done.exit_code and out.exists()):
            raise Partial(f"{call[0]} left {left}")
        if "\x1b" in done.output:
            raise Wrong(f"{call[0]} steers the terminal")
        if done.exit_code == 2 and isinstance(done.exception, SystemExit):
            raise fc.InputError(done.output.strip().rsplit("Error: ", 1)[-1].replace("\n", " "))
        if done.exception is not None:
            raise done.exception


def without_graph(r: Random) -> Any:
    made = odd.frame(r, (30, 40), odd=r.choice([0.0, 0.2]))
    setting = {r.choice([*made.columns, "z"]): r.choice([0.0, 1.0, odd.scalar(r)])}
    return fc.interventional_distribution(made, setting, draws=2).sample(5).select_dtypes("number")


# How many inputs the command draws for each: thousands where one takes milliseconds, a hundred where seconds.
ENTRIES: dict[Callable[[Random], Any], int] = {
    read_graph: 1800,
    parse_graph: 900,
    as_graph: 700,
    write_graph: 700,
    read_table: 1200,
    read_stream: 300,
    read_knowledge: 700,
    knowledge: 500,
    read_prior: 500,
    options: 800,
    observations: 800,
    masks: 300,
    check: 200,
    rows: 500,
    do: 400,
    integers: 400,
    weights: 300,
    saved_models: 300,
    mixed_graphs: 400,
    effects: 200,
    mediation: 60,
    discover: 120,
    infer: 160,
    command: 80,
    without_graph: 40,
}
