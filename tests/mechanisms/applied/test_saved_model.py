"""Models that were saved and loaded answer as before; folders that were changed since are refused."""

import io
import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.graphs.mixed_graph import MixedGraph
from mechanisms.applied.saved_model import VERSION, _checksum
from mechanisms.applied.stored_objects import NETWORKS, STORED
from mechanisms.averaged_model import AveragedModel
from mechanisms.causal_model import CausalModel
from mechanisms.gaps.imputed_model import ImputedModel
from mechanisms.mechanism_model import Functions
from mechanisms.per_table.deci import fit_deci
from mechanisms.per_table.fip import fit_fip
from mechanisms.per_table.network_fitting import Training

pytestmark = pytest.mark.filterwarnings("ignore::foundation_causal.errors.DataWarning")
GRAPH = nx.DiGraph([("dose", "size"), ("dose", "tail")])
BACKWARD = nx.DiGraph([("tail", "dose"), ("dose", "size")])
TYPES = [("dose", "kind"), ("dose", "count"), ("tail", "stage"), ("dose", "floor")]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """A column of every type, one that is positive and skewed, one that piles up, and noise that grows."""
    rng = np.random.default_rng(0)
    n = 60
    dose = rng.normal(size=n)
    tail = dose + np.exp(0.8 * dose) * rng.normal(size=n)
    return pd.DataFrame(
        {
            "dose": dose,
            "size": np.exp(1.5 * dose + 0.5 * rng.normal(size=n)),
            "tail": tail,
            "kind": rng.choice(["a", "b", "c"], size=n),
            "count": rng.poisson(np.exp(dose)),
            "stage": pd.Categorical(np.where(tail > 0, "II", "I"), ["I", "II"], ordered=True),
            "floor": np.maximum(dose + 0.3 * rng.normal(size=n), 0),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(300, size=n), unit="D"),
        }
    )


@pytest.fixture(scope="module")
def models(table) -> dict[str, object]:
    plain = table[["dose", "size", "tail"]]
    every = nx.DiGraph([*GRAPH.edges, *TYPES])
    every.add_nodes_from(table.columns)
    forward, backward = (fc.infer(plain, graph, logs=["size"]) for graph in (GRAPH, BACKWARD))
    training = Training(steps=2)
    assert forward.data is not None
    trained = {
        "fip": fit_fip(forward.data, GRAPH, width=4, layers=1, heads=1, training=training),
        "deci": fit_deci(forward.data, GRAPH, embedding=4, hidden=4, training=training),
    }
    return {
        "kernel": forward,
        "shifted": forward.do({"tail": fc.Shift(0.5), "size": 1.0}),
        "averaged": AveragedModel([forward, backward], [0.7, 0.3]),
        "imputed": ImputedModel([forward, forward]),
        "mixed": fc.infer(table, every, logs=["size"]),
        **{
            name: fc.infer(plain, GRAPH, mechanisms=name, logs=False)
            for name in ("least-squares", "cond-fip", "corrected")
        },
        **{name: CausalModel(model, forward.data) for name, model in trained.items()},
    }


KINDS = [
    "kernel",
    "shifted",
    "averaged",
    "imputed",
    "mixed",
    "least-squares",
    "cond-fip",
    "corrected",
    "fip",
    "deci",
]


def answers(model) -> list[pd.DataFrame]:
    rows = model.sample(3, seed=5)
    return [
        model.sample(20, seed=1),
        model.predict(rows),
        model.log_likelihood(rows).to_frame(),
        model.do({"dose": 0.5}).sample(9),
        model.counterfactual(rows, {"dose": 0.5}),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_model_answers_as_the_saved_one_does(models, kind, tmp_path):
    model = models[kind]
    before = answers(model)
    model.save(tmp_path / "model")
    loaded = fc.load(tmp_path / "model")
    assert type(loaded) is type(model)
    assert repr(loaded) == repr(model)
    assert list(loaded.graph.edges) == list(model.graph.edges)
    for was, now in zip(before, answers(loaded), strict=True):
        pd.testing.assert_frame_equal(was, now, rtol=1e-9, atol=1e-9)


def test_a_model_with_hidden_causes_samples_and_estimates_as_before(table, tmp_path):
    graph = MixedGraph([("dose", "size"), ("size", "tail")], [("dose", "tail")])  # the front door
    model = fc.infer(table[["dose", "size", "tail"]], graph, logs=["size"])
    model.save(tmp_path / "model")
    loaded = fc.load(tmp_path / "model")
    for part in ("directed", "bidirected"):
        assert [*getattr(loaded.mixed, part).edges] == [*getattr(model.mixed, part).edges]
    for was, now in zip(
        *([m.sample(9), m.do({"size": 1.0}).sample(9)] for m in (model, loaded)), strict=True
    ):
        pd.testing.assert_frame_equal(was, now, rtol=1e-9, atol=1e-9)
    was, now = (pd.DataFrame(m.effect("dose", "tail", (0, 1), draws=20)) for m in (model, loaded))
    pd.testing.assert_frame_equal(was, now, rtol=1e-9, atol=1e-9)


def test_effects_of_a_loaded_model_are_the_same(models, tmp_path):
    models["kernel"].save(tmp_path / "model")
    was, now = (
        pd.DataFrame(model.effect("dose", "tail", (0, 1), draws=20))
        for model in (models["kernel"], fc.load(tmp_path / "model"))
    )
    pd.testing.assert_frame_equal(was, now, rtol=1e-9, atol=1e-9)


def test_another_process_answers_the_same_and_unpickles_nothing(models, tmp_path):
    models["mixed"].save(tmp_path / "model")
    program = (
        "import pickle, foundation_causal as fc\n"
        "pickle.loads = pickle.load = pickle.Unpickler = None\n"
        "print(fc.load('model').sample(5, seed=2).to_csv(), end='')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    here, there = (
        pd.read_csv(io.StringIO(text)) for text in (models["mixed"].sample(5, seed=2).to_csv(), run.stdout)
    )
    # Where arrays lie in memory decides the last digit of sums on some processors.
    pd.testing.assert_frame_equal(there, here, rtol=1e-12)


def test_parts_that_models_share_are_written_once(models, tmp_path):
    models["kernel"].save(tmp_path / "one")
    models["imputed"].save(tmp_path / "two")
    one, two = ((tmp_path / name / "arrays.safetensors").stat().st_size for name in ("one", "two"))
    assert two == one


def test_a_folder_is_replaced_only_where_it_holds_a_model_or_nothing(models, tmp_path, one_sentence):
    model, folder = models["least-squares"], tmp_path / "model"
    folder.mkdir()
    model.save(folder)
    models["kernel"].save(folder)
    assert fc.load(folder).logs == ["size"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    for taken in ("other", "other/thesis.txt", "none/model"):
        with one_sentence("choose"):
            model.save(tmp_path / taken)
    assert sorted(p.name for p in tmp_path.rglob("*")) == [
        "arrays.safetensors",
        "model",
        "model.json",
        "other",
        "thesis.txt",
    ]


def test_functions_cannot_be_saved(models, tmp_path, one_sentence):
    written = Functions(GRAPH, {name: lambda x: 0 * x[:, 0] for name in GRAPH})
    for model in (models["kernel"].do({"tail": np.tanh}), CausalModel(written, models["kernel"].data)):
        with one_sentence("function", "infer"):
            model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def saved(models, tmp_path) -> Path:
    models["least-squares"].save(tmp_path / "model")
    return tmp_path / "model"


def test_whatever_byte_is_changed_is_found(saved, one_sentence):
    rng = np.random.default_rng(0)
    for path in sorted(saved.iterdir()):
        whole = path.read_bytes()
        for place in rng.integers(len(whole) - 1, size=25):  # the last one of the document ends its line
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with one_sentence("model"):
                fc.load(saved)
        path.write_bytes(whole)
    fc.load(saved)


def test_what_is_cut_short_or_missing_is_found(saved, one_sentence):
    for path in sorted(saved.iterdir()):
        whole = path.read_bytes()
        for length in (0, 10, len(whole) - 20):
            path.write_bytes(whole[:length])
            with one_sentence(path.name):
                fc.load(saved)
        path.unlink()
        with one_sentence(path.name):
            fc.load(saved)
        path.write_bytes(whole)
    shutil.rmtree(saved)
    with one_sentence("no folder", str(saved)):
        fc.load(saved)


def rewritten(saved: Path, **changes: object) -> None:
    """The document with other entries, and with the checksum that belongs to them."""
    document = json.loads((saved / "model.json").read_text()) | changes
    document["sha256"] = _checksum(document)
    (saved / "model.json").write_text(json.dumps(document))


def test_another_version_or_another_file_is_refused_with_what_to_do(saved, one_sentence):
    rewritten(saved, version=VERSION + 1, library="9.0")
    with one_sentence("version 2", "9.0", f"reads version {VERSION}"):
        fc.load(saved)
    rewritten(saved, format="something else")
    with one_sentence("no saved model"):
        fc.load(saved)


@pytest.mark.parametrize(
    "objects",
    [
        [],
        [{"class": "subprocess.Popen", "arguments": {"args": ["true"]}}],
        [{"class": "CausalModel", "arguments": {}, "kept": {}}],
        [{"class": "Schema", "arguments": {"columns": {"object": 0}}, "kept": {}}],
        [{"class": "dtype", "name": "nonsense"}],
        [{"class": "Tensor", "array": {"array": ["a99"]}}],
        [
            {
                "class": "Scale",
                "arguments": {"centre": {"number": "x"}, "size": 1, "straight": True},
                "kept": {},
            }
        ],
        "text",
    ],
)
def test_a_document_by_hand_makes_listed_classes_only(saved, one_sentence, objects):
    rewritten(saved, objects=objects)
    with one_sentence("broken"):
        fc.load(saved)


def test_every_class_that_is_listed_is_there():
    for where in [
        *(stored.made_by for stored in STORED.values()),
        *(where for where, _ in NETWORKS.values()),
    ]:
        module, _, name = where.partition(":")
        assert callable(getattr(import_module(module), name))


def test_the_score_is_the_mean_log_likelihood_and_tells_models_apart(models, table):
    rows = table[["dose", "size", "tail"]]
    for kind in ("kernel", "averaged"):
        assert models[kind].score(rows) == pytest.approx(models[kind].log_likelihood(rows).mean(), abs=1e-12)
    assert models["kernel"].score(rows) > models["kernel"].score(
        rows.assign(tail=rows["tail"].to_numpy()[::-1])
    )


def test_the_likelihood_of_an_average_is_that_of_the_mixture(models, table):
    rows, model = table[["dose", "size", "tail"]].head(9), models["averaged"]
    parts = np.stack([np.exp(member.log_likelihood(rows)) for member in model.models])
    np.testing.assert_allclose(np.exp(model.log_likelihood(rows)), model.weights @ parts, rtol=1e-12)
