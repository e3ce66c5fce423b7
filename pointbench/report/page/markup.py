"""HTML and SVG built from nested calls; every text and attribute is escaped, always."""

from __future__ import annotations

from html import escape


class Html(str):
    """Text that is markup already. Anything else is escaped when it is put into an element."""

    __slots__ = ()


_VOID = frozenset({"meta", "link", "br", "input", "img"})


def el(name: str, *children: object, **attributes: object) -> Html:
    """An element. ``class_`` and ``for_`` are written without their underscore, ``data_x`` and
    ``aria_x`` with a dash; an attribute that is None or False is left out, True stands alone.
    """
    parts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        written = key.rstrip("_")
        if written.startswith(("data_", "aria_", "stroke_", "text_", "font_", "vector_")):
            written = written.replace("_", "-")
        parts.append(f" {written}" if value is True else f' {written}="{escape(str(value))}"')
    opened = f"<{name}{''.join(parts)}>"
    if name in _VOID:
        return Html(opened)
    return Html(f"{opened}{join(*children)}</{name}>")


def join(*children: object) -> Html:
    """Children one behind the other; lists are flattened, None is left out."""
    parts = []
    for child in children:
        if isinstance(child, Html):
            parts.append(str(child))
        elif isinstance(child, (list, tuple)):
            parts.append(str(join(*child)))
        elif child is not None:
            parts.append(escape(str(child)))
    return Html("".join(parts))


def number(value: float) -> str:
    """A coordinate of a drawing, to a hundredth: short, and the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
