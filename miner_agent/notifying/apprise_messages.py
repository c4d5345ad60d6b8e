"""What the agent and the process that has Apprise say to each other."""

from msgspec import Struct

from miner_agent.notifying.message_text import Kind


class AppriseErrand(Struct, frozen=True, kw_only=True):
    """Which letters go to which service. The address is a secret."""

    url: str
    letters: tuple[tuple[Kind, str, tuple[str, ...]], ...]  # kind, title and lines of each, in their order


class AppriseReturn(Struct, frozen=True, kw_only=True):
    """How many of them the service took; and why not the next one, where there is one."""

    delivered: int
    reason: str | None = None
    retry: bool = True
