"""``pointbench schema targets|trial|run|summary``: prints the JSON Schemas of the files."""

from __future__ import annotations

import argparse
import json

from pointbench.cli.shared import console

FILES = ("targets", "trial", "run", "summary")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        choices=FILES,
        help="an annotation file, a line of trials.jsonl, run.json or summary.json",
    )


def run(args: argparse.Namespace) -> int:
    console.json_document(json.dumps(schema(args.file), indent=1) + "\n")
    return 0


def schema(file: str) -> dict[str, object]:
    """The JSON Schema (2020-12) of one of `FILES`."""
    import msgspec

    if file == "summary":
        from pointbench.summary import summary_schema

        return {"$schema": DIALECT, **summary_schema()}
    if file == "targets":
        from pointbench.suites import Screenshot

        return {"$schema": DIALECT, **Screenshot.model_json_schema()}
    if file == "trial":
        from pointbench.trials import Record

        return {"$schema": DIALECT, **msgspec.json.schema(Record)}
    from pointbench.runs import RunInfo

    return {"$schema": DIALECT, **msgspec.json.schema(RunInfo)}
