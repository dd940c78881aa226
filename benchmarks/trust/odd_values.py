"""Odd values, tables, graphs and bytes, each drawn from a generator, for the fuzz suite."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

NAMES = ["a", "b", "c", "d e", "größe", "1", "x'y", "[red]", "../up", "", " a", "\x1b[31m", "nan", "a=b,c"]
WORDS = [
    *("", " ", "0", "-1", "2.5", "1e400", "-inf", "nan", "1,5", "0x10", "1_000", "٣", "yes", "I", "low"),
    *("2020-01-01", "2020-13-45", "1 kg", "5%", "\x00", "\x1b[2J", "\u202e", "🙂", "a" * 400, "9" * 400),
    *("=cmd", "../x", "null", "None", "true", "[1]", "{}", "a -> b", '"', "'", "\\", "\r\n", "\ufeff", "1:2"),
]
SCALARS: list[Callable[[Random], Any]] = [
    lambda r: r.choice(WORDS),
    lambda r: r.choice([0, 1, -1, 2, 10**9, 2**63, -(2**70), 10**400, 3.5, 1e-320, 1e308, -0.0]),
    lambda r: r.choice([float("nan"), float("inf"), -float("inf"), None, pd.NA, pd.NaT, True, False]),
    lambda r: r.choice(
        [np.float32(1.5), np.int64(3), np.uint8(250), np.bool_(True), np.array(2), np.longdouble(1)]
    ),
    lambda r: r.choice(
        [1 + 2j, b"x", bytearray(b"1"), Decimal("1.5"), Decimal("NaN"), Fraction(1, 3), object()]
    ),
    lambda r: r.choice([pd.Timestamp("2020"), pd.Timedelta("1d"), pd.Period("2020"), pd.Interval(0, 1)]),
    lambda r: r.choice([[], [1], (1, 2), {}, {"a": 1}, {1, 2}, [[1]], range(3), lambda x: x, int, [None]]),
    lambda r: r.gauss(0, 1) * 10.0 ** r.randint(-320, 300),
]


def scalar(r: Random) -> Any:
    """Anything that one might give in the place of a number or a name."""
    return r.choice(SCALARS)(r)


def noise(r: Random, *size: int) -> Any:
    """Normal numbers."""
    return np.random.default_rng(r.getrandbits(32)).normal(size=size)


COLUMNS: list[Callable[[Random, int], Any]] = [
    lambda r, n: noise(r, n),
    lambda r, n: noise(r, n) * 10.0 ** r.randint(-330, 160) + r.choice([0.0, 1e9, -1e300]),
    lambda r, n: np.clip(noise(r, n), -0.5, 0.5),
    lambda r, n: np.where(noise(r, n) < 0, 0.0, np.exp(noise(r, n))),
    lambda r, n: (noise(r, n) > 0).astype(r.choice([int, float, bool])),
    lambda r, n: np.floor(np.exp(noise(r, n))),
    lambda r, n: np.arange(n),
    lambda r, n: np.full(n, r.choice([0, 1.5, "x"])),
    lambda r, n: [r.choice(["x", "y", "z", "I", "II"]) for _ in range(n)],
    lambda r, n: pd.Categorical([r.choice(["x", "y", "z"]) for _ in range(n)], ordered=r.random() < 0.5),
    lambda r, n: pd.date_range(
        "2020", periods=n, freq=r.choice(["D", "h", "ME"]), tz=r.choice([None, "UTC"])
    ),
    lambda r, n: pd.to_timedelta(noise(r, n) * 1e5, unit="s"),
    lambda r, n: pd.array(
        [r.choice([1, 2, 30, None]) for _ in range(n)], dtype=r.choice(["Int64", "Float64"])
    ),
    lambda r, n: np.where(noise(r, n) < -1, np.nan, noise(r, n)),
    lambda r, n: np.where(noise(r, n) < -2, r.choice([np.inf, -np.inf, 1e200]), noise(r, n)),
    lambda r, n: [f"{number:.2f}".replace(".", r.choice(".,")) for number in noise(r, n)],
    lambda r, n: np.tan(noise(r, n) * 1.5),
    lambda r, n: pd.arrays.SparseArray(np.where(noise(r, n) < 1, 0.0, 1.5)),
    lambda r, n: pd.Series(noise(r, n)).astype(
        r.choice(["float32", "float16", "string", "object", "complex"])
    ),
    lambda r, n: [scalar(r) if r.random() < 0.05 else value for value in noise(r, n)],
    lambda r, n: [scalar(r) for _ in range(n)],
    lambda r, n: pd.period_range("2020", periods=n, freq="M"),
]


def frame(r: Random, rows: tuple[int, int] = (0, 60), odd: float = 1.0) -> Any:
    """A table of columns of any kind under any name; few of them odd where `odd` is small."""
    n, d = r.randint(*rows), r.randint(1 if odd == 1 else 2, 5)
    columns: dict[Any, Any] = {}
    for j in range(d):
        name = r.choice(NAMES) if r.random() < 0.3 * odd else r.choice([j, f"X{j}"]) if odd == 1 else f"X{j}"
        make = r.choice(COLUMNS) if r.random() < odd else r.choice(COLUMNS[:6])
        columns[name] = make(r, n)
    made = pd.DataFrame(columns)
    if r.random() < 0.5 and d > 1 and odd < 1:  # a column that depends on the first
        try:
            first = pd.to_numeric(made.iloc[:, 0], errors="coerce")
        except (OverflowError, TypeError):  # of an integer beyond any float, or an array in a cell
            first = pd.Series(noise(r, n))
        made[made.columns[-1]] = first * 2 + noise(r, n) * (1 if first.isna().all() else first.std())
    if odd == 1:
        return r.choice(SHAPES)(r, made)
    return made


SHAPES: list[Callable[[Random, pd.DataFrame], Any]] = [
    *[lambda r, f: f] * 6,
    lambda r, f: f.to_numpy(),
    lambda r, f: f.set_axis([r.choice(NAMES) for _ in f], axis=1),
    lambda r, f: f.set_axis([(name, 1) for name in f], axis=1),
    lambda r, f: f.sample(frac=1, random_state=0),
    lambda r, f: f.iloc[[0] * min(len(f), 30)],
    lambda r, f: f.T,
    lambda r, f: f.to_dict("list"),
    lambda r, f: f.to_numpy(dtype=object).tolist(),
    lambda r, f: f.to_records(index=False),
    lambda r, f: scalar(r),
    lambda r, f: f.iloc[:, 0] if f.shape[1] else f,
    lambda r, f: f.to_numpy(dtype=object)[None],
]


def graph(r: Random, names: list[str]) -> Any:
    """Something that may be a graph over the names."""
    pairs = [(r.choice(names), r.choice([*names, r.choice(NAMES)])) for _ in range(r.randint(0, 5))]
    size = r.choice([len(names), len(names) + 1])
    return r.choice(
        [
            lambda: nx.DiGraph([(a, b) for a, b in pairs if names.index(a) < [*names, b].index(b)]),
            lambda: nx.DiGraph(pairs),
            lambda: nx.Graph(pairs),
            lambda: nx.MultiDiGraph([*pairs, *pairs]),
            lambda: pairs,
            lambda: [(*pair, scalar(r)) for pair in pairs],
            lambda: dict(pairs),
            lambda: pd.DataFrame(pairs, columns=["cause", "effect"]),
            lambda: pd.DataFrame([(*p, scalar(r)) for p in pairs], columns=["cause", "effect", "weight"]),
            lambda: np.triu(np.ones((size, size)), 1) * r.choice([1, 1, 2, np.nan]),
            lambda: pd.DataFrame(
                np.triu(np.ones((size, size)), 1), names[:size] + ["z"] * (size - len(names))
            ),
            lambda: np.array([[scalar(r) for _ in names] for _ in names], dtype=object),
            lambda: " ".join(f"{a} -> {b};" for a, b in pairs),
            lambda: scalar(r),
            lambda: iter(pairs),
            lambda: {name: [scalar(r)] for name in names},
        ]
    )()


def decorated(r: Random) -> nx.DiGraph:
    """A DAG with odd names and with odd values on its nodes, its edges and itself."""
    names = r.sample(NAMES, r.randint(2, 4))
    made = nx.DiGraph()
    made.add_nodes_from(names)
    made.add_edges_from(pair for pair in pairwise(names) if r.random() < 0.7)
    for place in (
        made.graph,
        *(made.nodes[name] for name in names),
        *(made.edges[edge] for edge in made.edges),
    ):
        if r.random() < 0.5:
            place[r.choice(["weight", "label", "name", "marks", "id", "p q"])] = scalar(r)
    return made


def mutated(r: Random, content: bytes) -> bytes:
    """A file with a few of its bytes flipped, cut, copied, swapped or replaced by words."""
    data = bytearray(content)
    for _ in range(r.choice([0, 1, 1, 2, 4, 16])):
        place, width = r.randrange(len(data) + 1), r.choice([1, 1, 2, 8, 64])
        change = r.randrange(6)
        if change == 0 and place < len(data):
            data[place] ^= 1 << r.randrange(8)
        elif change == 1:
            del data[place : place + width]
        elif change == 2:
            data[place:place] = r.choice(WORDS).encode("utf-8", "surrogatepass")
        elif change == 3:
            data[place:place] = data[place : place + width] * r.choice([1, 2, 300])
        elif change == 4:
            del data[place:]
        else:
            data[place : place + width] = r.randbytes(width)
    return bytes(data)


def document(r: Random, keys: list[str], depth: int = 0) -> Any:
    """A JSON document that may have the keys."""
    kind = r.randrange(5) if depth < 4 else 4
    if kind == 0 or depth == 0:
        chosen = [r.choice([*keys, r.choice(NAMES)]) for _ in range(r.randint(0, 5))]
        return {key: document(r, keys, depth + 1) for key in chosen}
    if kind in (1, 2):
        return [document(r, keys, depth + 1) for _ in range(r.randint(0, 4))]
    return r.choice(["a", "b", "c", *keys, 0, 1, 2.5, -1, None, True, 10**30, 1e300, r.choice(WORDS)])


def json_bytes(r: Random, keys: list[str], whole: list[bytes]) -> bytes:
    """A mutated document that was right, or one that was drawn."""
    if r.random() < 0.6:
        return mutated(r, r.choice(whole))
    return json.dumps(document(r, keys)).encode("utf-8", "surrogatepass")
