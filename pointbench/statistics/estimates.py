"""`Estimate`: a figure with its interval, its method and the counts it rests on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

CONFIDENCE = 0.95
"""Of every two-sided interval, unless it says otherwise."""

EXACT = "exact"
"""Method of a figure that is computed and not estimated; it has no low, high or hits."""

NO_DATA = "no data"
"""Method of a figure without a single trial; its value and ends are unknown."""


@dataclass(frozen=True)
class Estimate:
    """A figure, its interval, and what it rests on; unrounded, and None where unknown.

    ``n`` counts the trials (or targets or pairs, as the figure says), ``hits`` the correct ones
    among them; ``targets`` the distinct targets. ``wilson`` is Wilson's interval over hits/n, as if
    trials were independent. ``standard_error`` is the clustered one; ``design_effect`` is its
    square over that of ``n`` independent trials; ``n_effective`` is the n of independent trials
    that the interval is worth. ``approximate`` marks an interval that simulation has shown to cover
    less than it says in such data (few clusters, or few that differ from the rest).
    """

    value: float | None
    low: float | None
    high: float | None
    confidence: float
    method: str
    hits: int | None = None
    n: int | None = None
    targets: int | None = None
    left_out: int | None = None
    pairs: int | None = None
    wilson: tuple[float, float] | None = None
    clusters: int | None = None
    standard_error: float | None = None
    design_effect: float | None = None
    n_effective: float | None = None
    approximate: bool = False

    def as_dict(self, **more: Any) -> dict[str, Any]:
        """The JSON form: what does not apply is left out; ``more`` is added at the end."""
        always = {"value"} if self.method == EXACT else {"value", "low", "high"}
        shown = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name in always or getattr(self, field.name) is not None
        }
        if not self.approximate:
            del shown["approximate"]
        if self.method == EXACT:
            # A computed figure is not held with any confidence short of certainty.
            del shown["confidence"]
        if self.wilson is not None:
            shown["wilson"] = list(self.wilson)
        return shown | more

    def mapped(self, value: float | None, low: float | None, high: float | None) -> Estimate:
        """A figure that is a function of this one: other value and ends, the same evidence."""
        return replace(
            self,
            value=value,
            low=low,
            high=high,
            hits=None,
            wilson=None,
            standard_error=None,
            design_effect=None,
            n_effective=None,
        )


def exact(value: float | None, n: int) -> Estimate:
    """A figure computed over ``n`` targets instead of estimated."""
    return Estimate(value, None, None, 1.0, EXACT, n=n) if n else unknown()


def unknown(confidence: float = CONFIDENCE) -> Estimate:
    """A figure without data."""
    return Estimate(None, None, None, confidence, NO_DATA, n=0)
