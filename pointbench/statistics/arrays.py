"""Array types for the signatures in this package. Imported only for the type checker."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

Numbers = Floats | Ints | Flags | Sequence[float]
"""Input that a function converts to float64: counts, rates or verdicts."""

Codes = Ints | Sequence[int]
"""Input that a function converts to int64: one code per target that names its cluster or group."""
