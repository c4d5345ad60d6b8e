"""The simulated rig as one that the daemon can run."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import msgspec

from miner_agent import drivers
from miner_agent.assembly.parts import Parts, build
from miner_agent.collectors.amdgpu import amdgpu_cards
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.config import loading
from miner_agent.config.alert_keys import AlertsTable
from miner_agent.config.channel_keys import ChannelEntry
from miner_agent.config.configuration import (
    AgentTable,
    CollectorsTable,
    Config,
    GatewayTable,
    HostTable,
    Switch,
)
from miner_agent.config.entries import FeedEntry, Meter, Miner
from miner_agent.config.expected_keys import ExpectedTable, HashrateToExpect, PowerLimit
from miner_agent.config.planned_keys import Maintenance, PlannedOff
from miner_agent.config.profit_keys import ProfitTable, TariffTable
from miner_agent.simulate.card_answers import usual_limit_watts
from miner_agent.simulate.market_files import CURRENCY, coins
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import MachinePlan, Profile, ProgramPlan
from miner_agent.simulate.stand_ins import METER, SimulatedSources
from miner_agent.tick.memory import Tracker
from miner_agent.web.pages import RigPage

INTERVAL_SECONDS = 2.0
GATEWAY_SECONDS = 5.0
MARKET, SUPPLIER = "market", "supplier"
NOWHERE = "127.0.0.1:1"  # nobody asks there
UNDER_WORK = "avalon"
WORKERS_SHOWN = 2  # of a proxy, so that there are others


@dataclass(frozen=True, slots=True)
class DemoRig:
    """A rig of one of the profiles, with what is read beside it; nothing of this machine is read."""

    is_invented: ClassVar[bool] = True

    state_directory: Path
    environment: Mapping[str, str]
    sources: SimulatedSources
    planned_off: tuple[PlannedOff, ...] = ()
    beside: Mapping[str, RigPage] = field(default_factory=dict)
    interval_seconds: float = INTERVAL_SECONDS
    gateway_seconds: float = GATEWAY_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    configuration: Path | None = None  # what it says of alerts and HTTP holds

    def load(self) -> Config:
        profile = self.sources.rig.profile
        paths = () if self.configuration is None else (self.configuration,)
        loaded = loading.load(paths, environment=self.environment, known_drivers=drivers.names())
        loaded = msgspec.structs.replace(
            loaded,
            agent=AgentTable(rig="demo", interval_seconds=self.interval_seconds, state_directory=self.state_directory),
            miners=(*map(_program, profile.programs), *map(_machine, profile.machines)),
            meters=(_meter(profile.meter_of),) if profile.has_meter else (),
            gateway=GatewayTable(interval_seconds=self.gateway_seconds),
            planned_off=self.planned_off,
            maintenance=tuple(_maintenance(profile)),
            expected=_expected(profile),
            alerts=_with_channel(loaded.alerts),
            discovery=Switch(enabled=False),
            collectors=CollectorsTable(host=HostTable(enabled=False)),
        )
        return self._with_money(loaded)

    def build(self, loaded: Config, before: Parts | None = None) -> Parts:
        trackers: dict[str, Tracker] = {"nvml": nvml_cards.NvmlTracker(), "amdgpu": amdgpu_cards.AmdgpuTracker()}
        return build(
            loaded,
            self.environment,
            before,
            fetcher=self.sources,
            sensors=(self.sources, {name: trackers[name] for name in self.sources.collectors}),
            host=self.sources,
            monotonic=self.monotonic,
        )

    def asker(self, at_once: int) -> SimulatedSources:  # noqa: ARG002
        return self.sources

    def clock_synchronized(self) -> bool | None:
        return not self.sources.rig.is_on(Fault.CLOCK_UNSYNCHRONIZED)

    def look_again(self, loaded: Config) -> bool:  # noqa: ARG002
        return False

    def _with_money(self, loaded: Config) -> Config:
        files = self.sources.files
        if files is None:
            return loaded
        return msgspec.structs.replace(
            loaded,
            profit=ProfitTable(currency=CURRENCY, coins=coins(self.sources.rig.profile)),
            tariff=TariffTable(kind="dynamic", currency=CURRENCY, feed=SUPPLIER),
            feeds=(
                FeedEntry(place="demo", feed="file", name=MARKET, file=files.market, interval_seconds=60.0),
                FeedEntry(place="demo", feed="tariff_csv", name=SUPPLIER, file=files.tariff),
            ),
        )


def _with_channel(told: AlertsTable) -> AlertsTable:
    """Alerts stand in the log, where nobody says where else to, or that Prometheus tells of them."""
    if told.channels or told.owner == "prometheus":
        return told
    return msgspec.structs.replace(told, channels=(ChannelEntry(name="log", kind="journal"),))


def _maintenance(profile: Profile) -> Iterator[Maintenance]:
    """Somebody works on one of the machines that have no trouble of their own."""
    names = [machine.name for machine in profile.machines if machine.driver == UNDER_WORK]
    yield from (Maintenance(place="demo", rig=name, reason="a new fan") for name in names)


def _expected(profile: Profile) -> ExpectedTable:
    """The power limits that its cards were given, and what each make of them does."""
    limits = {model.name: usual_limit_watts(model) for model in profile.cards if model.maker != "processor"}
    rates = {
        (program.algorithm, profile.cards[card].name): program.hashes_per_second
        for program in profile.programs
        for card in program.cards
        if profile.cards[card].maker != "processor"
    }
    return ExpectedTable(
        power_limits=tuple(PowerLimit(model=name, watts=watts) for name, watts in limits.items()),
        hashrates=tuple(
            HashrateToExpect(algorithm=algorithm, model=name, hashes_per_second=rate)
            for (algorithm, name), rate in rates.items()
        ),
    )


def _program(plan: ProgramPlan) -> Miner:
    pools = (plan.pool.host_and_port, plan.backup.host_and_port)
    return Miner(
        place="demo", name=plan.driver, driver=plan.driver, address=NOWHERE, pool=pools, account=(plan.pool.user,)
    )


def _machine(plan: MachinePlan) -> Miner:
    return Miner(
        place="demo",
        name=plan.name,
        driver=plan.driver,
        address=NOWHERE,
        rig=plan.name,
        pool=(plan.pool.host_and_port, plan.backup.host_and_port),
        workers_shown=WORKERS_SHOWN,
    )


def _meter(rig: str | None) -> Meter:
    return Meter(place="demo", name=METER, driver="shelly", address=NOWHERE, rig=rig)
