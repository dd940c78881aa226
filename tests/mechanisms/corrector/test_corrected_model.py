"""The corrector starts as the kernel model, depends on parents only, and reads leave-one-out errors."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch

from foundation_causal.observations import observations
from foundation_causal.simulate import prior
from mechanisms.corrector.corrected_model import corrected, fit_corrected, kernel_view
from mechanisms.corrector.data import Stream, problem, together
from mechanisms.corrector.network import Corrector
from mechanisms.kernel.gaussian_process import regression
from mechanisms.kernel.kernel_model import fit_kernel
from mechanisms.mechanism_model import predict

SMALL = {"width": 8, "layers": 1, "heads": 2, "query_layers": 2}


@pytest.fixture
def data(collider):
    frame, graph = collider
    return observations(frame.head(80)), graph


def trained_a_little(seed=0):
    """A corrector whose answers are not zero."""
    torch.manual_seed(seed)
    model = Corrector(**SMALL)
    torch.nn.init.normal_(model.read.weight)
    for block in model.blocks:
        torch.nn.init.normal_(block.adapt[1].weight)
    return model.eval()


def test_leave_one_out_leaves_one_out(data):
    fitted = fit_kernel(*data).regressions[2]
    predicted = fitted.leave_one_out()
    for i in (0, 17, 79):
        rest = np.arange(80) != i
        without = regression(fitted.x[rest], fitted.y[rest], fitted.points)
        assert predicted[i] == pytest.approx(without.predict(fitted.x[[i]])[0], abs=1e-8)
    variances = np.linspace(0.1, 9, 80)
    fitted = regression(fitted.x, fitted.y, fitted.points, variances)
    without = regression(fitted.x[1:], fitted.y[1:], fitted.points, variances[1:])
    assert fitted.leave_one_out()[0] == pytest.approx(without.predict(fitted.x[[0]])[0], abs=1e-8)


def test_the_kernel_view_is_in_standard_units_and_roots_are_left_out_of_their_mean(data):
    model = fit_kernel(*data)
    view = kernel_view(model, 80)
    assert torch.allclose(view.values.mean(1), torch.zeros(4), atol=1e-5)
    root = view.values[1]
    rest = (root.sum() - root) / 79
    assert torch.allclose(view.predicted[1], rest, atol=1e-5)
    names = model.names
    edges = [(names[i], names[j]) for i, j in zip(*view.edges, strict=True)]
    assert set(edges) == set(model.graph.edges)


def test_an_untrained_corrector_is_the_kernel_model(data, collider):
    kernel, rows = fit_kernel(*data), collider[0].to_numpy()
    assert np.array_equal(predict(corrected(kernel, Corrector(**SMALL).eval()), rows), predict(kernel, rows))


def test_corrections_depend_on_parents_only_and_not_on_the_order_of_anything(data):
    (observed, graph), network = data, trained_a_little()
    model = corrected(fit_kernel(observed, graph), network)
    rows = observed.values[:5]
    base = predict(model, rows)
    assert (np.abs(base - predict(model.kernel, rows)) > 1e-6 * observed.values.std(0))[:, [0, 2]].all()
    for i, name in enumerate(model.names):
        moved = rows.copy()
        moved[:, i] += observed.values[:, i].std()
        changed = (predict(model, moved) != base).any(0)
        assert {model.names[j] for j in np.flatnonzero(changed)} == set(graph.successors(name))
    order = np.random.default_rng(0).permutation(80)
    again = corrected(fit_kernel(observations(observed.frame.iloc[order, ::-1]), graph), network)
    assert np.allclose(
        predict(again, rows[:, ::-1])[:, ::-1], base, rtol=1e-4, atol=1e-5 * observed.values.std(0)
    )
    one_by_one = np.hstack([model.predict_nodes([j], rows) for j in range(4)])
    assert np.allclose(one_by_one, base, rtol=1e-5)


def test_interventional_rows_leave_the_kernel_model_as_it_is(data, tmp_path):
    (observed, graph), folder = data, tmp_path / "model"
    trained_a_little().save_pretrained(folder)
    mask = pd.DataFrame(False, index=observed.frame.index, columns=observed.names)
    mask.iloc[:10, 2] = True
    rows = observed.values[:4]
    given = observations(observed.frame, intervened=mask)
    assert np.array_equal(
        predict(fit_corrected(given, graph, model=folder), rows), predict(fit_kernel(given, graph), rows)
    )
    assert not np.array_equal(
        predict(fit_corrected(observed, graph, model=folder), rows),
        predict(fit_kernel(observed, graph), rows),
    )


def test_problems_carry_the_truth_and_come_again_from_the_folder(tmp_path):
    batch = prior("wide").draw(scms=2, d=4, n=40, seed=1, dtype=torch.float64)
    one = problem(batch, 1, 30)
    scale, centre = torch.std_mean(batch.data[1, :30], 0, correction=0)
    assert torch.allclose(one.truth.T * scale + centre, batch.functions[1, 30:], rtol=1e-4, atol=1e-4)
    both = together([problem(batch, 0, 30), one])
    assert torch.equal(both.truth[4:], one.truth)
    assert both.view.edges.parent[-1] == one.view.edges.parent[-1] + 4
    stream = Stream(tmp_path, variables=(3, 3), rows=(20, 20), queries=5, entries=60, distinct=2)
    first, again = (stream(torch.Generator().manual_seed(seed)) for seed in (1, 3))
    assert torch.equal(first.truth, again.truth)
    assert len(list(tmp_path.iterdir())) == 1


def test_training_by_one_command(tmp_path, monkeypatch):
    pytest.importorskip("lightning")
    from click.testing import CliRunner

    from mechanisms.corrector import train

    monkeypatch.setattr(train, "BATCHES", 1)
    monkeypatch.setattr(Stream, "draw", lambda self, g: _tiny(g))
    options = "--steps 2 --distinct 2 --width 8 --heads 2 --layers 1 --query-layers 1 --workers 0"
    command = [*options.split(), "--validate-every", "2", "--out", str(tmp_path)]
    run = CliRunner().invoke(train.main, command, catch_exceptions=False)
    assert run.exit_code == 0
    card = (tmp_path / "model" / "README.md").read_text()
    assert "| avici-wide |" in card


def _tiny(generator):
    batch = prior("wide").draw(scms=1, d=3, n=30, seed=generator, dtype=torch.float64)
    return together([problem(batch, 0, 20)])


def test_graph_without_edges(data):
    observed, _ = data
    graph = nx.DiGraph()
    graph.add_nodes_from(observed.names)
    model = corrected(fit_kernel(observed, graph), trained_a_little())
    assert np.allclose(predict(model, observed.values[:2]), observed.values.mean(0))
