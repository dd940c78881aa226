"""Every mistake gives one sentence that names the thing and the remedy, exit code 2, and no file."""

import shutil
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal.networks.pretrained as pretrained
from discovery.network.answers import DEFAULT_MODEL
from foundation_causal.graph_files import write_graph


def changed(table: pd.DataFrame, **columns: object) -> pd.DataFrame:
    return table.assign(**columns)


def run(data: object, *more: object) -> tuple[object, ...]:
    return ("run", data, *more, "--out", "answers")


def test_missing_file(refuse):
    refuse(["'nowhere.csv'", "check"], *run("nowhere.csv"))


def test_neither_file_nor_data_set(refuse):
    refuse(["'sach'", "nearest", "'sachs'", ".csv"], *run("sach"))
    refuse(["'my/table'", "choose one of", "'sachs'", ".csv"], *run("my/table"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dream4-1", ["'dream4-1'", "not its rows", "foundation-causal datasets dream4-1"]),
        ("dream4", ["several", "'dream4-1'"]),
        ("tuebingen-53", ["several variables", "another one"]),
        ("tuebingen-107", ["missing", "another one"]),
    ],
)
def test_data_sets_that_cannot_be_loaded_say_why(refuse, name, words):
    refuse(words, *run(name))


def test_empty_file(refuse, tmp_path):
    (tmp_path / "empty.csv").touch()
    refuse(["'empty.csv'", "empty", "give"], *run("empty.csv"))


def test_unknown_suffix(refuse, tmp_path):
    (tmp_path / "data.sav").write_text("a,b\n1,2\n")
    refuse(["'data.sav'", ".csv"], *run("data.sav"))


def test_text_column(refuse, table):
    changed(table, cell=["left"] * len(table)).to_csv("text.csv", index=False)
    refuse(["'cell'", "same value", "drop"], *run("text.csv"))
    names = [f"{number:x}" for number in range(100, 100 + len(table))]
    changed(table, cell=names).to_csv("names.csv", index=False)
    refuse(["'cell'", "levels", "ignore"], *run("names.csv"))


def test_constant_column(refuse, table):
    changed(table, batch=3.0).to_csv("constant.csv", index=False)
    refuse(["'batch'", "drop"], *run("constant.csv"))


def test_infinite_values(refuse, table):
    praf = table["praf"].to_numpy(copy=True)
    praf[7] = np.inf
    changed(table, praf=praf).to_csv("infinite.csv", index=False)
    refuse(["1 infinite value", "'praf'", "drop"], *run("infinite.csv"))


def test_missing_values_where_they_cannot_be_used(refuse, table, graph):
    holes = table.copy()
    holes.iloc[7, 1] = np.nan
    holes.to_csv("holes.csv", index=False)
    refuse(
        ["lack 1 value", "'praf'", "missing values", "drop"],
        "intervene",
        "holes.csv",
        "--do",
        "PKA=500",
        "--out",
        "s.csv",
    )


def test_too_many_missing_values(refuse, table, graph):
    rows = np.arange(len(table))
    changed(table, praf=table["praf"].mask(rows >= 19)).to_csv("column.csv", index=False)
    for command in (run("column.csv"), ("discover", "column.csv", "--out", "g.json")):
        refuse(["Fewer than 20 values", "'praf'", "drop"], *command)
    table.head(10).reindex(rows).to_csv("rows.csv", index=False)
    refuse(["10 rows", "at least 20"], "discover", "rows.csv", "--out", "g.json")
    table.mask(rows[:, None] % 4 == np.arange(4)).to_csv("nowhere-complete.csv", index=False)
    for more in ([], ["--graph", graph]):
        ask = run("nowhere-complete.csv", "--missing", "complete", *more)
        refuse(["complete rows", "'nowhere-complete.csv' has 0", "20"], *ask)
    changed(table, PKA=np.where(rows < 30, 1.0, rows), praf=table["praf"].mask(rows >= 30)).to_csv(
        "constant.csv", index=False
    )
    refuse(["complete rows", "has 30", "same value", "'PKA'"], *run("constant.csv", "--missing", "complete"))


KNOWN = {
    "unknown-key": ('{"require": [["PKA", "praf"]]}', ["'require'", "'required'"]),
    "no-json": ("required: [[PKA, praf]]", ["Cannot read", "JSON"]),
    "no-object": ('["PKA", "praf"]', ["braces"]),
    "no-list": ('{"roots": "PKA"}', ["'PKA' under 'roots'", "list"]),
    "no-pair": ('{"required": [["PKA", "praf", "pmek"]]}', ["'PKA', 'praf', 'pmek'", "pairs"]),
    "unknown-column": ('{"tiers": [["PKA"], ["raf"]]}', ["'raf' under 'tiers'", "lack", "'praf'"]),
    "both": (
        '{"required": [["PKA", "praf"]], "forbidden": [["PKA", "praf"]]}',
        ["both requires and forbids 'PKA' -> 'praf'"],
    ),
    "cycle": ('{"required": [["PKA", "praf"], ["praf", "PKA"]]}', ["cycle 'PKA' -> 'praf' -> 'PKA'"]),
    "loop": ('{"forbidden": [["PKA", "PKA"]]}', ["'PKA' -> 'PKA'", "different"]),
    "twice": ('{"tiers": [["PKA"], ["PKA"]]}', ["'PKA' more than once", "tiers"]),
    "back-in-time": (
        '{"tiers": [["PKA"], ["praf"]], "required": [["praf", "PKA"]]}',
        ["'praf' in tier 2", "'PKA' in tier 1"],
    ),
    "root": ('{"required": [["PKA", "praf"]], "roots": ["praf"]}', ["'praf' is among its roots"]),
    "leaf": ('{"required": [["PKA", "praf"]], "leaves": ["PKA"]}', ["'PKA' is among its leaves"]),
}


@pytest.mark.parametrize("name", KNOWN)
def test_knowledge(refuse, data, tmp_path, name):
    text, words = KNOWN[name]
    (tmp_path / "known.json").write_text(text)
    hopeless = ["--knowledge", "known.json", "--model", "nonesuch"]  # knowledge is read before the model
    refuse(["known.json", *words], "discover", data, *hopeless, "--out", "g.json")
    refuse(["known.json", *words], *run(data, *hopeless))


def test_knowledge_that_is_no_file_or_no_use(refuse, data, graph, tmp_path):
    refuse(["no file 'known.json'"], *run(data, "--knowledge", "known.json"))
    refuse(["'known.yaml'", ".json"], "discover", data, "--knowledge", "known.yaml", "--out", "g.json")
    (tmp_path / "known.json").write_text('{"roots": ["PKA"]}')
    refuse(["--knowledge", "--graph", "leave"], *run(data, "--knowledge", "known.json", "--graph", graph))
    refuse(["'known.json'", "choose"], "discover", data, "--knowledge", "known.json", "--out", "known.json")


def test_nothing_to_average_over(refuse, data, graph):
    refuse(["--average", "--graph"], *run(data, "--average", 3, "--graph", graph))
    refuse(["--average", "--no-refine"], *run(data, "--average", 3, "--no-refine"))


def test_masks_of_interventions(refuse, data, table, graph):
    mask = table * 0
    wrong = {
        "rows": (mask[1:], ["(79, 4)", "(80, 4)"]),
        "columns": (mask.rename(columns={"PKA": "PKC"}), ["other columns"]),
        "fewer": (mask.drop(columns="PKA"), ["other columns"]),
        "numbers": (mask + 2, ["0 and 1"]),
        "holes": (mask.mask(table == table.iloc[0, 0]), ["0 and 1"]),
        "text": (mask.astype(object).where(table < 0, "yes"), ["numbers", "'yes'"]),
    }
    for name, (frame, words) in wrong.items():
        frame.to_csv(f"{name}.csv", index=False)
        for command in (("discover", data, "--out", "g.json"), run(data, "--graph", graph)):
            refuse([f"the mask in '{name}.csv'", *words], *command, "--intervened", f"{name}.csv")
    refuse(["no file 'mask.csv'"], *run(data, "--intervened", "mask.csv"))
    mask.to_csv("mask.csv", index=False)
    refuse(["'mask.csv'", "choose"], "discover", data, "--intervened", "mask.csv", "--out", "mask.csv")
    mask.to_csv("samples.csv", index=False)
    refuse(["'samples.csv'", "choose"], "run", data, "--intervened", "samples.csv", "--out", ".")
    changed(mask, PKA=1).to_csv("always.csv", index=False)
    refuse(["'PKA'", "intervention", "add rows"], *run(data, "--graph", graph, "--intervened", "always.csv"))


def test_duplicate_column_names(refuse, table):
    table.set_axis(["PKA", "praf", "PKA", "pmek"], axis=1).to_csv("twice.csv", index=False)
    refuse(["'twice.csv'", "'PKA'", "own name"], *run("twice.csv"))


def test_fewer_than_twenty_rows(refuse, table):
    table.head(19).to_csv("short.csv", index=False)
    refuse(["19 rows", "at least 20"], *run("short.csv"))


def test_one_column(refuse, table):
    table[["PKA"]].to_csv("thin.csv", index=False)
    refuse(["1 column", "'PKA'", "at least 2"], *run("thin.csv"))


@pytest.mark.parametrize("command", ["run", "simulate"])
def test_graph_with_a_cycle(refuse, data, command):
    write_graph(
        nx.DiGraph([("PKA", "praf"), ("praf", "pmek"), ("pmek", "PKA"), ("PKA", "p44/42")]), "cyclic.json"
    )
    out = "samples.csv" if command == "simulate" else "answers"
    words = ["'cyclic.json'", "cycle PKA -> praf -> pmek -> PKA", "remove"]
    refuse(words, command, data, "--graph", "cyclic.json", "--out", out)


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([("PKA", "praf"), ("pmek", "raf"), ("PKA", "p44/42")], ["'raf'", "rename"]),
        ([("PKA", "praf")], ["'pmek', 'p44/42'", "add"]),
    ],
)
def test_graph_whose_nodes_do_not_match(refuse, data, edges, words):
    write_graph(nx.DiGraph(edges), "other.graphml")
    refuse(["'other.graphml'", *words], *run(data, "--graph", "other.graphml"))
    refuse(["'other.graphml'", *words], "evaluate", "structure", data, "--truth", "other.graphml")


def test_no_reference_graph(refuse, data):
    refuse(["data.csv", "--truth"], "evaluate", "structure", data)
    refuse(["data.csv", "--graph"], *run(data, "--graph", "reference"))


def test_cyclic_reference_graph_is_no_graph_of_a_model(refuse):
    refuse(["'sachs'", "cycle", "remove"], *run("sachs", "--graph", "reference"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PKB=2.0", ["'PKB'", "'PKA'"]),
        ("zebra=2.0", ["'zebra'", "use one of 'PKA'"]),
        ("PKA=high", ["'PKA'", "'high'", "--do PKA=2.0"]),
        ("PKA=", ["'PKA'", "--do PKA=2.0"]),
        ("PKA=nan", ["'nan'", "--do PKA=2.0"]),
        ("PKA", ["'PKA'", "NAME=NUMBER"]),
        ("", ["NAME=NUMBER"]),
        ("PKA=1,PKA=2", ["'PKA'", "twice"]),
        ("PKA=2,5", ["'PKA=2,5'", "NAME=NUMBER"]),
    ],
)
def test_do(refuse, data, graph, text, words):
    refuse(["--do", *words], *run(data, "--do", text))
    refuse(["--do", *words], "simulate", data, "--graph", graph, "--do", text, "--out", "samples.csv")


def test_mistakes_show_before_the_long_work(refuse, data):
    hopeless = ["--model", "nonesuch"]  # would stop the search for a graph, which comes later
    refuse(["--do", "'zebra'"], *run(data, "--do", "zebra=1", *hopeless))
    refuse(["data.csv/answers"], "run", data, *hopeless, "--out", "data.csv/answers")
    refuse(["data.csv/g.json"], "discover", data, *hopeless, "--out", "data.csv/g.json")


def test_contradicting_do_in_one_sample(refuse, data, graph):
    options = ["--graph", graph, "--do", "PKA=1", "--do", "PKA=2", "--out", "samples.csv"]
    refuse(["'PKA'", "1.0", "2.0", "leave"], "simulate", data, *options)


# A regular file stands in the way: permission bits would not stop a superuser.
def test_output_that_cannot_be_written(refuse, data, graph):
    refuse(["data.csv/answers", "choose"], "run", data, "--out", "data.csv/answers")
    refuse(["data.csv", "choose"], "run", data, "--out", "data.csv")
    refuse(["data.csv/g.json", "choose"], "discover", data, "--out", "data.csv/g.json")
    refuse(
        ["data.csv/p.csv", "choose"], "discover", data, "--out", "g.json", "--probabilities", "data.csv/p.csv"
    )
    refuse(["data.csv/s.csv", "choose"], "simulate", data, "--graph", graph, "--out", "data.csv/s.csv")


def test_output_that_would_replace_what_is_read(refuse, data, table, graph):
    before = data.read_bytes()
    refuse(["'data.csv'", "choose"], "discover", data, "--out", "data.csv")
    refuse(["'data.csv'", "choose"], "discover", data, "--out", "g.json", "--probabilities", "data.csv")
    refuse(["'data.csv'", "choose"], "simulate", data, "--graph", graph, "--out", "./data.csv")
    write_graph(nx.DiGraph([("PKA", "praf"), ("praf", "pmek"), ("pmek", "p44/42")]), "graph.csv")
    refuse(["'graph.csv'", "choose"], "simulate", data, "--graph", "graph.csv", "--out", "graph.csv")
    assert data.read_bytes() == before


def test_run_does_not_replace_its_own_data(refuse, table, graph):
    for name, options in {"samples.csv": [], "do_PKA=2.0.csv": ["--do", "PKA=2"]}.items():
        table.to_csv(name, index=False)
        refuse([f"'{name}'", "choose"], "run", name, "--graph", graph, *options, "--out", ".")


@pytest.mark.parametrize("name", ["graph.json", "summary.json"])
def test_run_does_not_replace_the_knowledge(refuse, data, name):
    Path(name).write_text('{"roots": ["PKA"]}')
    refuse([f"'{name}'", "choose"], "run", data, "--knowledge", name, "--out", ".")
    assert Path(name).read_text() == '{"roots": ["PKA"]}'


def test_two_outputs_with_one_name(refuse, data):
    refuse(["'g.csv'", "choose"], "discover", data, "--out", "g.csv", "--probabilities", "./g.csv")


def test_output_of_unknown_format(refuse, data, graph):
    refuse(["'g.txt'", ".json"], "discover", data, "--out", "g.txt")
    refuse(["'s.sav'", ".csv"], "simulate", data, "--graph", graph, "--out", "s.sav")


def test_folder_where_a_file_has_to_go(refuse, data, graph, tmp_path):
    (tmp_path / "answers" / "summary.json").mkdir(parents=True)
    refuse(["answers/summary.json", "move"], *run(data, "--graph", graph, "--samples", 10))


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A copy of the bundled weights that a test may damage; the package reads it instead of its own."""
    copy = tmp_path / "weights"
    shutil.copytree(pretrained.WEIGHTS, copy)
    monkeypatch.setattr(pretrained, "WEIGHTS", copy)
    return copy / DEFAULT_MODEL


def test_missing_weights(refuse, data, weights):
    (weights / "model.safetensors").unlink()
    refuse(["model.safetensors", "reinstall"], *run(data))
    shutil.rmtree(weights)
    refuse([f"'{DEFAULT_MODEL}'", "give"], "discover", data, "--out", "graph.json")


def test_broken_weights(refuse, data, weights):
    whole = (weights / "model.safetensors").read_bytes()
    for broken in (b"", b"no tensors at all", whole[: len(whole) // 2]):
        (weights / "model.safetensors").write_bytes(broken)
        refuse([DEFAULT_MODEL, "cannot be read", "reinstall"], *run(data))


def test_unknown_model(refuse, data):
    refuse(["'nonesuch'", "give"], *run(data, "--model", "nonesuch"))


EVALUATE = ("evaluate", "structure")


@pytest.mark.parametrize("command", [EVALUATE, ("evaluate", "mechanisms")])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--suite", "p-out"], ["'p-out'", "csuite"]),
        (["--suite", "csuite", "--cell", "size=2"], ["'csuite'", "'size'", "'configuration', 'd', 'n'"]),
        (["--suite", "csuite", "--cell", "d=3"], ["d '3'", "'2', '4', '9'"]),
        (["--suite", "csuite", "--cell", "d=2", "--cell", "configuration=weak_arrow"], ["ask for fewer"]),
        # Words that mean something else to the functions below.
        *[
            (["--suite", "csuite", "--cell", f"{word}=1"], [f"'{word}'"])
            for word in ("self", "progress", "model")
        ],
    ],
)
def test_unknown_suite_and_cells(refuse, command, options, words):
    refuse(words, *command, *options)


def test_unknown_method_and_suite_without_queries(refuse):
    refuse(["'magic'", "'kernel'"], "evaluate", "mechanisms", "--method", "magic")
    refuse(["'structure'", "query rows"], "evaluate", "mechanisms", "--suite", "structure", "--cell", "d=5")


def test_either_data_or_a_suite(refuse):
    refuse(["DATA or --suite"], *EVALUATE)
    refuse(["DATA or --suite"], *EVALUATE, "sachs", "--suite", "csuite")


def test_options_of_the_other_kind_of_evaluation(refuse):
    refuse(["--cell", "--suite"], *EVALUATE, "sachs", "--cell", "d=2")
    refuse(["--seed", "DATA", "leave"], *EVALUATE, "--suite", "csuite", "--seed", 0)
    refuse(["--truth", "DATA", "leave"], *EVALUATE, "--suite", "csuite", "--truth", "reference")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "sachs"],
        ["run", "sachs", "--out", "x", "--samples", "0"],
        ["walk"],
        ["models", "--seed", "-1"],
        ["generate", "p-in", "--d", "0", "--out", "x"],
        ["generate", "p-in", "--n", "0", "--out", "x"],
        ["generate", "p-in", "--scms", "0", "--out", "x"],
        ["generate", "p-in", "--interventional", "-1", "--out", "x"],
        ["generate", "p-in"],
        ["generate", "--out", "x"],
        ["suites", "csuite", "--cell", "d"],
    ],
)
def test_usage_errors_exit_alike(invoke, arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("PKA,praf\nPKA,prof", ["the data lack: 'prof'"]),
        ("PKA,praf\npraf,praf", ["'praf' to itself"]),
        ("PKA,praf\npraf,pmek\npmek,PKA", ["cycle", "praf -> pmek"]),
        ("PKA,praf\nPKA,praf", ["'PKA' -> 'praf' twice"]),
    ],
)
def test_a_list_of_edges_that_is_no_graph_of_the_data(refuse, data, tmp_path, lines, words):
    edges = tmp_path / "edges.csv"
    edges.write_text(f"cause,effect\n{lines}\n")
    refuse(["edges.csv", *words], "simulate", data, "--graph", edges, "--out", "s.csv")
