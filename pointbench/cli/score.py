"""``pointbench score REPLIES``: scores replies obtained elsewhere, without calling a model."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_config, add_data, add_json, add_out, check_data
from pointbench.cli.shared.terminal import count_of
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.engine.score import Scored, ScoreOptions

_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_NAMED = 3
"""Missing targets and rows without a target that are named on stderr."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "replies",
        type=Path,
        metavar="REPLIES",
        help="a file with one JSON object a line, or a JSON list of objects (docs/runs.md)",
    )
    parser.add_argument(
        "-s",
        "--suite",
        action="append",
        required=True,
        metavar="SUITE",
        help="suite that the replies answer; repeatable",
    )
    parser.add_argument(
        "--profile", required=True, metavar="PROFILE", help="profile that reads the replies"
    )
    parser.add_argument(
        "--from",
        dest="form",
        metavar="FORMAT",
        help="lines (default), openai-batch (vLLM's run-batch, too) or screenspot-pro-results",
    )
    parser.add_argument(
        "--id-key", metavar="K", help="field with the target's id (default: target); a.b is b in a"
    )
    parser.add_argument(
        "--text-key", metavar="K", help="field with the model's raw answer (default: text)"
    )
    parser.add_argument(
        "--sent-size",
        metavar="SIZE",
        default="profile",
        help="picture that the model saw, where a row states none: profile (default), screenshot, "
        "WIDTHxHEIGHT, or max-pixels=N for a profile whose server has that limit",
    )
    parser.add_argument(
        "--sampling",
        metavar="K=V",
        action="append",
        default=[],
        help="setting that the replies were sampled with, for the report; repeatable",
    )
    parser.add_argument(
        "--note", metavar="TEXT", help="how the replies were obtained, for the report"
    )
    parser.add_argument("--name", metavar="NAME", help="name of the run's folder")
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.cli.shared.results import print_results, write_results
    from pointbench.engine.planning.setup import load_suites, new_folder
    from pointbench.engine.score import score_replies
    from pointbench.engine.stored_run import write_stored_run
    from pointbench.profiles import find_profile
    from pointbench.settings import read_config
    from pointbench.trials import encode_record

    config = read_config(args.config, Path.cwd())
    profile = find_profile(args.profile, config.profiles)
    suites = load_suites(args.suite, check_data(args.data))
    folder = new_folder(args.out, args.name)
    scored = score_replies(args.replies, suites, profile, _options(args))
    lines = map(encode_record, scored.records)
    write_stored_run(folder, scored.info, scored.targets, lines)
    summary = write_results(folder, args.data)
    print_results(folder, summary, as_json=args.json)
    return _status(scored)


def _options(args: argparse.Namespace) -> ScoreOptions:
    from pointbench.engine.reply_files import DEFAULT
    from pointbench.engine.reply_files.found import KeyNames
    from pointbench.engine.score import ScoreOptions

    return ScoreOptions(
        form=args.form or DEFAULT,
        names=KeyNames(args.id_key, args.text_key),
        sent_size=args.sent_size,
        sampling=_sampling(args.sampling),
        note=_note(args.note),
    )


def _sampling(pairs: list[str]) -> dict[str, object]:
    """``temperature=0`` as {"temperature": 0}; a value that is no number or boolean is a text."""
    settings: dict[str, object] = {}
    for pair in pairs:
        key, mark, text = pair.partition("=")
        key = key.strip()
        if not mark or not _SETTING.fullmatch(key) or not text.strip():
            raise UsageError(f"--sampling {pair!r:.80} is not K=V, such as temperature=0")
        if key in settings:
            raise UsageError(f"--sampling names {key} twice")
        settings[key] = _value(text.strip())
    return settings


def _value(text: str) -> object:
    from pointbench.engine.answers import storable_text

    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return storable_text(text)
    # A number too large for JSON's readers stays a text, as does anything nested.
    plain = isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1 << 53)
    return value if plain and value - value == 0 else storable_text(text)


def _note(text: str | None) -> str | None:
    from pointbench.engine.answers import storable_text
    from pointbench.engine.score import MAX_NOTE
    from pointbench.errors import one_line

    if text is None:
        return None
    note = one_line(storable_text(text))
    if not note or len(note) > MAX_NOTE:
        raise UsageError(f"--note needs a text of 1 to {MAX_NOTE} characters")
    return note


def _status(scored: Scored) -> int:
    _write_remarks(scored)
    status = 0
    if scored.unjoined:
        rows = count_of(len(scored.unjoined), "row belongs", "rows belong")
        _say(f"{rows} to no target of the suite and {_is_are(len(scored.unjoined))} not scored:")
        for row in scored.unjoined[:_NAMED]:
            _say(f"  {row.place}: {row.detail}")
        if len(scored.unjoined) > _NAMED:
            _say(f"  and {len(scored.unjoined) - _NAMED:,} more")
        status = 1
    for model, ids in scored.missing.items():
        if ids:
            first = ", ".join(ids[:_NAMED]) + (" ..." if len(ids) > _NAMED else "")
            missing = count_of(len(ids), "target has", "targets have")
            _say(f"{model}: {missing} no reply: {first}")
            status = 1
    errors = sum(1 for record in scored.records if record.outcome == "error")
    if errors / len(scored.records) > scored.info.max_error_rate:
        lines = f"{errors} of {count_of(len(scored.records), 'line')}"
        _say(f"{lines} {'is an error' if errors == 1 else 'are errors'}")
        status = 1
    return status


def _write_remarks(scored: Scored) -> None:
    """What a person should know of how the file was read; none of it changes the exit status."""
    if scored.sized:
        state = count_of(scored.sized, "answer states", "answers state")
        _say(
            f"{state} no sent_width and sent_height: read at {scored.size_words}; "
            f"--sent-size states another"
        )
    if scored.chosen is not None:
        rows, by = count_of(scored.chosen.rows, "row"), scored.chosen
        _say(
            f"pred is scored, which gives the log's own verdict in {by.by_point:,} of {rows}: from "
            f"{by.points - by.same:,} of {count_of(by.points, 'text')} this profile reads another point, "
            f"as from texts about a crop; --text-key raw_response scores the texts all the same"
        )
    if scored.differing:
        differing = f"{scored.differing:,} of {count_of(scored.compared, 'answer')}"
        _say(
            f"the point that the profile reads from {differing} is not the file's own pred; "
            f"--text-key pred scores that"
        )
    if scored.ignored:
        keys = ", ".join(
            f"{key} ({count_of(count, 'line')})" for key, count in scored.ignored.most_common(5)
        )
        _say(f"ignored keys: {keys}")


def _say(text: str) -> None:
    from pointbench.errors import one_line

    indent = "  " if text.startswith("  ") else ""
    console.message(f"{indent}{one_line(text)}")


def _is_are(number: int) -> str:
    return "is" if number == 1 else "are"
