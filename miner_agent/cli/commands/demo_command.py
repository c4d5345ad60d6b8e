"""``miner-agent demo``: the whole agent on a rig that does not exist."""

import math
import os
import sys
from pathlib import Path
from shutil import which

import click

from miner_agent.cli.support.demo_words import PROFILE_TITLES, SCENE_WORDS
from miner_agent.cli.support.first_table import first_table
from miner_agent.cli.support.measure_range import MeasureRange
from miner_agent.cli.support.options import FILE, table_option
from miner_agent.cli.support.purposes import PROGRAM


@click.command("demo")
@click.option(
    "--profile",
    "name",
    type=click.Choice([*PROFILE_TITLES]),
    default=next(iter(PROFILE_TITLES)),
    show_default=True,
    help="Which rig: " + "; ".join(f"{name}: {title}" for name, title in PROFILE_TITLES.items()) + ".",
)
@click.option(
    "--script",
    type=click.Choice(["short", "long", "calm"]),
    default="short",
    show_default=True,
    help="What happens: a fault every minute, every fault at its real length with hours between, or nothing.",
)
@click.option(
    "--scene",
    "scenes",
    multiple=True,
    type=click.Choice(SCENE_WORDS),
    help="Play this alone, in place of the script; may be given several times.",
)
@click.option(
    "--after",
    "after_seconds",
    type=MeasureRange(0, 1e9),
    default=30.0,
    show_default=True,
    help="When the scenes begin. [s]",
)
@click.option(
    "--lasting",
    "lasting_seconds",
    type=MeasureRange(0, 1e9, min_open=True),
    default=None,
    help="How long they last; left away, until the end. [s]",
)
@click.option(
    "--rigs",
    type=click.IntRange(0, 10_000),
    default=0,
    show_default=True,
    help="So many more rigs, at /rigs/replayed-00001/metrics and so on: the pages of one, with figures of their own.",
)
@click.option(
    "--config",
    "configuration",
    type=FILE,
    metavar="FILE",
    help="Configuration file of which [alerts] and [http] hold, to see how alerts reach you.",
)
@table_option
def command(
    *,
    name: str,
    script: str,
    scenes: tuple[str, ...],
    after_seconds: float,
    lasting_seconds: float | None,
    rigs: int,
    configuration: Path | None,
    table: bool,
) -> None:
    """Run the agent on a simulated rig that fails by a script.

    Nothing of this machine is read and nothing is kept; all figures, prices and names are invented. A round of faults
    takes some ten minutes: a fan dies, a card falls off the bus, a miner hangs, mines for somebody else, restarts, a
    meter is silent, a pool refuses shares. Machines behind the gateway have pages of their own, at
    /rigs/NAME/metrics.

    \b
    Example:
      miner-agent demo --table
      miner-agent demo --profile asic --scene board-dead --after 60 --lasting 300
    """
    from datetime import UTC, datetime

    from miner_agent.cli.support.passing_folder import passing_folder
    from miner_agent.cli.support.running_demo import FOLDER_PREFIX, telling_how
    from miner_agent.service import logs
    from miner_agent.simulate.mishaps import Fault
    from miner_agent.simulate.profiles import PROFILES
    from miner_agent.simulate.scripts import SCRIPTS, alone
    from miner_agent.simulate.stand_ins import HEAD_START_SECONDS
    from miner_agent.simulate.started_demo import asking_configuration, begun_past, demo_rig

    profile = PROFILES[name]
    played = SCRIPTS[script](profile)
    if scenes:
        faults = tuple(Fault(scene) for scene in scenes)
        begins_seconds = HEAD_START_SECONDS + after_seconds
        played = alone(profile, faults, after_seconds=begins_seconds, lasting_seconds=lasting_seconds or math.inf)
    logs.set_up(journal="JOURNAL_STREAM" in os.environ)
    with passing_folder(FOLDER_PREFIX) as folder:
        with begun_past(folder, profile, datetime.now(UTC)):
            from miner_agent.service import daemon  # which takes a while too

            rig = demo_rig(
                folder,
                os.environ,
                profile,
                played,
                lambda: datetime.now(UTC),
                replayed=rigs,
                configuration=configuration,
            )
        asking = asking_configuration(rig)
        told = telling_how(folder, asking, rig.load().http.listen, _program(), first_table(wanted=table))
        daemon.run(rig, os.environ, on_tick=told)


def _program() -> str:
    """What to type for it: where it is not found by its name, as this was started."""
    name = click.get_current_context().find_root().info_name or PROGRAM
    return name if name != PROGRAM or which(PROGRAM) else sys.argv[0]
