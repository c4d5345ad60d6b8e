"""``miner-agent status``: what the agent that runs here says of its rigs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import Name, config_option, json_option
from miner_agent.errors import SourceError

if TYPE_CHECKING:
    from miner_agent.config.key_types import ListenAddress
    from miner_agent.look.running_agent import ToldVerdict

ILL = 3


@click.command("status")
@config_option
@click.option("--agent", "address", metavar="HOST:PORT", help="Where the agent listens; without it: as configured.")
@click.option("--rig", type=Name(), help="This one only, by its name.")
@json_option
def command(config_path: Path | None, address: str | None, rig: str | None, *, as_json: bool) -> None:
    """Ask the running agent whether its rig is well, and the rigs that it reads for others, and what ails them.

    The exit code is 0 if they are well, 3 if one is ill, and 69 if no agent answers or nothing is known.

    \b
    Example:
      miner-agent status
    """
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.look.running_agent import ask_agent

    http = configuration(config_path).http
    listen = http.listen if address is None else _listen(address)
    by_socket = http.socket if address is None else None
    try:
        told = ask_agent(listen.host, listen.port, socket_path=by_socket)
    except SourceError as error:
        hint = ""
        if http.web_config_file is not None and by_socket is None:
            hint = " An agent that wants TLS or users is asked by its socket: write [http] socket."
        raise SourceError(f"{error}. Is the agent running? systemctl status miner-agent{hint and '.'}{hint}") from None
    if rig is not None:
        told = tuple(one for one in told if one.rig == rig)
        if not told:
            raise click.BadParameter(f"the agent reads no rig of the name {rig!r}", param_hint="--rig")
    if as_json:
        print_json(told)
    else:
        for one in told:
            _show(one)
    raise click.exceptions.Exit(_exit_code([one.verdict for one in told]))


def _listen(address: str) -> "ListenAddress":
    from miner_agent.config.key_types import ListenAddress
    from miner_agent.config.words import Unfit

    try:
        listen = ListenAddress.of(address)
    except Unfit as error:
        raise click.BadParameter(f"{address!r}{error}", param_hint="--agent") from None
    if not listen.is_loopback:
        raise click.BadParameter(f"{address!r} is not of this machine; ask there", param_hint="--agent")
    return listen


def _show(told: "ToldVerdict") -> None:
    as_of = "" if told.as_of is None else f", as of {told.as_of}"
    why = "" if told.why is None else f": {told.why}"
    resting = ", standing still as planned" if told.is_resting else ""
    tell(f"{told.rig or 'the rig'}: {told.verdict}{resting}{as_of}{why}")
    for symptom in told.symptoms:
        part = "" if symptom.part is None else f" ({symptom.part})"
        tell(f"  {symptom.reason}: {symptom.subject}{part}: {symptom.said}")
    if told.symptoms_total > len(told.symptoms):
        tell(f"  and {told.symptoms_total - len(told.symptoms)} more")


def _exit_code(verdicts: Sequence[str]) -> int:
    if "ill" in verdicts:
        return ILL
    return 0 if "well" in verdicts else SourceError.exit_code
