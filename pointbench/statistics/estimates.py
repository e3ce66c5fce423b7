"""`Estimate`: a figure with its interval, its method and the counts it rests on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Required, TypedDict, cast

CONFIDENCE = 0.95
"""Confidence of every two-sided interval, unless stated otherwise."""

EXACT = "exact"
"""Method of a figure that is computed, not estimated; it has no low, high or hits."""

NO_DATA = "no data"
"""Method of a figure without a single trial; its value and ends are unknown."""


class EvidenceBlock(TypedDict, total=False):
    """The interval of an `EstimateBlock` and the evidence for it; keys that do not apply are omitted."""

    low: float | None
    high: float | None
    confidence: float
    method: Required[str]
    clusters: int
    standard_error: float
    design_effect: float
    n_effective: float
    approximate: bool


class EstimateBlock(EvidenceBlock, total=False):
    """The JSON form of an `Estimate`; keys that do not apply are omitted."""

    value: Required[float | None]
    hits: int
    n: int
    targets: int
    left_out: int
    wilson: list[float]


@dataclass(frozen=True)
class Estimate:
    """A figure, its interval, and the evidence for it; unrounded, and None if unknown.

    Attributes
    ----------
    value, low, high : float or None
        The figure and the ends of its interval.
    confidence : float
        How often such an interval contains the true value, 0 to 1.
    method : str
        How the interval was made; `EXACT` and `NO_DATA` are special.
    hits, n : int or None
        Correct trials, and all trials (or targets or pairs, depending on the figure).
    targets : int or None
        Distinct targets.
    left_out : int or None
        Targets that have too few trials for the figure.
    wilson : tuple of float or None
        Wilson's interval over hits / n, as if trials were independent.
    clusters : int or None
        Clusters that the trials belong to.
    standard_error : float or None
        The clustered standard error of ``value``.
    design_effect : float or None
        The square of ``standard_error`` over that of ``n`` independent trials.
    n_effective : float or None
        The equivalent number of independent trials.
    approximate : bool
        True if simulations show that such an interval covers less than its nominal level in such
        data (few clusters, or few that differ from the rest).

    Examples
    --------
    >>> Estimate(0.5, 0.2, 0.8, 0.95, "Wilson", hits=5, n=10).as_dict()["hits"]
    5
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
    wilson: tuple[float, float] | None = None
    clusters: int | None = None
    standard_error: float | None = None
    design_effect: float | None = None
    n_effective: float | None = None
    approximate: bool = False

    def as_dict(self) -> EstimateBlock:
        """The JSON form, without the fields that do not apply.

        Returns
        -------
        EstimateBlock
            ``value``, ``low`` and ``high`` are present even if unknown; an exact figure has
            neither ends nor confidence.

        Examples
        --------
        >>> exact(0.25, 4).as_dict()
        {'value': 0.25, 'method': 'exact', 'n': 4}
        """
        always = {"value"} if self.method == EXACT else {"value", "low", "high"}
        values: dict[str, object] = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name in always or getattr(self, field.name) is not None
        }
        if not self.approximate:
            del values["approximate"]
        if self.method == EXACT:
            # A computed figure is certain, so no confidence applies to it.
            del values["confidence"]
        if self.wilson is not None:
            values["wilson"] = list(self.wilson)
        # The fields above are the keys of EstimateBlock; a test compares them.
        return cast("EstimateBlock", values)

    def evidence(self) -> EvidenceBlock:
        """The interval and the evidence for it in JSON form, without the figure and its counts.

        Returns
        -------
        EvidenceBlock
            `as_dict` without ``value``, ``hits``, ``n``, ``targets``, ``left_out`` and ``wilson``.

        Examples
        --------
        >>> Estimate(0.5, 0.2, 0.8, 0.95, "Wilson", hits=5, n=10).evidence()
        {'low': 0.2, 'high': 0.8, 'confidence': 0.95, 'method': 'Wilson'}
        """
        keys = EvidenceBlock.__annotations__
        values = {key: value for key, value in self.as_dict().items() if key in keys}
        return cast("EvidenceBlock", values)

    def mapped(self, value: float | None, low: float | None, high: float | None) -> Estimate:
        """A function of this figure: a new value and new ends, with the same evidence.

        Parameters
        ----------
        value, low, high : float or None
            The function at this figure's value and ends.

        Returns
        -------
        Estimate
            Without the fields that belong to the original value only: hits, Wilson's interval,
            standard error, design effect and effective n.

        Examples
        --------
        >>> Estimate(0.5, 0.2, 0.8, 0.95, "Wilson", hits=5, n=10).mapped(0.25, 0.04, 0.64).hits is None
        True
        """
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
    """A figure that is computed instead of estimated.

    Parameters
    ----------
    value : float or None
        The figure; None only if ``n`` is 0.
    n : int
        Targets that it is computed over.

    Returns
    -------
    Estimate
        Its method is `EXACT`, without an interval; `unknown` if ``n`` is 0.

    Examples
    --------
    >>> exact(0.25, 4).method
    'exact'
    """
    return Estimate(value, None, None, 1.0, EXACT, n=n) if n else unknown()


def unknown(confidence: float = CONFIDENCE) -> Estimate:
    """A figure without data.

    Parameters
    ----------
    confidence : float
        Confidence that its interval would have had, 0 to 1.

    Returns
    -------
    Estimate
        Its method is `NO_DATA`, value and ends are None, ``n`` is 0.

    Examples
    --------
    >>> unknown().as_dict()
    {'value': None, 'low': None, 'high': None, 'confidence': 0.95, 'method': 'no data', 'n': 0}
    """
    return Estimate(None, None, None, confidence, NO_DATA, n=0)
