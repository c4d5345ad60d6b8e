"""Writes the table of drivers into ``docs/drivers.md`` from the drivers themselves: ``python tools/drivers_table.py``."""

import re
from pathlib import Path

from miner_agent import drivers

PAGE = Path(__file__).parents[1] / "docs" / "drivers.md"
BLOCK = re.compile(r"(<!-- drivers -->\n).*?(<!-- end of drivers -->)", re.DOTALL)


def render() -> str:
    """The table."""
    rows = ["| driver | software | API | seen | only read about |", "| --- | --- | --- | --- | --- |"]
    for name in drivers.names():
        driver = drivers.load(name)
        mark = " (old)" if driver.old else " (meter)" if driver.kind == "meter" else ""
        cells = (
            f"`{name}`",
            f"{', '.join(driver.products)}{mark}",
            f"{driver.scheme.upper()}, {driver.usual_place}",
            "; ".join(driver.seen) or "–",
            driver.only_read_about or "–",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """The page with the table as it should be."""
    return BLOCK.sub(lambda found: found[1] + render() + found[2], text)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
