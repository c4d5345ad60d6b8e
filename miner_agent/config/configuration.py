"""The whole configuration: what a file may hold, and what the agent is to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from calculators.units import SECONDS_PER_DAY
from miner_agent.config.alert_keys import AlertsTable
from miner_agent.config.books_keys import BooksTable
from miner_agent.config.entries import FeedEntry, Meter, Miner, PayoutsEntry
from miner_agent.config.expected_keys import ExpectedTable
from miner_agent.config.key_types import Days, HostName, ListenAddress, NetworkAddress, Seconds, Table, Text
from miner_agent.config.named_files import SecretFile
from miner_agent.config.planned_keys import Maintenance, PlannedOff, Plans
from miner_agent.config.profit_keys import PowerTable, ProfitTable, TariffTable
from miner_agent.config.shape import shape_of
from miner_agent.config.site_keys import SiteTable
from miner_agent.config.threshold_keys import ThresholdEntry


class AgentTable(Table, frozen=True):
    """``[agent]``"""

    interval_seconds: Seconds = 10.0
    state_directory: Path | None = None
    rig: Text | None = None
    devices_remembered_days: Days = 7.0  # a card or board that is gone for longer is no longer missed

    @property
    def devices_remembered_seconds(self) -> float:
        return self.devices_remembered_days * SECONDS_PER_DAY


class HttpTable(Table, frozen=True):
    """``[http]``"""

    listen: ListenAddress = ListenAddress("127.0.0.1:9877")
    socket: Path | None = None  # by which this machine's own commands ask, without TLS and users
    web_config_file: SecretFile | None = None  # TLS and users, in the format of Prometheus' exporters
    books_users: tuple[Text, ...] = ()  # those of them who see money and books
    names: tuple[HostName, ...] = ()  # by which a reverse proxy asks
    trusted_proxies: tuple[NetworkAddress, ...] = ()  # whose word for their client's address is taken


class GatewayTable(Table, frozen=True):
    """``[gateway]``"""

    interval_seconds: Seconds = 30.0


class Switch(Table, frozen=True):
    """``[discovery]``, ``[collectors.nvml]``, ``[collectors.amdgpu]``: left away, it depends on the machine."""

    enabled: bool | None = None


class HostTable(Table, frozen=True):
    """``[collectors.host]``"""

    enabled: bool = True


class CollectorsTable(Table, frozen=True):
    """``[collectors]``"""

    sysfs: Path = Path("/sys")
    procfs: Path = Path("/proc")
    nvml: Switch = Switch()
    amdgpu: Switch = Switch()
    host: HostTable = HostTable()


class Config(Table, frozen=True):
    """What the agent is to do. ``sources`` are the files (and the environment) that said so, in their order."""

    asides: ClassVar[frozenset[str]] = frozenset({"sources"})

    sources: tuple[str, ...] = ()
    agent: AgentTable = AgentTable()
    http: HttpTable = HttpTable()
    miners: tuple[Miner, ...] = ()
    meters: tuple[Meter, ...] = ()
    discovery: Switch = Switch()
    gateway: GatewayTable = GatewayTable()
    collectors: CollectorsTable = CollectorsTable()
    profit: ProfitTable = ProfitTable()
    power: PowerTable = PowerTable()
    site: SiteTable = SiteTable()
    tariff: TariffTable | None = None
    feeds: tuple[FeedEntry, ...] = ()
    books: BooksTable = BooksTable()
    payouts: tuple[PayoutsEntry, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    planned_off: tuple[PlannedOff, ...] = ()
    alerts: AlertsTable = AlertsTable()
    expected: ExpectedTable = ExpectedTable()
    thresholds: tuple[ThresholdEntry, ...] = ()

    @property
    def origins(self) -> str:
        """The files that said so, for a sentence about what they say together."""
        return " + ".join(self.sources) or "defaults"

    @property
    def asks_for_money(self) -> bool:
        """Whether there is anything to compute of money: a tariff or feeds."""
        return self.tariff is not None or bool(self.feeds)

    @property
    def plans(self) -> Plans:
        """When rigs are meant to stand still."""
        return Plans(maintenance=self.maintenance, planned_off=self.planned_off)

    @property
    def of_money(self) -> tuple[object, ...]:
        """All that sums of money depend on."""
        return self.profit, self.power, self.tariff, self.feeds

    @property
    def catalog_file(self) -> Path | None:
        """The user's own coins and hardware."""
        return self.profit.catalog_file


ENTRY_LISTS = frozenset(name for name, each in shape_of(Config).keys.items() if each.element and each.element.asides)
"""What adds up over files."""
COLLECTORS = frozenset(name for name, each in shape_of(CollectorsTable).keys.items() if each.is_table)
"""Names under which the agent's own sources stand beside the miners."""


def keys() -> Iterator[str]:
    """Every key that a file may hold, such as ``agent.interval_seconds``."""
    return shape_of(Config).every_key()
