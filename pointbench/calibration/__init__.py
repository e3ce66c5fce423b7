"""Diagnoses whether answers are off because the model missed or because they are read wrongly.

The diagnosis is for people: it names another frame, or another size of the picture, that the same
answers would fit, and never changes a score. One answer is too little to guess from; many answers
reveal a wrong profile.
"""

from __future__ import annotations

from pointbench.calibration.marks import Diagnosis, Fit, diagnose, fit
from pointbench.calibration.misfits import AskedModel, Misfit, Misses, misfit
from pointbench.calibration.readings import FactorGuess, FrameGuess, Sample, SizeGuess, sample_of

__all__ = [
    "AskedModel",
    "Diagnosis",
    "FactorGuess",
    "Fit",
    "FrameGuess",
    "Misfit",
    "Misses",
    "Sample",
    "SizeGuess",
    "diagnose",
    "fit",
    "misfit",
    "sample_of",
]
