"""What is written by hand about the alerts of miners and pools."""

from collections.abc import Mapping

from exporters.alerts.runbook import Runbook

MINER_RUNBOOKS: Mapping[str, Runbook] = {
    "MinerDown": Runbook(
        cause="The mining program's API does not answer: the program ended, hangs, was never started, or its API was "
        "switched off or moved to another port.",
        check=(
            (
                "`rig_miner_error` or `miner-agent status` says why: *unreachable* is no program there, *timeout* one "
                "that hangs."
            ),
            "`miner-agent doctor` asks it and prints how its API is switched on.",
        ),
        then=("If it ends again soon, look in its log for the card that makes it.",),
    ),
    "MachineDown": Runbook(
        cause="The machine does not answer any more: no power, no network, a firmware that hangs, or another address.",
        check=(
            "`miner-agent status` of the gateway: is it one machine, one shelf, or one network?",
            "`ping` its address; look at the lamps of its network port.",
        ),
        then=("If it has another address now, give it a fixed one in the router.",),
    ),
    "MinerRestartLoop": Runbook(
        cause="The program was started more than five times in an hour. It crashes, or a watchdog starts it anew for a "
        "fault that a start does not cure.",
        check=(
            "The end of the miner's log before each start names a card or an error.",
            "`miner-agent log show DEVICE`: does one card always go first?",
        ),
        then=("Take the overclock of that card back, or leave it out, and see whether it holds.",),
    ),
    "MinerHashrateZero": Runbook(
        cause="The program answers and works on nothing: it waits for a pool, builds something that it cannot, or its "
        "devices hang.",
        check=(
            "Its log: is it connected, and has it got work?",
            "`rig_pool_up`, `rig_miner_pool_connection_seconds`: does it reach a pool?",
        ),
    ),
    "DeviceHashrateZero": Runbook(
        cause="The program runs on without one of its devices: it crashed there, and many miners do not try again.",
        check=(
            "`rig_device_utilization_ratio` and `rig_device_power_watts` of that device: does it work at all?",
            "The miner's log at the time when it fell to zero.",
        ),
    ),
    "HashrateFarBelowExpected": Runbook(
        cause="The device does less than half of what it is expected to do: what is configured in `[expected]`, else "
        "the median of its own last week on this algorithm. It throttles, lost its clocks, or shares its card with "
        "something.",
        check=(
            "`rig_device_throttled`, `rig_device_clock_hertz`, `rig_device_power_limit_watts` of that device.",
            "Does another program use it?",
        ),
    ),
    "HashrateBelowExpected": Runbook(
        cause="The device has done less than 85 % of what it is expected to do for half an hour: what is configured in "
        "`[expected]`, else the median of its own last week on this algorithm.",
        check=(
            "`rig_miner_device_hashrate_expected_hashes_per_second` says what is expected, and where that is from.",
            "Compare its clocks, power limit and temperature with those of last week: `miner-agent log show DEVICE`.",
        ),
    ),
    "MinerHashrateBelowExpected": Runbook(
        cause="All devices of the miner together do less than 85 % of what is expected of it. One is missing or "
        "slow, or all of them have changed: another version, another configuration.",
        check=("`rig_miner_device_hashrate_hashes_per_second`: one device, or all of them?",),
        then=("If you set it so on purpose, write its hashrate into `[expected]`.",),
    ),
    "PoolHashrateDivergence": Runbook(
        cause="Fewer shares were accepted than the shown hashrate gives, by more than chance: of E expected ones "
        "fewer than 0.95 E - 4 * sqrt(0.95 E), over 4 hours or over 24. The displayed hashrate is wrong, the card "
        "computes wrong, shares are lost on their way, or somebody takes a part. It cannot see a loss below 9 to 20 "
        "% of a day.",
        check=(
            "The pool's page: does it show the same hashrate as the miner, over a whole day?",
            "`rig_miner_shares_invalid_total`, `_rejected_total`, `_stale_total`: where do they stay?",
        ),
        then=("Run the same program with a fee that is known, or another program, for a day, and compare.",),
    ),
    "NoAcceptedShares": Runbook(
        cause="Eighteen shares were due since the last one was accepted. By chance alone that happens once in 65 "
        "million shares. The pool refuses them, does not get them, or the miner makes none.",
        check=(
            "The miner's log: are shares found, sent, answered?",
            "The pool's page: does it see your worker?",
        ),
    ),
    "PoolRefusesShares": Runbook(
        cause="The pool refuses more than half of the shares of the last quarter of an hour.",
        check=(
            "The miner's log has the pool's reason: *low difficulty*, *unauthorized*, *job not found*.",
            "Was the coin forked, or the program updated? Then its algorithm may be an older one.",
        ),
    ),
    "RejectRatioHigh": Runbook(
        cause="More than one share in twenty was refused within the last hour, and surely more than three in a "
        "hundred. Stale shares come from a slow way to the pool, invalid ones from a card that computes wrong.",
        check=(
            "`rig_miner_shares_stale_total` beside `rig_miner_shares_rejected_total`: which of the two?",
            "`ping` the pool: above 150 ms take a nearer server.",
        ),
    ),
    "HashboardMissing": Runbook(
        cause="The machine finds fewer boards than it was built with: a cable came loose, a board or its power is "
        "broken.",
        check=("The machine's own page and its log name the chain that it does not find.",),
        then=("If it stays away, try its cable and place with another board: the fault goes with the board or stays.",),
    ),
    "MinerFanStopped": Runbook(
        cause="Fewer fans of the machine turn than it has. It will stop by itself or damage its boards.",
        check=("`rig_miner_fan_speed_rpm` says which one stands; the machine's own page says so as well.",),
    ),
    "MinerFault": Runbook(
        cause="The firmware itself tells of a fault, by a code.",
        check=("`rig_miner_fault_info` has code, meaning and board; `miner-agent status` shows them.",),
        then=("The maker's list of codes says what each wants; a restart clears those that are over.",),
    ),
    "HardwareErrorsMany": Runbook(
        cause="The machine's own check finds more than one wrong result a second. Chips have too little voltage for "
        "their frequency, are too hot, or fail.",
        check=("`rig_miner_device_hardware_errors_total`: one board, or all of them?",),
        then=("All boards: look at the power supply and its input voltage first.",),
    ),
    "AmbientTemperatureHigh": Runbook(
        cause="The air that the machine takes in is warmer than it should be: ventilation failed, hot air comes back "
        "in, or it is a hot day.",
        check=("Other machines in the room: is it all of them?",),
        then=('`[[thresholds]]` with `sensor = "ambient"` sets another limit.',),
    ),
    "LiquidTemperatureHigh": Runbook(
        cause="The liquid comes back too warm: a pump that stands, little flow, a dry cooler that is dirty or off.",
        check=("Flow and temperatures at the heat exchanger; other machines in the same loop.",),
        then=('`[[thresholds]]` with `sensor = "liquid"` sets another limit.',),
    ),
    "WorkersGone": Runbook(
        cause="The proxy, or your own pool, has had no miner connected for a quarter of an hour.",
        check=("Do the rigs run, and do they still have this proxy's address and port?",),
    ),
    "PoolAccountUnexpected": Runbook(
        cause="The miner works for an account that is neither in the configuration nor the one that was first seen. "
        "Somebody has changed the miner's configuration, a firmware has fallen back to its maker's, or it was you.",
        check=(
            "The miner's own configuration: whose account stands there now? The agent keeps a fingerprint only.",
            "Who could write it: open SSH or web interface, default password, a shared flight sheet?",
        ),
        then=("Look at the other rigs with the same passwords.",),
    ),
    "PoolUnexpected": Runbook(
        cause="The miner has worked with another pool or worker name than it should for half an hour. Mostly a pool "
        "is away and the miner went on to the next in its list.",
        check=(
            "`rig_pool_info` says which pool it is now.",
            "Is it one of your own list? Then name all of them in `pool` of `[[miners]]`.",
        ),
    ),
    "AllPoolsDown": Runbook(
        cause="The miner reaches none of the pools in its list. It is your line, a name server or a firewall; rarely "
        "all pools at once.",
        check=(
            "`ping` an address outside, then resolve a pool's name: line, then name server.",
            "Do other rigs of the site reach theirs?",
        ),
    ),
    "PoolConnectionLost": Runbook(
        cause="The program says that it is connected to no pool.",
        check=(
            "Its log has the reason: a name that does not resolve, a refused connection, TLS that is not spoken there.",
        ),
        then=("Give it a second pool in its list.",),
    ),
    "MiningOnBackupPool": Runbook(
        cause="The first pool of the miner's list was away, and the miner has stayed with another for half an hour.",
        check=("The pool's status page, and whether the miner ever tries the first one again.",),
    ),
}
