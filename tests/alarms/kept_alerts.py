"""A keeper of alerts on clocks that jump, whose file is begun from a copy. It is run by hand, without its thread."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from exporters.alerts.alert_rule import AlertRule
from miner_agent.alarms.alerts_keeper import AlertsKeeper, AlertsSettings
from miner_agent.model.alerting import Notice
from miner_agent.storage.kept_alerts.alerts_file import AlertsFile
from tests import databases
from tests.alarms.simulated import RIG, START, Values, page

EVERY_SECONDS = 10.0


class Clocks:
    """The wall's, and the one that begins with the boot."""

    def __init__(self) -> None:
        self.wall, self.steady = START, 1000.0

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds

    def reboot(self, off_seconds: float) -> None:
        self.wall += timedelta(seconds=off_seconds)
        self.steady = 5.0


class Run:
    """One life of the agent's alerts."""

    def __init__(
        self,
        path: Path,
        clocks: Clocks,
        *rules: AlertRule,
        boot_id: str = "boot",
        rigs: Sequence[str] = (),
        say: Callable[[str], None] = lambda _: None,
        group_wait_seconds: float = 0.0,
        waits_for_disk: bool = True,
    ) -> None:
        self.clocks, self.woken = clocks, 0
        settings = AlertsSettings(
            owner="local",
            rules=rules,
            own_rig=RIG,
            rigs=frozenset(rigs),
            evaluate_seconds=EVERY_SECONDS,
            group_wait_seconds=group_wait_seconds,
        )
        self.keeper = AlertsKeeper(
            path,
            settings,
            boot_id=boot_id,
            now=lambda: clocks.wall,
            steady=lambda: clocks.steady,
            monotonic=lambda: clocks.steady,
            file=AlertsFile(path, say=say, migrator=databases.migrate, busy_timeout_ms=50),
        )
        self.keeper.channels_for = lambda _: ("hook",)
        self.keeper.wake = self._wake
        if waits_for_disk:
            self.keeper.restore()

    def _wake(self) -> None:
        self.woken += 1

    def look(self, values: Values | None, *, rig: str = RIG) -> None:
        """A page, if there is one, and a round."""
        if values is not None:
            self.keeper.hand_over(rig, lambda: page(values), interval_seconds=EVERY_SECONDS)
        self.keeper.round()
        self.clocks.pass_by(EVERY_SECONDS)

    def run(self, seconds: float, values: Values | None) -> "Run":
        for _ in range(round(seconds / EVERY_SECONDS)):
            self.look(values)
        return self

    def waiting(self) -> list[Notice]:
        return [row.notice for row in self.keeper.outbox.waiting("hook", self.clocks.wall)]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(notice.state, notice.key.rule) for notice in self.waiting()]

    def since(self) -> list[datetime]:
        return [notice.since for notice in self.waiting()]
