"""Writes the pictures of the README from the demo's rig: ``python -m tools.screenshots``. All that they show is invented.

Needs what the browser tests need: Debian's Chromium, and playwright of the group ``dev``.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.browser.looked_at import SIZES, browser, note_complaints, shown, wait_for_charts
from tests.browser.played_states import logged, states

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCREENS = {"phone": SIZES["phone"], "desk": (1280, 720)}  # as wide as those on which the pages are tested
FOLDER = Path(__file__).parents[1] / "docs" / "images"
AT_MOST_BYTES = 120_000


class Picture(NamedTuple):
    """What is on it: a page of a rig of the demo, on which screen, in which light."""

    state: str
    path: str
    size: str
    theme: str


PICTURES = {
    "now.png": Picture("nvidia", "/", "desk", "light"),
    "now-on-a-phone.png": Picture("faults", "/", "phone", "dark"),
    "money.png": Picture("nvidia", "/money", "desk", "light"),
}


def main() -> None:
    """Takes them anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        played = states(folder)
        with shown(logged(folder)) as agent, browser() as chromium:
            for file, picture in PICTURES.items():
                agent.state = played[picture.state]()
                taken = _take(chromium, agent.url, picture)
                assert len(taken) < AT_MOST_BYTES, f"{file} has {len(taken)} bytes, {AT_MOST_BYTES} are the most"
                (FOLDER / file).write_bytes(taken)


def _take(chromium: "Browser", url: str, picture: Picture) -> bytes:
    width, height = SCREENS[picture.size]
    page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=picture.theme)  # type: ignore[arg-type]
    complaints = note_complaints(page, url)
    page.goto(url + picture.path)
    wait_for_charts(page)
    taken = page.screenshot()
    page.close()
    assert not complaints, complaints
    return taken


if __name__ == "__main__":
    main()
