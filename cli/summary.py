"""The report of `run`: the document of `summary.json` and `--json`, and the tables that show it."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from cli.notes import counts, doubtful_list, doubts, edge_list, edge_table, notes, of_complete_rows
from cli.output import HERE, Output, Report, table
from cli.parsing import label, shifts, values_set
from foundation_causal.errors import counted

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from rich.console import Group

    from cli.inputs import Source
    from cli.notes import Inferred
    from cli.parsing import Intervention

PACKAGES = ("numpy", "pandas", "networkx", "scipy", "torch", "torch-geometric")


@dataclass(frozen=True)
class Answer:
    """Everything that a run computes, in the units of the data.

    Attributes:
        inferred: The model and its graph.
        noise: `[n, m]`, the noise of the rows that the mechanisms come from; NaN where an intervention set
            the value; without columns where the graph has hidden causes, which the noise of rows hangs on.
        sampled: `[samples, d]`, without an intervention.
        after: Each intervention, and `[samples, d]` under it.
    """

    inferred: Inferred
    noise: pd.DataFrame
    sampled: pd.DataFrame
    after: list[tuple[Intervention, pd.DataFrame]] = field(default_factory=list)

    def reached(self, setting: Intervention) -> set[str]:
        """What the intervention may change: the descendants, in any of the graphs, of what it sets."""
        import networkx as nx

        graphs = [graph for graph, _ in self.inferred.weighted] or [self.inferred.model.graph]
        return set().union(*(nx.descendants(graph, name) for graph in graphs for name in setting))


def summarize(
    source: Source, answer: Answer, *, tables: list[str], settings: dict[str, Any], output: Output
) -> Report:
    """The report of a run, without its files; `tables` are the file names of the interventions' samples."""
    size = counts(source.table)
    results = _results(source, answer, tables)
    compared = source.reference is not None and not answer.inferred.has_hidden_causes
    scores = compare(answer, source.reference) if compared else None
    complete = int(source.frame.notna().all(axis=1).sum())
    data = {"source": source.name, **size, "complete_rows": complete, "names": source.names}
    return Report(
        data={"data": data},
        settings=settings,
        results={
            **results,
            **({} if scores is None else {"reference": scores}),
            "seconds": HERE,
            "versions": versions(),
        },
        notes=[
            *notes(source),
            *doubts(answer.inferred.graph, answer.inferred.probabilities),
            *of_complete_rows(len(answer.noise), size["rows"]),
            *_of_averaging(answer.inferred.weighted),
            *of_logs(settings["logs"]),
        ],
        warnings=output.warnings,
        seconds={**output.seconds, "total": round(sum(output.seconds.values()), 3)},
        shown=[_graph_table(source, answer)],
        below=[*_comparison(scores), *_effect_tables(answer, results)],
    )


def _results(source: Source, answer: Answer, tables: list[str]) -> dict[str, Any]:
    """The graph, and what was sampled along it; `tables` are the file names of the interventions' samples."""
    observed, sampled = source.indicators(), source.indicators(answer.sampled)
    return {
        "graph": {
            "origin": answer.inferred.origin,
            "edges": edge_list(answer.inferred.graph),
            "doubtful_edges": doubtful_list(answer.inferred.graph, answer.inferred.probabilities) or [],
        },
        "notes": HERE,
        "warnings": HERE,
        "noise_std": _per_variable(answer.noise.std(ddof=0)),
        "observed": _moments(observed),
        "sampled": {"rows": len(sampled), **_moments(sampled)},
        "interventions": [
            {
                "do": values_set(setting),
                "shift": shifts(setting),
                "file": file,
                **_effect(setting, source.indicators(frame), sampled, observed),
            }
            for (setting, frame), file in zip(answer.after, tables, strict=True)
        ],
    }


def _effect(
    setting: Intervention, after: pd.DataFrame, sampled: pd.DataFrame, observed: pd.DataFrame
) -> dict[str, Any]:
    return {
        "mean_shift": _per_variable(after.mean() - sampled.mean()),
        "std_shift": _per_variable(after.std(ddof=0) - sampled.std(ddof=0)),
        "outside_observed": [
            name
            for name, value in values_set(setting).items()
            if not isinstance(value, str) and not observed[name].min() <= value <= observed[name].max()
        ],
    }


def _moments(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {"mean": _per_variable(frame.mean()), "std": _per_variable(frame.std(ddof=0))}


def _per_variable(values: pd.Series[float]) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items()}


def compare(answer: Answer, reference: nx.DiGraph) -> dict[str, float]:
    """Scores of the graph against the reference, and of the probabilities where there are any."""
    from foundation_causal import metrics

    precision, recall, f1 = metrics.precision_recall_f1(reference, answer.inferred.graph)
    scores = {
        "shd": float(metrics.shd(reference, answer.inferred.graph)),
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "reference_edges": float(reference.number_of_edges()),
        "edges": float(answer.inferred.graph.number_of_edges()),
    }
    if answer.inferred.probabilities is not None:
        scores["auprc"] = metrics.auprc(reference, answer.inferred.probabilities)
    return scores


def versions() -> dict[str, str]:
    """The versions of this package, of Python and of the packages that a result may depend on."""
    from foundation_causal import __version__

    versions = {"foundation-causal": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # installed under another name, as builds for special hardware are
            versions[package] = "unknown"
    return versions


def _of_averaging(weighted: list[tuple[nx.DiGraph, float]]) -> list[str]:
    if not weighted:
        return []
    graphs, largest = counted(len(weighted), "graph"), weighted[0][1]
    return [f"Samples average over {graphs}, the largest weight being {largest:.2f}."]


def of_logs(names: list[str]) -> list[str]:
    """A sentence on the columns that are modelled in logarithms, if any are."""
    return [f"Modelled in logarithms, with relative noise: {_first(names)}."] if names else []


def _first(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _graph_table(source: Source, answer: Answer) -> Group:
    edges, caption = counted(answer.inferred.graph.number_of_edges(), "edge"), answer.inferred.caption()
    title = f"Graph of {source.name}: {edges}, {caption}"
    return edge_table(answer.inferred.graph, title, answer.inferred.probabilities)


def _comparison(scores: dict[str, float] | None) -> list[str]:
    """The scores against a reference graph in a sentence, where there is one."""
    if scores is None:
        return []
    edges = counted(int(scores["reference_edges"]), "edge")
    return [f"Against the reference graph of {edges}: SHD {scores['shd']:.0f}, F1 {scores['f1']:.2f}"]


def _effect_tables(answer: Answer, results: dict[str, Any]) -> list[Group]:
    return [
        _effect_table(setting, effect, results, answer)
        for (setting, _), effect in zip(answer.after, results["interventions"], strict=True)
    ]


def _effect_table(
    setting: Intervention, effect: dict[str, Any], results: dict[str, Any], answer: Answer
) -> Group:
    changed = set(setting) | answer.reached(setting)
    before, stds = results["sampled"], results["observed"]["std"]
    rows = [
        [
            name,
            before["mean"][name],
            before["mean"][name] + effect["mean_shift"][name],
            f"{effect['mean_shift'][name] / stds[name]:+.2f}",
            before["std"][name],
            before["std"][name] + effect["std_shift"][name],
        ]
        for name in before["mean"]
        if name in changed or name.partition(" = ")[0] in changed
    ]
    outside = ", ".join(effect["outside_observed"])
    return table(
        f"do({label(setting)}): what it changes",
        ["variable", "mean before", "after", "shift in std", "std before", "after"],
        rows,
        f"{outside} was never observed there; this is extrapolation." if outside else None,
    )
