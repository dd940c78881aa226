"""The page of a report: its document as HTML, with scripts and styles inside. What comes from data is text.

Text is escaped; the document that the script reads stands in the page as JSON in which no character can end
the script element. A policy in the page forbids the browser every connection.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from cli.output import as_json_text, readable
from cli.report.report_document import size_of
from foundation_causal import __version__
from foundation_causal.errors import counted

LIBRARIES = ("cytoscape.min.js", "vega.min.js", "vega-lite.min.js")
# What JSON may hold inside a script element: none of these can be seen as markup.
UNSAFE: dict[str, int | str | None] = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
MOST_PAIRS = 150  # of the table of methods
MARKS = {"->": "→", "<-": "←", "--": "—", "<->": "↔", "": ""}
SPOKEN = {
    "->": "as in the graph's order",
    "<-": "reversed",
    "--": "direction open",
    "<->": "a hidden cause of both",
    "": "no edge",
}
FAMILIAR = (
    "Of the tables that the network was trained on, {:.0%} lie at least as far from the others as this one; "
    "the fewer, the less it knows of tables like this."
)
NOTHING_MOVES = "Nothing else moves: in the graph, what is set has no effects."
CAVEATS = (
    "A column that is not in the table may cause two that are; then an arrow between these can be an "
    "illusion. Such pairs are looked for, and most of them are missed.",
    "An arrow is read from patterns in the rows under assumptions: the graph has no cycle, and noise is "
    "independent. Where an arrow matters, confirm it by an experiment or by what you know.",
    "Intervals and bands are about functions and noise. They do not hold what a wrong graph would change.",
)


def page(document: Mapping[str, Any]) -> str:
    """The document as one HTML page."""
    vendored = files("cli.report") / "vendor"
    parts = {
        "title": text(document["title"]),
        "style": _part("report.css"),
        "summary": _summary(document),
        "sections": "".join(_sections(document)),
        "data": embedded(_for_script(document)),
        "libraries": "".join(
            f"<script>{(vendored / name).read_text(encoding='utf-8')}</script>" for name in LIBRARIES
        ),
        "script": _part("report.js"),
        "version": text(__version__),
    }
    return _filled(_part("template.html"), parts)


def _part(name: str) -> str:
    """A file of the page."""
    return (files("cli.report") / "page" / name).read_text(encoding="utf-8")


def _filled(written: str, parts: Mapping[str, str]) -> str:
    """HTML with each {{name}} replaced, once, so that nothing inside a part is taken for a place."""
    first, *pieces = written.split("{{")
    cut = (piece.partition("}}") for piece in pieces)
    return first + "".join(parts[name] + rest for name, _, rest in cut)


def embedded(document: Mapping[str, Any]) -> str:
    r"""The document as JSON that can stand inside a script element.

    >>> embedded({"name": "</script><b>"})
    '{"name":"\\u003c/script\\u003e\\u003cb\\u003e"}'
    """
    packed = json.dumps(json.loads(as_json_text(document)), ensure_ascii=False, separators=(",", ":"))
    return packed.translate(str.maketrans(UNSAFE))


def text(value: Any) -> str:
    """A value as text of HTML."""
    return html.escape("" if value is None else str(value))


def _for_script(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the script draws."""
    return {name: document[name] for name in ("graph", "mechanisms", "interventions", "effects")}


def _summary(document: Mapping[str, Any]) -> str:
    """The answer in a few sentences."""
    graph = document["graph"]
    doubtful = [edge for edge in graph["edges"] if edge.get("doubt")]
    lines = [f"{size_of(document['data'])}; {counted(len(graph['edges']), 'edge')}, {graph['caption']}"]
    if doubtful:
        lines[0] += f", {len(doubtful)} of them doubtful"
    if graph["hidden"]:
        lines.append(f"{counted(len(graph['hidden']), 'pair')} with a hidden cause")
    found = len(document["data"]["findings"])
    lines.append(
        counted(found, "finding") + " about the table" if found else "nothing found against the table"
    )
    lines.append(counted(len(document["warnings"]), "warning") if document["warnings"] else "no warnings")
    return text("; ".join(lines) + ".")


def _sections(document: Mapping[str, Any]) -> Iterable[str]:
    yield _section("data", "The data", _data(document["data"]))
    yield _section("graph", "The graph", _graph(document["graph"]))
    if document["interventions"]:
        yield _section("interventions", "Interventions", _interventions(document["interventions"]))
    if document["effects"] is not None:
        yield _section("effects", "Effect", _effects(document["effects"]))
    if len(document["methods"]["rows"]) > 1:
        yield _section("methods", "Methods side by side", _methods(document["methods"]))
    yield _section("caveats", "What to doubt", _caveats(document))
    yield _section("again", "How to make this again", _again(document["again"]))


def _section(name: str, title: str, inside: str) -> str:
    head = f'<h2 id="{name}-title">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{head}{inside}</section>'


def _paragraphs(sentences: Iterable[Any]) -> str:
    return "".join(f"<p>{text(sentence)}</p>" for sentence in sentences)


def _items(sentences: Sequence[Any]) -> str:
    return f"<ul>{''.join(f'<li>{text(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], name: str = "") -> str:
    """A table that scrolls inside its own frame; a cell that is a `Markup` is taken as it is."""
    top = "".join(f'<th scope="col">{text(head)}</th>' for head in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    known = f' id="{name}"' if name else ""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}"><table{known}>'
        f"<caption>{text(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


class Markup(str):
    """HTML that was made here, in a cell of a table."""


def _cell(value: Any) -> str:
    if isinstance(value, Markup):
        return f"<td>{value}</td>"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f'<td class="number">{text(readable(value))}</td>'
    return f"<td>{text(value)}</td>"


def _data(data: Mapping[str, Any]) -> str:
    rows = data["rows"]
    gaps = f"; {counted(data['missing'], 'missing value')}" if data["missing"] else "; no missing values"
    set_by = f"; {counted(data['intervened'], 'value')} set by interventions" if data["intervened"] else ""
    lines = [
        [
            column["name"],
            Markup(f'<span title="{text("because: " + column["because"])}">{text(column["type"])}</span>'),
            f"{column['missing'] / max(rows, 1):.0%}" if column["missing"] else "",
            Markup(_bars(column["bars"], column["name"])),
            column["words"] + (f" ({column['unit']})" if column["unit"] else ""),
        ]
        for column in data["columns"]
    ]
    heads = ["column", "type", "missing", "distribution", "values"]
    known = data.get("familiarity")
    familiar = "" if known is None else f"<p>{text(FAMILIAR.format(known))}</p>"
    found = _items([f"{one['kind']}: {one['sentence']}" for one in data["findings"]])
    nothing = "<p>Nothing was found that breaks an assumption.</p>"
    return (
        f"<p>{text(size_of(data) + gaps + set_by)}.</p>{familiar}"
        + f"<h3>What the check of the table found</h3>{found or nothing}"
        + _table("Columns", heads, lines)
    )


def _bars(counts: Sequence[int], name: str) -> str:
    """A small histogram."""
    highest, width = max([*counts, 1]), 96 / max(len(counts), 1)
    drawn = "".join(
        f'<rect x="{k * width:.1f}" y="{24 - 24 * n / highest:.1f}" width="{max(width - 1, 0.5):.1f}" '
        f'height="{24 * n / highest:.1f}"/>'
        for k, n in enumerate(counts)
    )
    return (
        f'<svg class="bars" viewBox="0 0 96 24" width="96" height="24" role="img" '
        f'aria-label="{text("histogram of " + name)}">{drawn}</svg>'
    )


def _graph(graph: Mapping[str, Any]) -> str:
    weighted, stable = bool(graph["pairs"]), graph["replicates"]
    legend = ["<li><span class='line solid'></span>edge, wider where more probable</li>"] if weighted else []
    if any(edge.get("doubt") == "the reverse is more probable" for edge in graph["edges"]):
        legend.append("<li><span class='line turned'></span>the reverse is more probable</li>")
    if any(edge.get("doubt") == "less probable than not" for edge in graph["edges"]):
        legend.append("<li><span class='line unlikely'></span>less probable than not</li>")
    if graph["hidden"]:
        legend.append("<li><span class='line hidden-cause'></span>two heads: a hidden cause of both</li>")
    heads = ["cause", "effect"]
    fields: list[str] = []
    if weighted:
        heads, fields = [*heads, "probability", "reverse", "doubt"], ["probability", "reverse", "doubt"]
    if stable:
        heads, fields = [*heads, f"share of {stable} resamples"], [*fields, "stability"]
    rows = [
        [edge["cause"], edge["effect"], *(_decimal(edge.get(field)) for field in fields)]
        for edge in graph["edges"]
    ]
    options = "".join(f'<option value="{k}">{text(name)}</option>' for k, name in enumerate(graph["order"]))
    parts = {
        "slider": _part("slider.html") if weighted else "",
        "options": options,
        "legend": "".join(legend),
        "edges": _table("Edges of the graph", heads, rows, "edges") + _hidden(graph["hidden"]),
    }
    return _filled(_part("graph.html"), parts)


def _hidden(pairs: Sequence[Mapping[str, Any]]) -> str:
    """The pairs that share a hidden cause as a table, if there are any."""
    if not pairs:
        return ""
    known = any(pair["probability"] is not None for pair in pairs)
    rows = [[*pair["between"], *([_decimal(pair["probability"])] if known else [])] for pair in pairs]
    heads = ["this", "and this", *(["probability"] if known else [])]
    return _table("Pairs that share a hidden cause", heads, rows, "hidden")


def _decimal(value: Any) -> str:
    return (
        f"{value:.2f}"
        if isinstance(value, float | int)
        else text(value or "")
        if value is None
        else str(value)
    )


def _interventions(interventions: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for number, one in enumerate(interventions):
        heads = ["variable", "mean before", "after", "change in standard deviations"]
        more = f"<p>Curves of {one['more']} more variables are left out.</p>" if one["more"] else ""
        still = "" if one["moved"] else f"<p>{NOTHING_MOVES}</p>"
        charts = "".join(
            f'<figure><div class="chart" data-chart="moved" data-of="{number}" data-at="{at}"></div>'
            f"<figcaption>{text(moved['name'])}: before (grey) and after</figcaption></figure>"
            for at, moved in enumerate(one["moved"])
        )
        if "refused" in one:
            parts.append(f"<h3>do({text(one['label'])})</h3>{_paragraphs([one['refused']])}")
            continue
        parts.append(
            f"<h3>do({text(one['label'])})</h3>"
            + _table(f"What do({one['label']}) changes", heads, one["rows"])
            + f'<div class="charts">{charts}</div>{more}{still}'
        )
    return "".join(parts)


def _effects(effects: Mapping[str, Any]) -> str:
    treatment, outcome = effects["treatment"], effects["outcome"]
    if "refused" in effects:
        return _paragraphs([f"Of {treatment} on {outcome}.", effects["refused"]])
    what = f"mean of {outcome}" if effects["event"] is None else f"chance of {outcome} = {effects['event']}"
    levels = ["level"] * any("level" in row for row in effects["rows"])
    means = [row for row in effects["rows"] if row["baseline"] is None]
    differences = [row for row in effects["rows"] if row["baseline"] is not None]
    first = readable(effects["rows"][0]["value"])
    heads = [*levels, f"{treatment} set to", what, "90% from", "to"]
    fields = [*levels, "value", "mean", "lower", "upper"]
    tables = [
        _table(f"{outcome} where {treatment} is set", heads, [[row[f] for f in fields] for row in means]),
        _table(
            f"Difference from {treatment} = {first}", heads, [[row[f] for f in fields] for row in differences]
        ),
    ]
    if effects["overlap"]:
        names = [treatment, "rows", "least chance of it", "worth so many rows"]
        tables.append(_table("Overlap", names, [list(row.values()) for row in effects["overlap"]]))
    sensitivity = _paragraphs(effects["sensitivity"])
    return (
        f"<p>Of {text(treatment)} on {text(outcome)}.</p>"
        '<figure><div class="chart" data-chart="effects"></div>'
        f"<figcaption>{text(outcome)} where {text(treatment)} is set, with 90% intervals"
        "</figcaption></figure>"
        + "".join(tables)
        + f"<h3>How it was found</h3>{_paragraphs(effects['how'])}"
        + (f"<h3>Hidden confounders</h3>{sensitivity}" if sensitivity else "")
        + _paragraphs([effects["coverage"]])
    )


def _methods(methods: Mapping[str, Any]) -> str:
    heads = ["method", "edges", "agree", "turned", "lacks", "more", "seconds", "what it is"]
    rows = [
        [row["name"], *([row.get("edges")] if "failure" not in row else [Markup("<em>no answer</em>")])]
        + [row.get(field) for field in ("agree", "turned", "lacks", "more", "seconds")]
        + [row["about"] if "failure" not in row else f"{row['failure']}"]
        for row in methods["rows"]
    ]
    pairs = [
        [
            pair["cause"],
            pair["effect"],
            *(Markup(f'<span title="{SPOKEN[mark]}">{MARKS[mark]}</span>') for mark in pair["marks"]),
        ]
        for pair in methods["pairs"][:MOST_PAIRS]
    ]
    more = len(methods["pairs"]) - MOST_PAIRS
    left = f"<p>{counted(more, 'rarer pair')} left out.</p>" if more > 0 else ""
    against = (
        "Pairs of the graph in which a method agrees, has the edge the other way round, or has none, and "
        "pairs that only it joins. An open direction agrees."
    )
    if methods.get("gaps"):
        against += f" {methods['gaps']}"
    grid = _table("Who says what of each pair", ["cause", "effect", *methods["answered"]], pairs, "pairs")
    return (
        f"<p>{against}</p>{_table('Methods on the same table', heads, rows, 'methods-table')}"
        "<details><summary>Pair by pair: → as written, ← reversed, — direction open, ↔ hidden cause</summary>"
        f"{grid}{left}</details>"
    )


def _caveats(document: Mapping[str, Any]) -> str:
    warnings = document["warnings"]
    logs = document["logs"]
    said = [
        *document["notes"],
        *([f"Modelled in logarithms, with relative noise: {', '.join(logs)}."] if logs else []),
    ]
    return (
        f"<h3>Warnings</h3>{_items(warnings) or '<p>There were none.</p>'}"
        + f"<h3>About these data</h3>{_items([*said, document['coverage']])}"
        + f"<h3>Always</h3>{_items(CAVEATS)}"
    )


def _again(again: Mapping[str, Any]) -> str:
    rows = [["seed", str(again["seed"])], [f"SHA-256 of {again['of']}", again["checksum"]]]
    rows += [[f"version of {name}", version] for name, version in again["versions"].items()]
    rows += [[f"seconds: {stage}", f"{seconds:.1f}"] for stage, seconds in again["seconds"].items()]
    return f"<pre tabindex='0'><code>{text(again['call'])}</code></pre>" + _table(
        "Settings", ["what", "value"], rows
    )
