"""DAG-attention, dense beside sparse: milliseconds of the processor, forward and backward.

    python benchmarks/mechanisms/dag_attention.py

Random DAGs over d variables in which a share of all d (d - 1) / 2 possible edges is there; 32 rows, 4 heads
of size 8, single precision; the fastest run within 0.2 seconds. "dense" is `dag_attention` on
a mask, "edges" `edge_attention`, "messages" the same as a layer of torch-geometric; what would take
gigabytes is left out. `mix_parents` chooses by the edges' share of all d^2 pairs, `DENSEST` in
foundation_causal/networks/dag_attention.py. Prints a table and writes it, with the hardware above.
"""

import time
from collections.abc import Callable
from pathlib import Path

import click
import pandas as pd
import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter

from foundation_causal.files import replacing
from foundation_causal.networks.dag_attention import dag_attention, edge_attention
from foundation_causal.runtime import measured_on

SIZES = (10, 20, 50, 100, 300, 1000)
SHARES = (0.02, 0.1, 0.3, 0.6, 1.0)
ROWS, HEADS, KEY = 32, 4, 8
MOST = 3e7  # numbers in a tensor of scores: a gigabyte with the gradients


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="benchmarks/results/dag_attention.csv",
    show_default=True,
)
def main(out: Path) -> None:
    """Measure every size and share, then write the table."""
    lines = []
    for d in SIZES:
        for share in SHARES:
            if found := measured(d, share):
                lines.append({"d": d, "share of edges": share, **found})
                click.echo(str(lines[-1]), err=True)
    table = pd.DataFrame(lines)
    text = f"# milliseconds; {measured_on()}\n{table.to_csv(index=False, float_format='%.3g')}"
    with replacing(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    click.echo(text)


class DagMessages(MessagePassing):
    """The same as a layer of torch-geometric: every parent sends its value, with its weight."""

    def __init__(self) -> None:
        super().__init__(aggr="sum", node_dim=0)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, edges: Tensor) -> Tensor:
        size = (len(keys), len(queries))
        weights = self.edge_updater(edges, queries=(None, queries), keys=(keys, None), size=size)
        return self.propagate(edges, values=(values, None), weights=weights.to(values.dtype), size=size)

    def edge_update(self, queries_i: Tensor, keys_j: Tensor, index: Tensor, size_i: int) -> Tensor:
        scores = (queries_i * queries_i.shape[-1] ** -0.5 * keys_j).sum(-1, keepdim=True)
        scores = scores if scores.dtype == torch.float64 else scores.float()
        # As in `dag_weights`: the result does not depend on the top, which keeps the exponentials finite.
        top = scatter(scores.detach(), index, 0, size_i, reduce="max").clamp(min=0)
        weights = (scores - top[index]).exp()
        total = torch.maximum(scatter(weights, index, 0, size_i, reduce="sum"), (-top).exp())
        return weights / total[index]

    def message(self, values_j: Tensor, weights: Tensor) -> Tensor:
        return weights * values_j


def measured(d: int, share: float) -> dict[str, float]:
    """Milliseconds of each form that fits into memory."""
    random = torch.Generator().manual_seed(d)
    parents = (torch.rand(d, d, generator=random) < share).tril(-1)
    edges = parents.nonzero().t().flip(0)
    inputs = [torch.randn(d, ROWS, HEADS, KEY, generator=random, requires_grad=True) for _ in range(3)]
    messages = DagMessages()
    forms: dict[str, Callable[..., Tensor]] = {}
    if d * d * ROWS * HEADS < MOST:
        forms["dense"] = lambda *x: dag_attention(*(y.movedim(0, -2) for y in x), parents).movedim(-2, 0)
    if edges.shape[1] * ROWS * HEADS * KEY < MOST:
        forms["messages"] = lambda *x: messages(*x, edges)
        forms["edges"] = lambda *x: edge_attention(*x, *edges)
    return {"edges of pairs": edges.shape[1] / d**2} | {
        name: fastest(form, inputs) * 1000 for name, form in forms.items()
    }


def fastest(form: Callable[..., Tensor], inputs: list[Tensor]) -> float:
    """Seconds of the processor for one forward and backward pass."""
    runs: list[float] = []
    while sum(runs) < 0.2:
        start = time.process_time()
        torch.autograd.grad(form(*inputs).sin().sum(), inputs)
        runs.append(time.process_time() - start)
    return min(runs)


if __name__ == "__main__":
    main()
