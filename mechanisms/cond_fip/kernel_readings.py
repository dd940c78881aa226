r"""What Cond-FiP reads of a data set: kernels and noise; and what the rows say of it, by closed forms.

The slope of the log evidence by the logarithm of a number that was read is

.. math:: \frac{\partial}{\partial \theta} \log p(x_j) = \tfrac12 \operatorname{tr}
    \big((\alpha \alpha^\top - A_j^{-1}) \, \partial A_j / \partial \theta\big), \qquad
    A_j = K_j + \Sigma_j, \quad \alpha = A_j^{-1} x_j

(Rasmussen and Williams 2006, equation 5.9). It tells in which direction a reading should move, and how far
off it is; the residuals of rows that are left out, :math:`\alpha_i / [A_j^{-1}]_{ii}` (equation 5.12), tell
which rows are noisier than was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mechanisms.cond_fip.blocks import Edges

AT_ONCE = 1  # node: its kernel matrices stay in the processor's cache
FAR_OFF = 6.0  # standard deviations; a residual beyond says no more
SMALL = 1e-6  # keeps logarithms finite; of a variance, noise that is too little to matter
MOST_ADDED = 5  # times that noise is added to a system that rounding leaves without a factor


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

    @classmethod
    def reading(cls, read: Reading, x: Tensor, edges: Edges) -> Kernels:
        """Those of a reading of the context `[nodes, n]`, not solved yet."""
        number, width = slots(edges, len(x))
        rates, slopes, inputs = (
            of_edge.new_zeros(len(x), width, *of_edge.shape[1:]).index_put((edges.child, number), of_edge)
            for of_edge in (read.rates, read.slopes, x[edges.parent])
        )
        at_rows = inputs.transpose(1, 2)
        return cls(rates, slopes, read.height, read.level, read.noise, at_rows, torch.zeros_like(x))

    def of(self, nodes: Tensor) -> Kernels:
        """Those of some of the nodes."""
        return Kernels(*(part[nodes] for part in self))

    def first(self, rows: int) -> Kernels:
        """Those of so many rows of the context."""
        cut = {"noise": self.noise[:, :rows], "inputs": self.inputs[:, :rows]}
        return self._replace(weights=self.weights[:, :rows], **cut)

    def between(self, a: Tensor, b: Tensor) -> Tensor:
        """The kernels of two sets of inputs, `[nodes, m, slots]`, `[nodes, n, slots]` -> `[nodes, m, n]`."""
        slopes, rates = self.slopes[:, None], self.rates[:, None]
        linear = (a * slopes) @ (b * slopes).transpose(1, 2) + self.level[:, None, None]
        return linear + self.height[:, None, None] * gaussian(a * rates, b * rates)


def gaussian(a: Tensor, b: Tensor) -> Tensor:
    """exp(-|a - b|^2 / 2), `[nodes, m, p]`, `[nodes, n, p]` -> `[nodes, m, n]`."""
    near = torch.baddbmm(a.square().sum(2, keepdim=True), a, b.transpose(1, 2), beta=-0.5)
    return (near - 0.5 * b.square().sum(2)[:, None]).clamp(max=0).exp()


class Verdict(NamedTuple):
    """What the rows of a context say of a reading, beside what was read, in numbers of moderate size.

    Attributes:
        edges: Of the kernel of every parent, `[edges, 8]`.
        nodes: Of all else in the kernel of every node, and of its noise, `[nodes, 11]`.
        rows: Of the noise of every row, `[nodes, n, 3]`.
    """

    edges: Tensor
    nodes: Tensor
    rows: Tensor


class Judged(NamedTuple):
    """What the rows say of the kernels of some nodes.

    Attributes:
        rates, slopes: Slopes of the log evidence by their logarithms, `[nodes, slots]`.
        height, level, noise: The same, `[nodes]`.
        fit: x A^-1 x for each row, `[nodes]`.
        residuals: Of every row that is left out, in standard deviations, `[nodes, n]`.
    """

    rates: Tensor
    slopes: Tensor
    height: Tensor
    level: Tensor
    noise: Tensor
    fit: Tensor
    residuals: Tensor


@torch.no_grad()
def verdict(read: Reading, x: Tensor, edges: Edges, rows: int) -> Verdict:
    """Judge a reading of a standardized context `[nodes, n]` on so many of its rows at most."""
    whole = Kernels.reading(read, x, edges)
    found = _nothing(whole)  # of a node without parents, which has no kernel
    for nodes in with_parents(edges, len(x)):
        for part, value in zip(found, judged(whole.of(nodes), x[nodes], rows), strict=True):
            part[nodes] = value
    number, _ = slots(edges, len(x))
    count = x.new_full((len(x),), float(min(rows, x.shape[1])))
    of_edge = torch.stack([found.rates[edges.child, number], found.slopes[edges.child, number]])
    mean_noise, size = read.noise.log().mean(1), found.residuals.abs()
    of_edges = [
        *of_edge.asinh(),
        *(10 * of_edge / count[edges.child]).asinh(),
        read.rates.log(),
        read.slopes.log(),
        read.height.log()[edges.child],
        count.log()[edges.child],
    ]
    of_nodes = [
        *(part.asinh() for part in (found.height, found.level, found.noise, 10 * found.noise / count)),
        read.height.log(),
        read.level.log(),
        mean_noise,
        count.log(),
        found.fit.clamp(min=SMALL).log(),
        size.mean(1),
        (size.square().mean(1) + SMALL).log(),
    ]
    of_rows = [size.clamp(max=FAR_OFF), (size + 0.1).log(), read.noise.log() - mean_noise[:, None]]
    return Verdict(torch.stack(of_edges, 1), torch.stack(of_nodes, 1), torch.stack(of_rows, 2))


def _nothing(kernels: Kernels) -> Judged:
    """No slopes and no residuals."""
    edge, node, row = (torch.zeros_like(part) for part in (kernels.rates, kernels.height, kernels.noise))
    return Judged(edge, edge.clone(), node, node.clone(), node.clone(), node.clone(), row)


def judged(kernels: Kernels, x: Tensor, rows: int) -> Judged:
    """Slopes of the evidence on the first rows of a context `[nodes, n]`, and the residuals of all rows."""
    few, y = kernels.first(rows), x[:, :rows]
    scaled, line = few.inputs * few.rates[:, None], few.inputs * few.slopes[:, None]
    curve = few.height[:, None, None] * gaussian(scaled, scaled)
    factor = _factor(curve + line @ line.transpose(1, 2) + few.level[:, None, None], few.noise)
    alpha, inverse = torch.cholesky_solve(y.double()[..., None], factor), torch.cholesky_inverse(factor)
    sensitivity = ((alpha @ alpha.transpose(1, 2) - inverse) / 2).to(x.dtype)
    curved = sensitivity * curve
    of_rows = curved.sum(2)
    # The derivative of a curve by the logarithm of a rate is minus its squared distance times the curve.
    near = (of_rows[..., None] * scaled.square()).sum(1) - (scaled * (curved @ scaled)).sum(1)
    residuals = alpha.squeeze(2) / inverse.diagonal(dim1=1, dim2=2).sqrt()
    return Judged(
        rates=-2 * near,
        slopes=2 * (line * (sensitivity @ line)).sum(1),
        height=of_rows.sum(1),
        level=sensitivity.sum((1, 2)) * few.level,
        noise=(sensitivity.diagonal(dim1=1, dim2=2) * few.noise).sum(1),
        fit=(y * alpha.squeeze(2).to(x.dtype)).mean(1),
        residuals=torch.cat([residuals.to(x.dtype), _residuals_beyond(kernels, few, inverse, alpha, x)], 1),
    )


def _residuals_beyond(kernels: Kernels, few: Kernels, inverse: Tensor, alpha: Tensor, x: Tensor) -> Tensor:
    """Residuals of the rows that were not judged, over their standard deviations, `[nodes, n - judged]`."""
    first = few.noise.shape[1]
    if first == x.shape[1]:
        return x[:, first:]
    inputs = kernels.inputs[:, first:]
    near = kernels.between(inputs, few.inputs).double()
    known = ((near @ inverse) * near).sum(2)
    before = (inputs * kernels.slopes[:, None]).square().sum(2) + (kernels.height + kernels.level)[:, None]
    variance = (before - known).clamp(min=0) + kernels.noise[:, first:]
    return ((x[:, first:] - (near @ alpha).squeeze(2)) / variance.sqrt()).to(x.dtype)


def _factor(matrix: Tensor, noise: Tensor) -> Tensor:
    """The lower factor of K + noise in double precision, `[nodes, n, n]`, `[nodes, n]` -> `[nodes, n, n]`.

    Kernels in single precision may leave less noise than they have rounding errors; more is added then.
    """
    system = matrix.to(torch.float64, copy=True)
    diagonal = system.diagonal(dim1=1, dim2=2)
    diagonal.add_(noise)
    factor, failed = torch.linalg.cholesky_ex(system)
    added = SMALL * diagonal.mean(1, keepdim=True)
    for _ in range(MOST_ADDED):
        if not failed.any():
            break
        diagonal.add_(added * (failed > 0)[:, None])
        added *= 10
        factor, failed = torch.linalg.cholesky_ex(system)
    return factor


def solved(matrix: Tensor, noise: Tensor, y: Tensor) -> Tensor:
    """The solution alpha of (K + noise) alpha = y, `[nodes, n, n]`, `[nodes, n]` twice -> `[nodes, n]`.

    The gradient does not go through the factorization: one step of refinement from the solution has the same
    value and the gradient of the implicit function, for two more solutions with the factor at hand.
    """
    with torch.no_grad():
        factor = _factor(matrix, noise)
        solution = torch.cholesky_solve(y.double()[..., None], factor)
    if not torch.is_grad_enabled():
        return solution.squeeze(2).to(y.dtype)
    solution = solution.to(y.dtype)
    residual = y[..., None] - matrix @ solution - noise[..., None] * solution
    step = torch.cholesky_solve((residual - residual.detach()).double(), factor)
    return (solution + step.to(y.dtype)).squeeze(2)


def with_parents(edges: Edges, nodes: int) -> Sequence[Tensor]:
    """The nodes that have parents: all at once to learn, else some at a time, which the cache holds."""
    found = torch.bincount(edges.child, minlength=nodes).nonzero().squeeze(1)
    if not len(found):
        return ()
    return (found,) if torch.is_grad_enabled() else found.split(AT_ONCE)


def slots(edges: Edges, nodes: int) -> tuple[Tensor, int]:
    """The number of each edge among those into the same child, and how many numbers there are."""
    order = edges.child.argsort(stable=True)
    counts = torch.bincount(edges.child, minlength=nodes)
    first = (counts.cumsum(0) - counts)[edges.child[order]]
    slot = torch.empty_like(order)
    slot[order] = torch.arange(len(order), device=order.device) - first
    return slot, int(counts.max()) if nodes else 0
