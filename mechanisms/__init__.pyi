from mechanisms.causal_model import CausalModel as CausalModel
from mechanisms.evaluation import evaluate_mechanisms as evaluate_mechanisms
from mechanisms.infer import infer as infer
from mechanisms.kernel import KernelModel as KernelModel
from mechanisms.kernel import fit_kernel as fit_kernel
from mechanisms.model import MechanismModel as MechanismModel
from mechanisms.solver import solve as solve
