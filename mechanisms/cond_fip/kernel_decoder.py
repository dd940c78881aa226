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

import torch
from torch import Tensor, nn

from mechanisms.cond_fip.blocks import Edges
from mechanisms.cond_fip.kernel_readings import Kernels, Reading, slots, solved, verdict, with_parents

LEAST_NOISE = 3e-6  # relative to the variance of the target; keeps the system solvable
HIGHEST = 30.0  # of what a round may say of a kernel of standardized values
FARTHEST_MOVE = 2.0  # of a logarithm in one round
ROW_WIDTH = 16  # of what is known of a row
READ_ROWS = 100  # of a context, whose tokens it reads; those of 200 are hardly better
JUDGED_ROWS = 200  # on which readings are judged; on 400 they are hardly better


class KernelDecoder(nn.Module):
    """Reads kernels and noise off the encoder's tokens, and regresses with them.

    Args:
        tokens: Width `D` of the encoder's tokens.
        width: Width `E` of what is known of a node or an edge.
        rounds: How often what was read is looked at again.
    """

    def __init__(self, tokens: int, width: int, rounds: int) -> None:
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
        self.rounds = nn.ModuleList(Round(width) for _ in range(rounds))

    def summarize(self, x: Tensor, tokens: Tensor, edges: Edges) -> Kernels:
        """Kernels and their regressions on a standardized context.

        Args:
            x: The context, `[nodes, n]`.
            tokens: The encoder's of its first rows, `[nodes, read rows, D]`.
            edges: Who is whose parent.
        """
        return self.solve(self.read(x, tokens, edges)[-1], x, edges)

    def solve(self, read: Reading, x: Tensor, edges: Edges) -> Kernels:
        """The kernels that were read of a standardized context `[nodes, n]`, and their regressions."""
        with torch.autocast(x.device.type, enabled=False):
            kernels = Kernels.reading(read, x, edges)
            for nodes in with_parents(edges, len(x)):
                mine = kernels.of(nodes)
                solution = solved(mine.between(mine.inputs, mine.inputs), mine.noise, x[nodes])
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
        m, width = z.shape[1], children.slopes.shape[1]
        number, _ = slots(edges, len(children.weights))
        inputs = z.new_zeros(len(children.weights), width, m)
        inputs = inputs.index_put((edges.child, number), z[edges.parent]).transpose(1, 2)
        function = z.new_zeros(len(inputs), m)
        with torch.autocast(z.device.type, enabled=False):
            for nodes in with_parents(edges, len(inputs)):
                mine = children.of(nodes)
                near = mine.between(inputs[nodes], mine.inputs)
                function = function.index_put((nodes,), (near @ mine.weights[..., None]).squeeze(2))
        return function

    def read(self, x: Tensor, tokens: Tensor, edges: Edges) -> list[Reading]:
        """Kernels and noise, first off the tokens and then after each round; the last is what counts.

        Args:
            x: The context, standardized, `[nodes, n]`.
            tokens: The encoder's of its first rows, `[nodes, read rows, D]`.
            edges: Who is whose parent.
        """
        with torch.autocast(x.device.type, enabled=False):
            tokens = tokens.to(x.dtype)
            mine = self.of_rows(tokens).mean(1)
            asks, tells = self.asks(tokens), self.tells(tokens)
            pair = (asks[edges.child] * tells[edges.parent]).mean(1)
            edge = self.join(torch.cat([pair, mine[edges.child], mine[edges.parent]], 1))
            total = edge.new_zeros(len(mine), edge.shape[1]).index_add(0, edges.child, edge)
            count = edge.new_zeros(len(mine)).index_add(0, edges.child, edge.new_ones(len(edge)))
            state = self.gather(torch.cat([mine, total, total / count.clamp(min=1)[:, None]], 1))
            edge = torch.cat([edge, state[edges.child]], 1)
            looks = [self._first(edge, state, tokens, x.shape[1])]
            for round_ in self.rounds:
                looks.append(round_(looks[-1], x, edge, state, edges))
        return looks

    def _first(self, edge: Tensor, state: Tensor, tokens: Tensor, rows: int) -> Reading:
        """Of so many rows, off the tokens alone: `[edges, 2 E]`, `[nodes, E]`, `[nodes, read rows, D]`."""
        rates, slopes = self.edge(edge).unbind(1)
        height, level, noise = self.node(state).unbind(1)
        of_row = self.row(tokens).squeeze(2)
        unread = of_row.mean(1, keepdim=True).expand(-1, rows - of_row.shape[1])
        noise = (noise[:, None] - 3 + torch.cat([of_row, unread], 1)).clamp(-20, 5).exp() + LEAST_NOISE
        return Reading((rates - 1).exp(), slopes.exp(), height.exp(), (level - 3).exp(), noise)


class Round(nn.Module):
    """A second look at what was read, which sees what the rows say of it (:func:`verdict`).

    How far to move which number is learned: amortized inference that is iterated (Marino,
    Yue and Mandt 2018).

    Args:
        width: Width `E` of what is known of a node or an edge.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.edge_slopes, self.node_slopes = nn.Linear(8, width), nn.Linear(11, width)
        self.gather = _two_layers(3 * width, width, width)
        self.edge, self.node = _two_layers(4 * width, width, 2), _two_layers(width, width, 3)
        self.of_node, self.of_row = nn.Linear(width, ROW_WIDTH), nn.Linear(3, ROW_WIDTH)
        self.row = nn.Sequential(
            nn.GELU(), nn.Linear(ROW_WIDTH, ROW_WIDTH), nn.GELU(), nn.Linear(ROW_WIDTH, 1)
        )
        for layers in (self.edge, self.node, self.row):  # an untrained round moves nothing
            for parameter in layers[-1].parameters():
                nn.init.zeros_(parameter)

    def forward(self, read: Reading, x: Tensor, edge: Tensor, state: Tensor, edges: Edges) -> Reading:
        """The reading, moved.

        Args:
            read: What was read of a context.
            x: The context, standardized, `[nodes, n]`.
            edge: What is known of every edge and its child, `[edges, 2 E]`.
            state: What is known of every node, `[nodes, E]`.
            edges: Who is whose parent.
        """
        said = verdict(read, x, edges, JUDGED_ROWS)
        of_edge = self.edge_slopes(said.edges)
        total = of_edge.new_zeros(len(x), of_edge.shape[1])
        total = total.index_add(0, edges.child, nn.functional.gelu(of_edge))
        state = self.gather(torch.cat([self.node_slopes(said.nodes), total, state], 1))
        rates, slopes = _moves(self.edge(torch.cat([of_edge, edge, state[edges.child]], 1))).unbind(1)
        of_node = self.node(state)
        height, level = _moves(of_node[:, :2]).unbind(1)
        noise = of_node[:, 2:] + self.row(self.of_row(said.rows) + self.of_node(state)[:, None]).squeeze(2)
        moved = Reading(
            (read.rates * rates.exp()).clamp(max=HIGHEST),
            (read.slopes * slopes.exp()).clamp(max=HIGHEST),
            (read.height * height.exp()).clamp(max=HIGHEST),
            (read.level * level.exp()).clamp(max=HIGHEST),
            read.noise * _moves(noise).exp(),
        )
        # Beside what a kernel says of a row, less noise than this would be lost in single precision.
        steep = (moved.slopes[:, None] * x[edges.parent]).square()
        variance = (1 + moved.height + moved.level)[:, None].expand_as(x).index_add(0, edges.child, steep)
        return moved._replace(noise=moved.noise + LEAST_NOISE * variance)


def _moves(x: Tensor) -> Tensor:
    """Moves of logarithms, none of them far."""
    return FARTHEST_MOVE * (x / FARTHEST_MOVE).tanh()


def _two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(inputs), nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs)
    )
