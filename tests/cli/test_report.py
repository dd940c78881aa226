"""The report: one page that holds everything, needs nothing, and is text wherever the data speak."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from cli.report import compared_methods
from cli.report.compared_methods import compared, usual_methods
from cli.report.report_document import short
from cli.report.report_page import _summary, embedded
from discovery import structure_methods

ODD = "</script><b id='odd'>&{{data}}"  # harmless, and markup if it is taken for that
GRAPH = [("dose", "response"), (ODD, "response"), ("response", "ill")]
VOID = {"meta", "input", "link", "br"}


@pytest.fixture(scope="module")
def odd_table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    dose, odd = random.normal(size=60), random.normal(size=60)
    response = np.tanh(dose) + odd + 0.3 * random.normal(size=60)
    ill = np.where(response > 0.2, "yes", "<no>")
    odd_table = pd.DataFrame({"dose": dose, ODD: odd, "response": response, "ill": ill})
    odd_table.loc[3, "dose"] = np.nan
    return odd_table


@pytest.fixture(scope="module")
def made(odd_table):
    return fc.report(
        odd_table.dropna(),
        graph=GRAPH,
        do=[{"dose": 1}, {ODD: 0.5}],
        treatment="dose",
        outcome="response",
        methods=[],
    )


class Outline(HTMLParser):
    """Ids, the text, what is loaded from elsewhere, and whether all elements are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.words: list[str] = []
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.ids += [known["id"]] if "id" in known else []
        self.loaded += [known[name] for name in ("src", "href") if name in known and known[name][0] != "#"]
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_whole_and_loads_nothing(made):
    outline = Outline(made.html)
    assert outline.open == []
    assert outline.loaded == []
    assert len(set(outline.ids)) == len(outline.ids)
    expected = {
        "data",
        "graph",
        "interventions",
        "effects",
        "caveats",
        "again",
        "network",
        "variable",
        "edges",
    }
    assert expected <= set(outline.ids)
    assert "threshold" not in outline.ids  # a graph that is given has no probabilities
    assert "default-src 'none'" in made.html
    assert len(made.html.encode()) < 2e6


def test_names_are_text_wherever_they_stand(made):
    outline = Outline(made.html)
    assert "odd" not in outline.ids
    assert "".join(outline.words).count(ODD) >= 5
    (stored,) = re.findall(
        r'<script type="application/json" id="report-data">(.*?)</script>', made.html, re.S
    )
    assert not set("<>&") & set(stored)
    assert json.loads(stored)["graph"]["order"] == ["dose", ODD, "response", "ill"]
    assert json.loads(embedded({"a": "\u2028</script>&"})) == {"a": "\u2028</script>&"}


def test_what_it_holds_is_what_the_library_answers(made, odd_table):
    found = made.document
    assert {(edge["cause"], edge["effect"]) for edge in found["graph"]["edges"]} == set(GRAPH)
    model = fc.infer(odd_table.dropna(), GRAPH)
    assert found["mechanisms"]["response"]["fit"] == pytest.approx(model.curves("response").fit, rel=1e-3)
    assert found["mechanisms"]["ill"]["labelled"]
    last = found["effects"]["rows"][-1]
    effects = model.effect("dose", "response", [row["value"] for row in found["effects"]["rows"][:5]])
    assert last["mean"] == pytest.approx(effects["mean"].iloc[-1], rel=1e-3)
    before, after = (model.sample(1000)["response"], model.do({"dose": 1.0}).sample(1000)["response"])
    (row,) = [row for row in found["interventions"][0]["rows"] if row[0] == "response"]
    assert float(row[2]) - float(row[1]) == pytest.approx(after.mean() - before.mean(), abs=2e-3)
    assert ODD not in [row[0] for row in found["interventions"][0]["rows"]]
    assert made.warnings == found["warnings"]
    assert "srcdoc" in made._repr_html_()
    assert "seed=0" in found["again"]["call"]
    assert len(found["again"]["checksum"]) == 64


def test_the_command_finds_a_graph_and_writes_the_page(invoke, odd_table, tmp_path):
    odd_table.to_csv("data.csv", index=False)
    options = ["--method", "none", "--stability", 2, "--samples", 20, "--json", "--out", "report.html"]
    result = invoke("report", "data.csv", "--no-refine", *options)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert {"threshold", "least"} <= set(Outline(page).ids)
    assert answer["files"] == ["report.html"]
    assert all(sentence.split("'")[0].replace("&", "&amp;") in page for sentence in answer["warnings"])
    assert "share of 2 resamples" in page
    assert answer["checksum"] in page
    assert "--stability 2" not in answer["notes"]


def test_hidden_causes_stand_on_the_page_and_what_they_forbid_is_said(odd_table):
    graph = fc.MixedGraph([("dose", "response"), ("response", "ill")], [("response", "ill"), ("dose", ODD)])
    asked = {"do": [{"dose": 1}, {"response": 2}], "treatment": "response", "outcome": "ill"}
    made = fc.report(odd_table.dropna(), graph=graph, methods=["network"], **asked)
    found = made.document
    shared = {frozenset(pair["between"]) for pair in found["graph"]["hidden"]}
    assert shared == {frozenset(["response", "ill"]), frozenset(["dose", ODD])}
    assert len(found["graph"]["edges"]) == 2
    assert "hidden" in Outline(made.html).ids
    assert "hedge" in found["effects"]["refused"]
    answered, refused = found["interventions"]
    assert [row[0].split(" = ")[0] for row in answered["rows"]] == ["dose", "response", "ill"]
    assert "'ill'" in refused["refused"]
    assert made.html.count(refused["refused"].replace("'", "&#x27;")) == 1
    marks = {(pair["cause"], pair["effect"]): pair["marks"][0] for pair in found["methods"]["pairs"]}
    assert marks["response", "ill"] == "->"
    assert marks["dose", ODD] == "<->"


def test_questions_that_cannot_be_answered_are_refused_before_the_work(refuse, data, graph, tmp_path):
    start = ["report", data, "--graph", graph, "--out"]
    refuse(["known format", ".html"], *start, "report.txt")
    refuse(["'nowhere/report.html'"], *start, "nowhere/report.html")
    refuse(["treatment and outcome"], *start, "r.html", "--of", "PKA")
    refuse(["The outcome", "'praff'", "praf"], *start, "r.html", "--of", "PKA", "--on", "praff")
    refuse(["--from and --to"], *start, "r.html", "--of", "PKA", "--on", "praf", "--from", "1")
    refuse(["'magic'", "PC"], *start, "r.html", "--method", "magic")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(refuse, data, graph, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    refuse(
        ["locked/report.html", "Permission denied"],
        "report",
        data,
        "--graph",
        graph,
        "--out",
        "locked/report.html",
    )


def test_interventions_that_a_page_cannot_show_are_refused(odd_table, one_sentence):
    with one_sentence("'dose'", "Shift"):
        fc.report(odd_table, graph=GRAPH, do={"dose": np.tanh}, methods=[])
    for nothing in (3, np.array(3), "dose", [{"dose": 1.0}, "dose"]):
        with one_sentence("do is", "dictionary"):
            fc.report(odd_table, graph=GRAPH, do=nothing, methods=[])


def quiet(words: str) -> None:
    """Says nothing."""


def test_other_methods_stand_beside_the_graph(odd_table, monkeypatch):
    from cli.inputs import Source
    from cli.notes import Inferred
    from foundation_causal.observations import observations

    source = Source("t", observations(odd_table[["dose", ODD, "response"]].dropna()))
    graph = fc.as_graph([("dose", "response"), (ODD, "response")], source.names)
    inferred = Inferred(fc.infer(source.table, graph), source.table, graph)
    other, slow = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0.0]]), "not done after 1 s"
    answers = {"network": (other, 0.5), "PC": slow}
    monkeypatch.setattr(compared_methods, "_answers", lambda tasks, limit, tell: answers)
    monkeypatch.setattr(structure_methods, "find_spec", lambda name: None if name == "lingam" else object())
    found = compared(source, inferred, None, 10.0, {"model": "edge-transformer"}, quiet)
    rows = {row["name"]: row for row in found["rows"]}
    assert [rows["network"][field] for field in ("agree", "turned", "lacks", "more")] == [0, 1, 1, 1]
    assert rows["PC"]["failure"] == slow
    assert "not installed" in rows["DirectLiNGAM"]["failure"]
    marks = {(pair["cause"], pair["effect"]): pair["marks"] for pair in found["pairs"]}
    assert marks == {
        ("dose", "response"): ["->", "<-"],
        (ODD, "response"): ["->", ""],
        ("dose", ODD): ["", "->"],
    }


def test_report_and_compare_show_methods_the_same_rows(monkeypatch):
    """With gaps: all rows to this project's own, complete ones with levels as categories to the others."""
    from cli.inputs import Source
    from cli.notes import Inferred
    from foundation_causal.observations import observations
    from mechanisms.applied import graph_comparison

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=40), "t": rng.integers(0, 2, 40), "y": rng.normal(size=40)})
    table.loc[:6, "y"] = np.nan
    source = Source("t", observations(table, missing=True))
    graph = fc.as_graph([("t", "y")], source.names)
    seen: list[dict[str, tuple[int, str]]] = []

    def look(tasks):
        frames = {task.method: getattr(task.rows, "frame", task.rows) for task in tasks}
        seen.append({name: (len(frame), str(frame["t"].dtype)) for name, frame in frames.items()})

    monkeypatch.setattr(compared_methods, "_answers", lambda tasks, limit, tell: look(tasks) or {})
    monkeypatch.setattr(structure_methods, "find_spec", lambda name: object())
    monkeypatch.setattr(graph_comparison, "check_methods", lambda methods: None)
    monkeypatch.setattr(graph_comparison, "finished", lambda run, tasks, time_limit: look(tasks) or [])
    inferred = Inferred(None, source.table, graph)
    found = compared(source, inferred, ["network", "HC-CG"], 9.0, {"model": "edge-transformer"}, quiet)
    fc.compare(table, ["network", "HC-CG"], held_out=False)
    assert seen[0] == seen[1] == {"network": (40, "float64"), "HC-CG": (33, "category")}
    assert "all 40 rows" in found["gaps"]


def test_methods_fit_the_types_of_the_table(odd_table):
    from cli.inputs import Source
    from foundation_causal.observations import observations

    assert "PC" in usual_methods(Source("t", observations(odd_table[["dose", "response"]].dropna())))
    assert usual_methods(Source("t", observations(odd_table.dropna()))) == ["network", "HC-CG"]
    labels = odd_table[["ill"]].assign(sex=np.where(odd_table[ODD] > 0, "f", "m"))
    assert "PC-chi2" in usual_methods(Source("t", observations(labels)))


def test_a_method_that_raises_is_said_to_have_failed(odd_table):
    task = compared_methods.Task("FLOP", "", odd_table[["dose"]].assign(same=1.0).dropna())
    assert isinstance(compared_methods._carried_out(task), str)


def test_nodes_keep_apart_and_edges_follow_their_waypoints(made):
    nodes = made.document["graph"]["nodes"]
    places = {(node["x"], node["y"]) for node in nodes}
    assert len(places) == len(nodes)
    deep = fc.report(
        pd.DataFrame(np.random.default_rng(0).normal(size=(40, 4)), columns=list("abcd")),
        graph=nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")]),
        mechanisms="least-squares",
        methods=[],
    )
    assert any("weights" in edge for edge in deep.document["graph"]["edges"])


def test_the_examples_of_its_page_run(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.S))
    monkeypatch.chdir(tmp_path)
    found: dict = {}
    exec(code.replace("out=", 'graph=[("age", "dose"), ("dose", "pressure")], methods=[], out='), found)
    assert (tmp_path / "report.html").exists()
    assert (tmp_path / "pressure.svg").read_text().count("</svg>") == 1
    assert found["shown"].causes == ("age", "dose")


def test_doubtful_edges_are_counted_beside_the_edges_and_days_have_no_hours():
    edges = [{"doubt": "less probable than not"}, {}]
    document = {
        "graph": {"edges": edges, "hidden": [("a", "b")], "caption": "discovered"},
        "data": {"rows": 600, "columns": [{}, {}], "findings": []},
        "warnings": [],
    }
    assert "2 edges, discovered, 1 of them doubtful; 1 pair with a hidden cause;" in _summary(document)
    assert short(pd.Timestamp("2024-01-01")) == "2024-01-01"
    assert short(pd.Timestamp("2024-01-01 06:30")) == "2024-01-01T06:30:00"
