"""What is written by hand about the alerts of cards, processors and boards."""

from collections.abc import Mapping

from exporters.alerts.runbook import Runbook

DEVICE_RUNBOOKS: Mapping[str, Runbook] = {
    "DeviceMissing": Runbook(
        cause="A card that was there does not answer its driver any more: it was not found at the last start, fell "
        "off the bus, or was taken out. A riser, its power cable or the slot is the usual reason, the card itself "
        "the rare one.",
        check=(
            "`miner-agent status` names the card that is missing, and since when.",
            (
                "`lspci | grep -Ei 'vga|3d'` counts what the machine finds at all; `dmesg | grep -Ei "
                "'xid|pcie|nvrm|amdgpu'` why not."
            ),
        ),
        then=(
            (
                "Switch the machine off, swap the riser with that of a card that works, and start it: the fault goes "
                "with the riser, stays with the slot, or stays with the card."
            ),
        ),
    ),
    "DeviceLost": Runbook(
        cause="The driver says that the card is gone (NVML: GPU is lost) or can only be reset. Its power or its riser "
        "failed for a moment, or its clocks are too high.",
        check=(
            "`dmesg | grep -i xid`: 79 is a card that fell off the bus.",
            "`miner-agent log show DEVICE`: was it hot, or did its power jump just before?",
        ),
        then=("Lower its memory clock by a step, and its power limit by a tenth, before it mines again.",),
    ),
    "DeviceErrorCritical": Runbook(
        cause="NVIDIA's driver wrote an error of those that do not heal by themselves. 48, 64 and 95 are memory that "
        "cannot be corrected, 62 and 119, 120 the card's own controllers, 74 NVLink, 79 a card that fell off the "
        "bus.",
        check=(
            "`dmesg | grep -i xid` shows each with its time.",
            "The alert is over with the next start of the machine; it comes again if the card has not recovered.",
        ),
        then=("Write the number down: a claim of warranty asks for it.",),
    ),
    "DeviceSilent": Runbook(
        cause="The driver lists the device and answers none of the questions about it. Its collector is slow, or the "
        "card is on its way to hang.",
        check=(
            "`miner-agent doctor`: what does its collector say?",
            "`nvidia-smi` or `rocm-smi` in a second terminal: does it hang at the same card?",
        ),
    ),
    "DeviceTemperatureHigh": Runbook(
        cause="The sensor is above the threshold of its device: 10 below where the card slows down, what is usual "
        "for its model, or what you set in `[[thresholds]]`. Dust, a warm room, a fan curve that is too gentle.",
        check=(
            "`miner-agent status` and the metrics `rig_device_fan_target_ratio`: is there cooling left to ask for?",
            "Are the other cards hotter than last week as well? Then it is the room.",
        ),
        then=("If this temperature is right for your card, set its own threshold in `[[thresholds]]`.",),
    ),
    "DeviceTemperatureCritical": Runbook(
        cause="The sensor is within a few degrees of where the card throttles hard or switches itself off. A fan "
        "stands still, a thermal pad has slipped, or the power limit was lost.",
        check=(
            "Look at the fans with your own eyes: a driver tells the speed that it asks for.",
            "`rig_device_power_limit_watts`: is it what you set?",
        ),
        then=(
            "Memory that is hot while the core is cool wants new thermal pads.",
            "Let it mine again at a lower power limit, and watch it for an hour.",
        ),
    ),
    "CoolingExhausted": Runbook(
        cause="The card is too hot although all of its fans are asked for: a fan is dead or blocked, the cooler is "
        "full of dust, or the paste has dried. NVML tells the speed that it asks for, so that a dead fan looks as "
        "100 %.",
        check=(
            "Look whether every fan of the card turns.",
            "`rig_device_fan_speed_rpm`, where the driver tells it: is it in proportion to what is asked for?",
        ),
        then=("Replace the fan, or put one in front of the card until you have it.",),
    ),
    "DeviceThermalThrottling": Runbook(
        cause="The card lowers its clocks for heat for more than a tenth of the time. It is at its limit and works "
        "below what you pay for; the temperature may look steady, because throttling holds it there.",
        check=(
            "`rig_device_temperature_celsius` of every sensor: memory throttles before the core does.",
            "Is the room warmer, or does the hot air of one card go into the next?",
        ),
    ),
    "FanStopped": Runbook(
        cause="The driver asks for more than a fifth of the fan's speed and measures none: a cable in its way, a "
        "bearing that seized, a plug that came loose.",
        check=("Look at the fan. Turn it by hand with the machine off: it must turn freely.",),
        then=("If it turns and the sensor is wrong, switch this alert off for that device.",),
    ),
    "PowerLimitDrift": Runbook(
        cause="The limit in force is not the one that you want: the driver forgot it at a restart or a reset, "
        "refused it, or another tool has set its own.",
        check=(
            "`nvidia-smi -q -d POWER` shows the limit in force, the default and what is possible.",
            "Is persistence mode on? Without it the driver forgets limits when nobody uses the card.",
        ),
    ),
    "SensorImplausible": Runbook(
        cause="A reading was impossible (511 °C, 65535, a negative power) more than five times in a quarter of an "
        "hour. The driver reads garbage from the card.",
        check=(
            "`rig_device_read_errors_total`: which quantity, of which device?",
            "Is it one card or all? All of them: the driver. One: that card or its riser.",
        ),
    ),
    "DeviceChipsMissing": Runbook(
        cause="Fewer chips of the board answer than it was built with or started with. A chip, or the chain behind "
        "it, is broken, or the board has too little voltage.",
        check=(
            "The machine's own page shows which chips are dead.",
            "Is it one chip, or all from one position on? The latter is a broken chain at the first of them.",
        ),
    ),
    "DeviceEccUncorrected": Runbook(
        cause="The card's memory held something else than was written, and its check could not mend it. The memory "
        "clock is too high, or the memory is failing.",
        check=("`nvidia-smi -q -d ECC` and `-d ROW_REMAPPER` say how many, and whether rows were replaced.",),
    ),
    "DeviceMemoryFailing": Runbook(
        cause="The card wanted to replace a failing row of memory and has no spare one left for it.",
        check=("`nvidia-smi -q -d ROW_REMAPPER`: *remapping failure occurred* says yes.",),
    ),
    "DeviceMemoryRemapPending": Runbook(
        cause="A row of memory failed, and the spare one is put in its place at the next reset of the card.",
        check=("`nvidia-smi -q -d ROW_REMAPPER`: *pending* says yes.",),
        then=("If it comes again soon after, plan to replace the card.",),
    ),
    "DevicePcieReplays": Runbook(
        cause="More than a thousand transfers an hour were damaged on their way and sent again. Risers and their USB "
        "cables are the usual reason, then dust in the slot.",
        check=("`rig_device_pcie_replays_total`: does it rise all the time, or in bursts when something is switched?",),
        then=("Set the slot to PCIe 2.0 or 1.1 in the firmware of the mainboard: mining needs no more.",),
    ),
    "DevicePcieLinkDegraded": Runbook(
        cause="The card talks over fewer lanes than within the last two hours: contacts of the riser or the slot have "
        "gone. It is over by itself two hours later: what is now is then what was.",
        check=("`lspci -vv` shows *LnkSta* (now) beside *LnkCap* (could have).",),
    ),
    "DeviceSharesInvalid": Runbook(
        cause="The miner finds more than one in twenty of the card's results wrong when it checks them, beyond chance. "
        "Memory that is clocked too high computes wrong before it crashes.",
        check=(
            "`rig_miner_device_shares_invalid_total`: one card or all of them?",
            "Has somebody changed clocks, or has the room become hotter since it was well?",
        ),
        then=("Lower the memory clock in steps of 50 MHz until there are none for an hour.",),
    ),
}
