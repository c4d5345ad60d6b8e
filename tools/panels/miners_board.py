"""Miners and pools: what is shown, what is proven, where it goes."""

from tools.panels.panel import (
    BAD_IF_ZERO,
    FEW,
    GOOD_IF_ZERO,
    MINER,
    MINERS,
    NEAR_ONE,
    RIG,
    SITE,
    Board,
    Column,
    Panel,
    Query,
    Row,
    Word,
)
from tools.panels.rig_board import ANSWERS
from tools.panels.shapes import curve, figure, greatest, growth, speed, summed

EACH = "site, rig, miner, algorithm"
NAME = "{{rig}} {{miner}} {{algorithm}}"
UNPROVEN = "No miner tells how much work its shares are"
NOT_TOLD = "No miner tells it"


def _grown(counter: str, window: str) -> str:
    return f"sum by ({EACH}) (increase({MINERS(counter)}[{window}]))"


EXPECTED = _grown("rig_miner_shares_expected_total", "6h")
SHOWN = f"avg_over_time({MINERS('rig_miner_hashrate_hashes_per_second')}[6h])"


def _band(sign: str) -> str:
    """Where the proven part lies but for one time in 30,000: four standard deviations of what comes at random."""
    return f"clamp_min(1 {sign} 4 / sqrt({EXPECTED} > 0), 0)"


NOW = Row(
    "Now",
    (
        figure(
            "Miners that answer",
            "Miners whose API answered and was understood.",
            "none",
            f"sum({MINERS('rig_miner_up')})",
            "No miner is configured or found",
        ),
        figure(
            "Miners that do not",
            "A miner that does not answer may still mine. The time line below says which one it is.",
            "none",
            f"count({MINERS('rig_miner_up')}) - sum({MINERS('rig_miner_up')})",
            "No miner is configured or found",
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Paused",
            "Miners that are paused, and mean to be.",
            "none",
            f"sum({MINERS('rig_miner_paused')})",
            NOT_TOLD,
            levels=((None, "text"), (1, "blue")),
        ),
        figure(
            "Mine to somebody else",
            "Miners whose pool, account or worker is another one than is configured, or than was first seen.",
            "none",
            f"sum(1 - {MINERS('rig_pool_config_match')})",
            NOT_TOLD,
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Longest without a share",
            "How many shares were to be found since the last one was accepted. Above 15 it is no chance.",
            "none",
            f"max({MINERS('rig_miner_shares_expected_since_accepted')})",
            NOT_TOLD,
            decimals=1,
            levels=((None, "green"), (10, "yellow"), (15, "red")),
        ),
        figure(
            "Blocks found",
            "Shares of the last 24 hours that were blocks, as miners count them.",
            "none",
            f"sum(increase({MINERS('rig_miner_found_blocks_total')}[24h]))",
            NOT_TOLD,
            decimals=0,
        ),
        Panel(
            title="Miners answer",
            about="Whether each miner's API answered and was understood.",
            unit="none",
            empty="No miner is configured or found",
            kind="timeline",
            width=24,
            leads_to="rig",
            levels=BAD_IF_ZERO,
            says=ANSWERS,
            queries=[Query(greatest(MINERS, "rig_miner_up", "site, rig, miner"), "{{rig}} {{miner}}")],
        ),
    ),
)

PROOF = Row(
    "Shown against proven",
    (
        curve(
            "Hashrate, shown and proven",
            "Means of six hours: what miners show, and what their accepted shares prove. The dashed lines are between what "
            "chance makes of the shown hashrate (four standard deviations). Below them, hashes are made that nobody is "
            "paid for. The scale is logarithmic: choose one miner to see its band.",
            "Hs",
            [
                Query(f"sum by ({EACH}) ({SHOWN})", f"{NAME} shown"),
                Query(
                    f"sum by ({EACH}) (rate({MINERS('rig_miner_accepted_work_hashes_total')}[6h])) > 0",
                    f"{NAME} proven",
                ),
                *(
                    Query(f"sum by ({EACH}) ({SHOWN})\n* {_band(sign)}", f"{NAME} {word}", "limit")
                    for sign, word in (("-", "least"), ("+", "most"))
                ),
            ],
            UNPROVEN,
            width=24,
            logarithmic=True,
        ),
        curve(
            "Proven part of six hours",
            "Accepted shares as a part of those that the shown hashrate should have found. Between the dashed lines it is "
            "chance (four standard deviations).",
            "percentunit",
            [
                Query(f"{_grown('rig_miner_shares_proven_total', '6h')}\n/ ({EXPECTED} > 0)", NAME),
                *(Query(_band(sign), f"{NAME} {word}", "limit") for sign, word in (("-", "least"), ("+", "most"))),
            ],
            UNPROVEN,
            width=12,
            bounds=(0, None),
        ),
        curve(
            "Hashrate against what is expected",
            "1 is all of it: as configured, learnt over seven days, or told by the firmware.",
            "percentunit",
            [
                Query(
                    summed(MINERS, "rig_miner_hashrate_hashes_per_second", EACH)
                    + "\n/ "
                    + greatest(MINERS, "rig_miner_hashrate_expected_hashes_per_second", EACH),
                    NAME,
                )
            ],
            "Nothing is expected of a miner, as yet",
            width=12,
            leads_to="rig",
            bounds=(0, None),
            levels=NEAR_ONE,
        ),
    ),
)


def _part(word: str) -> str:
    lost, taken = (speed(MINERS, f"rig_miner_shares_{each}_total", EACH) for each in (word, "accepted"))
    return f"{lost}\n/ ({lost} + {taken} > 0)"


SHARES = Row(
    "Shares",
    (
        curve(
            "Accepted shares",
            "A minute.",
            "none",
            [Query(f"60 * {speed(MINERS, 'rig_miner_shares_accepted_total', EACH)}", NAME)],
            NOT_TOLD,
            decimals=2,
            bounds=(0, None),
        ),
        curve(
            "Refused part",
            "Shares that the pool refused.",
            "percentunit",
            [Query(_part("rejected"), NAME)],
            NOT_TOLD,
            leads_to="rig",
            bounds=(0, None),
            levels=FEW,
        ),
        curve(
            "Late part",
            "Shares that came too late: a slow line, or a pool far away.",
            "percentunit",
            [Query(_part("stale"), NAME)],
            NOT_TOLD,
            leads_to="rig",
            bounds=(0, None),
            levels=FEW,
        ),
        curve(
            "Wrong results",
            "Results that the miner's own check found wrong.",
            "none",
            [Query(growth(MINERS, "rig_miner_hardware_errors_total", EACH), NAME)],
            NOT_TOLD,
            bounds=(0, None),
        ),
        curve(
            "Since the last share",
            "How many shares were to be found since the last one was accepted.",
            "none",
            [Query(greatest(MINERS, "rig_miner_shares_expected_since_accepted", EACH), NAME)],
            NOT_TOLD,
            decimals=1,
            bounds=(0, None),
            levels=((None, "green"), (10, "yellow"), (15, "red")),
        ),
        curve(
            "Difficulty of a share",
            "As pools set it. The scale is logarithmic.",
            "sishort",
            [Query(greatest(MINERS, "rig_miner_share_difficulty", EACH), NAME)],
            NOT_TOLD,
            logarithmic=True,
        ),
    ),
)

POOL_WORDS = (Word(0, "another one", "red"), Word(1, "as it should be", "green"))
POOLS = Row(
    "Pools",
    (
        Panel(
            title="Where it goes",
            about="The pool that each miner mines to. The account is a fingerprint.",
            unit="none",
            empty="No miner tells its pool",
            kind="table",
            columns=tuple(
                Column(name=name, title=name)
                for name in (
                    "site",
                    "rig",
                    "miner",
                    "algorithm",
                    "host",
                    "port",
                    "scheme",
                    "tls",
                    "account_hash",
                    "fee",
                )
            ),
            queries=[Query(MINERS("rig_pool_info"))],
        ),
        Panel(
            title="As it should be",
            about="Whether pool, account and worker are those that are configured, or were first seen.",
            unit="none",
            empty="No miner tells its pool",
            kind="timeline",
            height=9,
            levels=BAD_IF_ZERO,
            says=POOL_WORDS,
            queries=[Query(f"min by ({EACH}) ({MINERS('rig_pool_config_match')})", NAME)],
        ),
        curve(
            "Age of the connection",
            "A saw tells of a line that drops, or of a pool that does.",
            "s",
            [Query(greatest(MINERS, "rig_miner_pool_connection_seconds", "site, rig, miner"), "{{rig}} {{miner}}")],
            NOT_TOLD,
            leads_to="rig",
            bounds=(0, None),
        ),
        curve(
            "Pools of the list that answer",
            "As miners last knew, those to fall back to among them.",
            "none",
            [Query(summed(MINERS, "rig_pool_up", "site, rig, miner"), "{{rig}} {{miner}}")],
            "No miner tells the pools it is set up with",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Starts of miners",
            "Times a program was found to be started anew.",
            "none",
            [Query(growth(MINERS, "rig_miner_restarts_total", "site, rig, miner"), "{{rig}} {{miner}}")],
            NOT_TOLD,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
    ),
)

MINING = Board(
    name="miners",
    title="miners and pools",
    about="What miners show, what accepted shares prove, and which pools they go to.",
    variables=[SITE, RIG, MINER],
    hours=24,
    rows=[NOW, PROOF, SHARES, POOLS],
)
