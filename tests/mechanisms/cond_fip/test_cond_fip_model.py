"""Cond-FiP: depends on parents only, knows no order of rows and variables, and is what was fitted."""

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.errors import DiscreteWarning, InputError
from foundation_causal.graphs import adjacency, from_adjacency
from foundation_causal.networks.units import Units
from foundation_causal.observations import observations
from mechanisms.cond_fip.blocks import Edges
from mechanisms.cond_fip.cond_fip_model import fit_cond_fip
from mechanisms.cond_fip.kernel_decoder import READ_ROWS
from mechanisms.cond_fip.network import ROWS_AT_ONCE, CondFiP
from mechanisms.cond_fip.report import Stream
from mechanisms.inference import infer
from mechanisms.mechanism_model import predict

SMALL = {
    "width": 8,
    "layers": 2,
    "heads": 2,
    "head": 8,
    "decoder_width": 16,
    "decoder_layers": 2,
    "key_size": 4,
}


DECODERS = pytest.mark.parametrize("decoder", ["kernel", "published"])


def network(seed=0, *, decoder="kernel"):
    """Untrained, but with noise that differs between rows, rounds that move and norms that adapt."""
    torch.manual_seed(seed)
    model = CondFiP(**SMALL, decoder=decoder).double()
    if decoder == "kernel":
        torch.nn.init.normal_(model.decoder.row.weight)
        for round_ in model.decoder.rounds:
            for layers in (round_.edge, round_.node, round_.row):
                torch.nn.init.normal_(layers[-1].weight, std=0.1)
    else:
        for block in model.decoder.blocks:
            torch.nn.init.normal_(block.adapt[1].weight, std=0.5)
    return model.eval()


def random_graph(seed, d):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((d, d)) < 0.5, 1)
    order = rng.permutation(d)
    return torch.from_numpy(upper[np.ix_(order, order)])[None]


@DECODERS
@given(seed=st.integers(0, 1000), d=st.integers(2, 6))
@settings(deadline=None, max_examples=12)
def test_an_output_depends_on_the_parents_only(decoder, seed, d):
    graph, context = random_graph(seed, d), torch.randn(1, 20, d, dtype=torch.float64)
    model, z = network(seed, decoder=decoder), torch.randn(1, 1, d, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda z: model(z, context, graph)[0, 0], z)[:, 0, 0]
    assert torch.equal(jacobian.T != 0, graph[0])


@DECODERS
@given(seed=st.integers(0, 1000), d=st.integers(2, 6))
@settings(deadline=None, max_examples=12)
def test_permuting_variables_permutes_the_answer_and_the_order_of_rows_is_nothing(decoder, seed, d):
    graph, model = random_graph(seed, d), network(seed, decoder=decoder)
    context, z = torch.randn(1, 30, d, dtype=torch.float64), torch.randn(1, 4, d, dtype=torch.float64)
    by = torch.randperm(d)
    answer = model(z, context, graph)
    permuted = model(z[..., by], context[:, torch.randperm(30)][..., by], graph[:, by][:, :, by])
    assert torch.allclose(permuted, answer[..., by], atol=1e-10)
    denoised = model.denoised(context, graph)
    assert torch.allclose(model.denoised(context[..., by], graph[:, by][:, :, by]), denoised[..., by])


def test_units_do_not_matter_and_constants_divide_by_nothing():
    graph, model = random_graph(1, 4), network()
    context, z = torch.randn(1, 30, 4, dtype=torch.float64), torch.randn(1, 3, 4, dtype=torch.float64)
    scale, shift = torch.tensor([1e-6, 1.0, 5.0, 1e6]), torch.tensor([0.0, 7.0, -1.0, 3.0])
    moved = model(z * scale + shift, context * scale + shift, graph)
    assert torch.allclose(moved, model(z, context, graph) * scale + shift, rtol=1e-6)
    assert Units.of(torch.ones(1, 5, 2)).scale.tolist() == [[[1.0, 1.0]]]


@DECODERS
def test_data_sets_of_a_batch_do_not_meet(decoder):
    model, graphs = network(decoder=decoder), torch.cat([random_graph(1, 5), random_graph(2, 5)])
    context, z = torch.randn(2, 20, 5, dtype=torch.float64), torch.randn(2, 3, 5, dtype=torch.float64)
    alone = torch.cat([model(z[[b]], context[[b]], graphs[[b]]) for b in (0, 1)])
    assert torch.allclose(model(z, context, graphs), alone, atol=1e-10)


def test_what_learns_and_what_answers_is_the_same_function():
    """With and without gradients, where nodes come all at once or few at a time."""
    model, graph = network(), random_graph(5, 6)
    context, z = torch.randn(1, 30, 6, dtype=torch.float64), torch.randn(1, 4, 6, dtype=torch.float64)
    with torch.no_grad():
        answered = model(z, context, graph)
    assert torch.allclose(answered, model(z, context, graph), atol=1e-8)


def test_more_rows_than_were_trained_on_are_read_in_parts():
    model, graph = network(decoder="published"), random_graph(2, 4)
    x, edges = torch.randn(4, 2 * ROWS_AT_ONCE, dtype=torch.float64), Edges.of(graph)
    parts = [model.encoder(part, edges) for part in x.split(ROWS_AT_ONCE, 1)]
    assert torch.equal(model.tokens(x, edges), torch.cat(parts, 1))


def test_rows_that_the_encoder_does_not_read_count_all_the_same():
    """The function follows a step that only they show."""
    model, graph = network(), torch.tensor([[[0, 1], [0, 0]]])
    torch.manual_seed(0)
    x = torch.randn(1, READ_ROWS + 200, 2, dtype=torch.float64)
    x[..., 1] = 0.1 * x[..., 1]
    moved = x.clone()
    moved[:, READ_ROWS:, 1] += (moved[:, READ_ROWS:, 0] > 1).double()
    z = torch.tensor([[[-1.0, 0.0], [2.0, 0.0]]], dtype=torch.float64)
    change = (model(z, moved, graph) - model(z, x, graph))[0, :, 1]
    assert change[1] > 0.2 > change[0].abs()


def saved(tmp_path, seed=0, *, decoder="kernel"):
    network(seed, decoder=decoder).float().save_pretrained(tmp_path)
    return tmp_path


@pytest.fixture
def table():
    x = np.random.default_rng(0).normal(size=(60, 4)) * [1, 100, 1e-3, 1] + [0, 5, 0, -2]
    return pd.DataFrame(x, columns=list("abcd"))


@DECODERS
def test_the_fitted_model_is_the_network(tmp_path, table, decoder):
    graph = nx.DiGraph([("c", "d"), ("b", "c"), ("a", "c"), ("a", "b"), ("a", "d")])  # in no order
    fitted = fit_cond_fip(observations(table), graph, model=saved(tmp_path, decoder=decoder))
    rows = table.to_numpy()[:7] + 0.1
    arrays = (rows[None], table.to_numpy()[None], adjacency(fitted.graph)[None])
    whole = network(decoder=decoder)(*(torch.tensor(a) for a in arrays))[0].detach().numpy()
    assert np.allclose(predict(fitted, rows), whole, rtol=1e-4, atol=1e-4 * table.std().to_numpy())
    some = fitted.predict_nodes([3, 1], rows)
    assert np.allclose(some, predict(fitted, rows)[:, [3, 1]], atol=1e-3)
    assert predict(fitted, rows[:0]).shape == (0, 4)


def test_effects_of_categories_are_the_kernel_models(tmp_path, table):
    table["kind"] = np.random.default_rng(1).choice(["x", "y", "z"], len(table))
    table["a"] += 50 * (table["kind"] == "y")
    data, graph = observations(table), nx.DiGraph([("kind", "a"), ("c", "b"), ("c", "d")])
    with pytest.warns(DiscreteWarning, match="'a' has categories among the causes"):
        fitted = fit_cond_fip(data, graph, model=saved(tmp_path))
    moved = predict(fitted, data.values)[:, data.names.index("a")]
    assert moved[table["kind"] == "y"].mean() - moved[table["kind"] == "x"].mean() == pytest.approx(50, abs=2)
    skipped = fit_cond_fip(data, graph, model=tmp_path, skip=[data.names.index("a")])
    assert np.ptp(predict(skipped, data.values)[:, data.names.index("a")]) == 0
    with pytest.raises(InputError, match="The published decoder takes no categorical columns"):
        fit_cond_fip(data, graph, model=saved(tmp_path, decoder="published"))


@pytest.mark.parametrize("edge", [("kind", "a"), ("b", "kind")])
@pytest.mark.filterwarnings("ignore::foundation_causal.errors.DiscreteWarning")
def test_names_of_categories_play_no_part(edge):
    rng = np.random.default_rng(1)
    kind, a = rng.choice(["x", "y", "z"], 150, p=[0.5, 0.3, 0.2]), rng.normal(size=150)
    table = pd.DataFrame({"kind": kind, "a": a, "b": np.tanh(2 * a) + 0.3 * rng.normal(size=150)})
    answers = []
    for names in ({}, {"x": "w", "y": "v", "z": "u"}):
        named = table.replace({"kind": names})
        model = infer(named, nx.DiGraph([edge, ("a", "b")]), mechanisms="cond-fip")
        answers.append(model.predict(named)["b"].to_numpy())
    np.testing.assert_allclose(*answers, atol=1e-6)


def _spread(steady):
    """x -> y whose noise has the scale exp(x), or one scale; and how far samples of y spread at two x."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=400)
    scale = np.ones(400) if steady else np.exp(x)
    data = pd.DataFrame({"x": x, "y": np.sin(x) + 0.3 * scale * rng.normal(size=400)})
    model = infer(data, nx.DiGraph([("x", "y")]), mechanisms="cond-fip")
    return [model.do({"x": value}).sample(2000)["y"].std() for value in (-1.0, 1.0)]


def test_noise_that_grows_with_a_cause_does_so_in_samples():
    low, high = _spread(steady=False)
    assert high / low == pytest.approx(np.exp(2), rel=0.35)
    low, high = _spread(steady=True)
    assert high == pytest.approx(low)


def test_rows_under_interventions_do_not_take_part(tmp_path, table):
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")])
    mask = pd.DataFrame(False, index=table.index, columns=table.columns)
    mask.iloc[:30, 1] = True
    folder, rows = saved(tmp_path), table.to_numpy()[:3]
    some = fit_cond_fip(observations(table, intervened=mask), graph, model=folder)
    half = fit_cond_fip(observations(table.iloc[30:]), graph, model=folder)
    assert np.allclose(predict(some, rows), predict(half, rows))
    mask.iloc[:55, 1] = True
    with pytest.raises(InputError, match=r"Only 5 rows are free of interventions.*kernel model\.$"):
        fit_cond_fip(observations(table, intervened=mask), graph, model=folder)


def test_broken_weights_and_wrong_graphs_are_refused(tmp_path, table):
    folder, data = saved(tmp_path), observations(table)
    with pytest.raises(InputError, match="z"):
        fit_cond_fip(data, nx.DiGraph([("a", "z")]), model=folder)
    with pytest.raises(InputError, match="There is no model 'nowhere'"):
        fit_cond_fip(data, nx.DiGraph([("a", "b")]), model="nowhere")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "width": 16}))
    with pytest.raises(InputError, match="cannot be read as CondFiP"):
        fit_cond_fip(data, nx.DiGraph([("a", "b")]), model=folder)
    with pytest.raises(InputError, match="The width of the tokens is 10"):
        CondFiP(width=10, heads=4)
    with pytest.raises(InputError, match="There is no decoder 'masked'"):
        CondFiP(decoder="masked")


def test_edges_are_counted_through_the_batch():
    graphs = torch.cat([random_graph(3, 5), random_graph(4, 5)])
    edges = Edges.of(graphs)
    again = torch.zeros(10, 10, dtype=torch.bool)
    again[edges.parent, edges.child] = True
    assert torch.equal(again[:5, :5], graphs[0])
    assert torch.equal(again[5:, 5:], graphs[1])
    assert not again[:5, 5:].any()
    assert from_adjacency(again.numpy(), [str(i) for i in range(10)]).number_of_edges() == graphs.sum()


def test_a_stream_gives_the_true_functions_at_rows_of_both_kinds():
    sample = Stream(variables=(3, 5), rows=(20, 30), queries=10, entries=400)(
        torch.Generator().manual_seed(0)
    )
    assert sample.context.shape == sample.context_functions.shape
    assert sample.query.shape[1] == 10
    noise = (sample.query - sample.query_functions).std((1, 2))
    assert bool((noise > 0).all())
    odd = Stream(variables=(5, 5), rows=(60, 60), entries=900, odd_roots=1.0)
    drawn = odd(torch.Generator().manual_seed(0))
    roots = ~drawn.adjacency.any(1)
    kinds = [len(column.unique()) for column in drawn.context.transpose(1, 2)[roots]]
    assert min(kinds) == 2
    assert any(2 < kind < 7 for kind in kinds)
    with pytest.raises(InputError, match=r"The range of rows is \(50, 20\)"):
        Stream(rows=(50, 20))
