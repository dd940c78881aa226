from discovery.evaluation import evaluate_structure as evaluate_structure
from discovery.evaluation import evaluate_suite as evaluate_suite
from discovery.prediction import Prediction as Prediction
from discovery.structure import discover as discover
from discovery.structure import models as models
