#!/usr/bin/env bash
# Guess: the graph that pgmpy's HillClimbSearch finds with ExpertKnowledge has the required edges, none of the
#   forbidden ones and no edge against the temporal order: "must be present" and "cannot be present in the final
#   graph".
# Seen: the search obeys, and then the graph is turned into its equivalence class, which knows nothing of the
#   knowledge: a - b - c is open in both places whatever was required, forbidden or dated. With return_type="dag" all
#   three are honoured; the default is "pdag". PC, of the same package, keeps the directions in its pdag.
# Why it matters: adjacency_matrix_ has a 1 for the forbidden a -> b; what the user knew is asked of the user again.
# Source: pgmpy/causal_discovery/HillClimbSearch.py, current_model.to_pdag().
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.2.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pgmpy.causal_discovery import PC, ExpertKnowledge, HillClimbSearch

print("pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
a, *noise = rng.normal(size=(3, 2000))
b = a + noise[0]
table = pd.DataFrame({"a": a, "b": b, "c": b + noise[1]})


def edges(learner):
    learner.fit(table)
    return sorted("".join(edge) for edge in learner.causal_graph_.edges)


found = []
for knowledge in (
    {"forbidden_edges": [("a", "b")]},
    {"required_edges": [("b", "a")]},
    {"temporal_order": [["c"], ["b"], ["a"]]},
):
    expert = ExpertKnowledge(**knowledge)
    options = {"scoring_method": "bic-g", "expert_knowledge": expert, "show_progress": False}
    default, dag = edges(HillClimbSearch(**options)), edges(HillClimbSearch(return_type="dag", **options))
    pc = edges(PC(ci_test="pearsonr", expert_knowledge=expert, n_jobs=1, show_progress=False))
    print(knowledge, "by default:", *default, "| as a dag:", *dag, "| PC:", *pc)
    found.append("ab" in default and "ba" in dag and "ab" not in dag and "ab" not in pc)
sys.exit(0 if all(found) else "this has changed, expected a -> b in each default answer, and in no other")
PYTHON
