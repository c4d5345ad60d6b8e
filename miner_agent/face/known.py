"""What a face tells from: one immutable value a tick."""

from dataclasses import dataclass

from miner_agent.config.configuration import Config
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.share_funnel_view import SharesSeen, with_shares_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What a tick gave, and the configuration that it went by."""

    snapshot: RigSnapshot
    loaded: Config
    shares: tuple[SharesSeen, ...] = ()  # what miners had counted in the last hour, up to this tick

    @classmethod
    def after(cls, before: "Known | None", snapshot: RigSnapshot, loaded: Config) -> "Known":
        """What is known as of this tick, with what has to be remembered of those before it."""
        shares = with_shares_of(snapshot, () if before is None else before.shares)
        return cls(snapshot=snapshot, loaded=loaded, shares=shares)
