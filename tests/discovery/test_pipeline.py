"""`discover` end to end with the bundled weights."""

import shutil

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch

from discovery import discover, evaluate_structure, models
from discovery.adag.network import ADAG
from discovery.avici.network import Avici
from discovery.knowledge import Knowledge
from discovery.network.answers import edge_probabilities
from discovery.network.edge_transformer import EdgeTransformer
from discovery.network.network_inputs import Inputs
from discovery.preparation import rows_of
from discovery.resampling import bootstrap
from foundation_causal import runtime
from foundation_causal.errors import InputError, SubsampleWarning
from foundation_causal.metrics import shd
from foundation_causal.networks.pretrained import WEIGHTS, load_pretrained
from foundation_causal.observations import observations
from foundation_causal.simulate import Gaussian, Laplace, p_in, prior

BUNDLED = WEIGHTS / "edge-transformer"


@pytest.fixture(scope="module")
def batch():
    return p_in().draw(scms=6, d=8, n=300, seed=31_000_000)


def test_the_network_knows_structure_it_has_not_seen(batch):
    """Better than chance by far; the benchmark says by how much."""
    scores = [evaluate_structure(batch.frame(b), batch.graph(b), refine=False) for b in range(6)]
    chance = np.mean([s["true_edges"] / 56 for s in scores])
    assert np.mean([s["auprc"] for s in scores]) > chance + 0.3
    assert all(s["cyclic_fraction"] == 0 for s in scores)


def test_refinement_improves_the_graph(batch):
    plain, better = (
        np.mean([evaluate_structure(batch.frame(b), batch.graph(b), refine=r)["f1"] for b in range(6)])
        for r in (False, True)
    )
    assert better > plain
    assert better > 0.75


@pytest.mark.parametrize("refine", [True, False])
def test_columns_may_come_in_any_order_and_unit(batch, refine):
    frame = batch.frame(0)
    here = discover(frame, refine=refine)
    order = np.random.default_rng(0).permutation(8)
    other = frame.iloc[::-1, order] * np.linspace(1e-6, 1e6, 8) + 5.0
    there = discover(other, refine=refine)
    aligned = there.probabilities.loc[list(frame), list(frame)]
    assert np.abs(aligned.to_numpy() - here.probabilities.to_numpy()).max() < 1e-4
    assert set(there.graph.edges) == set(here.graph.edges)


def test_the_network_is_equivariant(batch):
    network = load_pretrained(EdgeTransformer, "edge-transformer").double()
    torch.manual_seed(0)
    pairs, extra = torch.randn(1, 9, 9, 44).double(), torch.randn(1, 9, 9, 13).double()
    extra[..., :2] = 0
    size, order = torch.randn(1, 3).double(), torch.randperm(9)
    with torch.no_grad():
        moved = network(Inputs(pairs[:, order][:, :, order], extra[:, order][:, :, order], size))
        here = network(Inputs(pairs, extra, size))
        assert (moved - here[:, order][:, :, order]).abs().max() < 1e-4


def test_a_prediction_speaks_the_users_names(batch):
    frame = batch.frame(1).rename(columns={"X1": "blood pressure"})
    prediction = discover(frame)
    assert list(prediction.graph) == list(prediction.probabilities) == list(frame)
    assert nx.is_directed_acyclic_graph(prediction.graph)
    for cause, effect, edge in prediction.graph.edges(data=True):
        assert edge["probability"] == prediction.probabilities.at[cause, effect]
    assert repr(prediction).startswith("Prediction(8 variables, ")
    assert prediction.family in {"linear gaussian", "linear laplace", "linear non-gaussian", "nonlinear"}
    one, two = prediction.sample_graphs(3, seed=1), prediction.sample_graphs(3, seed=1)
    assert [set(g.edges) for g in one] == [set(g.edges) for g in two]
    assert all(nx.is_directed_acyclic_graph(g) and list(g) == list(frame) for g in one)


def test_the_family_of_mechanisms_is_recognized():
    kinds = {"linear laplace": ("linear", Laplace()), "nonlinear": ("rff", Gaussian())}
    for family, (mechanism, noise) in kinds.items():
        batch = p_in([mechanism], ["er"], [noise]).draw(scms=2, d=8, n=400, seed=8)
        assert all(discover(batch.frame(b)).family == family for b in range(2))


def test_many_rows_are_thinned_whatever_their_order():
    frame = p_in(["linear"]).draw(scms=1, d=5, n=5000, seed=3).frame(0)
    shuffled = frame.sample(frac=1, random_state=0)
    assert set(discover(frame).graph.edges) == set(discover(shuffled).graph.edges)
    assert np.isfinite(edge_probabilities(rows_of(observations(frame)))).all()


def test_duplicated_columns_and_few_rows_still_get_an_answer():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(25, 4)), columns=list("abcd"))
    frame["copy"] = frame["a"]
    assert nx.is_directed_acyclic_graph(discover(frame).graph)


def rare(n, d):
    """Two rows in each column that are not zero."""
    rng, x = np.random.default_rng(0), np.zeros((n, d))
    for j in range(d):
        x[rng.choice(n, 2, replace=False), j] = 1, -1
    return x


@pytest.mark.parametrize(
    "x",
    [
        np.arange(100.0)[:, None] * [1, 2, -3, 4],
        np.random.default_rng(0).laplace(size=(200, 2)) @ [[1, 0, 1, 1], [0, 1, 1, -1]],
        np.vstack([np.random.default_rng(0).normal(size=(200, 4)), np.full((1, 4), 1e9)]),
        np.random.default_rng(0).standard_cauchy((500, 4)) ** 5,
        np.random.default_rng(0).integers(0, 3, (60, 3)),
        rare(3000, 30),
        np.random.default_rng(0).normal(size=(20, 2)) * [1e-30, 1e30],
    ],
    ids=["multiples", "collinear", "outlier", "heavy tails", "three values", "rare values", "units"],
)
@pytest.mark.filterwarnings("error", "ignore::foundation_causal.errors.DataWarning")
def test_awkward_tables_get_an_answer(x):
    prediction = discover(x)
    assert np.isfinite(prediction.probabilities.to_numpy()).all()
    assert nx.is_directed_acyclic_graph(prediction.graph)


def three(n=400, seed=0):
    """Linear Gaussian rows of `a -> b -> c`, and the same with `a` set in half of the rows."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, 3))
    mask = np.zeros((n, 3), dtype=bool)
    mask[n // 2 :, 0] = True
    frames = []
    for a in (noise[:, 0], np.where(mask[:, 0], 3 * noise[:, 0], noise[:, 0])):
        b = a + noise[:, 1]
        frames.append(pd.DataFrame({"a": a, "b": b, "c": b + noise[:, 2]}))
    return *frames, mask


def test_interventions_tell_directions():
    _, frame, mask = three()
    prediction = discover(frame, intervened=mask)
    assert set(prediction.graph.edges) == {("a", "b"), ("b", "c")}
    moved = discover(frame[["c", "a", "b"]].iloc[::-1], intervened=mask[::-1][:, [2, 0, 1]])
    assert set(moved.graph.edges) == {("a", "b"), ("b", "c")}
    assert discover(observations(frame, intervened=mask)).graph.edges == prediction.graph.edges


@pytest.mark.parametrize("kind", ["numbers", "labels"])
def test_no_edge_leads_into_a_column_of_which_every_value_was_set(kind):
    random = np.random.default_rng(0)
    rows = np.cumsum(random.normal(size=(300, 3)), axis=1)
    frame = pd.DataFrame(rows if kind == "numbers" else rows > 0, columns=["a", "b", "c"])
    mask = np.ones((300, 3), dtype=bool)
    assert not discover(frame, intervened=mask).graph.edges
    mask[:, 2] = False
    prediction = discover(frame, intervened=mask)
    assert not prediction.probabilities[["a", "b"]].to_numpy().any()
    assert prediction.graph.has_edge("b", "c")
    required = discover(frame, intervened=mask, knowledge=Knowledge(required=[("a", "b")]))
    assert ("a", "b") in required.graph.edges


@pytest.mark.parametrize("refine", [True, False])
def test_knowledge_is_honoured_and_used(refine):
    frame = three()[0]
    backwards = Knowledge(tiers=[["c"], ["b"], ["a"]])
    prediction = discover(frame, knowledge=backwards, refine=refine)
    assert set(prediction.graph.edges) <= {("c", "b"), ("b", "a"), ("c", "a")}
    assert prediction.graph.edges
    assert (prediction.probabilities.to_numpy()[np.tril_indices(3)] > 0).sum() >= 2
    assert prediction.probabilities.at["a", "b"] == prediction.probabilities.at["b", "c"] == 0
    wrong = discover(frame, knowledge=Knowledge(required=[("c", "a")], forbidden=[("a", "b")]), refine=refine)
    assert ("c", "a") in wrong.graph.edges
    assert wrong.probabilities.at["c", "a"] == 1
    assert not wrong.graph.has_edge("a", "b")


def test_missing_values_are_accepted():
    frame = three(n=600)[0]
    holes = frame.mask(np.random.default_rng(0).random(frame.shape) < 0.3)
    whole, prediction = discover(frame), discover(holes)
    skeletons = ({frozenset(edge) for edge in p.graph.edges} for p in (whole, prediction))
    assert len({frozenset(s) for s in skeletons}) == 1
    shuffled = discover(holes.sample(frac=1, random_state=1)[["b", "c", "a"]])
    aligned = shuffled.probabilities.loc[list(frame), list(frame)]
    assert np.abs(aligned.to_numpy() - prediction.probabilities.to_numpy()).max() < 1e-3


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_weights_are_named(tmp_path, batch, name, one_sentence):
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    (folder / name).unlink()
    with one_sentence(name):
        discover(batch.frame(0), model=folder)


def test_broken_weights_are_named(tmp_path, batch, one_sentence):
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with one_sentence("cannot be read"):
        discover(batch.frame(0), model=folder)
    EdgeTransformer(width=8, layers=1, heads=2).save_pretrained(folder)
    shutil.copy(BUNDLED / "config.json", folder)
    with one_sentence("cannot be read"):
        discover(batch.frame(0), model=folder)
    (folder / "config.json").write_text("{")
    with one_sentence("cannot be read"):
        discover(batch.frame(0), model=folder)


def test_an_unknown_model_is_named(batch, one_sentence, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with one_sentence("no model 'nobody/nothing'"):
        discover(batch.frame(0), model="nobody/nothing")
    with one_sentence("no model 'edge-transfomer'"):
        discover(batch.frame(0), model="edge-transfomer")


def test_a_reference_with_other_names_is_refused(batch):
    with pytest.raises(InputError):
        evaluate_structure(batch.frame(0), nx.DiGraph([("A", "B")]))


def test_rows_may_come_in_any_order():
    frame = p_in().draw(scms=1, d=6, n=700, seed=4).frame(0)  # more rows than the score statistics take
    here, there = discover(frame), discover(frame.sample(frac=1, random_state=1))
    assert np.abs(here.probabilities - there.probabilities).to_numpy().max() < 1e-6
    assert set(here.graph.edges) == set(there.graph.edges)


def test_a_negative_number_of_graphs_is_refused(batch, one_sentence):
    prediction = discover(batch.frame(0), refine=False)
    assert prediction.sample_graphs(0) == []
    with one_sentence("-1"):
        prediction.sample_graphs(-1)


def test_the_models_are_listed():
    assert [model["name"] for model in models()] == [
        "edge-transformer",
        "edge-transformer-types",
        "edge-transformer-open-world",
        "avici",
    ]


def test_the_users_number_of_threads_is_left_alone(batch):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    discover(batch.frame(0))
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_more_columns_than_fit_are_refused_before_the_start(one_sentence):
    with one_sentence("takes 1,000 at most"):
        discover(np.random.default_rng(0).normal(size=(20, 1001)))


def test_more_variables_than_rows_get_an_answer():
    prediction = discover(p_in(["linear"]).draw(scms=1, d=30, n=25, seed=0).frame(0))
    assert nx.is_directed_acyclic_graph(prediction.graph)


def test_a_folder_of_avici_is_recognized(tmp_path, batch):
    Avici(width=8, layers=1, heads=1, key_size=4).save_pretrained(tmp_path)
    prediction = discover(batch.frame(0), model=tmp_path, refine=False)
    assert prediction.probabilities.shape == (8, 8)
    known = discover(batch.frame(0), model=tmp_path, knowledge=Knowledge(required=[("X2", "X1")]))
    assert known.graph.has_edge("X2", "X1")


def test_a_folder_of_adag_is_told_what_it_is_for(tmp_path, batch, one_sentence):
    ADAG(columns=list(batch.frame(0))).save_pretrained(tmp_path)
    with one_sentence("is an ADAG"):
        discover(batch.frame(0), model=tmp_path)


def test_knowledge_of_another_type_is_named(batch, one_sentence):
    with one_sentence("type dict"):
        discover(batch.frame(0), knowledge={"roots": ["X1"]})


def test_ties_do_not_make_the_order_of_rows_matter():
    frame = p_in(["rff"]).draw(scms=1, d=5, n=1500, seed=2).frame(0)
    halves = (frame > frame.median()).astype(float)  # 32 distinct rows, most of them with the sum of others
    shuffled = halves.sample(frac=1, random_state=0, ignore_index=True)
    expected = discover(halves, refine=False).probabilities
    pd.testing.assert_frame_equal(discover(shuffled, refine=False).probabilities, expected, atol=1e-5)
    pd.testing.assert_frame_equal(discover(3 * halves + 0.1, refine=False).probabilities, expected, atol=1e-5)


def test_too_little_memory_is_said_before_the_work_begins(monkeypatch):
    monkeypatch.setattr(runtime, "free_memory", lambda: 2.0**28)
    data = np.random.default_rng(0).normal(size=(20, 400))
    with pytest.raises(
        InputError, match=r"^The 20 rows of 400 columns take 8\d\d MB of memory[^.]*, and 256 MB"
    ):
        discover(data)


def test_more_rows_than_are_looked_at_are_said(recwarn):
    data = p_in(["linear"]).draw(scms=1, d=3, n=1001, seed=0).frame(0)
    with pytest.warns(SubsampleWarning, match=r"^The graph is scored on 1,000 of the 1,001 rows[^.]*\.$"):
        discover(data)
    recwarn.clear()
    discover(data, refine=False)  # the network looks at all of them
    discover(data.head(1000))
    bootstrap(data, replicates=1, seed=0)  # half of them
    assert not [one for one in recwarn if issubclass(one.category, SubsampleWarning)]
    with pytest.warns(SubsampleWarning) as caught:
        bootstrap(data, replicates=2, resample="bootstrap")
    assert len(caught) == 1


@pytest.mark.parametrize("name", ["wide", "mixed"])
def test_a_mirrored_column_gets_the_same_answer(name):
    """Profit or loss, depth or height, a scale from good to bad: which end is up is a convention."""
    batch = prior(name).draw(scms=2, d=5, n=1300, seed=8)  # more rows than the search looks at
    for b, data in enumerate(batch.frame(b) for b in range(2)):
        data.iloc[::9, 0] = np.nan
        types = batch.types(b) if name == "mixed" else {}
        categories = {column for column, kind in types.items() if kind == "categorical"}
        turned = data.copy()
        for column in data.columns.difference(list(categories))[::2]:
            turned[column] = data[column].max() - data[column]
        here, there = discover(data, types=types), discover(turned, types=types)
        assert set(here.graph.edges) == set(there.graph.edges)
        np.testing.assert_allclose(here.probabilities, there.probabilities, atol=1e-5)
        np.testing.assert_allclose(here.confounded, there.confounded, atol=1e-5)


def test_skewed_noise_is_read_either_way_round():
    """Linear models whose noise leans to the right, and to the left: as good one way as the other."""
    errors = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        weights = np.triu(rng.choice([-1, 1], (5, 5)) * rng.uniform(0.5, 1.5, (5, 5)), 1)
        weights *= rng.random((5, 5)) < 0.5
        x = np.zeros((400, 5))
        for j in range(5):
            x[:, j] = x @ weights[:, j] + rng.exponential(size=400) - 1
        found = discover(pd.DataFrame(-x, columns=list("abcde"))).graph
        errors.append(shd((weights != 0).astype(int), nx.to_numpy_array(found, nodelist=list("abcde"))))
    assert np.mean(errors) < 1.3  # 3 and more where only one sign was known
