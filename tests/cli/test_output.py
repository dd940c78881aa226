"""What a command prints, and where."""

import json
import math
import warnings

import numpy as np
import pytest

from cli.output import HERE, Output, Report, as_json_text, table
from foundation_causal.errors import SubsampleWarning


def test_json_is_strict_whatever_the_numbers():
    text = as_json_text({"a": np.float64(1.5), "b": [math.nan, np.int64(3), True], 1: (math.inf, None, "ü")})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": 1.5,
        "b": [None, 3, True],
        "1": [None, None, "ü"],
    }


def test_names_are_no_markup(capsys):
    shown = [table("[bold]t[/bold]", ["[red]x"], [["[/blue]y"]]), "[link=z]"]
    Output().finish(Report(shown=shown))
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
    report = Report(data={"a": 1}, shown=["words"])
    Output(quiet=True).finish(report)
    assert capsys.readouterr().out == ""
    Output(quiet=True, as_json=True).finish(report)
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_a_report_keeps_the_order_of_its_entries_and_leaves_out_what_it_lacks():
    report = Report(
        {"data": "a.csv"}, results={"graph": [], "notes": HERE, "effects": [1]}, notes=["Few rows."]
    )
    report.settings, report.seconds = {"seed": 0}, {"read": 0.1}
    assert list(report.document().items()) == [
        ("data", "a.csv"),
        ("settings", {"seed": 0}),
        ("graph", []),
        ("notes", ["Few rows."]),
        ("effects", [1]),
        ("seconds", {"read": 0.1}),
    ]


def test_a_warning_that_went_to_stderr_is_not_printed_again(capsys):
    output = Output()
    with output.warned():
        warnings.warn("Half of the rows.", SubsampleWarning, stacklevel=1)
    output.finish(
        Report(notes=["Two gaps."], warnings=[*output.work_warnings, "Few rows."], files=["a.csv", "b.csv"])
    )
    printed = capsys.readouterr()
    assert printed.out == "Two gaps.\nFew rows.\nWritten: a.csv, b.csv\n"
    assert printed.err == "Warning: Half of the rows.\n"
