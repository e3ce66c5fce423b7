"""Reads, checks and digests suites of annotated screenshots. The format is in docs/suites.md."""

from __future__ import annotations

from pointbench.suites.annotations import (
    MAX_SIDE,
    AskedTarget,
    Part,
    Screenshot,
    Suite,
    SuiteInfo,
    Target,
    Verified,
    asked_target,
    dump_asked,
    dump_for_digest,
    targets_digest,
)
from pointbench.suites.faults import AnnotationFault
from pointbench.suites.places import (
    SUITE_NAME,
    data_roots,
    installed_root,
    label_of,
    path_problem,
    picture_path,
    suite_names,
)
from pointbench.suites.reading import (
    find_suite,
    load_suite,
    read_screenshot,
    read_suite,
    read_suite_info,
)

__all__ = [
    "MAX_SIDE",
    "SUITE_NAME",
    "AnnotationFault",
    "AskedTarget",
    "Part",
    "Screenshot",
    "Suite",
    "SuiteInfo",
    "Target",
    "Verified",
    "asked_target",
    "data_roots",
    "dump_asked",
    "dump_for_digest",
    "find_suite",
    "installed_root",
    "label_of",
    "load_suite",
    "path_problem",
    "picture_path",
    "read_screenshot",
    "read_suite",
    "read_suite_info",
    "suite_names",
    "targets_digest",
]
