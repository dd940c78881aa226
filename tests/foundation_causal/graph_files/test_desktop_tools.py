"""Small files with what real files of desktop programs have; docs/graph-files.md says which were read."""

import pytest

from foundation_causal import parse_graph, read_graph


def marked(text, **how):
    return {
        (a, kind or "-->", b) for a, b, kind in parse_graph(text, marks="keep", **how).edges.data("marks")
    }


def gml(creator, *edges, nodes=("rain", "soil", "crop"), head="directed 1", ids=(0, 1, 2)):
    """Tabs, brackets on lines of their own, and graphics in each node, as yEd and Cytoscape write them."""
    parts = [
        f'node\n[\n\tid\t{number}\n\tgraphics\n\t[\n\t\tx\t5.0\n\t\tfill\t"#FFCC00"\n\t]\n\tlabel\t"{name}"\n]'
        for number, name in zip(ids, nodes, strict=True)
    ]
    parts += [
        f"edge\n[\n\tsource\t{source}\n\ttarget\t{target}\n\tgraphics\n\t[\n\t\twidth\t1\n\t\t{drawn}\n\t]\n]"
        for source, target, drawn in edges
    ]
    inner = "\n".join([head, *parts])
    return f'Creator\t"{creator}"\nVersion\t"2.10"\ngraph\n[\n{inner}\n]\n'


def test_gml_of_yed_is_read_by_its_arrows():
    text = gml(
        "yFiles",
        (0, 1, 'targetArrow\t"standard"'),
        (2, 1, 'sourceArrow\t"white_delta"'),
        (0, 2, 'sourceArrow\t"circle"\n\t\ttargetArrow\t"standard"'),
    )
    assert marked(text) == {("rain", "-->", "soil"), ("soil", "-->", "crop"), ("rain", "o->", "crop")}
    assert marked(gml("yFiles", (0, 1, ""))) == {("rain", "---", "soil")}


def test_groups_of_yed_are_no_variables():
    text = gml("yFiles", (0, 1, 'targetArrow "delta"')).replace("id\t2", "id\t2\n\tisGroup\t1")
    assert list(parse_graph(text)) == ["rain", "soil"]


def test_gml_of_cytoscape_numbers_its_shapes_and_counts_down():
    text = gml(
        "Cytoscape",
        (-1, -2, "source_arrow\t0\n\t\ttarget_arrow\t6"),
        (-3, -2, "source_arrow\t3\n\t\ttarget_arrow\t0"),
        (-1, -3, "source_arrow\t0\n\t\ttarget_arrow\t0"),
        head="",
        ids=(-1, -2, -3),
    )
    assert marked(text) == {("rain", "-->", "soil"), ("soil", "-->", "crop"), ("rain", "---", "crop")}


def test_gml_of_gephi_has_words_as_identifiers_and_says_of_each_edge_whether_it_is_directed():
    text = (
        'graph [ Creator "Gephi" directed 1 node [ id rain ] node [ id soil ] node [ id crop ] '
        "edge [ id 0 source rain target soil directed 1 ] edge [ id 1 source soil target crop directed 0 ] ]"
    )
    assert marked(text) == {("rain", "-->", "soil"), ("soil", "---", "crop")}


def test_keys_of_graphml_may_stand_in_the_graph_and_share_an_id():
    text = """<graphml><graph edgedefault="directed">
        <key id="l" for="node" attr.name="label" attr.type="string"/>
        <key id="l" for="edge" attr.name="Label of edges" attr.type="string"/>
        <node id="n0"><data key="l"><![CDATA[rain & wind]]></data></node>
        <node id="n1"><data key="l">crop</data></node>
        <edge source="n0" target="n1"><data key="l">grows</data></edge></graph></graphml>"""
    graph = parse_graph(text)
    assert list(graph.edges.data("Label of edges")) == [("rain & wind", "crop", "grows")]


@pytest.mark.parametrize(
    "label",
    [
        "<y:NodeLabel>blood\npressure</y:NodeLabel>",
        "<y:NodeLabel>&lt;html&gt;&lt;b&gt;blood&lt;/b&gt;&lt;br&gt;pressure&lt;/html&gt;</y:NodeLabel>",
        "<y:Label><y:Label.Text>blood pressure</y:Label.Text></y:Label>",
        '<y:NodeLabel hasText="false"/><y:NodeLabel>blood pressure</y:NodeLabel>',
    ],
    ids=["line break", "html", "yEd Live", "empty first label"],
)
def test_labels_of_yed_become_names_on_one_line(label):
    text = f"""<graphml><key for="node" id="d0" yfiles.type="nodegraphics"/>
        <graph edgedefault="directed"><node id="n0"><data key="d0"><y:ShapeNode>{label}</y:ShapeNode></data>
        <port name="p0"/></node>
        <node id="n1"><data key="d0"><y:ShapeNode><y:NodeLabel>dose</y:NodeLabel></y:ShapeNode></data></node>
        <edge source="n1" target="n0" sourceport="p0"/></graph></graphml>"""
    assert marked(text) == {("dose", "-->", "blood pressure")}


def test_a_network_of_genie_goes_by_its_titles_where_these_are_the_variables():
    text = """<smile version="1.0"><nodes><cpt id="rain"><probabilities>1 0</probabilities></cpt>
        <demorgan id="crop"><parents>rain</parents></demorgan></nodes><extensions><genie app="GeNIe 5">
        <submodel id="s"><node id="rain"><name>Rain, mm</name></node></submodel>
        <node id="crop"><name>Crop?</name></node></genie></extensions></smile>"""
    assert list(parse_graph(text).edges) == [("rain", "crop")]
    assert list(parse_graph(text, names=["Crop?", "Rain, mm"]).edges) == [("Rain, mm", "Crop?")]


HUGIN = """% saved by hand
net { node_size = (80 40); }
node R { label = "Rain, mm"; states = ("dry" "wet"); }
discrete node S { label = "Soil"; }
node C { label = "Crop {t}"; states = ("low" "high"); }
potential (R |) { data = (0.5 0.5); }
potential (S) { data = (1); }
potential (C | R S) { data = ((0.1 0.9) (0.5 0.5)); % the table
}
"""
NETICA = """// ~->[DNET-1]->~
bnet Farm { title = "A farm";
node R { kind = NATURE; parents = (); title = "Rain, mm"; };
node S { title = "Soil"; states = (a, b); parents = (); };
node C { parents = (R, S); probs = // R S
  (0.1, 0.9, // ) not the end
   0.5, 0.5); title = "Crop {t}"; };
ElimOrder = (R, S, C);
};
"""


@pytest.mark.parametrize("text", [HUGIN, f"class Farm {{ inputs = (); {HUGIN[15:]} }}", NETICA])
def test_networks_of_hugin_and_netica(text, one_sentence):
    assert set(parse_graph(text, format="hugin").edges) == {("R", "C"), ("S", "C")}
    titles = ["Crop {t}", "Rain, mm", "Soil"]
    assert set(parse_graph(text, names=titles, format="netica").edges) == {
        ("Rain, mm", "Crop {t}"),
        ("Soil", "Crop {t}"),
    }
    with one_sentence("'Q'", "does not declare"):
        parse_graph(text.replace("(C | R S)", "(C | Q S)").replace("(R, S)", "(Q, S)"), format="hugin")


def test_xgmml_of_cytoscape():
    text = """<graph label="Farm" xmlns:cy="http://www.cytoscape.org" xmlns="http://www.cs.rpi.edu/XGMML"
        directed="1"><att name="size" value="1"/><node id="-1" label="rain"><att name="x" value="2"/></node>
        <node id="-2" label="soil"/><node id="-3" label="crop"/><edge source="-1" target="-2"/>
        <edge source="-2" target="-3" cy:directed="0"/></graph>"""
    assert marked(text) == {("rain", "-->", "soil"), ("soil", "---", "crop")}


def test_gexf_of_gephi():
    text = """<gexf xmlns="http://gexf.net/1.3"><graph defaultedgetype="directed"><nodes>
        <node id="0" label="rain"/><node id="1" label="soil"/><node id="2" label="crop"/></nodes>
        <edges><edge source="0" target="1" weight="0.5"/><edge source="2" target="1" type="undirected"/>
        <edge source="0" target="2" type="mutual"/></edges></graph></gexf>"""
    assert marked(text) == {("rain", "-->", "soil"), ("crop", "---", "soil"), ("rain", "<->", "crop")}
    assert parse_graph(text, marks="keep").edges["rain", "soil"]["weight"] == 0.5


def test_json_of_gephi_and_lists_of_arcs(one_sentence):
    gephi = """{"options": {"type": "mixed"}, "nodes": [{"key": "rain", "attributes": {}},
        {"key": "soil"}, {"key": "crop"}], "edges": [{"source": "rain", "target": "soil",
        "attributes": {"weight": 2.0}}, {"source": "soil", "target": "crop", "undirected": true}]}"""
    assert marked(gephi) == {("rain", "-->", "soil"), ("soil", "---", "crop")}
    arcs = '{"nodes": ["rain", "soil"], "arcs": [["rain", "soil"]], "cpds": {}}'
    assert marked(arcs) == {("rain", "-->", "soil")}
    with one_sentence("no edges", "'ties'"):
        parse_graph(arcs.replace("arcs", "ties"))


def test_tetrad_names_latent_variables_and_begins_with_the_settings_of_the_search():
    text = (
        "Runtime Parameters:\nalpha = 0.01\n\nGraph Nodes:\nrain;(wealth);crop (t)\n\nGraph Edges:\n"
        "1. wealth --> rain [wealth --> rain dd]:0.8;[no edge]:0.2;[edge]:1.0 dd pl\n2. wealth o-> crop (t)\n"
    )
    graph = parse_graph(text, marks="keep")
    assert list(graph) == ["rain", "wealth", "crop (t)"]
    assert graph.nodes["wealth"] == {"latent": True}
    assert marked(text) == {("wealth", "-->", "rain"), ("wealth", "o->", "crop (t)")}
    text = "Graph Nodes:\n(a);{}\n\nGraph Edges:\n"
    assert list(parse_graph(text.format("a"))) == ["(a)", "a"]  # no two variables become one
    assert list(parse_graph(text.format("b"), ["(a)", "b"])) == ["(a)", "b"]


def test_decisions_and_utilities_of_hugin_are_nodes():
    text = "net {} decision A {} utility U {} node b {} potential (b | A) {} potential (U | b) {}"
    assert list(parse_graph(text).edges) == [("A", "b"), ("b", "U")]


def test_quotes_inside_quotes_and_an_edge_drawn_twice_are_refused(one_sentence):
    with one_sentence("right behind a name"):
        parse_graph('digraph { "rain" -> "the "dose"" }')
    for edges in ("a -- b; b -- a", "a -- b; a -- b", "a <-> b; b <-> a; a -> b"):
        with one_sentence("twice"):
            parse_graph(f"pdag {{ {edges} }}", marks="keep")
    assert marked("dag { a -> b; a <-> b }") == {("a", "-->", "b"), ("b", "<->", "a")}


@pytest.mark.parametrize("suffix", ["net", "dne", "gexf", "xgmml"])
def test_what_is_only_read_says_so_when_it_is_to_be_written(suffix, tmp_path, one_sentence):
    from foundation_causal import write_graph

    with one_sentence(f".{suffix}"):
        write_graph([("rain", "crop")], tmp_path / f"graph.{suffix}")
    with one_sentence("not well-formed" if suffix in ("gexf", "xgmml") else "declares no node"):
        (tmp_path / f"empty.{suffix}").write_text("*Vertices 2\n")
        read_graph(tmp_path / f"empty.{suffix}")
