"""Exact linear dependences: the right equation, in any units and order, and none where there is none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.columns.linear_dependence import Dependence, dependences, lattice_step
from foundation_causal.observations import observations


def found_in(frame: pd.DataFrame) -> list[Dependence]:
    return dependences(observations(frame, missing=True))


@pytest.fixture
def parts() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).uniform(size=(200, 3)), columns=["food", "rent", "toys"])


def test_a_sum_follows_from_its_parts(parts):
    (found,) = found_in(parts.assign(spent=parts.food + parts.rent))
    assert found.equation == "spent = food + rent"
    assert found.apart


def test_two_columns_are_told_apart_by_their_names_alone(parts):
    for names in (["kg", "lb"], ["lb", "kg"]):
        weight = 60 + 20 * parts.food
        frame = pd.DataFrame({names[0]: weight, "z": parts.rent, names[1]: 2.2046 * weight})
        (found,) = found_in(frame)
        assert (found.column, found.of, found.apart) == ("lb", ("kg",), False)


def test_rounding_is_allowed_for():
    rng = np.random.default_rng(1)
    shares = pd.DataFrame((100 * rng.dirichlet([4, 3, 2, 1], 300)).round(1), columns=list("dcba"))
    (found,) = found_in(shares)
    assert found.equation.endswith("= 100")
    assert found.is_closed
    kilos = rng.normal(70, 9, 300).round(1)
    (found,) = found_in(
        pd.DataFrame({"kg": kilos, "lb": (2.2046 * kilos).round(1), "z": rng.normal(size=300)})
    )
    assert found.coefficients[0] == pytest.approx(2.2046, abs=0.002)
    assert (
        found_in(pd.DataFrame({"kg": kilos, "lb": (2.2046 * kilos + rng.normal(0, 0.3, 300)).round(1)})) == []
    )


def test_each_dependence_is_found_once(parts):
    frame = parts.assign(spent=parts.food + parts.rent, all=parts.sum(axis=1), twice=2 * parts.toys)
    found = found_in(frame)
    assert len(found) == 3
    assert np.linalg.matrix_rank(frame.drop(columns=[one.column for one in found])) == 3
    for one in found:
        explained = one.constant + frame[list(one.of)] @ np.array(one.coefficients)
        np.testing.assert_allclose(explained, frame[one.column], atol=1e-9)


@settings(max_examples=15)
@given(st.permutations(range(5)), st.lists(st.floats(0.01, 1000), min_size=5, max_size=5), st.integers(0, 99))
def test_order_and_units_do_not_matter(order, units, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(80, 4)), columns=list("abcd"))
    frame["e"] = 3 + 2 * frame.a - frame.d
    expected = [(one.column, set(one.of)) for one in found_in(frame)]
    other = (frame * units).sample(frac=1, random_state=seed).iloc[:, order]
    assert [(one.column, set(one.of)) for one in found_in(other)] == expected
    assert len(expected) == 1


def test_what_is_not_allowed_is_left(parts):
    table = observations(parts.assign(spent=parts.food + parts.rent))
    (found,) = dependences(table, lambda column, others: column == 0)
    assert found.equation == "food = spent - rent"
    assert dependences(table, lambda column, others: False) == []


def test_strong_dependence_is_not_exact():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    assert found_in(pd.DataFrame({"x": x, "y": x + 1e-3 * rng.normal(size=500)})) == []
    spike = np.where(np.arange(500) == 7, 1e9, x)  # beside which all else is nothing
    assert found_in(pd.DataFrame({"x": spike, "y": spike + rng.normal(size=500)})) == []


def test_where_every_row_has_a_gap_nothing_is_found_and_nothing_warns(parts, recwarn):
    frame = parts.assign(spent=parts.food + parts.rent)
    assert found_in(frame.mask(np.arange(len(frame))[:, None] % 4 == np.arange(4))) == []
    assert not recwarn.list


def test_rows_with_gaps_do_not_count(parts):
    frame = parts.assign(spent=parts.food + parts.rent)
    frame.loc[::3, "spent"] = np.nan
    (found,) = found_in(frame)
    assert found.equation == "spent = food + rent"
    few = frame.assign(toys=frame.toys.where(frame.index < 20))  # 13 of these rows are complete
    assert found_in(few) == []


def test_steps():
    rng = np.random.default_rng(0)
    assert lattice_step(rng.integers(0, 50, 100) * 0.25) == pytest.approx(0.25)
    assert lattice_step(np.array([0.2, 0.5, 0.7])) == pytest.approx(0.1)
    assert lattice_step(rng.normal(size=40)) == 0
    assert lattice_step(np.array([3.0, np.nan])) == 0
