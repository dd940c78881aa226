"""Batched simulators of structural causal models (SCMs), in torch.

`p_in` draws from the training distribution of Cond-FiP; `SCMBatch` holds many SCMs of one size and
evaluates, samples and intervenes on all of them at once.
"""

from foundation_causal.simulate.graph_priors import erdos_renyi, scale_free
from foundation_causal.simulate.prior import p_in
from foundation_causal.simulate.scm import SCMBatch

__all__ = ["SCMBatch", "erdos_renyi", "p_in", "scale_free"]
