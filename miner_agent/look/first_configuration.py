"""The first configuration of a machine: what was found on it and what its owner said, with a comment at each. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from miner_agent.collectors.programs import Program
from miner_agent.config.words import quoted
from miner_agent.errors import AuthRefused
from miner_agent.look.discovery import FoundMiner
from miner_agent.model.devices import DeviceKind
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.text import clean_text

NAMED_MAX = 8  # models of cards, or programs, that a comment names
COMMENTED_AT = 42  # the column from which on comments stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """What was found on this machine."""

    snapshot: RigSnapshot
    miners: dict[str, FoundMiner] = field(default_factory=dict)  # by the name under which each was read
    silent: tuple[tuple[Program, Driver], ...] = ()  # mining programs whose API is not seen to listen
    unclear: tuple[tuple[Program, tuple[Driver, ...]], ...] = ()

    @property
    def cards(self) -> dict[str, int]:
        """How many of each model."""
        found = (device.reading for device in self.snapshot.inventory.devices)
        return dict(Counter(clean_text(one.name or "a card") for one in found if one.kind is DeviceKind.GPU))

    @property
    def failed(self) -> dict[str, Outcome[Reading]]:
        """What is there and gave no reading."""
        return {outcome.source: outcome for outcome in self.snapshot.outcomes if outcome.error is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersWord:
    """What its owner said. ``None``: not said."""

    price_per_kilowatt_hour: str | None = None
    currency: str | None = None
    zone: str | None = None
    meter: tuple[str, str] | None = None  # its driver and its address
    feeds: bool = False  # whether public sources of prices may be asked
    state_directory: Path | None = None

    def with_usual(self, *, zone: str) -> "OwnersWord":
        """The same where of a price that was told the rest is as usual."""
        if self.price_per_kilowatt_hour is None:
            return self
        return replace(self, currency=self.currency or "EUR", zone=self.zone or zone)


def told_cards(cards: dict[str, int]) -> str:
    """Such as ``2x NVIDIA GeForce RTX 3080, 1x RX 6800``."""
    return _enumerated(f"{count}x {name}" for name, count in sorted(cards.items()))


def told_miner(found: Beginnings, name: str) -> str:
    """What answered under that name, or why nothing did."""
    outcome = next((one for one in found.snapshot.outcomes if one.source == name), None)
    if outcome is None:
        return "was not asked"
    if isinstance(outcome.reading, MinerSnapshot):
        return clean_text(f"{outcome.reading.software} {outcome.reading.software_version or ''}".strip()) + " answered"
    if isinstance(outcome.error, AuthRefused):
        return "wants a token"
    return clean_text(str(outcome.error or "gave nothing").removeprefix(f"{name}: "), length=160)


def render(found: Beginnings, told: OwnersWord) -> str:
    """The whole file."""
    blocks = (_agent(told), _machine(found), _miners(found), _meters(told), _money(told), _feeds(told), _alerts())
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _agent(told: OwnersWord) -> Iterator[str]:
    yield "# Configuration of miner-agent, as `miner-agent init` began it. A line with # in front changes nothing: it"
    yield "# shows what else there is; docs/configuration.md has every key. Wrong ones: `miner-agent config check`."
    yield ""
    yield "[agent]"
    yield _row('#rig = "left-rack"', "what people call this machine; default: the host's name")
    yield _row("#interval_seconds = 10", "from tick to tick")
    if told.state_directory is not None:
        yield _row(f"state_directory = {quoted(str(told.state_directory))}", "systemd makes it")
    yield ""
    yield "[http]"
    yield _row('#listen = "127.0.0.1:9877"', "for this machine alone; for others it takes TLS and users")
    yield _row('#socket = "/run/miner-agent/agent.sock"', "by which commands of this machine ask the agent")


def _machine(found: Beginnings) -> Iterator[str]:
    cards = found.cards
    said = f"Found: {told_cards(cards)}." if cards else "No graphics card was found."
    yield f"# {said} Cards, processors, disks and sensors are read without being named."
    for source, outcome in found.failed.items():
        if outcome.kind == "collector":
            yield f"# {source} gave no reading: {clean_text(str(outcome.error), length=160)}"
    yield "[expected]"
    yield _row(f"#gpus = {sum(cards.values()) or 8}", "how many there should be; default: those that are remembered")


def _miners(found: Beginnings) -> Iterator[str]:
    yield "[discovery]"
    yield _row("enabled = true", "miners that are started later are found too")
    for name, miner in found.miners.items():
        yield ""
        yield f"# {told_miner(found, name)}"
        yield "[[miners]]"
        yield f"name = {quoted(name)}"
        yield f"driver = {quoted(miner.driver)}"
        yield f"address = {quoted(miner.address)}"
        yield _row(f'#token_file = "{name}-token"', "file with its token, beside this one, mode 0600")
    for program, driver in found.silent:
        yield ""
        yield f"# {clean_text(program.name)} runs, and its API is off or cannot be seen from here: switch it on"
        yield f"# ({clean_text(driver.enable_api, length=160)}). Then it is found; or name where it is:"
        yield "#[[miners]]"
        yield f"#name = {quoted(driver.name)}"
        yield f"#driver = {quoted(driver.name)}"
        yield f'#address = "127.0.0.1:{driver.default_port or 4067}"'
    for program, drivers in found.unclear:
        products = _enumerated((driver.products[0] for driver in drivers), word=" or ")
        yield ""
        yield f"# {clean_text(program.name)} runs, and may be {products} or no miner at all; nothing was sent to it."
    yield ""
    yield "# A machine elsewhere, such as an ASIC, is named with rig; `miner-agent scan 192.168.1.0/24` finds them."
    yield "#[[miners]]"
    yield '#name = "s19-07"'
    yield '#driver = "antminer"'
    yield '#address = "192.168.1.107"'
    yield '#rig = "s19-07"'


def _meters(told: OwnersWord) -> Iterator[str]:
    yield "# What measures at the wall: it counts all that the machine draws. No network is searched for one."
    off = "#" if told.meter is None else ""
    driver, address = told.meter or ("shelly", "192.168.1.40")
    yield f"{off}[[meters]]"
    yield f'{off}name = "wall"'
    yield f"{off}driver = {quoted(driver)}"
    yield f"{off}address = {quoted(address)}"


def _money(told: OwnersWord) -> Iterator[str]:
    yield "[profit]"
    yield _currency_row(told, "of all answers")
    yield _row("#pool_fee_ratio = 0.01", "the pool's part of what it pays")
    yield ""
    if told.price_per_kilowatt_hour is None:
        yield "# What a kilowatt-hour costs. Without it no profit is computed."
    off = "#" if told.price_per_kilowatt_hour is None else ""
    price = quoted(told.price_per_kilowatt_hour or "0.32")
    yield f"{off}[tariff]"
    yield _row(f'{off}kind = "flat"', "or time-of-use, tiers, dynamic")
    yield _row(f"{off}price_per_kilowatt_hour = {price}", "with all taxes and fees")
    yield f"{off}currency = {quoted(told.currency or 'EUR')}"
    yield _row(f"{off}zone = {quoted(told.zone or 'UTC')}", "whose clock and calendar hold")


def _currency_row(told: OwnersWord, comment: str) -> str:
    return _row(f"{'#' if told.currency is None else ''}currency = {quoted(told.currency or 'EUR')}", comment)


def _feeds(told: OwnersWord) -> Iterator[str]:
    yield "# Public sources of prices. None is asked before it stands here; without one a market of one past day holds."
    off = "" if told.feeds else "#"
    for number, (feed, what) in enumerate((("whattomine", "what coins pay"), ("ecb", "rates of currencies"))):
        if number:
            yield ""
        yield f"{off}[[feeds]]"
        yield _row(f"{off}feed = {quoted(feed)}", what)


def _alerts() -> Iterator[str]:
    yield "# Who is told when something is wrong: mail, messengers, webhooks, an Alertmanager. docs/notifications.md"
    yield "#[[alerts.channels]]"
    yield '#name = "log"'
    yield _row('#kind = "journal"', "the agent's own log")


def _row(line: str, comment: str) -> str:
    return f"{line:<{COMMENTED_AT}} # {comment}"


def _enumerated(names: Iterable[str], word: str = ", ") -> str:
    told = [clean_text(name) for name in names]
    more = len(told) - NAMED_MAX
    return word.join(told[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
