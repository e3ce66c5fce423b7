"""The mirrors of ScreenSpot and ScreenSpot-v2 on the Hub: corners as shares of the picture.

Parquet with the picture inside each row. According to the mirror's card, the original left, top,
width, height were converted to corners.
"""

from __future__ import annotations

from pointbench.importers.drafts import Convention
from pointbench.importers.format import ImportFormat, Origin
from pointbench.importers.formats.screenspot import COLUMNS, SEECLICK
from pointbench.importers.table import table_reader

SCREENSPOT_FRACTIONS = ImportFormat(
    name="screenspot-fractions",
    convention="bbox xyxy, shares 0-1 of the picture; no absent targets",
    origin=Origin(
        title="ScreenSpot (mirror with corners as fractions)",
        license="Apache-2.0",
        authors=("Kanzhi Cheng et al.",),
        homepage="https://huggingface.co/datasets/rootsautomation/ScreenSpot",
        citation=SEECLICK,
    ),
    read=table_reader(COLUMNS, Convention("unit", "xyxy")),
    files=("*.parquet", "*.jsonl"),
)
