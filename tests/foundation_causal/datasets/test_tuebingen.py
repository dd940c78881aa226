"""The cause-effect pairs: they are cdt's, the numbers are the database's, and the directions are true."""

from types import SimpleNamespace

import numpy as np
import pytest

from foundation_causal.datasets import dataset_facts, dataset_names, load_dataset
from foundation_causal.datasets.tuebingen import PAIRS
from foundation_causal.observations import observations

LEFT_OUT = {52, 53, 54, 55, 71}


def columns(number):
    """Cause and effect of one pair, as arrays."""
    return load_dataset(f"tuebingen-{number}").frame.to_numpy().T


def test_all_pairs_are_those_of_cdt_in_its_order():
    from cdt.data import load_dataset as load_from_cdt

    theirs, labels = load_from_cdt("tuebingen")
    assert set(labels["Target"]) == {1}  # A causes B in all of them
    assert len(theirs) == len(PAIRS) == len(dataset_names("tuebingen-"))
    for pair, (_, row) in zip(PAIRS, theirs.iterrows(), strict=True):
        data = load_dataset(pair.facts.name)
        assert list(data.graph.edges) == [tuple(data.frame.columns)]
        np.testing.assert_array_equal(data.frame.to_numpy().T, [row.iloc[0], row.iloc[1]])
        assert row.name == f"pair{pair.position}"
        assert len(data.frame) == pair.rows == dataset_facts(data.name).rows
        assert observations(data.frame).names == [pair.cause, pair.effect]


def test_numbers_are_the_databases():
    assert {pair.number for pair in PAIRS} == set(range(1, 105)) - LEFT_OUT
    assert [pair.position for pair in PAIRS] == list(range(1, 100))
    assert "pair52." in dataset_facts("tuebingen-56").about


def test_shared_variables_tie_the_numbers_to_the_columns():
    """Pairs that have a variable in common by their names hold the same numbers."""
    for group in [(1, 2, 4), range(5, 12), (34, 35, 36), range(56, 64), (94, 95), (102, 103)]:
        first, *others = (columns(number)[0] for number in group)
        assert all(np.array_equal(first, other) for other in others)
    for group in [(1, 3, 20), (2, 21), range(25, 33), (13, 14, 15), (78, 79, 80), (95, 96)]:
        first, *others = (columns(number)[1] for number in group)
        assert all(np.array_equal(first, other) for other in others)
    for one, other in [(66, 67), (94, 96), (102, 104)]:  # the effect of one is the cause of the other
        np.testing.assert_array_equal(columns(one)[1], columns(other)[0])
    np.testing.assert_allclose(columns(78)[0], columns(79)[0] + columns(80)[0], atol=5)  # diffuse and direct


def test_the_cause_is_the_cause_where_the_truth_is_known_from_elsewhere():
    altitude, temperature = columns(1)
    assert 2950 < altitude.max() < 2965  # the highest German station, on the Zugspitze at 2,964 m
    latitude, longitude = columns(20)[0], columns(3)[0]
    assert 47 < latitude.min() < latitude.max() < 55.1  # Germany's
    assert 6 < longitude.min() < longitude.max() < 15
    place = np.stack([altitude, latitude, longitude, np.ones_like(altitude)], axis=1)
    slope = np.linalg.lstsq(place, temperature)[0][0]
    assert -0.0065 < slope < -0.0045  # at the same place it is about 0.55 degrees colder every 100 m up
    day, temperature = columns(42)
    assert set(day) == set(range(1, 367))
    assert temperature[(day > 170) & (day < 230)].mean() > temperature[(day < 50)].mean() + 8
    kind, cars = columns(47)
    assert set(kind) == {1, 2}
    assert cars.max() > 10_000
    for number in (48, 69):  # rooms are kept warmer than the air outside, and steadier
        outside, inside = columns(number)
        assert outside.std() > 2 * inside.std()
    hour = columns(94)[0]
    assert set(hour) == set(range(24))
    population, employment = columns(84)
    assert (population > employment).mean() > 0.95  # fewer have work than there are people
    rain, runoff = columns(93)
    assert rain.mean() > runoff.mean()  # what runs off has rained before
    april, october = columns(90)
    assert october.mean() > april.mean()  # what has rotted by April has rotted by October
    energy, emissions = columns(73)
    assert emissions.max() < 100 < energy.max()  # tons of CO2 and kilograms of oil, a head and year


def test_weights_of_an_experiment_add_up_to_one():
    experiments = [
        (1, 2, 3, 4, 20, 21), range(5, 12), (12, 17), range(13, 17), (22, 23, 24), range(25, 33),
        range(33, 38), range(38, 42), (42, 77), range(43, 47), (49, 50, 51), (*range(56, 65), 73, 74, 75),
        (65, 66, 67), (78, 79, 80), (81, 82, 83), range(89, 93), (94, 95, 96), (97, 98, 102, 103, 104),
    ]  # fmt: skip
    weight = {pair.number: pair.weight for pair in PAIRS}
    for experiment in experiments:
        assert sum(weight.pop(number) for number in experiment) == pytest.approx(1, abs=2e-3)
    assert weight.pop(101) == 0.5  # the other half belongs to pair 105
    assert set(weight.values()) == {1}
    assert load_dataset("tuebingen-5").weight == 0.143
    assert "weight 0.143" in dataset_facts("tuebingen-5").about


@pytest.mark.parametrize("number", sorted([*LEFT_OUT, 105]))
def test_pairs_of_several_variables_are_refused(number, one_sentence):
    with one_sentence(f"Pair {number}", "several variables"):
        load_dataset(f"tuebingen-{number}")


def test_pairs_that_are_missing_say_so(one_sentence):
    with one_sentence("Pair 107", "cdt"):
        load_dataset("tuebingen-107")
    with one_sentence("'tuebingen'", "several", "'tuebingen-1'"):
        load_dataset("tuebingen")
    with one_sentence("'tuebingen-0'"):
        load_dataset("tuebingen-0")
    with one_sentence("'tuebingen-109'"):
        load_dataset("tuebingen-109")


def test_another_version_of_cdts_file_is_not_read_wrongly(one_sentence, monkeypatch, tmp_path):
    folder = tmp_path / "data" / "resources"
    folder.mkdir(parents=True)
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: found)
    for content in ("SampleID,A,B\npair7,1 2,3 4\n", "SampleID,A,B\n"):
        (folder / "Tuebingen_pairs.csv").write_text(content)
        with one_sentence("'tuebingen-1'", "cdt"):
            load_dataset("tuebingen-1")
