"""``miner-agent status``: what the agent that runs here says of its rigs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.agent_place import agent_option, agent_place
from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import NOTHING_READ, tell
from miner_agent.cli.support.options import Name, config_option, json_option
from miner_agent.errors import SourceError

if TYPE_CHECKING:
    from miner_agent.look.running_agent import ToldVerdict

ILL = 3


@click.command("status")
@config_option
@agent_option
@click.option("--rig", type=Name(), help="This one only, by its name.")
@json_option
def command(config_path: Path | None, address: str | None, rig: str | None, *, as_json: bool) -> None:
    """Ask the running agent whether its rig is well, and the rigs that it reads for others, and what ails them.

    The exit code is 0 if they are well, 3 if one is ill, and 69 if no agent answers or nothing is known.

    \b
    Example:
      miner-agent status
    """
    from calculators.nearest_words import suggestion
    from miner_agent.look.running_agent import ask_agent
    from miner_agent.text import clean_text

    place = agent_place(config_path, address)
    line = place.line()
    told = place.explained(lambda: ask_agent(line))
    if rig is not None:
        named = tuple(one for one in told if one.rig == rig)
        if not named:
            hint = suggestion(rig, [one.rig for one in told if one.rig is not None])
            raise click.BadParameter(
                f"the agent reads no rig of the name {clean_text(rig)!r}; {hint}", param_hint="--rig"
            )
        told = named
    if as_json:
        print_json(told)
    else:
        for one in told:
            _show(one)
    raise click.exceptions.Exit(_exit_code([one.verdict for one in told]))


def _show(told: "ToldVerdict") -> None:
    as_of = "" if told.as_of is None else f", as of {told.as_of:%Y-%m-%d %H:%M:%S} UTC"
    reason = NOTHING_READ if told.why is None and told.verdict == "unknown" else told.why
    why = "" if reason is None else f": {reason}"
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
