"""The agents themselves: whether what they say is fresh and whole."""

from tools.panels.panel import BAD_IF_ZERO, GOOD_IF_ZERO, RIG, RIGS, SITE, Board, Column, Panel, Query, Row, Word
from tools.panels.shapes import curve, figure, greatest, growth, summed

NO_PAGE = "Prometheus has read no page in this time"
NO_DATABASE = "No agent here has a database"
NO_GATEWAY = "No agent here reads other machines"
GIVES = (Word(0, "nothing", "red"), Word(1, "a reading", "green"))

NOW = Row(
    "Now",
    (
        figure(
            "Agents",
            "Pages that were read: rigs, gateways and what is behind them.",
            "none",
            f"count({RIGS('up')} == 1)",
            NO_PAGE,
        ),
        figure(
            "Oldest readings",
            "How long ago the readings of a page were asked for. They are as old as the agent's interval, at most.",
            "s",
            f"max(time() - {RIGS('rig_agent_last_tick_timestamp_seconds')})",
            NO_PAGE,
            levels=((None, "green"), (60, "yellow"), (300, "red")),
        ),
        figure(
            "Sources without a reading",
            "Collectors, miners and meters that gave none in the last tick; the time line below names them.",
            "none",
            f"count({RIGS('rig_agent_collector_success')}) - sum({RIGS('rig_agent_collector_success')})",
            NO_PAGE,
            levels=((None, "green"), (1, "yellow")),
        ),
        figure(
            "Mistakes of agents",
            "Of the last 24 hours: each cost a source its reading. The agent's log has the traceback of each, once.",
            "none",
            f"sum(increase({RIGS('rig_agent_mistakes_total')}[24h]))",
            NO_PAGE,
            decimals=0,
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Clocks kept right",
            "Whether somebody keeps the wall clock right, as the kernel knows.",
            "none",
            f"min({RIGS('rig_agent_clock_synchronized')})",
            "No kernel tells it the agent",
            says=(Word(0, "not all", "red"), Word(1, "yes", "green")),
        ),
        figure(
            "Configuration in force",
            "Whether the last reload took the new configuration.",
            "none",
            f"min({RIGS('rig_agent_config_last_reload_successful')})",
            NO_PAGE,
            says=(Word(0, "an older one", "red"), Word(1, "the newest", "green")),
        ),
    ),
)

SOURCES = Row(
    "Sources",
    (
        Panel(
            title="Sources give a reading",
            about="Each collector, miner and meter, in each tick.",
            unit="none",
            empty=NO_PAGE,
            kind="timeline",
            width=24,
            height=12,
            leads_to="rig",
            levels=BAD_IF_ZERO,
            says=GIVES,
            queries=[
                Query(greatest(RIGS, "rig_agent_collector_success", "site, rig, collector"), "{{rig}} {{collector}}")
            ],
        ),
        curve(
            "Why not",
            "Sources that gave no reading, by reason: the five that most of them have.",
            "none",
            [Query(f"topk(5, {summed(RIGS, 'rig_agent_collector_error', 'reason')})", "{{reason}}")],
            NO_PAGE,
            decimals=0,
            stacked=True,
            bounds=(0, None),
        ),
        curve(
            "How long they take",
            "The ten slowest.",
            "s",
            [
                Query(
                    f"topk(10, {greatest(RIGS, 'rig_agent_collector_duration_seconds', 'site, rig, collector')})",
                    "{{rig}} {{collector}}",
                )
            ],
            NO_PAGE,
            leads_to="rig",
            bounds=(0, None),
        ),
        curve(
            "Do not come back",
            "Sources whose call is over its deadline and has not come back.",
            "none",
            [Query(summed(RIGS, "rig_agent_collector_stuck", "site, rig"), "{{rig}}")],
            NO_PAGE,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
            levels=GOOD_IF_ZERO,
        ),
        curve(
            "Left out",
            "Devices, workloads, pools and errors beyond what a source may tell.",
            "none",
            [
                Query(
                    growth(RIGS, "rig_agent_collector_series_dropped_total", "site, rig, collector"),
                    "{{rig}} {{collector}}",
                )
            ],
            NO_PAGE,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Reads of devices that failed",
            "Quantities that could not be read, or had an impossible value, by reason.",
            "none",
            [Query(growth(RIGS, "rig_device_read_errors_total", "quantity, reason"), "{{quantity}} {{reason}}")],
            "Every quantity was read each time",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Feeds: since the newest answer",
            "Of prices, chains and tariffs.",
            "s",
            [
                Query(
                    f"time() - {greatest(RIGS, 'rig_market_feed_last_success_timestamp_seconds', 'site, rig, feed')}",
                    "{{rig}} {{feed}}",
                )
            ],
            "No feed is configured",
            leads_to="rig",
            bounds=(0, None),
        ),
    ),
)

KEEPING = Row(
    "Databases",
    (
        curve(
            "Since the newest sample on disk",
            "Above a few minutes the log does not reach its disk.",
            "s",
            [
                Query(
                    "time() - "
                    + greatest(RIGS, "rig_agent_database_last_write_timestamp_seconds", "site, rig, database"),
                    "{{rig}} {{database}}",
                )
            ],
            NO_DATABASE,
            leads_to="rig",
            bounds=(0, None),
        ),
        curve(
            "Size",
            "Of the files.",
            "bytes",
            [Query(greatest(RIGS, "rig_agent_database_size_bytes", "site, rig, database"), "{{rig}} {{database}}")],
            NO_DATABASE,
            leads_to="rig",
            stacked=True,
            bounds=(0, None),
        ),
        curve(
            "Not written",
            "Attempts that the disk refused, ticks that found no room, values that no database holds, files that were lost.",
            "none",
            [
                Query(growth(RIGS, f"rig_agent_database_{metric}_total", "site, rig, database"), f"{{{{rig}}}} {words}")
                for metric, words in (
                    ("write_failures", "refused"),
                    ("ticks_dropped", "no room"),
                    ("values_dropped", "values"),
                    ("files_lost", "lost"),
                )
            ],
            NO_DATABASE,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
            levels=GOOD_IF_ZERO,
        ),
    ),
)

GATEWAYS = Row(
    "Gateways",
    (
        curve(
            "Machines behind gateways",
            "Those that answered in the last round, and those that there are (dashed).",
            "none",
            [
                Query(greatest(RIGS, "rig_gateway_rigs_answered", "site, rig"), "{{rig}}"),
                Query(greatest(RIGS, "rig_gateway_rigs_configured", "site, rig"), "{{rig}} configured", "limit"),
            ],
            NO_GATEWAY,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Dead",
            "Machines that did not answer twice in a row or more. They are asked ever less often.",
            "none",
            [Query(greatest(RIGS, "rig_gateway_rigs_dead", "site, rig"), "{{rig}}")],
            NO_GATEWAY,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
            levels=GOOD_IF_ZERO,
        ),
        curve(
            "How long a round takes",
            "And within what it is to be over (dashed): above it the gateway cannot keep up.",
            "s",
            [
                Query(greatest(RIGS, "rig_gateway_round_duration_seconds", "site, rig"), "{{rig}}"),
                Query(greatest(RIGS, "rig_gateway_interval_seconds", "site, rig"), "{{rig}} interval", "limit"),
            ],
            NO_GATEWAY,
            leads_to="rig",
            bounds=(0, None),
        ),
    ),
)

ITSELF = Row(
    "What agents cost",
    (
        curve(
            "Processor time",
            "Part of one processor that each agent takes.",
            "percentunit",
            [Query(f"max by (site, rig) (rate({RIGS('process_cpu_seconds_total')}[$__rate_interval]))", "{{rig}}")],
            NO_PAGE,
            leads_to="rig",
            bounds=(0, None),
        ),
        curve(
            "Memory",
            "Resident, of each agent.",
            "bytes",
            [Query(greatest(RIGS, "process_resident_memory_bytes", "site, rig"), "{{rig}}")],
            NO_PAGE,
            leads_to="rig",
            bounds=(0, None),
        ),
        curve(
            "Late, or set",
            "Ticks that began late or were left out, and times the wall clock was set.",
            "none",
            [
                Query(growth(RIGS, "rig_agent_late_ticks_total", "site, rig"), "{{rig}} late"),
                Query(growth(RIGS, "rig_agent_clock_steps_total", "site, rig"), "{{rig}} clock set"),
            ],
            NO_PAGE,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
        Panel(
            title="Versions",
            about="How many pages each version wrote.",
            unit="none",
            empty=NO_PAGE,
            kind="table",
            width=24,
            height=5,
            columns=(
                Column(name="version", title="version"),
                Column(name="python_version", title="Python"),
                Column(name="A", title="pages", unit="none"),
            ),
            sorted_by="A",
            queries=[Query(f"count by (version, python_version) ({RIGS('rig_agent_build_info')})")],
        ),
    ),
)

AGENT = Board(
    name="agent",
    title="agents and data quality",
    about="Whether what is shown elsewhere is fresh and whole: sources, databases, gateways, clocks, and what agents cost.",
    variables=[SITE, RIG],
    rows=[NOW, SOURCES, KEEPING, GATEWAYS, ITSELF],
)
