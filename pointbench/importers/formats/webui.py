"""WebUI: crawled web pages with the browser's accessibility tree and element boxes.

``<device>-axtree.json.gz`` names the elements, ``<device>-bb.json.gz`` gives their boxes in CSS
pixels by the same node numbers, ``<device>-viewport.json.gz`` lists those in view. Screenshots of
phones and tablets have two or three pixels per CSS pixel. Only elements that are clickable, named
and in view become targets; those with the same role and name in a picture are one target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from pointbench.errors import UsageError
from pointbench.geometry import Size
from pointbench.importers.drafts import Convention, Draft, DraftRegion, Finding, text_of
from pointbench.importers.format import Drafts, ImportFormat, Origin
from pointbench.importers.rows import read_json
from pointbench.importers.sources import Source
from pointbench.importers.table import merge_same_wording

SCALES = {"default": 1, "iPad-Mini": 2, "iPad-Pro": 2, "iPhone-13 Pro": 3, "iPhone-SE": 3}
"""Device -> picture pixels per CSS pixel; ``default`` covers every desktop window size."""

ROLES = frozenset(
    (
        *("button", "popupbutton", "link", "checkbox", "radio", "switch", "tab", "slider"),
        *("combobox", "listbox", "option", "spinbutton", "searchbox", "textbox", "treeitem"),
        *("menuitem", "menuitemcheckbox", "menuitemradio"),
    )
)

XYWH = Convention("pixel", "xywh")


def read(source: Source) -> Drafts:
    for name in source.annotations:
        yield from merge_same_wording(_elements(source, name))


def _elements(source: Source, name: str) -> Iterator[Draft | Finding]:
    base = re.sub(r"-axtree\.json(\.gz)?$", "", name)
    device = PurePosixPath(base).name
    scale = SCALES.get("default" if device.startswith("default") else device)
    if scale is None:
        yield Finding(name, None, "unknown-device", f"no scale is declared for {device!r:.40}")
        return
    boxes = _sidecar(source, base, "bb")
    in_view = _sidecar(source, base, "viewport")
    for node in _nodes(read_json(source, name)):
        number = str(node.get("backendDOMNodeId"))
        role, label = _value(node, "role"), _value(node, "name")
        if node.get("ignored") or role not in ROLES or label is None or number not in boxes:
            continue
        # If the viewport file does not list an element, its box decides.
        if in_view.get(number) is False:
            continue
        yield Draft(
            id=f"{source.stem(name).removesuffix('-axtree')}_{number}",
            place=f"{name}: node {number}",
            picture=f"{base}-screenshot.webp",
            instruction=f'Click the {role} "{label}".',
            regions=(DraftRegion(_box(boxes[number], scale), XYWH),),
            size=_window(device),
            name=label,
            role=role,
            platform="web",
            row={"device": device, "node": number},
        )


def _sidecar(source: Source, base: str, what: str) -> Mapping[str, object]:
    for ending in (".json.gz", ".json"):
        name = f"{base}-{what}{ending}"
        if source.files.has(name):
            value = read_json(source, name)
            return value if isinstance(value, dict) else {}
    if what == "bb":
        raise UsageError(f"{base}-bb.json.gz is missing: it holds the boxes of the elements")
    return {}


def _nodes(tree: object) -> list[Mapping[str, object]]:
    nodes = tree.get("nodes") if isinstance(tree, dict) else tree
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def _value(node: Mapping[str, object], key: str) -> str | None:
    entry = node.get(key)
    word = text_of(entry.get("value")) if isinstance(entry, dict) else None
    return " ".join(word.split()) if word else None


def _box(entry: object, scale: int) -> Sequence[object]:
    values: list[object] = [entry.get(key) if isinstance(entry, dict) else None for key in _KEYS]
    numbers = [value for value in values if isinstance(value, int | float)]
    return [number * scale for number in numbers] if len(numbers) == len(values) else values


_KEYS = ("x", "y", "width", "height")


def _window(device: str) -> Size | None:
    """The picture's size if the device name contains it, as in ``default_1280-720``."""
    sides = re.fullmatch(r"default_([0-9]{2,5})-([0-9]{2,5})", device)
    return Size(int(sides[1]), int(sides[2])) if sides else None


WEBUI = ImportFormat(
    name="webui",
    convention=(
        "x, y, width, height, CSS pixels times the device's scale; elements by accessible "
        "role and name; no absent targets"
    ),
    origin=Origin(
        title="WebUI",
        license="the dataset's own terms (COPYRIGHT.txt)",
        authors=("Jason Wu et al.",),
        homepage="https://github.com/js0nwu/webui",
        citation=(
            "@inproceedings{wu2023webui,\n"
            "  title = {WebUI: A Dataset for Enhancing Visual UI Understanding with Web\n"
            "           Semantics},\n"
            "  author = {Wu, Jason and Wang, Siyan and Shen, Siman and Peng, Yi-Hao and\n"
            "            Nichols, Jeffrey and Bigham, Jeffrey P},\n"
            "  booktitle = {Proceedings of the 2023 CHI Conference},\n"
            "  year = {2023}\n"
            "}"
        ),
    ),
    read=read,
    files=("*-axtree.json.gz", "*-axtree.json"),
)
