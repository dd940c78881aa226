"""What a command prints, and where."""

import json
import math

import numpy as np
import pytest

from cli.output import Output, as_json_text, table


def test_json_is_strict_whatever_the_numbers():
    text = as_json_text({"a": np.float64(1.5), "b": [math.nan, np.int64(3), True], 1: (math.inf, None, "ü")})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": 1.5,
        "b": [None, 3, True],
        "1": [None, None, "ü"],
    }


def test_names_are_no_markup(capsys):
    Output().finish({}, table("[bold]t[/bold]", ["[red]x"], [["[/blue]y"]]), "[link=z]")
    shown = capsys.readouterr().out
    for text in ("[bold]t[/bold]", "[red]x", "[/blue]y", "[link=z]"):
        assert text in shown


def test_stages_are_timed_and_silent_on_stdout(capsys):
    output = Output()
    with output.stage("work", "Working on [it]") as tell:
        tell("half done")
    assert list(output.seconds) == ["work"]
    assert capsys.readouterr().out == ""


def test_quiet_and_json(capsys):
    Output(quiet=True).finish({"a": 1}, "words")
    assert capsys.readouterr().out == ""
    Output(quiet=True, as_json=True).finish({"a": 1}, "words")
    assert json.loads(capsys.readouterr().out) == {"a": 1}
