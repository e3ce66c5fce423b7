"""``rescore``: parses and scores stored replies again, without asking a model."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec
from pydantic import ValidationError

from pointbench import __version__
from pointbench.adapters.setting_specs import image_limit_in
from pointbench.engine.answers import ReplyReader, prompts_of, reread
from pointbench.engine.planning.setup import new_folder, now, platform_facts
from pointbench.engine.reply_files.sizes import UnstatedSize, assumed_size
from pointbench.engine.stored_run import write_stored_run
from pointbench.errors import RunError
from pointbench.profiles import Profile
from pointbench.runs import (
    SCHEMA,
    RunInfo,
    RunModel,
    read_lines,
    read_run_info,
    read_targets,
)
from pointbench.suites import AskedTarget
from pointbench.trials import Record, encode_record


def rescore_run(
    folder: Path, *, out: Path, name: str | None = None, profile: Profile | None = None
) -> Path:
    """Write a new run of the same replies, read with ``profile`` or as before; returns its folder.

    Keys, times and order stay the same. So does the part of every profile that made the requests (prompt,
    sizing, blind); only the part that reads replies is replaced (unit, order, format, several, nothing,
    and opens_reasoning if declared). For replies obtained elsewhere the sizing is replaced, too: where no
    size of the picture was stated, it is what the new profile's sizing makes of the screenshot.
    """
    info = read_run_info(folder)
    targets = {(target.suite, target.id): target for target in read_targets(folder)}
    asked = {model.label: _profile(model, info, folder) for model in info.models}
    elsewhere = {model.label for model in info.models if model.adapter == "replies"}
    image_limits = {model.label: image_limit_in(model.settings) for model in info.models}
    read_by = {
        label: _read_by(own, profile, image_limits[label], elsewhere=label in elsewhere)
        for label, own in asked.items()
    }
    sizes = {
        label: assumed_size(combined)
        for label, combined in read_by.items()
        if label in elsewhere and not combined.blind
    }
    limits = {model.label: model.cut_off_at for model in info.models}
    readers = {
        label: ReplyReader.of(combined, limits[label]) for label, combined in read_by.items()
    }
    prompts = {label: prompts_of(own) for label, own in asked.items()}

    def read_again(record: Record) -> Record:
        target = targets.get((record.suite, record.target))
        reader = readers.get(record.model)
        if target is None or reader is None:
            raise RunError(
                f"run {folder.name}: trials.jsonl has {record.target} asked of {record.model}, which "
                f"run.json or targets.jsonl does not list"
            )
        prompt = prompts[record.model](record.instruction, target.width, target.height)
        if record.model in sizes:
            record = _with_assumed_size(record, target, sizes[record.model])
        return reread(record, target, reader, prompt=prompt)

    models = tuple(
        msgspec.structs.replace(
            model,
            profile=read_by[model.label].model_dump(mode="json"),
            # Whoever names a profile needs no warning that none is known.
            evidence=None if profile else model.evidence,
        )
        for model in info.models
    )
    new = msgspec.structs.replace(
        info,
        schema=SCHEMA,
        pointbench=__version__,
        kind="rescore",
        command="pointbench rescore" + (f" --profile {profile.name}" if profile else ""),
        created_at=now(),
        models=models,
        platform=platform_facts(),
        source=folder.name,
        data=None,
    )
    target_folder = new_folder(out, name or f"{folder.name}-rescored")
    write_stored_run(
        target_folder,
        new,
        list(targets.values()),
        (encode_record(read_again(record)) for record in read_lines(folder)),
    )
    return target_folder


def _profile(model: RunModel, info: RunInfo, folder: Path) -> Profile:
    try:
        return Profile.model_validate(model.profile)
    except ValidationError as error:
        raise RunError(
            f"run {folder.name}, made by pointbench {info.pointbench}: the profile of {model.label} "
            f"in run.json cannot be read; name one with --profile"
        ) from error


def _with_assumed_size(record: Record, target: AskedTarget, size: UnstatedSize) -> Record:
    """The record with the size that nobody stated, as the profile that now reads it makes it."""
    stated = record.sent is not None and record.sent.rule is msgspec.UNSET
    if stated or record.reply is None:
        return record
    try:
        sent = size.of(target.size)
    except ValueError as error:
        raise RunError(
            f"the profile has no size for the screenshot of {target.id}: {error}; score the replies "
            f"again with --sent-size"
        ) from None
    return record if sent == record.sent else msgspec.structs.replace(record, sent=sent)


def _read_by(
    own: Profile, other: Profile | None, image_limit: int | None, *, elsewhere: bool
) -> Profile:
    if other is None:
        return own
    fields = ["name", "unit", "order", "format", "several", "nothing"]
    if elsewhere:
        fields.append("sizing")
        if image_limit is not None:
            with suppress(ValueError):  # its sizing knows no such limit
                other = other.with_image_limit(image_limit)
    if other.opens_reasoning is not None:
        fields.append("opens_reasoning")
    return own.model_copy(update={name: getattr(other, name) for name in fields})
