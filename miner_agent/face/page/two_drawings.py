"""A drawing that stands in a page: once for a desk, and once for a phone, where its letters are as large."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from exporters.drawing_paper import Look, in_narrow_page, in_page


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoDrawings:
    """One drawing; a page shows the one that its window has room for."""

    wide: Markup
    narrow: Markup


def drawn(name: str, draw: Callable[[Look], str], *, wide: Look | None = None) -> TwoDrawings:
    """Both.

    Args:
        name: of the drawing, which no other of its page has.
        draw: draws it for a look, and escapes all that it is told.
        wide: how it looks on a desk, where that is not as usual.
    """
    return TwoDrawings(wide=Markup(draw(wide or in_page(name))), narrow=Markup(draw(in_narrow_page(name))))  # noqa: S704
