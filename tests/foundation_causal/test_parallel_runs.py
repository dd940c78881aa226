"""Work in other processes: it ends in time, dies alone, and its errors arrive."""

import math
import os
import time
from functools import partial

import pytest

from foundation_causal.runs import Unfinished, finished, forget


def test_without_a_limit_this_process_does_everything_in_order():
    assert list(finished(lambda k: (k, os.getpid()), [3, 1])) == [(k, (k, os.getpid())) for k in (3, 1)]


def test_what_takes_too_long_is_ended_and_the_rest_goes_on():
    start = time.perf_counter()
    results = dict(finished(time.sleep, [60, 0.01, 61, 0.02], jobs=2, time_limit=1))
    assert time.perf_counter() - start < 50
    late = Unfinished("not done after 1 s", 1)
    assert results == {60: late, 61: late, 0.01: None, 0.02: None}


def test_a_process_that_dies_takes_only_its_task_along():
    results = dict(finished(os._exit, [3], jobs=2))
    assert results == {3: Unfinished("its process ended with the code 3")}


def test_starting_does_not_count():
    results = list(finished(math.sqrt, [4.0], time_limit=0.5, prepare=partial(time.sleep, 1)))
    assert results == [(4.0, 2.0)]


@pytest.mark.parametrize("limit", [None, 9])
def test_time_that_the_work_itself_ran_out_of_is_an_error(limit):
    with pytest.raises(TimeoutError, match="of its own"):
        list(finished(run_out_of_time, [1], jobs=2, time_limit=limit))


def run_out_of_time(task):
    raise TimeoutError("of its own")


def test_errors_arrive():
    with pytest.raises(ValueError, match="math domain"):
        list(finished(math.sqrt, [-1.0], time_limit=9))


def test_runs_of_a_method_are_forgotten_and_the_others_stay_as_they_are(tmp_path):
    lines = ['{"method": "a", "x": 1}', '{"method": "b"}', '{"x":2,"method":"a"}']
    path = tmp_path / "runs.jsonl"
    forget(path, ["a"])  # there is no file yet
    path.write_text("\n".join([*lines, '{"method": "b", "cut sho']))
    forget(path, ["b"])
    assert path.read_text() == f"{lines[0]}\n{lines[2]}\n"


def test_runs_on_other_data_sets_are_not_forgotten(tmp_path):
    lines = [f'{{"data": "{data}", "method": "{method}"}}\n' for data in ("s/0", "t/0") for method in "ab"]
    path = tmp_path / "runs.jsonl"
    path.write_text("".join(lines))
    forget(path, ["b"], {"t/0", "t/1"})
    assert path.read_text() == "".join(lines[:3])
