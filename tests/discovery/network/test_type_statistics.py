"""Statistics for columns with levels against other packages and plain formulas, and their symmetries."""

import numpy as np
import pytest
import torch
from scipy.special import gammaln
from scipy.stats import spearmanr
from scipy.stats.contingency import association
from sklearn.metrics import mutual_info_score

from discovery.network.edge_transformer import EdgeTransformer
from discovery.network.network_inputs import network_inputs
from discovery.network.pair_statistics import pair_statistics
from discovery.network.type_statistics import TYPE_FEATURES, _sorted, type_statistics
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.simulate import prior

V, INFORMATION, BDEU_ROOT, K2_ROOT, ASYMMETRY = 14, 17, 20, 22, 23
RATIO_LOG, SPEARMAN = 28, 43


@pytest.fixture(scope="module")
def tables():
    """Tables with every type of column; some values are missing."""
    batch = prior("mixed").draw(scms=6, d=6, n=200, seed=5)
    data = batch.data.double()
    data[torch.rand(data.shape, generator=torch.Generator().manual_seed(0)) < 0.05] = torch.nan
    categorical = (batch.levels > 2) & ~batch.ordered
    assert bool(categorical.any())
    assert bool(((batch.levels > 2) & batch.ordered).any())
    return data, batch.levels, batch.ordered


@pytest.fixture(scope="module")
def reading():
    """A network that reads types, with weights at random."""
    torch.manual_seed(0)
    model = EdgeTransformer(width=16, layers=1, heads=2, types=True)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def renumbered(data, levels, ordered):
    """The tables with the levels of categories in another order, and other numbers for ordered ones."""
    generator, changed = torch.Generator().manual_seed(1), data.clone()
    for b, j in (levels > 0).nonzero().tolist():
        codes, seen = data[b, :, j], ~data[b, :, j].isnan()
        number = torch.arange(int(levels[b, j])).double() ** 2 - 3
        if not ordered[b, j]:
            number = number[torch.randperm(len(number), generator=generator)]
        changed[b, seen, j] = number[codes[seen].long()]
    return changed


def pair(cause, effect, levels, ordered=True):
    """The features of `cause -> effect`, uncompressed."""
    data = torch.tensor(np.column_stack([cause, effect]), dtype=torch.float64)[None]
    levels = torch.tensor([levels])
    features, _ = type_statistics(data, levels, torch.full_like(levels, ordered, dtype=torch.bool))
    return features[0, 0, 1].double().sinh().numpy()


def test_levels_may_have_other_numbers(tables, reading):
    data, levels, ordered = tables
    other = renumbered(data, levels, ordered)
    assert not torch.equal(other.nan_to_num(), data.nan_to_num())
    one, two = (network_inputs(x, None, None, levels, ordered) for x in (data, other))
    assert torch.allclose(one.types, two.types, atol=1e-6)
    assert torch.allclose(one.pairs, two.pairs, atol=1e-4)
    here, there = (reading.probabilities(x, None, None, levels, ordered) for x in (data, other))
    assert torch.allclose(here, there, atol=1e-4)


def test_columns_carry_their_statistics_along_and_rows_do_not_matter(tables, reading):
    data, levels, ordered = tables
    columns = torch.randperm(6, generator=torch.Generator().manual_seed(2))
    rows = torch.randperm(200, generator=torch.Generator().manual_seed(3))
    moved = data[:, rows][:, :, columns]
    types = type_statistics(data, levels, ordered)[0]
    assert types.shape == (6, 6, 6, TYPE_FEATURES)
    assert types.isfinite().all()
    found = type_statistics(moved, levels[:, columns], ordered[:, columns])[0]
    assert torch.allclose(found, types[:, columns][:, :, columns], atol=1e-5)
    here = reading.probabilities(data, None, None, levels, ordered)
    there = reading.probabilities(moved, None, None, levels[:, columns], ordered[:, columns])
    assert torch.allclose(there, here[:, columns][:, :, columns], atol=1e-4)


def test_the_statistics_of_tables_are_those_of_other_packages():
    rng = np.random.default_rng(0)
    cause = rng.integers(3, size=400)
    effect = np.where(rng.random(400) < 0.5, (2 * cause) % 4, rng.integers(4, size=400))
    found = pair(cause, effect, [3, 4])
    table = np.array([[((cause == a) & (effect == b)).sum() for b in range(4)] for a in range(3)])
    assert found[V] == pytest.approx(association(table, method="cramer"), abs=1e-5)
    information = mutual_info_score(cause, effect) - 6 / 800
    assert found[INFORMATION] == pytest.approx(10 * information, abs=1e-4)
    assert found[SPEARMAN] == pytest.approx(spearmanr(cause, effect).statistic, abs=1e-5)


def test_bayes_factors_are_those_of_the_closed_forms():
    rng = np.random.default_rng(1)
    cause = rng.integers(2, size=100)
    effect = (rng.random(100) < np.where(cause > 0, 0.8, 0.3)).astype(int) + (rng.random(100) < 0.2)
    table = np.array([[((cause == a) & (effect == b)).sum() for b in range(3)] for a in range(2)])

    def evidence(counts, weight):
        """Log evidence of a row of counts under a Dirichlet prior, by its definition."""
        total = gammaln(weight * len(counts)) - gammaln(weight * len(counts) + counts.sum())
        return total + (gammaln(counts + weight) - gammaln(weight)).sum()

    bdeu = sum(evidence(row, 1 / 6) for row in table) - evidence(table.sum(0), 1 / 3)
    k2 = sum(evidence(row, 1.0) for row in table) - evidence(table.sum(0), 1.0)
    back = sum(evidence(row, 1.0) for row in table.T) - evidence(table.sum(1), 1.0)
    found = pair(cause, effect, [2, 3])
    assert found[BDEU_ROOT] == pytest.approx(bdeu / 10, abs=1e-4)
    assert found[K2_ROOT] == pytest.approx(k2 / 10, abs=1e-4)
    assert found[ASYMMETRY] == pytest.approx((k2 - back) / 10, abs=1e-4)


def test_the_correlation_ratio_is_the_share_of_variance_between_levels():
    rng = np.random.default_rng(2)
    cause = rng.integers(3, size=300)
    effect = np.array([0.0, 2.0, -1.0])[cause] + rng.normal(size=300)
    within = sum(((effect[cause == a] - effect[cause == a].mean()) ** 2).sum() for a in range(3))
    found = pair(cause, effect, [3, 0], ordered=False)
    assert found[RATIO_LOG] == pytest.approx(3 * np.log(within / effect.var() / 300), abs=1e-4)


def test_many_rare_levels_are_joined_and_nothing_breaks():
    rng = np.random.default_rng(3)
    data = torch.tensor(np.column_stack([rng.geometric(0.1, 300), rng.normal(size=(300, 2))]))[None]
    for ordered in (True, False):
        marks = torch.tensor([[ordered, True, True]])
        features, scored = type_statistics(data, torch.tensor([[40, 0, 0]]), marks)
        assert features.isfinite().all()
        assert scored.isfinite().all()


def test_without_types_the_bundled_weights_answer_as_ever(tables):
    data, levels, ordered = tables
    model = load_pretrained(EdgeTransformer, "edge-transformer")
    assert not model.types
    plain = model.probabilities(data)
    assert torch.equal(model.probabilities(data, None, None, levels, ordered), plain)
    typed = EdgeTransformer(width=96, layers=5, types=True).eval()
    typed.load_state_dict({**typed.state_dict(), **model.state_dict()})
    numbers = torch.randn(2, 80, 4, generator=torch.Generator().manual_seed(4))
    assert torch.equal(typed.probabilities(numbers), model.probabilities(numbers))  # zero-initialized


def test_numbers_keep_their_statistics(tables):
    data = torch.randn(2, 80, 4, generator=torch.Generator().manual_seed(5))
    none = torch.zeros(2, 4, dtype=torch.long)
    assert torch.equal(network_inputs(data, None, None, none).pairs, pair_statistics(data)[0])
    assert network_inputs(data).types.shape == (2, 4, 4, 0)


def test_places_of_equal_values_are_those_of_a_search():
    random = torch.Generator().manual_seed(0)
    for values in (3, 30, 3000):
        x = torch.randint(0, values, (2, 3, 50), generator=random).double()
        x[x == 1] = torch.inf
        found, left, right = _sorted(x)
        expected = x.sort(2).values
        assert torch.equal(found, expected)
        assert torch.equal(left, torch.searchsorted(expected, x))
        assert torch.equal(right, torch.searchsorted(expected, x, right=True))
