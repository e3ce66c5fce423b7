"""The JSON Schema of summary.json, and the typed blocks beside the figures that fill it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import jsonschema
import pytest

from pointbench.statistics.estimates import Estimate, EstimateBlock
from pointbench.summary import dump_summary, summarize, summary_schema
from pointbench.summary.model.goal import GoalBlock
from pointbench.summary.summarize import Summary
from tests.summary.case import assert_keeps_to_schema, mixed_run


def test_the_schema_refuses_what_it_does_not_describe() -> None:
    jsonschema.Draft202012Validator.check_schema(summary_schema())
    info, targets, records = mixed_run()
    summary = json.loads(dump_summary(summarize(info, targets, records)))
    summary["models"]["test/a"]["new"] = 1
    with pytest.raises(jsonschema.ValidationError):
        assert_keeps_to_schema(summary)


OPTIONAL = {"goal", "suites", "suite_size_quartiles_px2"}
"""Keys of a streak, or of a run of several suites only."""


def typed_blocks(hint: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every TypedDict within a type, with the part of the schema that describes it."""
    if "$ref" in schema:
        schema = summary_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    if is_typeddict(hint) and "properties" in schema:
        yield hint, schema
        for key, value in get_type_hints(hint).items():
            yield from typed_blocks(value, schema["properties"].get(key, {}))
    elif get_origin(hint) in (Union, UnionType):
        described = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
        for part in get_args(hint):
            yield from typed_blocks(part, described[0])
    elif get_origin(hint) is dict:
        values = [schema.get("additionalProperties"), *schema.get("properties", {}).values()]
        yield from typed_blocks(get_args(hint)[1], next(filter(None, values), {}))
    elif get_origin(hint) is list:
        yield from typed_blocks(get_args(hint)[0], schema.get("items", {}))


def test_every_typed_block_has_the_keys_of_its_schema() -> None:
    schema = summary_schema()
    blocks = list(typed_blocks(Summary, schema))
    blocks += typed_blocks(GoalBlock, schema["$defs"]["model"]["properties"]["goal"])
    assert len(blocks) > 40
    estimates = (schema["$defs"]["estimate"], schema["$defs"]["interval"])
    for block, described in blocks:
        keys = set(get_type_hints(block))
        if described in estimates:
            # One schema describes every estimate, whatever fields a figure adds to it.
            assert keys <= set(described["properties"]), block
        else:
            assert keys | OPTIONAL == set(described["properties"]) | OPTIONAL, block


def test_the_fields_of_an_estimate_are_the_keys_of_its_block() -> None:
    assert {field.name for field in fields(Estimate)} == set(get_type_hints(EstimateBlock))
