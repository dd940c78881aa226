"""`fc.report`: a whole analysis of a table as one HTML file."""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cli.inputs import Source, check_choices
from cli.output import Output
from cli.report.report_document import Question, checksum, document
from cli.report.report_page import page
from cli.staging import writing
from cli.summary import versions
from discovery import Knowledge
from discovery.structure_methods import check_methods
from foundation_causal.checks import as_list, check_count, check_number, check_samples, check_seed
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import InputError, said
from foundation_causal.files import check_suffix, replacing
from foundation_causal.graphs import check_admg
from foundation_causal.observations import Observations, Table, observations

SUFFIXES = (".html", ".htm")


@dataclass(frozen=True, eq=False)
class HtmlReport:
    """A report, which notebooks show.

    Attributes:
        html: The page, which needs nothing beside it.
        document: The plain values that it shows.
        warnings: What to doubt, one sentence each.
        seconds: Wall-clock time of every stage.
    """

    html: str = field(repr=False)
    document: dict[str, Any] = field(repr=False)
    warnings: list[str]
    seconds: dict[str, float]

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the page, completely or not at all.

        Raises:
            InputError: A folder that cannot be written to, or a file that is no .html.
        """
        check_suffix(Path(path), SUFFIXES)
        with writing(Path(path)), replacing(path) as temporary:
            temporary.write_text(self.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        look = "width:100%;height:44em;border:0"
        return f'<iframe title="Causal report" style="{look}" srcdoc="{html.escape(self.html)}"></iframe>'


def report(
    data: Table | Observations,
    *,
    graph: Any = None,
    knowledge: Knowledge | None = None,
    types: Types | None = None,
    intervened: pd.DataFrame | NDArray[np.generic] | None = None,
    do: Mapping[Any, Any] | Sequence[Mapping[Any, Any]] = (),
    treatment: str | None = None,
    outcome: str | None = None,
    values: Any = None,
    stability: int = 0,
    methods: Sequence[str] | None = None,
    time_limit: float = 10.0,
    average: int = 1,
    mechanisms: str = "kernel",
    samples: int = 1000,
    seed: int = 0,
    name: str = "the table",
    out: str | os.PathLike[str] | None = None,
) -> HtmlReport:
    """Find a graph, infer its mechanisms, and show everything on one page that needs no network.

    The page holds the data at a glance and what :func:`foundation_causal.check` found; the graph, with a
    slider over the probabilities of its edges and the mechanism of every variable; interventions before and
    after; an effect with its interval; other methods on the same table; what to doubt; and how to make the
    same page again. Names from the data are text on it, never markup. What the library warned of on the way
    stands on the page and in `.warnings`.

    Args:
        data: n rows of d variables, as for :func:`foundation_causal.infer`; values may be missing.
        graph: A DAG over the columns, or a :class:`foundation_causal.MixedGraph`, whose two-headed edges are
            hidden causes; by default a graph is discovered.
        knowledge: What is known of the graph that is to be discovered.
        types: What is known of some columns' types, by name.
        intervened: 0/1 or bool, `[n, d]`: which values an intervention set.
        do: Interventions to show before and after, as for :meth:`mechanisms.CausalModel.do`: one, or several.
        treatment: The variable whose effect is estimated, if there is one, and
        outcome: the variable on which.
        values: Values of the treatment to compare; by default its levels, or five quantiles.
        stability: On how many resamples of the rows the graph is found again; none by default.
        methods: Names of methods to put beside (:data:`discovery.structure_methods.METHODS`); by default some
            quick ones for such a table, and those that are not installed are named. An empty list: none.
        time_limit: Seconds that each of these may take.
        average: Over how many discovered graphs the mechanisms average.
        mechanisms: How they are inferred, as for :func:`foundation_causal.infer`.
        samples: Rows to sample before and after an intervention.
        seed: The same seed gives the same numbers.
        name: What the page calls the table.
        out: A file `.html` to write; nothing is written without it.

    Returns:
        The page: `.html`, `.warnings`, `.write(path)`; notebooks show it.

    Raises:
        InputError: As the functions that do the work; only one of treatment and outcome; a file that cannot
            be written, which is found out before the work.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=60)
        >>> table = pd.DataFrame({"a": a, "b": a**2 + rng.normal(size=60)})
        >>> shown = report(table, graph=[("a", "b")], do={"a": 1.0}, methods=[])
        >>> shown.html.startswith("<!doctype html>"), shown.document["graph"]["origin"]
        (True, 'given')
    """
    question = Question(
        [_setting(one) for one in _interventions(do)],
        None if treatment is None else str(treatment),
        None if outcome is None else str(outcome),
        values,
        stability,
        methods,
        time_limit,
        samples,
    )
    settings: dict[str, Any] = {"graph": graph, "knowledge": knowledge, "average": average}
    settings |= {"mechanisms": mechanisms, "logs": "auto", "missing": "impute"}
    settings |= {"stated": {}, "confounders": True}
    settings |= {"refine": True, "model": "edge-transformer", "seed": check_seed(seed)}
    if out is not None:
        check_place(Path(out))
    table = observations(data, intervened=intervened, missing=True, types=types)
    source = Source(name, table)
    dag = None if graph is None else check_admg(graph, table.names).to_networkx()
    made = build(source, dag, knowledge, question, settings, Output(quiet=True), python_call(locals()))
    if out is not None:
        made.write(out)
    return made


def _interventions(do: object) -> list[Mapping[Any, Any]]:
    """One intervention, or several, as a list.

    Raises:
        InputError: It is neither.
    """
    listed = [do] if isinstance(do, Mapping) else as_list(do)
    if listed is None or not all(isinstance(one, Mapping) for one in listed):
        raise InputError(f"do is {said(do)}; give a dictionary from names to values, or a list of them.")
    return listed


def _setting(do: Mapping[Any, Any]) -> dict[str, Any]:
    """An intervention with values as floats or text, and shifts as they are.

    Raises:
        InputError: Something else, such as a function, which the page cannot describe.
    """
    from mechanisms import Shift

    setting: dict[str, Any] = {}
    for name, value in do.items():
        if isinstance(value, Real) and not isinstance(value, bool | np.bool_):
            value = float(value)
        elif not isinstance(value, Shift):
            if callable(value) or not pd.api.types.is_scalar(value):
                raise InputError(
                    f"A report shows values and Shift, and '{name}' is set to {value!r:.60}; give one."
                )
            value = str(value)
        setting[str(name)] = value
    return setting


def check_place(path: Path) -> None:
    """Raise InputError now, before the work, where writing the page would fail after it."""
    from cli.inputs import check_output

    check_output(path, SUFFIXES)


def build(
    source: Source,
    dag: Any,
    known: Knowledge | None,
    question: Question,
    settings: dict[str, Any],
    output: Output,
    again: Mapping[str, str],
) -> HtmlReport:
    """The report on checked data.

    Args:
        source: The data.
        dag: The graph, if one is given.
        known: What is known of the graph, if it is to be discovered.
        question: What is asked besides the graph.
        settings: As for :func:`cli.report.report_document.document`.
        output: Shows what is being done.
        again: What makes the same page again, and by what words: the call, the checksum.

    Raises:
        InputError: As :func:`report`.
    """
    check_question(source, question)
    check_choices(settings)
    found = document(source, dag, known, question, settings, output)
    used = {name: str(version) for name, version in versions().items()}
    found["again"] = {**again, "seed": settings["seed"], "versions": used, "seconds": dict(output.seconds)}
    return HtmlReport(page(found), found, list(found["warnings"]), dict(output.seconds))


def check_question(source: Source, question: Question) -> None:
    """Refuse, before the work, what cannot be answered.

    Raises:
        InputError: Only one of treatment and outcome, unknown ones, methods that are not known or installed,
            or numbers out of bounds.
    """
    from cli.parsing import check_column

    if (question.treatment is None) != (question.outcome is None):
        raise InputError(
            "An effect is of one variable on another; give both treatment and outcome, or neither."
        )
    for which, name in (("treatment", question.treatment), ("outcome", question.outcome)):
        if name is not None:
            check_column(name, source.names, f"The {which}")
    check_count("resamples", question.stability, 0)
    check_number("The time limit", question.time_limit, above=0)
    check_samples(question.samples)
    if question.methods is not None:
        check_methods(question.methods)


def python_call(given: Mapping[str, Any]) -> dict[str, str]:
    """The call of `fc.report` as text, and the checksum of its data."""
    usual: dict[str, Any] = {
        "do": (),
        "treatment": None,
        "outcome": None,
        "values": None,
        "stability": 0,
        "methods": None,
    }
    usual |= {"time_limit": 10.0, "average": 1, "mechanisms": "kernel", "samples": 1000}
    words = [f"{name}={given[name]!r}" for name in usual if repr(given[name]) != repr(usual[name])]
    unnamed = ("graph", "knowledge", "types", "intervened")
    words += [f"{name}=..." for name in unnamed if given[name] is not None]
    words += [f"seed={given['seed']}"]
    text = f"fc.report(data, {', '.join(words)}, out='report.html')"
    return {"call": text, "checksum": checksum(given["source"].labelled), "of": "the table as CSV text"}


def command_line(data: str) -> dict[str, str]:
    """The command as it was typed, and the checksum of its data if these are a file."""
    import shlex

    typed = " ".join(shlex.quote(word) for word in sys.argv[1:])
    return {"call": f"foundation-causal {typed}", "data": data}
