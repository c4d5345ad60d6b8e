"""The tables of the configuration that change rules of the table of alerts."""

from typing import Annotated, Literal

from msgspec import Meta

from miner_agent.config.key_types import Table, Text


class AlertOverride(Table, frozen=True):
    """``[[alerts.rules]]``: one alert as the owner of the rig wants it. What it does not say stays as it is.

    What is said of a device holds instead of what is said of its kind.
    """

    alert: Text
    kind: Literal["gpu", "cpu", "hashboard"] | None = None  # None: of every kind
    device: Text | None = None  # None: of every device
    threshold: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None
    for_seconds: Annotated[float, Meta(ge=0, le=604_800)] | None = None
    severity: Literal["critical", "warning", "info"] | None = None
    off: bool | None = None  # None: as a table before it says
