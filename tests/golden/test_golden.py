"""What the package answers is what it answered when `record.py` last ran."""

import json
from pathlib import Path

import pytest

from tests.golden.questions import questions
from tests.golden.summaries import differences, plain

QUESTIONS = questions()
RECORDED = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))


def test_every_question_has_a_recorded_answer():
    assert list(RECORDED) == list(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_the_recorded_one(name):
    question = QUESTIONS[name]
    found = list(differences(question.answer(), RECORDED[name], question.tolerance))
    assert not found, "\n".join([f"{name} differs:", *found])


def test_a_difference_is_seen():
    recorded = plain({"edges": ["a -> b"], "rows": {"a": [1.0, 1000.0], "b": [2.0, None]}, "count": 3})
    assert not list(differences(recorded, recorded, 0))
    nearly = plain({"edges": ["a -> b"], "rows": {"a": [1.0005, 1000.0], "b": [2.0, None]}, "count": 3})
    assert not list(differences(nearly, recorded, 1e-6))
    other = plain({"edges": ["b -> a"], "rows": {"a": [1.1, 1000.0], "b": [2.0, 2.0]}, "count": 4})
    places = [line.split(":")[0] for line in differences(other, recorded, 1e-6)]
    assert places == ["edges", "rows/a", "rows/b", "count"]
