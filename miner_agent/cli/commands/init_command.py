"""``miner-agent init``: the first configuration of a machine."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import Name, Written
from miner_agent.cli.support.profit_options import amount, currency
from miner_agent.errors import NotPermitted

if TYPE_CHECKING:
    from decimal import Decimal

    from miner_agent.look.first_configuration import Beginnings

OWN_MODE, SERVICE_MODE = 0o600, 0o644  # the service has a user of its own, and the file is root's


@click.command("init")
@click.option("--out", type=Written(), metavar="FILE", help="Where to; without it where the agent looks for it.")
@click.option("--kwh-price", type=amount, metavar="NUMBER", help="Price of a kilowatt-hour, with taxes and fees.")
@click.option("--currency", "code", type=currency, metavar="CODE", help="Of all money; without it: EUR.")
@click.option("--zone", type=Name(), metavar="ZONE", help="Where the rig stands; without it: as this machine says.")
@click.option("--meter", type=Name(), nargs=2, metavar="DRIVER ADDRESS", help="What measures at the wall.")
@click.option("--feeds", is_flag=True, help="Fetch prices of coins and rates of currencies.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not said here stands in the file as a comment.")
@click.option("--force", is_flag=True, help="Put it in the place of a file that is there.")
def command(
    out: Path | None,
    kwh_price: "Decimal | None",
    code: str | None,
    zone: str | None,
    meter: tuple[str, str] | None,
    *,
    feeds: bool,
    yes: bool,
    force: bool,
) -> None:
    """Find cards and miners of this machine, ask for the tariff, and write a configuration with a comment at each key.

    On this machine alone is looked, at what miners are known by; no network is searched. Without a terminal nothing is
    asked.

    \b
    Example:
      miner-agent init --yes --kwh-price 0.32 --currency EUR --out miner-agent.toml
    """
    from miner_agent.assembly import configured
    from miner_agent.cli.support import init_questions
    from miner_agent.cli.support.new_config_file import refuse_taken, write_new
    from miner_agent.cli.support.own_zone import own_zone
    from miner_agent.cli.support.typed_answers import somebody_is_there
    from miner_agent.config.loading import SYSTEM_FOLDER
    from miner_agent.look.first_configuration import OwnersWord, render

    path = out or _usual_place()
    if not force:
        refuse_taken(path)
    of_service = path.absolute().parent == SYSTEM_FOLDER
    told = OwnersWord(
        price_per_kilowatt_hour=None if kwh_price is None else format(kwh_price, "f"),
        currency=code,
        zone=None if zone is None else _checked_zone(zone),
        meter=None if meter is None else init_questions.checked_meter(*meter),
        feeds=feeds,
        state_directory=Path("/var/lib/miner-agent") if of_service else None,
    )
    usual_zone = own_zone(os.environ) or "UTC"
    found = _look()
    _show(found)
    if not yes and somebody_is_there():
        told = init_questions.with_answers(told, zone=usual_zone)
    told = told.with_usual(zone=usual_zone)
    write_new(
        path,
        render(found, told),
        mode=SERVICE_MODE if of_service else OWN_MODE,
        replaces=force,
        check=lambda part: configured.load_config(part, os.environ),
    )
    if told.price_per_kilowatt_hour is None:
        tell("Write what a kilowatt-hour costs into its [tariff], so that profit is computed.", err=True)
    if of_service and (told.feeds or told.meter):
        tell("The service may talk to this machine only; docs/service.md says how to allow addresses.", err=True)
    _say_what_next(path, of_service=of_service)


def _usual_place() -> Path:
    """Where the agent looks first, and this user may write."""
    from miner_agent.config.loading import FILE_NAME, SYSTEM_FOLDER, own_folder

    if named := os.environ.get("MINER_AGENT_CONFIG"):
        return Path(named)
    folder = SYSTEM_FOLDER if os.geteuid() == 0 else own_folder(os.environ)
    if folder is None:
        raise click.UsageError("there is no usual place for it where HOME is not set; name a file with --out")
    return folder / FILE_NAME


def _checked_zone(zone: str) -> str:
    from miner_agent.cli.support.init_questions import taken_zone

    try:
        return taken_zone(zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from None


def _look() -> "Beginnings":
    """One look at this machine, as the agent would look at it without a configuration."""
    from miner_agent import drivers
    from miner_agent.assembly import looks
    from miner_agent.assembly.machines import ThisMachine
    from miner_agent.collectors import programs
    from miner_agent.config import loading
    from miner_agent.look import discovery
    from miner_agent.look.first_configuration import Beginnings

    loaded = loading.load((), environment=os.environ, known_drivers=drivers.names(), products=drivers.products)
    known = tuple(drivers.load(name) for name in drivers.names())
    running = programs.programs(discovery.process_names(known), procfs=loaded.collectors.procfs)
    listening = programs.listeners(procfs=loaded.collectors.procfs)
    return Beginnings(
        snapshot=looks.look_at_machine(ThisMachine(None, os.environ), loaded, clock=lambda: datetime.now(UTC)),
        miners=discovery.named(discovery.find(running, listening, known), {}),
        silent=discovery.silent(running, listening, known),
        unclear=discovery.unclear(running, known),
    )


def _show(found: "Beginnings") -> None:
    from miner_agent.look.first_configuration import told_cards, told_miner

    tell(f"cards: {told_cards(found.cards) or 'none found'}", err=True)
    for name, miner in found.miners.items():
        tell(f"{name} at {miner.address}: {told_miner(found, name)}", err=True)
    for program, driver in found.silent:
        tell(f"{program.name} runs, and its API is off: switch it on ({driver.enable_api})", err=True)
    if not found.miners and not found.silent:
        tell("miners: none found running here", err=True)


def _say_what_next(path: Path, *, of_service: bool) -> None:
    from miner_agent.config import loading
    from miner_agent.config.words import printable

    shown = printable(str(path))
    try:
        is_found = path in loading.search(given=None, environment=os.environ)
    except NotPermitted:
        is_found = False
    named = "" if is_found else f" --config {shown}"
    tell(f"wrote {shown}")
    tell("To see what is missing, and how to mend it:")
    tell(f"  miner-agent doctor{named}")
    if of_service:
        tell("  sudo systemctl restart miner-agent")
    else:
        tell("To read this rig and serve http://127.0.0.1:9877/:")
        tell(f"  miner-agent run{named}")
