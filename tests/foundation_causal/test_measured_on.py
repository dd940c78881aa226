"""What a page of results says of the machine."""

from datetime import date

import numpy
import scipy

from foundation_causal.runtime import measured_on, processor


def test_figures_come_with_processor_threads_versions_and_day(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    machine, packages, day = measured_on().split("; ")
    assert machine.startswith(processor())
    assert machine.endswith("threads: 3")
    assert packages.startswith(f"numpy {numpy.__version__}, scipy {scipy.__version__}, torch ")
    assert day == date.today().isoformat()
