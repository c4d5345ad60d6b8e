"""The first tick as a table, for commands that then go on ticking."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miner_agent.model.snapshot import RigSnapshot


def first_table(*, wanted: bool) -> "Callable[[RigSnapshot], None] | None":
    """Called with every tick, it prints the first one; ``None`` where that is not wanted.

    Then what draws tables is not loaded either: 2 MiB that an agent would hold until it is stopped.
    """
    if not wanted:
        return None
    from miner_agent.cli.support.reading_tables import show

    shown = False

    def on_tick(snapshot: "RigSnapshot") -> None:
        nonlocal shown
        if not shown:
            shown = True
            show(snapshot)

    return on_tick
