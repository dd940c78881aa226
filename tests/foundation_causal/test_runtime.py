"""Linear algebra on one thread."""

import os
import subprocess
import sys

PROGRAM = """
import torch
from foundation_causal.runtime import one_thread
torch.set_num_threads(3)
with one_thread():
    print(torch.get_num_threads())
print(torch.get_num_threads())
"""


def test_the_first_work_of_a_process_gets_one_thread_and_the_rest_what_was_set():
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "3"], done.stderr
