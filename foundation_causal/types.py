"""Types that all floors share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

Made = TypeVar("Made")


class Registered(NamedTuple, Generic[Made]):
    """An entry of a registry, in which users find something by its name.

    Attributes:
        make: Makes it.
        purpose: What it is for, in one line.
    """

    make: Callable[[], Made]
    purpose: str
