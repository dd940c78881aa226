"""Texts that other tools wrote (`benchmarks/formats/round_trips.py --fixtures`), or as their manuals show."""

import gzip
from importlib import resources
from pathlib import Path

import networkx as nx
import pytest

from foundation_causal import parse_graph, read_graph
from foundation_causal.datasets.bayesian_networks import discrete_network

OUTPUTS = Path(__file__).with_name("tool_outputs")
PLAIN = [("age", "dose"), ("age", "pressure"), ("dose", "pressure"), ("sex", "pressure")]
AWKWARD = [("blood flow", 'the "dose"'), ('the "dose"', "größe & alter")]
NODES = {"plain": {"age", "dose", "pressure", "sex"}, "awkward": {*sum(AWKWARD, ()), "alone"}}
# Names that the tool writes without quotes or entities, so that its text is not what it means.
BROKEN = {
    "pgmpy-1.1.2-awkward.dagitty": "quote it",
    "pgmpy-1.1.2-awkward.lavaan": "names no variable",
    "pgmpy-1.1.2-awkward.xdsl": "does not declare",
    "pyagrum-3.3.1-awkward.xdsl": "not well-formed",
    "pyagrum-3.3.1-awkward.xmlbif": "not well-formed",
    "tetrad-7.6.3-awkward.dot": "right behind a name",
    "tetrad-7.6.3-awkward.lavaan": "names no variable",
}


@pytest.mark.parametrize("path", sorted(OUTPUTS.glob("*-*")), ids=lambda path: path.name)
def test_what_other_tools_write_is_read(path, one_sentence):
    kind = path.stem.rpartition("-")[2]
    if path.name in BROKEN:
        with one_sentence(BROKEN[path.name]):
            read_graph(path)
        return
    graph = read_graph(path, names=sorted(NODES[kind]))
    assert set(graph.edges) == set(PLAIN if kind == "plain" else AWKWARD)
    weights = set(nx.get_edge_attributes(graph, "weight").values())
    assert weights <= {1e-05}
    if path.name.startswith(("networkx", "igraph")):
        assert weights


@pytest.mark.parametrize("name", ["alarm", "child", "hailfinder", "link", "munin1", "sachs", "win95pts"])
def test_the_structures_of_the_repository_of_bayesian_networks(name):
    packed = resources.files("pgmpy").joinpath(f"utils/example_models/{name}.bif.gz").read_bytes()
    graph = parse_graph(gzip.decompress(packed).decode())
    assert set(graph.edges) == set(discrete_network(name).graph.edges)
    assert set(graph) == set(discrete_network(name).graph)


# Of causal-learn 0.1.4.8: the text and the picture of what FCI found on a confounded pair.
PAG_TEXT = """Graph Nodes:
a;b;d;x;z z

Graph Edges:
1. a o-> b
2. d <-o a
3. z z <-> b
4. x o-o d dd nl
5. x --> z z [x --> z z]:0.75;[no edge]:0.25;

Ambiguous triples (i.e. list of triples for which there is ambiguous data about whether they are colliders):
"""
PAG_DOT = """digraph {
fontsize=18;
0 [label=a];
1 [label=b];
2 [label="d d"];
0 -> 1 [dir=both, arrowtail=odot, arrowhead=normal];
0 -> 2 [dir=both, arrowtail=odot, arrowhead=odot];
2 -> 1 [dir=both, arrowtail=none, arrowhead=normal];
}
"""


def marked(text, **how):
    return {
        (a, kind or "-->", b) for a, b, kind in parse_graph(text, marks="keep", **how).edges.data("marks")
    }


def test_circles_of_causal_learn(one_sentence):
    assert marked(PAG_TEXT) == {
        ("a", "o->", "b"),
        ("a", "o->", "d"),
        ("z z", "<->", "b"),
        ("x", "o-o", "d"),
        ("x", "-->", "z z"),
    }
    assert marked(PAG_DOT) == {("a", "o->", "b"), ("a", "o-o", "d d"), ("d d", "-->", "b")}
    with one_sentence("'a' o-> 'b'", "3 others", "open"):
        parse_graph(PAG_TEXT)


DAGITTY = """
dag {
bb="-2.5,-3,2.5,3"
"blood pressure" [outcome,pos="0.8,1.2"]
age [pos="-1,0"]  // a comment
dose [exposure,pos="-0.5,1.2"]
genes [latent,pos="0,-1"]
age -> {dose "blood pressure"}
dose -> "blood pressure" [beta=0.3]
genes -> dose <- age_group
age <-> age_group
}
"""


def test_dagitty_as_its_manual_shows_it(one_sentence):
    assert marked(DAGITTY) == {
        ("age", "-->", "dose"),
        ("age", "-->", "blood pressure"),
        ("dose", "-->", "blood pressure"),
        ("genes", "-->", "dose"),
        ("age_group", "-->", "dose"),
        ("age", "<->", "age_group"),
    }
    graph = parse_graph(DAGITTY, marks="keep")
    assert graph.nodes["genes"]["latent"] is True
    assert graph.edges["dose", "blood pressure"]["beta"] == 0.3
    with one_sentence("'age' <-> 'age_group'", "hidden common cause"):
        parse_graph(DAGITTY)
    assert marked("pag { a @-@ b @-> c; c -- d; e <- d; f @-- a }") == {
        ("a", "o-o", "b"), ("b", "o->", "c"), ("c", "---", "d"), ("d", "-->", "e"), ("f", "o--", "a"),
    }  # fmt: skip


def test_a_hidden_cause_beside_an_edge_is_kept_beside_it():
    graph = parse_graph("dag { x -> y; x <-> y }", marks="keep")
    assert dict(graph.edges) == {("x", "y"): {}, ("y", "x"): {"marks": "<->"}}
    with pytest.raises(ValueError, match="'y' <-> 'x'"):
        parse_graph("dag { x -> y; x <-> y }")


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("strict digraph g { a -> b; a -> b }", {("a", "-->", "b")}),
        ("graph { a -- b -- c }", {("a", "---", "b"), ("b", "---", "c")}),
        ("graph { a -- b [dir=forward] }", {("a", "-->", "b")}),
        (
            "digraph { a -> b [dir=back]; c -> d [dir=none]; e -> f [dir=both] }",
            {("b", "-->", "a"), ("c", "---", "d"), ("e", "<->", "f")},
        ),
        ("digraph { {edge [dir=none] a -> b} b -> c }", {("a", "---", "b"), ("b", "-->", "c")}),
        (
            "digraph { edge [arrowhead=none]; a -> b [arrowhead=vee]; b -> c }",
            {("a", "-->", "b"), ("b", "---", "c")},
        ),
        (
            "digraph { a:n -> b:s:w; subgraph cluster_1 { label=x; c; d } -> a }",
            {("a", "-->", "b"), ("c", "-->", "a"), ("d", "-->", "a")},
        ),
        ('digraph { rank="same"; "a" + "b" -> <<i>c</i>> [label=<x<br/>y>]; }', None),
        (
            'digraph { "a" + "b" -> c [label=<x<br/>y>] /* no -> edge */ // -> }\n# -> }\n}',
            {("ab", "-->", "c")},
        ),
        ("DIGRAPH { a -> b [style=invis]; c -> -1.5 }", {("c", "-->", "-1.5")}),
        ("digraph { rankdir=LR; node [shape=box]; a; b; a -> b }", {("a", "-->", "b")}),
    ],
)
def test_the_language_of_graphviz(text, edges):
    if edges is None:
        with pytest.raises(ValueError, match="where a name"):
            parse_graph(text)
    else:
        assert marked(text) == edges


YED = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
<key for="node" id="d6" yfiles.type="nodegraphics"/><key for="edge" id="d10" yfiles.type="edgegraphics"/>
<key attr.name="description" attr.type="string" for="node" id="d5"/>
<graph edgedefault="directed" id="G">
<node id="n0" yfiles.foldertype="group">
 <data key="d6"><y:GroupNode><y:NodeLabel>both</y:NodeLabel></y:GroupNode></data>
 <graph edgedefault="directed" id="n0:">
 <node id="n0::n0"><data key="d6"><y:ShapeNode><y:NodeLabel>age</y:NodeLabel></y:ShapeNode></data></node>
 <node id="n0::n1"><data key="d6"><y:ShapeNode><y:NodeLabel>blood
pressure</y:NodeLabel></y:ShapeNode></data></node></graph></node>
<node id="n1"><data key="d6"><y:ShapeNode><y:NodeLabel>dose</y:NodeLabel></y:ShapeNode></data></node>
<edge id="e0" source="n0::n1" target="n1"><data key="d10"><y:PolyLineEdge>
 <y:Arrows source="standard" target="none"/></y:PolyLineEdge></data></edge>
<edge id="e1" source="n0::n0" target="n1"><data key="d10"><y:PolyLineEdge>
 <y:Arrows source="SOURCE" target="TARGET"/></y:PolyLineEdge></data></edge>
</graph></graphml>"""


@pytest.mark.parametrize(
    ("source", "target", "edge"),
    [
        ("none", "standard", ("age", "-->", "dose")),
        ("delta", "none", ("dose", "-->", "age")),
        ("none", "none", ("age", "---", "dose")),
        ("standard", "standard", ("age", "<->", "dose")),
        ("white_circle", "standard", ("age", "o->", "dose")),
    ],
)
def test_yed_says_by_its_arrows_which_way_an_edge_leads(source, target, edge):
    text = YED.replace("SOURCE", source).replace("TARGET", target)
    assert marked(text) == {("dose", "-->", "blood pressure"), edge}
    assert set(parse_graph(text, marks="keep")) == {"age", "blood pressure", "dose"}


def test_single_edges_of_graphml_may_be_undirected():
    text = (
        '<graphml><graph edgedefault="directed"><node id="a"/><node id="b"/><node id="c"/>'
        '<edge source="a" target="b" directed="false"/><edge source="b" target="c"/></graph></graphml>'
    )
    assert marked(text) == {("a", "---", "b"), ("b", "-->", "c")}


def test_xmlbif_with_the_definition_of_its_elements():
    text = """<?xml version="1.0"?><!DOCTYPE BIF [ <!ELEMENT BIF (NETWORK)*> ]><BIF VERSION="0.3"><NETWORK>
    <VARIABLE TYPE="nature"><NAME>a</NAME></VARIABLE><VARIABLE TYPE="nature"><NAME>b</NAME></VARIABLE>
    <DEFINITION><FOR>b</FOR><GIVEN>a</GIVEN><TABLE>1 0</TABLE></DEFINITION></NETWORK></BIF>"""
    assert marked(text) == {("a", "-->", "b")}


LAVAAN = """
# measurement model
f =~ x1 + 1*x2 + lambda*x3
# regressions, with modifiers and over two lines
y ~ c("a", "b")*f + 0.5*z +
    w
y ~ 1; w ~~ 0*w
z ~~ w        ! hidden common cause
indirect := a*b
a == b
x1 | t1
"""


def test_lavaan_as_its_manual_shows_it():
    assert marked(LAVAAN) == {
        *(("f", "-->", x) for x in ("x1", "x2", "x3")),
        *((x, "-->", "y") for x in ("f", "z", "w")),
        ("z", "<->", "w"),
    }
    assert list(parse_graph("y ~ a", names=["b", "a", "y"])) == ["b", "a", "y"]


def test_gml_of_dowhy_and_numbers_of_igraph():
    nodes = 'node[id "U" label "U"] node[id "v 1" label "v 1"]'
    text = f'graph[directed 1 {nodes} edge[source "U" target "v 1" w 1e-05]]'
    graph = parse_graph(text, format="gml")
    assert graph.edges["U", "v 1"]["w"] == 1e-05
    assert marked("graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] ]") == {("0", "---", "1")}


def test_labels_of_gml_win_over_numbers_that_are_names_too():
    graph = nx.DiGraph([(1, 0), (0, 2)])  # networkx writes the ids 0, 1 and 2 for the labels 1, 0 and 2
    text = "\n".join(nx.generate_gml(graph))
    assert set(parse_graph(text, names=["0", "1", "2"]).edges) == {("1", "0"), ("0", "2")}


@pytest.mark.parametrize("text", ["[a][c][b|a:c]", " [c] [a]\n[b|c:a]\n"])
def test_bnlearn_as_its_manual_shows_it(text):
    assert marked(text) == {("a", "-->", "b"), ("c", "-->", "b")}


@pytest.mark.parametrize(
    "text",
    [
        '[["a", "b"]]',
        '{"edges": [["a", "b"]]}',
        '{"nodes": ["b", "a"], "links": [], "edges": [["a", "b"]]}',
        '{"nodes": ["b", "a"], "edges": [{"cause": "a", "effect": "b"}]}',
        '{"directed": true, "nodes": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}], '
        '"links": [{"source": 0, "target": 1}]}',
        '{"directed": true, "nodes": [{"name": "a"}, {"name": "b"}], "links": [{"source": 0, "target": 1}]}',
        '{"directed": 1, "nodes": [{"name": "a"}, {"name": "b"}], "links": [{"source": "a", "target": "b"}]}',
        '{"parents": {"b": ["a"], "a": []}}',
        '{"children": {"a": ["b"]}}',
    ],
)
def test_forms_of_json(text):
    assert marked(text) == {("a", "-->", "b")}
