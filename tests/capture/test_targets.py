"""Elements written as targets of the suite format."""

from dataclasses import replace

from pointbench.capture.elements import Element
from pointbench.capture.hover import HoverOutcome
from pointbench.capture.rectangles import Rect
from pointbench.capture.targets import absent_target, kind_of, present_target, slug, slugs
from pointbench.suites import Target

SAVE = Element(
    "Save", "push button", Rect(40, 44, 71, 75), "mousepad", 3, "tool bar", Rect(44, 48, 68, 72),
    "document-save",
)  # fmt: skip
ENTRY = Element("Paste", "menu item", Rect(340, 300, 655, 324), "mousepad", 4, "menu")
KEY = Element("7", "toggle button", Rect(7, 7, 51, 38), "galculator", 5)


def test_a_target_is_what_the_suite_format_says() -> None:
    target = present_target(
        SAVE,
        id="shot/save",
        instruction="Click the Save icon.",
        hover=HoverOutcome.SAME,
        rewordings=["Save the file."],
        tags=["toolbar"],
    )
    assert target == {
        "id": "shot/save",
        "instruction": "Click the Save icon.",
        "name": "Save",
        "box": [40, 44, 71, 75],
        "icon_box": [44, 48, 68, 72],
        "kind": "icon",
        "role": "push button",
        "app": "mousepad",
        "tags": ["toolbar"],
        "rewordings": ["Save the file."],
        "verified": {"hit_test": True, "hover": "box"},
        "extra": {"icon_name": "document-save"},
    }
    assert Target.model_validate(target).region is not None


def test_only_a_hover_over_the_whole_box_counts() -> None:
    for hover in (None, HoverOutcome.NOTHING, HoverOutcome.INSIDE, HoverOutcome.OTHER):
        target = present_target(KEY, id="a/b", instruction="Press 7.", hover=hover)
        assert target["verified"] == {"hit_test": True, "hover": "none"}
        assert "icon_box" not in target


def test_the_picture_beside_words_is_not_what_is_clicked() -> None:
    entry = replace(ENTRY, icon_box=Rect(344, 304, 360, 320), icon="edit-paste")
    target = present_target(entry, id="a/b", instruction="Click Paste.", hover=None)
    assert target["kind"] == "text"
    assert "icon_box" not in target
    assert "extra" not in target


def test_an_absent_target_has_no_region() -> None:
    target = absent_target(id="shot/no-slack", instruction="Click the Slack icon.", name="Slack")
    assert Target.model_validate(target).region is None


def test_kinds() -> None:
    assert kind_of(SAVE) == "icon"
    assert kind_of(replace(SAVE, icon_box=None)) == "icon", "a toolbar button without words"
    assert kind_of(ENTRY) == "text"
    assert kind_of(replace(ENTRY, icon_box=Rect(344, 304, 360, 320))) == "text"
    assert kind_of(replace(KEY, role="table cell")) == "text"
    assert kind_of(replace(KEY, role="table cell", icon_box=Rect(8, 8, 24, 24))) == "icon"
    assert kind_of(KEY) == "text"
    assert kind_of(replace(KEY, role="entry")) == "other"
    assert kind_of(replace(KEY, role="check box")) == "other"
    assert kind_of(replace(KEY, role="check box", place="tool bar")) == "icon"


def test_slugs_are_plain_and_different() -> None:
    assert slug("Größe ändern…") == "groe-andern"
    assert slug("☃") == "target"
    assert slugs(["Save", "Save", "Save As"]) == ("save", "save-2", "save-as")
