"""What a face tells from: one immutable value a tick, and what others know beside it, asked when somebody looks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from miner_agent.config.configuration import Config
from miner_agent.model.alerting import AlertStanding, Silence
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.share_funnel_view import SharesSeen, with_shares_of
from miner_agent.web.pages import RigPage


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRig:
    """A rig that this agent reads for others."""

    page: RigPage | None  # how it was when it was last asked; None: no answer has come yet
    fresh: bool = False  # that was in its time
    snapshot: RigSnapshot | None = None  # None: only its page of metrics is known


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsKnown:
    """The alerts of this agent as they stand, and what is to be kept quiet."""

    standings: Sequence[AlertStanding] = ()
    silences: Sequence[Silence] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideTicks:
    """Asked on each demand; whoever answers has it ready."""

    rigs: Callable[[], Mapping[str, OtherRig]] = dict
    alerts: Callable[[], AlertsKnown] = AlertsKnown


NOTHING_BESIDE = BesideTicks()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Known:
    """What a tick gave, and the configuration that it went by.

    What is made of one goes with it: nobody but the sampler holds the newest for longer than an answer takes.
    """

    snapshot: RigSnapshot
    loaded: Config
    beside: BesideTicks = NOTHING_BESIDE
    shares: tuple[SharesSeen, ...] = ()  # what miners had counted in the last hour, up to this tick

    @property
    def zone_name(self) -> str:
        """The time zone whose clock people there go by: that of the tariff."""
        return "UTC" if self.loaded.tariff is None else self.loaded.tariff.zone

    @classmethod
    def after(
        cls, before: "Known | None", snapshot: RigSnapshot, loaded: Config, beside: BesideTicks = NOTHING_BESIDE
    ) -> "Known":
        """What is known as of this tick, with what has to be remembered of those before it."""
        shares = with_shares_of(snapshot, () if before is None else before.shares)
        return cls(snapshot=snapshot, loaded=loaded, beside=beside, shares=shares)
