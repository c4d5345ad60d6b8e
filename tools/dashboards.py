"""Writes the dashboards for Grafana: ``python -m tools.dashboards``.

Their panels stand in ``tools/panels/``. Grafana's own library, a development dependency, makes JSON of them.
"""

from collections.abc import Iterator
from pathlib import Path

from tools.panels import BOARDS
from tools.panels.rendering import UID, rendered

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "exporters" / "dashboards"


def files() -> Iterator[tuple[Path, str]]:
    """Every file that is made, with its text."""
    yield from ((FOLDER / f"{UID}{board.name}.json", rendered(board)) for board in BOARDS)


def main() -> None:
    """Write all of them, and take away those that are no more."""
    made = dict(files())
    FOLDER.mkdir(exist_ok=True)
    for old in set(FOLDER.glob("*.json")) - set(made):
        old.unlink()
    for path, text in made.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
