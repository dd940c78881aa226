r"""The decoder that looks at the rows of the context by a kernel, until its residuals there are explained.

A pass of attention over the rows of a context, whose scores are distances between the parents' values, is a
kernel smoother: it averages targets near by and leaves a residual at every row of the context. A second pass
over these residuals takes off more of it, and so on (L2 boosting, Bühlmann and Yu 2003). Where the passes end
is the regression

.. math:: T_j(z) = k_j(z, X)\,\alpha, \qquad (K_j + \Sigma_j)\,\alpha = x_j

whose linear system is solved at once. What is learned is everything in it: from the tokens of the encoder
the network says how far values of each parent tell about each other, what of the function is linear, and how
noisy each row is. It is trained through the solution, on the error of F at rows outside the context.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mechanisms.cond_fip.blocks import Edges

LEAST_NOISE = 3e-6  # relative to the variance of the target; keeps the system solvable
AT_ONCE = 2  # nodes: their kernel matrices stay in the processor's cache


class Reading(NamedTuple):
    """What the network says of a data set in standard deviations, all of it positive.

    Attributes:
        rates: One over the length scale of each parent, `[edges]`.
        slopes: Prior standard deviation of the linear effect of each parent, `[edges]`.
        height: Variance of what is not linear, `[nodes]`.
        level: Prior variance of the level, `[nodes]`.
        noise: Variance of the noise of each row, `[nodes, n]`.
    """

    rates: Tensor
    slopes: Tensor
    height: Tensor
    level: Tensor
    noise: Tensor


class Kernels(NamedTuple):
    """What the decoder keeps of a data set: the reading, the parents' values, and the solution.

    Every node has as many slots for parents as the one that has most; an empty slot has rate and slope zero.

    Attributes:
        rates, slopes: As read, `[nodes, slots]`.
        height, level: As read, `[nodes]`.
        noise: As read, `[nodes, n]`.
        inputs: Parents' values at the context, `[nodes, n, slots]`.
        weights: The solution alpha, `[nodes, n]`.
    """

    rates: Tensor
    slopes: Tensor
    height: Tensor
    level: Tensor
    noise: Tensor
    inputs: Tensor
    weights: Tensor

    def of(self, nodes: Tensor) -> Kernels:
        """Those of some of the nodes."""
        return Kernels(*(part[nodes] for part in self))

    def between(self, a: Tensor, b: Tensor) -> Tensor:
        """The kernels of two sets of inputs, `[nodes, m, slots]`, `[nodes, n, slots]` -> `[nodes, m, n]`."""
        slopes, rates = self.slopes[:, None], self.rates[:, None]
        linear = (a * slopes) @ (b * slopes).transpose(1, 2) + self.level[:, None, None]
        return linear + self.height[:, None, None] * gaussian(a * rates, b * rates)


def gaussian(a: Tensor, b: Tensor) -> Tensor:
    """exp(-|a - b|^2 / 2), `[nodes, m, p]`, `[nodes, n, p]` -> `[nodes, m, n]`."""
    near = torch.baddbmm(a.square().sum(2, keepdim=True), a, b.transpose(1, 2), beta=-0.5)
    return (near - 0.5 * b.square().sum(2)[:, None]).clamp(max=0).exp()


class KernelDecoder(nn.Module):
    """Reads kernels and noise off the encoder's tokens, and regresses with them.

    Args:
        tokens: Width `D` of the encoder's tokens.
        width: Width `E` of what is known of a node or an edge.
    """

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.of_rows = nn.Sequential(nn.Linear(tokens, width), nn.GELU())
        self.asks, self.tells = nn.Linear(tokens, width), nn.Linear(tokens, width)
        self.join = _two_layers(3 * width, width, width)
        self.gather = _two_layers(3 * width, width, width)
        self.edge = _two_layers(2 * width, width, 2)
        self.node = _two_layers(width, width, 3)
        self.row = nn.Linear(tokens, 1)
        nn.init.zeros_(self.row.weight)
        nn.init.zeros_(self.row.bias)

    def summarize(self, x: Tensor, tokens: Tensor, edges: Edges) -> Kernels:
        """Kernels and their regressions on a standardized context.

        Args:
            x: The context, `[nodes, n]`.
            tokens: The encoder's of it, `[nodes, n, D]`.
            edges: Who is whose parent.
        """
        with torch.autocast(x.device.type, enabled=False):
            read = self.read(tokens.to(x.dtype), edges)
            number, slots = _slots(edges, len(x))
            rates, slopes, inputs = (
                of_edge.new_zeros(len(x), slots, *of_edge.shape[1:]).index_put((edges.child, number), of_edge)
                for of_edge in (read.rates, read.slopes, x[edges.parent])
            )
            inputs, weights = inputs.transpose(1, 2), torch.zeros_like(x)
            kernels = Kernels(rates, slopes, read.height, read.level, read.noise, inputs, weights)
            for nodes in _with_parents(edges, len(x)):
                mine = kernels.of(nodes)
                solution = _solved(mine.between(mine.inputs, mine.inputs), mine.noise, x[nodes])
                kernels = kernels._replace(weights=kernels.weights.index_put((nodes,), solution))
        return kernels

    def forward(self, z: Tensor, parents: Kernels, children: Kernels, edges: Edges) -> Tensor:
        """F at standardized rows.

        Args:
            z: Values of the variables in `parents`, `[parents, m]`.
            parents: Not read: the kernels of a variable hold all that is known of its parents.
            children: The kernels of the variables whose F is requested.
            edges: Positions among the parents, and among the children.

        Returns:
            `[children, m]`; zero for roots, whose F is their mean.
        """
        m, slots = z.shape[1], children.slopes.shape[1]
        number, _ = _slots(edges, len(children.weights))
        inputs = z.new_zeros(len(children.weights), slots, m)
        inputs = inputs.index_put((edges.child, number), z[edges.parent]).transpose(1, 2)
        function = z.new_zeros(len(inputs), m)
        with torch.autocast(z.device.type, enabled=False):
            for nodes in _with_parents(edges, len(inputs)):
                mine = children.of(nodes)
                near = mine.between(inputs[nodes], mine.inputs)
                function = function.index_put((nodes,), (near @ mine.weights[..., None]).squeeze(2))
        return function

    def read(self, tokens: Tensor, edges: Edges) -> Reading:
        """Kernels and noise from the encoder's tokens `[nodes, n, D]`."""
        mine = self.of_rows(tokens).mean(1)
        asks, tells = self.asks(tokens), self.tells(tokens)
        pair = (asks[edges.child] * tells[edges.parent]).mean(1)
        edge = self.join(torch.cat([pair, mine[edges.child], mine[edges.parent]], 1))
        total = edge.new_zeros(len(mine), edge.shape[1]).index_add(0, edges.child, edge)
        count = edge.new_zeros(len(mine)).index_add(0, edges.child, edge.new_ones(len(edge)))
        state = self.gather(torch.cat([mine, total, total / count.clamp(min=1)[:, None]], 1))
        of_edge = self.edge(torch.cat([edge, state[edges.child]], 1))
        of_node = self.node(state)
        height, level, noise = of_node.unbind(1)
        noise = (noise[:, None] - 3 + self.row(tokens).squeeze(2)).clamp(-20, 5).exp() + LEAST_NOISE
        rates, slopes = (of_edge[:, 0] - 1).exp(), of_edge[:, 1].exp()
        return Reading(rates, slopes, height.exp(), (level - 3).exp(), noise)


def _two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(inputs), nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs)
    )


def _with_parents(edges: Edges, nodes: int) -> Sequence[Tensor]:
    """The nodes that have parents: all at once to learn, else some at a time, which the cache holds."""
    found = torch.bincount(edges.child, minlength=nodes).nonzero().squeeze(1)
    if not len(found):
        return ()
    return (found,) if torch.is_grad_enabled() else found.split(AT_ONCE)


def _slots(edges: Edges, nodes: int) -> tuple[Tensor, int]:
    """The number of each edge among those into the same child, and how many numbers there are."""
    order = edges.child.argsort(stable=True)
    counts = torch.bincount(edges.child, minlength=nodes)
    first = (counts.cumsum(0) - counts)[edges.child[order]]
    slot = torch.empty_like(order)
    slot[order] = torch.arange(len(order), device=order.device) - first
    return slot, int(counts.max()) if nodes else 0


def _solved(matrix: Tensor, noise: Tensor, y: Tensor) -> Tensor:
    """The solution alpha of (K + noise) alpha = y, `[nodes, n, n]`, `[nodes, n]` twice -> `[nodes, n]`.

    The gradient does not go through the factorization: one step of refinement from the solution has the same
    value and the gradient of the implicit function, for two more solutions with the factor at hand.
    """
    with torch.no_grad():
        system = matrix.to(torch.float64, copy=True)
        system.diagonal(dim1=1, dim2=2).add_(noise)
        factor, _ = torch.linalg.cholesky_ex(system)
        solution = torch.cholesky_solve(y.double()[..., None], factor)
    if not torch.is_grad_enabled():
        return solution.squeeze(2).to(y.dtype)
    solution = solution.to(y.dtype)
    residual = y[..., None] - matrix @ solution - noise[..., None] * solution
    step = torch.cholesky_solve((residual - residual.detach()).double(), factor)
    return (solution + step.to(y.dtype)).squeeze(2)
