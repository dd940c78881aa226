"""Settings and fixtures that all tests share."""

import os

# Test processes share the cores, and one thread each is fastest for small matrices; set before NumPy loads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from foundation_causal.errors import InputError

settings.register_profile("tests", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("tests")


@pytest.fixture
def one_sentence() -> Callable[..., AbstractContextManager[None]]:
    """`with one_sentence("PKA"):` expects an InputError of one sentence that holds the given words."""

    @contextmanager
    def expected(*words: str) -> Iterator[None]:
        with pytest.raises(InputError) as caught:
            yield
        message = str(caught.value)
        assert message.endswith("."), message
        assert ". " not in message, message
        assert "\n" not in message, message
        for word in words:
            assert word in message, message

    return expected


@pytest.fixture
def frame(chain_of_three: pd.DataFrame) -> pd.DataFrame:
    """Forty rows of a -> b -> c, with a unit and a scale of its own for each column."""
    return chain_of_three.copy()


@pytest.fixture(scope="session")
def chain_of_three() -> pd.DataFrame:
    """The same for fixtures that outlive a test, to be left as it is."""
    noise = np.random.default_rng(0).normal(size=(40, 3))
    a = 10 + 2 * noise[:, 0]
    b = -3 * a + noise[:, 1]
    return pd.DataFrame({"a": a, "b": b, "c": 0.01 * b + 0.01 * noise[:, 2]})
