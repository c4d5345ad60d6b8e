"""What a rig should have, as its owner says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from miner_agent.model.called import goes_by
from miner_agent.model.devices import DeviceKind, DeviceReading


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLimitRule:
    """What the power limit of a card should be. ``None``: of whichever."""

    power_limit_watts: float
    device: str | None = None  # by its label
    model: str | None = None

    @property
    def rank(self) -> tuple[bool, int]:
        """The more closely it says what it is of, the higher."""
        return self.device is not None, len(self.model or "")

    def is_of(self, label: str, device: DeviceReading) -> bool:
        """Whether it speaks of that card."""
        called = f"{device.vendor or ''} | {device.name or ''}"
        return self.device in {None, label} and (self.model is None or goes_by(called, self.model))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRig:
    """Of one rig. What is not said is learnt."""

    devices_expected: Mapping[DeviceKind, int] = field(default_factory=dict)
    boards_expected: Mapping[str, int] = field(default_factory=dict)  # by miner
    fans_expected: Mapping[str, int] = field(default_factory=dict)  # likewise
    power_limits: tuple[PowerLimitRule, ...] = ()

    def power_limit_watts(self, label: str, device: DeviceReading) -> float | None:
        """What the power limit of a card should be: of several rules the closest says it, of equal ones the last."""
        rules = [
            (rule.rank, position, rule.power_limit_watts)
            for position, rule in enumerate(self.power_limits)
            if rule.is_of(label, device)
        ]
        return max(rules)[2] if rules and device.kind is DeviceKind.GPU else None


NOTHING_EXPECTED = ExpectedRig()
