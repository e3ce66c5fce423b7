"""Point-Bench of PointArena, and pixmo-points-eval: the correct places are masks.

Point-Bench names a picture and a mask file (``data.json``), or contains both in the row (parquet);
a mask pixel above 127 in any color channel is correct. PixMo rows hold a list of true/false masks.
Several masks, or several parts of one, are several correct places: a click must hit one of them.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pointbench.geometry import Size
from pointbench.importers.drafts import Convention, Draft, DraftRegion, Finding
from pointbench.importers.format import Drafts, ImportFormat, Origin
from pointbench.importers.rows import SourceRow, read_rows
from pointbench.importers.shots import BadPicture, Finder, clean_name
from pointbench.importers.sources import Source
from pointbench.importers.table import Columns, draft_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS = 100_000_000
"""Maximum number of pixels of a mask that is outlined."""
SET_ABOVE = 127
"""A mask pixel is set if one of its channels is above this."""

COLUMNS = Columns(
    picture=("image_filename", "image_url"),
    instruction=("user_input", "label"),
    box=(),
    tags=("category",),
)


def read(source: Source) -> Drafts:
    finder = Finder(source)
    for row in read_rows(source):
        draft = row if isinstance(row, Finding) else draft_of(row, COLUMNS, Convention())
        if isinstance(row, Finding) or isinstance(draft, Finding):
            yield draft
            continue
        try:
            masks = list(_masks(row, finder))
        except BadPicture as error:
            yield Finding(row.place, draft.id, "bad-mask", f"its mask is {error}")
            continue
        yield _draft(draft, row, masks)


def _draft(draft: Draft, row: SourceRow, masks: list[NDArray[np.bool_]]) -> Draft | Finding:
    if len({mask.shape for mask in masks}) != 1:
        detail = "it has no mask" if not masks else "its masks differ in size"
        return Finding(row.place, draft.id, "bad-mask", detail)
    from pointbench.importers.masks import outlines

    polygons = [polygon for mask in masks for polygon in outlines(mask)]
    if not polygons:
        return Finding(row.place, draft.id, "empty", "nothing in its mask is set")
    height, width = masks[0].shape
    values = {key: value for key, value in draft.row.items() if key not in ("mask", "masks")}
    return Draft(
        id=draft.id,
        place=draft.place,
        picture=_file(draft.picture, row.values),
        instruction=draft.instruction,
        regions=tuple(DraftRegion(polygon, polygon=True) for polygon in polygons),
        size=Size(width, height),
        image=draft.image,
        folder=draft.folder,
        tags=draft.tags,
        row=values,
    )


def _file(picture: str, values: Mapping[str, object]) -> str:
    """The picture's path: below a folder named after its category, or the last part of a URL."""
    if "://" in picture:
        return picture.split("?")[0].rstrip("/").rpartition("/")[2]
    category = values.get("category")
    if isinstance(category, str) and category and picture and "/" not in picture:
        return f"{category}/{picture}"
    return picture


def _masks(row: SourceRow, finder: Finder) -> Iterator[NDArray[np.bool_]]:
    values = row.values
    masks = values.get("masks")
    if isinstance(masks, list):
        for rows in masks:
            yield _mask_of_lists(rows)
        return
    mask = values.get("mask")
    content = mask.get("bytes") if isinstance(mask, dict) else mask
    file_name = values.get("mask_filename")
    if not isinstance(content, bytes) and isinstance(file_name, str):
        name = clean_name(file_name)
        content = finder.find(name, row.folder) if name else None
    if isinstance(content, bytes):
        yield _mask_of_picture(content)


def _mask_of_lists(rows: object) -> NDArray[np.bool_]:
    import numpy as np

    try:
        mask = np.array(rows, dtype=bool)
    except (TypeError, ValueError) as error:
        raise BadPicture("not a list of rows of true and false") from error
    if mask.ndim != 2 or not mask.size:
        raise BadPicture("not a list of rows of true and false")
    return mask


def _mask_of_picture(content: bytes) -> NDArray[np.bool_]:
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise BadPicture(f"{image.width}x{image.height}, too large to outline")
                # Only color counts; transparency is ignored.
                pixels = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadPicture("not a picture that can be read") from error
    except BadPicture:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise BadPicture("a broken picture") from error
    return np.asarray((pixels > SET_ABOVE).any(axis=2))


POINTARENA = ImportFormat(
    name="pointarena",
    convention=(
        "a mask as large as the picture, values above 127 (or true) are right, outlined "
        "exactly; an empty mask is dropped"
    ),
    origin=Origin(
        title="PointArena Point-Bench",
        license="not stated",
        authors=("Long Cheng et al.",),
        homepage="https://pointarena.github.io",
        citation=(
            "@article{cheng2025pointarena,\n"
            "  title = {PointArena: Probing Multimodal Grounding Through Language-Guided\n"
            "           Pointing},\n"
            "  author = {Cheng, Long and Duan, Jiafei and others},\n"
            "  journal = {arXiv preprint arXiv:2505.09990},\n"
            "  year = {2025}\n"
            "}"
        ),
    ),
    read=read,
    files=("data.json", "*.jsonl", "*.parquet"),
)
