"""``miner-agent fleet``: what a Prometheus that scrapes many rigs says of all of them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.measure_range import MeasureRange
from miner_agent.cli.support.options import FILE, Name, json_option

if TYPE_CHECKING:
    from miner_agent.look.asked_prometheus import AskedPrometheus

Asking = TypeVar("Asking", bound=Callable[..., Any])


@click.group("fleet")
def command() -> None:
    """Ask a Prometheus or a VictoriaMetrics about all rigs that it scrapes, by the series that it records for fleets.

    \b
    Example:
      miner-agent fleet status --prometheus http://127.0.0.1:9090
    """


def _asking(asking: Asking) -> Asking:
    """The options by which one is named."""
    options = (
        click.option(
            "--prometheus", "url", required=True, type=Name(), metavar="URL", help="Where it answers: http://HOST:9090."
        ),
        click.option("--user", type=Name(), metavar="NAME", help="As whom it is asked, where it wants to know."),
        click.option("--password-file", type=FILE, metavar="FILE", help="File that holds the password, on one line."),
    )
    for option in reversed(options):
        asking = option(asking)
    return asking


def _days_option(default: float) -> Callable[[Asking], Asking]:
    return click.option(
        "--days", type=MeasureRange(min=0.1, max=366), default=default, show_default=True, help="Over so many days."
    )


@command.command("status")
@_asking
@json_option
def status(url: str, user: str | None, password_file: Path | None, *, as_json: bool) -> None:
    """Print for each site what is there, what it draws and mines, and which alerts fire.

    The exit code is 0 if all is well, 3 if a rig is away or ill or a critical alert fires, and 69 if nothing is known.

    \b
    Example:
      miner-agent fleet status --prometheus http://127.0.0.1:9090
    """
    from miner_agent.cli.commands.status_command import ILL
    from miner_agent.cli.support.fleet_answers import fleet_state
    from miner_agent.cli.support.fleet_tables import show_state

    state = fleet_state(_prometheus(url, user, password_file))
    if as_json:
        print_json(state)
    else:
        show_state(state)
    raise click.exceptions.Exit(0 if state.is_well else ILL)


@command.command("worst")
@click.option(
    "--count", "most", type=click.IntRange(1, 10_000), default=10, show_default=True, help="At most so many rigs."
)
@_asking
@json_option
def worst(url: str, user: str | None, password_file: Path | None, *, most: int, as_json: bool) -> None:
    """List the rigs with which most is wrong: away, ill, alerts, too little hashrate, shares rejected, slowed by heat.

    \b
    Example:
      miner-agent fleet worst --count 20 --prometheus http://127.0.0.1:9090
    """
    from miner_agent.cli.support.fleet_tables import show_worst
    from miner_agent.cli.support.fleet_worst import worst_rigs

    rigs, bad = worst_rigs(_prometheus(url, user, password_file))
    if as_json:
        print_json({"rigs": rigs, "bad": len(bad), "worst": bad[:most]})
    else:
        show_worst(rigs, bad, most=most)


@command.command("profit")
@_days_option(7)
@_asking
@json_option
def profit(url: str, user: str | None, password_file: Path | None, *, days: float, as_json: bool) -> None:
    """Print what each site earns in a day, what its power costs, and what it leaves.

    Agents tell of money only to users whom [http] books_users names: Prometheus has to ask as one of them.

    \b
    Example:
      miner-agent fleet profit --days 30 --prometheus http://127.0.0.1:9090
    """
    from miner_agent.cli.support.fleet_sums import fleet_profit
    from miner_agent.cli.support.fleet_tables import show_profit

    sites = fleet_profit(_prometheus(url, user, password_file), days=days)
    if as_json:
        print_json(sites)
    else:
        show_profit(sites, days=days)


@command.command("energy")
@_days_option(1)
@_asking
@json_option
def energy(url: str, user: str | None, password_file: Path | None, *, days: float, as_json: bool) -> None:
    """Print what each site drew, of how much of the time that is known, and what the agents say that it cost.

    What was not recorded is not in the sum.

    \b
    Example:
      miner-agent fleet energy --days 30 --prometheus http://127.0.0.1:9090
    """
    from miner_agent.cli.support.fleet_sums import fleet_energy
    from miner_agent.cli.support.fleet_tables import show_energy

    sites = fleet_energy(_prometheus(url, user, password_file), days=days)
    if as_json:
        print_json(sites)
    else:
        show_energy(sites, days=days)


def _prometheus(url: str, user: str | None, password_file: Path | None) -> "AskedPrometheus":
    from miner_agent.config.named_files import SecretFile, read_secret
    from miner_agent.look.asked_prometheus import AskedPrometheus
    from miner_agent.transport.service_calls import ServiceAddress

    if (user is None) != (password_file is None):
        raise click.UsageError("--user and --password-file go together")
    try:
        address = ServiceAddress.parse(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--prometheus") from None
    if address.authorization is not None:
        raise click.BadParameter(
            "a password in an address is seen by everybody on this machine; write --user NAME --password-file FILE",
            param_hint="--prometheus",
        )
    if "?" in address.target:
        raise click.BadParameter("leave away what stands behind the question mark", param_hint="--prometheus")
    if user is not None and password_file is not None:
        if not user.isascii() or not user.isprintable() or ":" in user:
            raise click.BadParameter("write a name in plain ASCII without a colon", param_hint="--user")
        secret = read_secret(SecretFile(password_file), place="fleet", key="--password-file", what="password")
        address = address.as_user(user, secret)
    return AskedPrometheus(address)
