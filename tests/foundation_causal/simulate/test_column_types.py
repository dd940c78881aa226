"""Tables with columns of every type: what they hold, and that their graphs show in them."""

import pytest
import torch
from scipy.stats import chi2_contingency

from foundation_causal import observations
from foundation_causal.errors import InputError
from foundation_causal.simulate import GivenGraph, MixedPrior, prior
from foundation_causal.simulate.column_types import BOUND, STATES, _state_index, dense_rank
from foundation_causal.simulate.prior_files import read_prior, to_config, write_prior


@pytest.fixture(scope="module")
def batch():
    return prior("mixed").draw(scms=60, d=6, n=200, n_interventional=40, seed=3)


def test_levels_are_codes_and_no_column_is_constant(batch):
    rows = batch.data[:, :200]
    assert rows.isfinite().all()
    assert (rows.amax(1) > rows.amin(1)).all()
    discrete = batch.levels > 0
    levels = batch.levels[:, None]
    codes = batch.data[discrete[:, None].expand_as(batch.data)]
    assert torch.equal(codes, codes.round())
    assert (codes >= 0).all()
    assert (batch.data < levels)[discrete[:, None].expand_as(batch.data)].all()
    assert batch.ordered[batch.levels == 2].all()
    assert not batch.ordered[~discrete].any()


def test_every_type_and_every_mixture_comes_up(batch):
    discrete = batch.levels > 0
    share = discrete.float().mean(1)
    assert (share == 1).float().mean() > 0.1
    assert ((share > 0) & (share < 1)).float().mean() > 0.3
    for kind in (batch.levels == 2, batch.ordered & (batch.levels > 2), discrete & ~batch.ordered):
        assert kind.float().mean() > 0.05
    rows = batch.data[:, :200]
    whole = (rows == rows.round()).all(1) & ~discrete
    assert whole.any()  # counts
    assert batch.levels.max() == 10


def test_a_share_of_discrete_columns_can_be_asked_for():
    all_discrete = prior("mixed").draw(scms=8, d=5, n=100, seed=1, share=(1.0, 1.0))
    assert (all_discrete.levels > 0).all()


def test_the_same_seed_gives_the_same_tables_and_another_seed_others():
    one, two, other = (prior("mixed").draw(scms=3, d=4, n=50, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.data, two.data)
    assert not torch.equal(one.data, other.data)


def test_interventions_set_one_variable_in_each_of_the_last_rows(batch):
    assert not batch.intervened[:, :200].any()
    assert (batch.intervened[:, 200:].sum(2) == 1).all()


def test_edges_show_and_do_not_settle_everything():
    given = GivenGraph(("a", "b", "c"), (("a", "b"),))
    made = prior("mixed")
    tables = MixedPrior((given,), made.mechanisms, made.noises).draw(
        scms=80, d=3, n=500, seed=4, share=(1.0, 1.0)
    )
    found = {"edge": 0, "none": 0, "settled": 0}
    for rows in tables.data:
        for name, other in (("edge", 1), ("none", 2)):
            table = torch.zeros(10, 10)
            table.index_put_((rows[:, 0].long(), rows[:, other].long()), torch.ones(()), accumulate=True)
            seen = table[table.sum(1) > 0][:, table.sum(0) > 0]
            found[name] += chi2_contingency(seen.numpy()).pvalue < 0.01
            if name == "edge":
                found["settled"] += bool(seen.amax(1).sum() >= 0.99 * seen.sum() > seen.sum(0).max())
    assert found["edge"] > 60  # of 80
    assert found["none"] <= 4
    assert found["settled"] < 20


def test_every_one_of_many_parents_counts():
    parents = tuple(f"p{k}" for k in range(70))  # whose joint levels no whole number can count
    given = GivenGraph((*parents, "child"), tuple((name, "child") for name in parents))
    made = prior("mixed")
    tables = MixedPrior((given,), made.mechanisms, made.noises).draw(
        scms=20, d=71, n=60, seed=0, share=(1.0, 1.0)
    )
    assert tables.data.isfinite().all()
    for levels in (2, 5, 10):
        states = torch.full((1, 70), levels)
        code = torch.cat([torch.zeros(1, 70, dtype=torch.long), torch.eye(70, dtype=torch.long)])
        index = _state_index(code[None], states)[0]
        assert (index[1:] != index[0]).all()
        assert ((index >= 0) & (index < STATES)).all()


def test_joint_levels_have_numbers_of_their_own():
    code = torch.cartesian_prod(torch.arange(3), torch.arange(2), torch.arange(10))
    index = _state_index(code[None], torch.tensor([[3, 2, 10]]))
    assert index.unique().numel() == 60
    assert int(index.max()) == 59


def test_the_types_are_those_that_the_product_takes(batch):
    for b in range(5):
        table = observations(batch.frame(b), types=batch.types(b))
        kinds = {column.name: column.kind for column in table.schema if column.is_discrete}
        assert kinds.items() >= batch.types(b).items()


def test_a_mixed_prior_survives_the_way_to_json_and_back(tmp_path):
    given = prior("mixed")
    write_prior(given, tmp_path / "prior.json")
    found = read_prior(tmp_path / "prior.json")
    assert to_config(found) == to_config(given)
    one, two = (p.draw(scms=3, d=4, n=20, seed=3) for p in (given, found))
    assert torch.equal(one.data, two.data)


def test_what_cannot_be_drawn_is_refused(one_sentence):
    with one_sentence("MixedPrior.graphs"):
        MixedPrior((), prior("mixed").mechanisms, prior("mixed").noises)
    with one_sentence("scms"):
        prior("mixed").draw(scms=0, d=3, n=20)
    with pytest.raises(InputError, match="constant"):
        prior("mixed").draw(scms=3, d=20, n=2, seed=0, share=(1.0, 1.0))


def test_ranks_are_dense():
    x = torch.tensor([[0.5, -1.0, 0.5, BOUND], [1.0, 1.0, 1.0, 0.0]])
    assert dense_rank(x).tolist() == [[1, 0, 1, 2], [1, 1, 1, 0]]
