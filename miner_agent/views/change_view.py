"""What changed in a time: the marks in a chart."""

from typing import Literal, TypeAlias

import msgspec

from miner_agent.views.figures import Moment

ChangeWord: TypeAlias = Literal[
    "pause", "boot", "agent_configuration", "miner_start", "miner_restart", "algorithm", "advice", "energy_price"
]


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """One change, and what is to be said of it."""

    at: Moment
    kind: ChangeWord
    subject: str | None  # the miner, or the part of the rig
    said: str


class ChangesView(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of a time, in its order."""

    rig: str
    source: str
    starts_at: Moment
    ends_at: Moment
    changes: list[ChangeView]
    left_out: int  # of a kind of which there are more than are told at once: the older ones
    reason: str | None  # why some kinds are not told
