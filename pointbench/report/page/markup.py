"""Builds HTML and SVG from nested calls; every text and attribute is escaped."""

from __future__ import annotations

from html import escape


class Html(str):
    """Text that is already markup. Any other value is escaped when it becomes a child."""

    __slots__ = ()


_VOID = frozenset({"meta", "link", "br", "input", "img"})


def el(name: str, *children: object, **attributes: object) -> Html:
    """An element. ``class_`` and ``for_`` lose their underscore, ``data_x`` and ``aria_x`` get a
    dash; an attribute that is None or False is left out, one that is True has no value.
    """
    parts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_")
        if attribute.startswith(("data_", "aria_", "stroke_", "text_", "font_", "vector_")):
            attribute = attribute.replace("_", "-")
        parts.append(f" {attribute}" if value is True else f' {attribute}="{escape(str(value))}"')
    start = f"<{name}{''.join(parts)}>"
    if name in _VOID:
        return Html(start)
    return Html(f"{start}{join(*children)}</{name}>")


def join(*children: object) -> Html:
    """The children concatenated; lists are flattened, None is left out."""
    parts = []
    for child in children:
        if isinstance(child, Html):
            parts.append(str(child))
        elif isinstance(child, (list, tuple)):
            parts.append(str(join(*child)))
        elif child is not None:
            parts.append(escape(str(child)))
    return Html("".join(parts))


def coord(value: float) -> str:
    """A coordinate of a drawing with at most two decimals: short, and the same everywhere."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
