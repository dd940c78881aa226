"""P_IN, the training distribution of Cond-FiP (Mahajan et al., 2024, section 5; AVICI's settings).

Graphs: Erdos-Renyi, scale-free in and out, 1 to 3 edges per node. Mechanisms: linear, with weights on
+-[1, 3] and one noise scale for all nodes; random Fourier features, with length scale [7, 10], output
scale [10, 20] and a noise scale per node. Biases on [-3, 3], noise scales on [0.2, 2]. Laplace noise
beside Gaussian noise is an addition of this project.
"""

from typing import Literal, get_args

import torch
from torch import Tensor

from foundation_causal.errors import InputError
from foundation_causal.simulate.graph_priors import erdos_renyi, scale_free
from foundation_causal.simulate.scm import SCMBatch

Mechanism = Literal["linear", "rff"]
Noise = Literal["gaussian", "laplace"]
Graph = Literal["er", "sf-in", "sf-out"]

RFF_FEATURES = 100


def p_in(
    *,
    scms: int,
    d: int,
    n: int,
    seed: int | torch.Generator = 0,
    mechanism: Mechanism | None = None,
    noise: Noise | None = None,
    graph: Graph | None = None,
    device: str | torch.device = "cpu",
) -> SCMBatch:
    """Draw SCMs of one size from P_IN, and rows from each.

    Args:
        scms: How many SCMs, `B`.
        d: Variables of each.
        n: Rows of each.
        seed: An integer, or a torch generator that lives on `device`.
        mechanism: "linear", "rff", or None for a fair coin per SCM.
        noise: "gaussian", "laplace", or None for a fair coin per SCM.
        graph: "er", "sf-in" (few nodes with many parents), "sf-out" (few with many children), or None
            for one of the three per SCM.
        device: Where to draw.

    Raises:
        InputError: A size below 1, or an unknown name.

    Example:
        >>> batch = p_in(scms=2, d=4, n=50, seed=1, mechanism="linear")
        >>> bool(torch.allclose(batch.data, batch.evaluate(batch.data) + batch.noise, atol=1e-4))
        True
    """
    for name, size in (("scms", scms), ("d", d), ("n", n)):
        if size < 1:
            raise InputError(f"{name} is {size}, but the simulator needs at least 1: give a larger {name}.")
    g = seed if isinstance(seed, torch.Generator) else torch.Generator(device).manual_seed(seed)
    linear = _choose(mechanism, get_args(Mechanism), "mechanism", scms, g) == 0
    laplace = _choose(noise, get_args(Noise), "noise", scms, g) == 1
    family = _choose(graph, get_args(Graph), "graph", scms, g)

    upper = _graphs(family, d, g)
    order = torch.rand(scms, d, generator=g, device=g.device).argsort(1)
    position = order.argsort(1)
    adjacency = upper.gather(1, position[:, :, None].expand(-1, -1, d))
    adjacency = adjacency.gather(2, position[:, None, :].expand(-1, d, -1))

    scale = _uniform((scms, d), 0.2, 2.0, g)
    scale = torch.where(linear[:, None], scale[:, :1], scale)
    length = _uniform((scms, d), 7.0, 10.0, g)
    omega = torch.randn(scms, d, d, RFF_FEATURES, generator=g, device=g.device) / length[:, None, :, None]
    weights = _uniform((scms, d, d), 1.0, 3.0, g) * _sign((scms, d, d), g)
    exogenous = _noise(laplace, scale, n, g)
    batch = SCMBatch(
        adjacency=adjacency,
        order=order,
        linear=linear,
        weights=weights * adjacency,
        bias=_uniform((scms, d), -3.0, 3.0, g),
        noise_scale=scale,
        output_scale=_uniform((scms, d), 10.0, 20.0, g),
        length_scale=length,
        omega=omega * adjacency[..., None],
        phase=_uniform((scms, d, RFF_FEATURES), 0.0, 2 * torch.pi, g),
        amplitude=torch.randn(scms, d, RFF_FEATURES, generator=g, device=g.device),
        noise=exogenous,
        data=torch.empty_like(exogenous),
    )
    batch.data.copy_(batch.generate(exogenous))
    return batch


def _choose(name: str | None, names: tuple[str, ...], what: str, scms: int, g: torch.Generator) -> Tensor:
    """Index of the named option for every SCM, or of a random option for each, `[B]`."""
    if name is None:
        return torch.randint(len(names), (scms,), generator=g, device=g.device)
    if name not in names:
        raise InputError(f"'{name}' is not a {what} of P_IN: use one of {', '.join(names)}.")
    return torch.full((scms,), names.index(name), device=g.device)


def _graphs(family: Tensor, d: int, g: torch.Generator) -> Tensor:
    """Upper triangular adjacency `[B, d, d]`; `family` `[B]` indexes `Graph`."""
    edges = torch.randint(1, 4, family.shape, generator=g, device=g.device).float()
    random = erdos_renyi(edges, d, g)
    outward = scale_free(edges, d, g)
    inward = outward.flip(1, 2).transpose(1, 2)
    which = family[:, None, None]
    return torch.where(which == 0, random, torch.where(which == 1, inward, outward))


def _noise(laplace: Tensor, scale: Tensor, n: int, g: torch.Generator) -> Tensor:
    """Centred noise `[B, n, d]` with the given scale `[B, d]` (standard deviation, or Laplace's b)."""
    shape = (scale.shape[0], n, scale.shape[1])
    normal = torch.randn(shape, generator=g, device=g.device)
    tails = torch.empty(shape, device=g.device).exponential_(generator=g) * _sign(shape, g)
    return torch.where(laplace[:, None, None], tails, normal) * scale[:, None, :]


def _uniform(shape: tuple[int, ...], low: float, high: float, g: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=g, device=g.device)


def _sign(shape: tuple[int, ...], g: torch.Generator) -> Tensor:
    return torch.randint(2, shape, generator=g, device=g.device) * 2.0 - 1.0
