"""The plots: nothing overlaps, nothing is drawn outside, and odd data are drawn too."""

from itertools import combinations, pairwise

import hypothesis.strategies as st
import matplotlib.image
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from foundation_causal import plots
from foundation_causal.datasets import load_dataset
from foundation_causal.plots.graph_layout import NODE_GAP, layered_layout
from foundation_causal.plots.graph_plot import APART
from foundation_causal.plots.graph_strokes import NODE_HEIGHT, edge_width, head_width
from foundation_causal.plots.marginals_plot import BINS, Axis, axis_for, density_along
from foundation_causal.plots.style import save


@st.composite
def dags(draw) -> nx.DiGraph:
    """Random DAGs of up to 12 nodes."""
    d = draw(st.integers(1, 12))
    share = draw(st.floats(0, 0.6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = np.triu(rng.random((d, d)) < share, 1)
    order = rng.permutation(d)
    return nx.from_numpy_array(matrix[np.ix_(order, order)], create_using=nx.DiGraph)


@given(dags())
def test_nodes_never_overlap_and_edges_run_down_between_them(graph):
    widths = {node: 0.5 + 0.1 * node for node in graph}
    layout = layered_layout(graph, widths)
    assert set(layout.positions) == set(graph)
    for a, b in combinations(graph, 2):
        (xa, ya), (xb, yb) = layout.positions[a], layout.positions[b]
        apart = abs(xa - xb) >= (widths[a] + widths[b]) / 2 + NODE_GAP - 1e-6
        assert apart or abs(ya - yb) > 1.2 * NODE_HEIGHT
    for (source, target), route in layout.routes.items():
        assert route[0] == layout.positions[source]
        assert route[-1] == layout.positions[target]
        assert all(upper[1] > lower[1] for upper, lower in pairwise(route))
        for x, y in route[1:-1]:
            for node, (xn, yn) in layout.positions.items():
                assert abs(y - yn) > NODE_HEIGHT or abs(x - xn) > widths[node] / 2


@given(st.floats(0, 1), st.floats(0, 1))
def test_arrowheads_are_wider_than_their_edges_and_narrower_than_the_gap(one, other):
    widths = sorted(edge_width(probability) for probability in (one, other))
    heads = [head_width(width) for width in widths]
    assert heads == sorted(heads)
    assert all(width + 3 < head < 0.75 * 72 * APART for width, head in zip(widths, heads, strict=True))


@pytest.mark.parametrize("d", [1, 2, 7])
def test_a_tree_has_no_crossings(d):
    tree = nx.DiGraph([(0, child) for child in range(1, d + 1)])
    layout = layered_layout(tree, dict.fromkeys(tree, 1.0))
    xs = [layout.positions[child][0] for child in range(1, d + 1)]
    assert layout.positions[0][0] == pytest.approx(np.mean(xs), abs=0.01)


def test_wider_edges_for_likelier_ones_and_colour_for_what_is_set(tmp_path):
    graph = nx.DiGraph([("a", "b")])
    inked = []
    for probability, intervened in ((0.05, ()), (0.95, ()), (0.95, ("a",))):
        frame = pd.DataFrame([[0, probability], [0, 0]], index=["a", "b"], columns=["a", "b"])
        axes = plots.graph(graph, title="t", probabilities=frame, intervened=intervened)
        save(axes, tmp_path / "g.png")
        image = matplotlib.image.imread(tmp_path / "g.png")[..., :3]
        blue = (image[..., 2] - image[..., 0] > 0.15).sum()
        orange = (image[..., 0] - image[..., 2] > 0.15).sum()
        inked.append((blue, orange))
    assert inked[1][0] > 1.2 * inked[0][0]
    assert inked[0][1] == inked[1][1] == 0 < inked[2][1]


values = st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=60).filter(lambda x: np.ptp(x) > 1e-3)


@settings(max_examples=100)
@given(values, st.lists(st.floats(-1e6, 1e6), max_size=2), st.booleans())
def test_axes_reach_what_they_promise(observed, marks, exponential):
    x = np.sinh(np.array(observed) / 1e5) if exponential else np.array(observed)
    axis = axis_for(x, [], marks)
    for inside in (*np.quantile(x, [0.005, 0.995]), *marks):
        assert axis.low <= axis.to(np.array([inside]))[0] <= axis.high
    np.testing.assert_allclose(axis.back(axis.to(x)), x, rtol=1e-9, atol=1e-6)
    ticks = axis.ticks()
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 6
    assert all(axis.low <= axis.to(np.array([tick]))[0] <= axis.high for tick in ticks)


def test_skewed_concentrations_get_an_asinh_axis_and_normal_ones_do_not():
    rng = np.random.default_rng(0)
    sachs = load_dataset("sachs", n=80, seed=1).frame
    assert axis_for(sachs["praf"].to_numpy(), []).width is not None
    assert axis_for(rng.normal(size=500), []).width is None
    assert (
        axis_for(1000 + rng.standard_t(1.5, size=500), []).width is None
    )  # asinh does nothing far from zero


def test_densities_hold_the_mass_that_is_shown():
    x = np.random.default_rng(0).exponential(size=400)
    axis = axis_for(x, [])
    points, density = density_along(x, axis)
    shown = ((x >= axis.low) & (x <= axis.high)).mean()
    assert density.sum() * (points[1] - points[0]) == pytest.approx(shown, abs=1e-9)


def test_a_density_along_steps_of_almost_nothing_exists():
    x = np.random.default_rng(0).normal(size=401)
    assert len(density_along(x, Axis(-1e-308, 1e-308))[1]) == BINS


def test_marginals_of_odd_columns(tmp_path):
    rng = np.random.default_rng(0)
    observed = pd.DataFrame(
        {
            "a name of more than twenty-six letters": rng.normal(size=50),
            "$x_1$ [unit]": np.r_[np.zeros(45), np.arange(1.0, 6.0)],  # no spread between the quartiles
            "tiny": 1e-12 * rng.normal(size=50),
            "huge": 1e12 + rng.normal(size=50),
        }
    )
    after = [plots.After("tiny = 5", {"tiny": 5.0}, {"huge"}, observed.assign(tiny=5.0, huge=1e12))]
    panels = plots.marginals(observed, observed.head(20), after, title="odd")
    save(panels[0], tmp_path / "m.png")
    assert matplotlib.image.imread(tmp_path / "m.png").shape[2] == 4


@pytest.mark.parametrize("written", [str, lambda moments: moments])
def test_dates_are_drawn_as_curves_above_dates(written):
    moments = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(300), "D"))
    observed = pd.DataFrame({"seen": moments.dt.strftime("%Y-%m-%d") if written is str else moments})
    sampled = pd.DataFrame({"seen": moments + pd.Timedelta(hours=7)})
    after = plots.After("seen = 2020-05-01", {"seen": "2020-05-01"}, set(), sampled)
    (panel,) = plots.marginals(observed, sampled, [after])
    assert not panel.patches  # no bar for each day
    low, high = panel.get_xlim()
    assert 18262 - 20 < low < 18262 + 10
    assert 18562 - 10 < high < 18562 + 20
    assert [tick.get_text()[:5] for tick in panel.get_xticklabels()] == ["2020-"] * 3
    assert panel.lines[-1].get_xdata()[0] == 18262 + 121
