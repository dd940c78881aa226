"""Where numbers beside levels are rounded, as in measured tables, directions are believed less."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import foundation_causal as fc
from discovery.knowledge import Constraints
from discovery.preparation import rows_of
from discovery.search import calibration
from discovery.search.calibration import MEASURED, as_measured, rounded_numbers
from foundation_causal.observations import observations

TIERS = [["age"], ["drug"], ["pressure"]]


def study(n: int = 400, seed: int = 5) -> pd.DataFrame:
    """Patients: an age, a treatment that depends on it, and a pressure that both change."""
    random = np.random.default_rng(seed)
    age = random.uniform(20, 80, n)
    drug = random.random(n) < expit((age - 50) / 8)
    pressure = 80 + 0.5 * age - 12 * drug + random.normal(0, 5, n)
    return pd.DataFrame({"age": age, "drug": drug, "pressure": pressure})


def written_down() -> pd.DataFrame:
    """The same in whole years and millimetres."""
    return study().round({"age": 0, "pressure": 0})


def rounded(frame: pd.DataFrame) -> list[str]:
    return list(frame.columns[rounded_numbers(rows_of(observations(frame)))])


def log_odds(found: fc.Prediction) -> np.ndarray:
    p = found.probabilities.to_numpy()
    joined = p + p.T > 0
    return np.log(p, where=joined, out=np.zeros_like(p)) - np.log(p.T, where=joined, out=np.zeros_like(p))


def quietly(frame: pd.DataFrame, **options) -> fc.Prediction:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fc.discover(frame, **options)


def test_a_number_is_rounded_where_many_of_its_values_come_again():
    assert rounded(written_down()) == ["age", "pressure"]
    assert rounded(study()) == []
    assert rounded(study().round({"age": 0})) == ["age"]


def test_the_more_rows_the_finer_the_rounding_that_counts():
    assert rounded(study(300).round(2)) == []
    assert rounded(study(2000).round(2)) == ["age", "pressure"]
    assert rounded(study(2000).round(6)) == []


def test_neither_copies_of_rows_nor_a_pile_at_zero_make_a_number_rounded():
    twice = pd.concat([study(), study()], ignore_index=True)
    assert rounded(twice) == []
    often_zero = study().assign(pressure=lambda table: (table["pressure"] - 105).clip(lower=0))
    assert (often_zero["pressure"] == 0).sum() > 100
    assert rounded(often_zero) == []


def test_numbers_alone_are_not_looked_at_nor_are_counts():
    assert rounded(written_down()[["age", "pressure"]]) == []
    visits = np.random.default_rng(1).poisson(4, 400)
    assert rounded(study().assign(visits=visits)) == []


def test_the_log_odds_of_directions_shrink_and_how_probable_an_edge_is_stays():
    rows = rows_of(observations(written_down()))
    before = np.array([[0, 0.9, 0.2], [0.05, 0, 0.3], [0.6, 0.3, 0]])
    after = as_measured(before, rows)
    assert after + after.T == pytest.approx(before + before.T)
    assert np.log(after[0, 1] / after[1, 0]) == pytest.approx(MEASURED * np.log(0.9 / 0.05))
    assert after[1, 2] == pytest.approx(0.3)


def test_what_is_known_and_what_an_experiment_shows_stays():
    before = np.array([[0, 0.9, 0.2], [0, 0, 0.3], [0.6, 0.3, 0]])
    forbidden = np.zeros((3, 3), dtype=bool)
    forbidden[1, 0] = True
    known = Constraints(np.zeros((3, 3), dtype=bool), forbidden)
    after = as_measured(before, rows_of(observations(written_down())), known)
    assert after[[0, 1], [1, 0]].tolist() == [0.9, 0]
    assert after[0, 2] > 0.2
    was_set = pd.DataFrame(False, index=range(400), columns=["age", "drug", "pressure"])
    was_set.loc[:100, "age"] = True
    rows = rows_of(observations(written_down(), intervened=was_set))
    by_an_experiment = as_measured(before, rows)
    age = int(np.flatnonzero(rows.intervened.any(0))[0])
    assert by_an_experiment[age].tolist() == before[age].tolist()
    assert by_an_experiment[1, 2] == pytest.approx(0.3)


def test_the_graph_and_the_pairs_are_the_same_and_only_directions_are_less_sure(monkeypatch):
    found = quietly(written_down())
    monkeypatch.setattr(calibration, "MEASURED", 1.0)
    plain = quietly(written_down())
    assert found.rounded == ("age", "pressure")
    assert set(found.graph.edges) == set(plain.graph.edges)
    pairs, before = (each.probabilities.to_numpy() for each in (found, plain))
    assert pairs + pairs.T == pytest.approx(before + before.T)
    assert log_odds(found) == pytest.approx(MEASURED * log_odds(plain))
    assert np.abs(log_odds(plain)).max() > 2  # so that there was something to believe less


def test_that_directions_are_open_is_said_where_nothing_is_known_of_the_graph():
    with pytest.warns(fc.OpenDirectionsWarning, match=r"'age', 'pressure' are rounded .* Knowledge\(tiers="):
        fc.discover(written_down())
    with pytest.warns(fc.OpenDirectionsWarning):
        fc.discover(written_down(), knowledge=fc.Knowledge())
    for frame, options in (
        (study(), {}),
        (written_down(), {"knowledge": fc.Knowledge(tiers=TIERS)}),
        (written_down()[["age", "pressure"]], {}),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error", fc.OpenDirectionsWarning)
            fc.discover(frame, **options)


def test_resampling_says_it_once():
    with pytest.warns(fc.OpenDirectionsWarning) as said:
        fc.bootstrap(written_down(), replicates=2, refine=False)
    assert sum(issubclass(each.category, fc.OpenDirectionsWarning) for each in said) == 1


def test_many_tables_say_what_one_says_of_a_column_that_an_experiment_set_everywhere():
    was_set = pd.DataFrame(False, index=range(400), columns=["age", "drug", "pressure"])
    was_set["drug"] = True
    table = observations(written_down(), intervened=was_set)
    with pytest.warns(fc.OpenDirectionsWarning):
        fc.discover(table)
    with pytest.warns(fc.OpenDirectionsWarning):
        fc.discover_many([table])


def test_told_the_order_it_is_as_sure_as_it_was():
    found = quietly(written_down(), knowledge=fc.Knowledge(tiers=TIERS))
    drawn = [found.probabilities.at[cause, effect] for cause, effect in found.graph.edges]
    assert ("age", "pressure") in found.graph.edges
    assert min(drawn) > 0.9
