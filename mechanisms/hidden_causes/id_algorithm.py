"""Whether and how the rows tell an effect in a graph with hidden causes: the ID algorithm.

It is that of Shpitser and Pearl 2006 ("Identification of joint interventional distributions in recursive
semi-Markovian causal models") in the form of Tian and Pearl 2002 ("A general identification condition for
causal effects"), which Huang and Valtorta 2006 proved complete, too: where it fails, two models with this
graph agree on all rows and differ in the effect.

Of a graph over the ancestors of the outcome, with the districts S (sets that bidirected edges connect), the
rows tell Q[S] = P(S | do(all others)), the product of P(v | T_v) over v in S, where T_v holds the district of
v among v and what comes before it, and the parents of that. The outcome's causes D under the
intervention fall into districts of their own, and P(D | do) is the product of their Q[C]. Each of these is
found inside the Q of the district that holds it: what is no ancestor of C there is summed out, what remains
falls into smaller districts, and so on, until C is all of it, or nothing more can be taken away (a hedge).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import check_admg
from foundation_causal.graphs.mixed_graph import MixedGraph
from mechanisms.hidden_causes.estimand import Conditional, Expression, ratio, summed, written


@dataclass(frozen=True)
class Step:
    """A district inside a district, on the way to a factor.

    Attributes:
        district: The variables whose joint distribution under interventions on all others is known, in order.
        kept: The ancestors in it of what is looked for; the others are summed out.
    """

    district: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Factor:
    """The distribution of some variables under interventions on all others.

    Attributes:
        nodes: The variables, in order.
        steps: The districts in which it was found, the largest first; of the last one just `nodes` are kept.
        expression: What it is in terms of the rows.
    """

    nodes: tuple[str, ...]
    steps: tuple[Step, ...]
    expression: Expression


@dataclass(frozen=True)
class Estimand:
    """How the rows tell a distribution under an intervention.

    Attributes:
        treatments, outcomes: Names.
        graph: Over the ancestors of the outcomes.
        order: Its nodes, causes first.
        factors: The distributions whose product is that of the outcomes and their causes.
        expression: What the distribution of the outcomes is in terms of that of the rows.

    Example:
        >>> front_door = MixedGraph([("t", "m"), ("m", "y")], [("t", "y")])
        >>> print(identify(front_door, "t", "y"))
        P(y | do(t)) = sum over m of P(m | t) [sum over t' of P(t') P(y | t', m)]
    """

    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    graph: MixedGraph
    order: tuple[str, ...]
    factors: tuple[Factor, ...]
    expression: Expression

    def __str__(self) -> str:
        asked = f"P({', '.join(self.outcomes)} | do({', '.join(self.treatments)}))"
        named = (*self.treatments, *self.outcomes)
        idle = [name for name in self.order if name in self.expression.free and name not in named]
        whatever = f", for any value of {', '.join(idle)}" if idle else ""
        return f"{asked} = {written(self.expression, frozenset(named))}{whatever}"


@dataclass(frozen=True)
class Hedge:
    """Why the rows do not tell an effect.

    Attributes:
        treatments, outcomes: Names.
        district: Variables that hidden causes join, all of them ancestors of `nodes` in their midst.
        nodes: The part of them the distribution of which is needed, and which cannot be told apart.
        measured: Pairs whose hidden cause, if it were measured, would identify the effect by itself.
        experiments: Variables the setting of which in an experiment would identify it.

    Example:
        >>> print(identify(MixedGraph([("t", "y")], [("t", "y")]), "t", "y"))
        The rows do not tell the effect of 't' on 'y': hidden causes join 't', 'y' (a hedge above 'y'), and \
may explain any part of what is seen; measure the hidden cause of 't' and 'y', or set 't' in an experiment.
    """

    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    district: tuple[str, ...]
    nodes: tuple[str, ...]
    measured: tuple[tuple[str, str], ...] = ()
    experiments: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.measured:
            pairs = " or ".join(f"'{a}' and '{b}'" for a, b in self.measured[:3])
            measure = f"measure the hidden cause of {pairs}"
        else:
            measure = f"measure the hidden causes of {quoted(self.district)}"
        experiments = " or ".join(f"'{name}'" for name in self.experiments)
        return (
            f"The rows do not tell the effect of {quoted(self.treatments)} on {quoted(self.outcomes)}: "
            f"hidden causes join {quoted(self.district)} (a hedge above {quoted(self.nodes)}), and may "
            f"explain any part of what is seen; {measure}, or set {experiments} in an experiment."
        )


def identify(graph: Any, treatment: str | Sequence[str], outcome: str | Sequence[str]) -> Estimand | Hedge:
    """How the rows tell P(outcome | do(treatment)) along a graph with hidden causes, or why they do not.

    Args:
        graph: What :func:`foundation_causal.graphs.check_admg` takes.
        treatment: The variable that is set, or several.
        outcome: The variable that is looked at, or several.

    Returns:
        An :class:`Estimand`, or a :class:`Hedge`; the text of both says it in a line.

    Raises:
        InputError: Names that the graph has not, or one that is both set and looked at.

    >>> napkin = MixedGraph([("w", "r"), ("r", "t"), ("t", "y")], [("w", "t"), ("w", "y")])
    >>> print(identify(napkin, "t", "y"))
    P(y | do(t)) = {sum over w of P(w) P(t | w, r) P(y | w, r, t)} / {sum over w of P(w) P(t | w, r)}, \
for any value of r
    """
    mixed = check_admg(graph)
    treatments, outcomes = _names(treatment), _names(outcome)
    for name in (*treatments, *outcomes):
        if name not in mixed.directed:
            raise InputError(f"There is no variable '{name}' in the graph; use one of {quoted(mixed.nodes)}.")
    if set(treatments) & set(outcomes):
        both = quoted(sorted(set(treatments) & set(outcomes)))
        raise InputError(f"{both} is both set and looked at; name different variables.")
    found = _identified(mixed, treatments, outcomes)
    return found if isinstance(found, Estimand) else _with_remedies(mixed, found)


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list | tuple | set) else (str(given),)


def markov_pillows(graph: MixedGraph, order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each node T_v: its district among what comes before it, and the parents of that, in the order.

    Given T_v, a node is independent of everything else that comes before it (Tian and Pearl 2002).

    Args:
        graph: An acyclic directed mixed graph.
        order: Its nodes, causes first.

    >>> graph = MixedGraph([("t", "m"), ("m", "y")], [("t", "y")])
    >>> markov_pillows(graph, ["t", "m", "y"])["y"]
    ('t', 'm')
    """
    pillows = {}
    for k, node in enumerate(order):
        district = _district(graph, set(order[: k + 1]), node)
        parents = {parent for member in district for parent in graph.directed.predecessors(member)}
        pillows[node] = tuple(name for name in order[:k] if name in district | parents)
    return pillows


def _district(graph: MixedGraph, within: set[str], node: str) -> set[str]:
    """What bidirected edges among some nodes connect with one of them."""
    reached, waiting = {node}, [node]
    while waiting:
        near = set(graph.bidirected[waiting.pop()]) & within - reached
        reached |= near
        waiting.extend(near)
    return reached


def _identified(whole: MixedGraph, treatments: Sequence[str], outcomes: Sequence[str]) -> Estimand | Hedge:
    graph = whole.subgraph(whole.ancestors(outcomes))
    order = [node for node in whole.order() if node in graph.directed]
    treated = tuple(name for name in treatments if name in graph.directed)
    rest = graph.cut(treated).ancestors(outcomes) - set(treated)
    pillows = markov_pillows(graph, order)
    factors = []
    for group in graph.subgraph(rest).districts():
        nodes = tuple(name for name in order if name in group)
        found = _factor(graph, order, pillows, nodes)
        if isinstance(found, Step):
            return Hedge(tuple(treatments), tuple(outcomes), found.district, nodes)
        factors.append(found)
    factors.sort(key=lambda factor: order.index(factor.nodes[0]))
    over = [name for name in order if name in rest and name not in outcomes]
    expression = summed(over, [factor.expression for factor in factors])
    return Estimand(tuple(treatments), tuple(outcomes), graph, tuple(order), tuple(factors), expression)


def _factor(
    graph: MixedGraph, order: Sequence[str], pillows: Mapping[str, tuple[str, ...]], nodes: tuple[str, ...]
) -> Factor | Step:
    """Q[nodes], or the district in which it cannot be told apart."""
    inside = _district(graph, set(order), nodes[0])
    # The conditional of each member of the district given those before it, all others being set.
    terms: dict[str, Expression] = {
        name: Conditional((name,), pillows[name]) for name in order if name in inside
    }
    steps = []
    while True:
        kept = graph.subgraph(terms).ancestors(nodes)
        steps.append(Step(tuple(terms), tuple(name for name in terms if name in kept)))
        if kept == set(nodes):
            return Factor(nodes, tuple(steps), _joint(terms, kept))
        if kept == set(terms):
            return steps[-1]
        smaller = _district(graph, kept, nodes[0])
        terms = {name: _conditional(terms, kept, name) for name in terms if name in smaller}


def _joint(terms: Mapping[str, Expression], kept: set[str]) -> Expression:
    """The joint distribution of what is kept, the rest being summed out.

    What comes last and bears on nothing kept sums to one.
    """
    left = dict(terms)
    for name in reversed(list(terms)):
        others = (term for other, term in left.items() if other != name)
        if name not in kept and not any(name in term.free for term in others):
            del left[name]
    return summed([name for name in left if name not in kept], left.values())


def _conditional(terms: Mapping[str, Expression], kept: set[str], name: str) -> Expression:
    """The conditional of a variable given what is kept and comes before it."""
    names = list(terms)
    place = names.index(name)
    upto = {other: terms[other] for other in names[: place + 1]}
    before = {other: terms[other] for other in names[:place]}
    return ratio(_joint(upto, kept), _joint(before, kept))


def _with_remedies(graph: MixedGraph, hedge: Hedge) -> Hedge:
    """The hedge, and what would identify the effect."""
    treatments, outcomes = hedge.treatments, hedge.outcomes
    pairs = [(str(a), str(b)) for a, b in graph.subgraph(hedge.district).bidirected.edges]
    measured = tuple(
        pair
        for pair in pairs
        if isinstance(_identified(_measured(graph, pair), treatments, outcomes), Estimand)
    )
    others = [name for name in hedge.district if name not in (*treatments, *outcomes)]
    # Setting z answers the question only where it moves nothing that the treatment leaves.
    surrogates = [
        z
        for z in others
        if not graph.cut(treatments).ancestors(outcomes) & {z}
        and isinstance(_identified(graph.cut([z]), treatments, outcomes), Estimand)
    ]
    return Hedge(treatments, outcomes, hedge.district, hedge.nodes, measured, (*treatments, *surrogates))


def _measured(graph: MixedGraph, pair: Iterable[str]) -> MixedGraph:
    """The graph with the hidden cause of a pair as one more node."""
    left, right = pair
    bidirected = graph.bidirected.copy()
    bidirected.remove_edge(left, right)
    cause = f"hidden cause of {left} and {right}"
    return MixedGraph([*graph.directed.edges, (cause, left), (cause, right)], bidirected, graph.nodes)
