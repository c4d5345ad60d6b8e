"""What is mined, in all, by device, and by who mines through a miner. Algorithms are never added up."""

from exporters.metric_table import Section, by, one, timestamp
from miner_agent.model.devices import DeviceWork
from miner_agent.model.readings import ConnectedWorker, Workload
from miner_agent.model.snapshot import AwaitedShares, ExpectedHashrate, OtherWorkers, ProvenWork

WORKLOADS: Section[Workload] = Section(
    title="Miners by algorithm",
    keys=("miner", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((w.miner, w.algorithm), w.workload) for w in s.inventory.workloads),
    specs=(
        one(
            "rig_miner_hashrate_hashes_per_second",
            "gauge",
            "The miner's own total, over the shortest window that it gives (XMRig: 10 s).",
            lambda w: w.hashes_per_second,
        ),
        one(
            "rig_miner_hashrate_window_seconds",
            "gauge",
            "What the total is the mean of, where the miner says so.",
            lambda w: w.hashrate_window_seconds,
        ),
        one(
            "rig_miner_hashrate_nominal_hashes_per_second",
            "gauge",
            "What the hashrate should be as the machine is rated or set up, by its firmware.",
            lambda w: w.nominal_hashes_per_second,
        ),
        one(
            "rig_miner_shares_accepted_total",
            "counter",
            "Shares that the pool took, since the miner started.",
            lambda w: w.accepted_shares_total,
        ),
        one(
            "rig_miner_shares_rejected_total",
            "counter",
            "Shares that the pool refused, since the miner started.",
            lambda w: w.rejected_shares_total,
        ),
        one(
            "rig_miner_shares_stale_total",
            "counter",
            "Shares that came too late, since the miner started.",
            lambda w: w.stale_shares_total,
        ),
        one(
            "rig_miner_shares_invalid_total",
            "counter",
            "Shares that the miner itself found wrong.",
            lambda w: w.invalid_shares_total,
        ),
        one(
            "rig_miner_hardware_errors_total",
            "counter",
            "Results that the miner's own check found wrong, since it started.",
            lambda w: w.hardware_errors_total,
        ),
        one(
            "rig_miner_found_blocks_total",
            "counter",
            "Shares that were blocks, as the miner counts them.",
            lambda w: w.found_blocks_total,
        ),
        by(
            "scope",
            "rig_miner_best_share_difficulty",
            "gauge",
            "Difficulty of the best share: ever, or since the miner started (session).",
            lambda w: {"ever": w.best_difficulty, "session": w.session_best_difficulty},
        ),
        one(
            "rig_miner_share_difficulty",
            "gauge",
            "Difficulty of a share, as the pool set it and the miner shows it.",
            lambda w: w.share_difficulty,
        ),
    ),
)

PROVEN: Section[ProvenWork] = Section(
    title="Miners by algorithm",
    keys=("miner", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((p.miner, p.algorithm), p) for p in s.proven),
    specs=(
        one(
            "rig_miner_accepted_work_hashes_total",
            "counter",
            "Hashes that the accepted shares prove, at least: difficulty times hashes per difficulty. Its rate is the "
            "proven hashrate; docs/proven-hashrate.md tells how sure that is.",
            lambda p: p.accepted_hashes_total,
        ),
    ),
)

AWAITED: Section[AwaitedShares] = Section(
    title="Miners by algorithm",
    keys=("miner", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((a.miner, a.algorithm), a) for a in s.awaited),
    specs=(
        one(
            "rig_miner_last_accepted_share_timestamp_seconds",
            "gauge",
            "When the last share was accepted, to the tick; absent until the first one after the agent's start.",
            lambda a: timestamp(a.last_accepted_at),
        ),
        one(
            "rig_miner_share_interval_expected_seconds",
            "gauge",
            "How long a share takes on average at the hashrate that the miner shows; where it does not tell how much "
            "work a share is, at its own pace over 24 hours of mining.",
            lambda a: a.share_interval_expected_seconds,
        ),
        one(
            "rig_miner_shares_expected_total",
            "counter",
            "Shares that were to be found at the hashrate that the miner shows, while it mined for its owner. It goes "
            "on over restarts of the agent.",
            lambda a: a.expected_shares_total,
        ),
        one(
            "rig_miner_shares_proven_total",
            "counter",
            "Shares that the pool took over exactly the time that rig_miner_shares_expected_total counts, to be held "
            "against it.",
            lambda a: a.proven_shares_total,
        ),
        one(
            "rig_miner_shares_expected_since_accepted",
            "gauge",
            "How many shares were to be found since the last one was accepted, over restarts of the agent.",
            lambda a: a.expected_since_accepted,
        ),
    ),
)

EXPECTED: Section[ExpectedHashrate] = Section(
    title="Miners by algorithm",
    keys=("miner", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((e.miner, e.algorithm), e) for e in s.expected_hashrates if e.device is None),
    specs=(
        by(
            "source",
            "rig_miner_hashrate_expected_hashes_per_second",
            "gauge",
            "What the hashrate should be: as configured, else as learnt (the median over seven days of mining in which "
            "nothing ailed it), else as its firmware says, else by the table of hardware. One of them at a time.",
            lambda e: {e.source: e.hashes_per_second},
        ),
    ),
)

DEVICE_EXPECTED: Section[ExpectedHashrate] = Section(
    title="Miners by device and algorithm",
    keys=("miner", "device", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((e.miner, e.device, e.algorithm), e) for e in s.expected_hashrates if e.device is not None),
    specs=(
        by(
            "source",
            "rig_miner_device_hashrate_expected_hashes_per_second",
            "gauge",
            "What one device should contribute, as of the whole.",
            lambda e: {e.source: e.hashes_per_second},
        ),
    ),
)

DEVICE_WORK: Section[DeviceWork] = Section(
    title="Miners by device and algorithm",
    keys=("miner", "device", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((c.miner, c.device, c.algorithm), c.work) for c in s.inventory.contributions),
    specs=(
        one(
            "rig_miner_device_hashrate_hashes_per_second",
            "gauge",
            "What one device contributes, as the miner reports it.",
            lambda w: w.hashes_per_second,
        ),
        one(
            "rig_miner_device_hashrate_nominal_hashes_per_second",
            "gauge",
            "What one device should contribute as it is rated or set up, by its firmware.",
            lambda w: w.nominal_hashes_per_second,
        ),
        one(
            "rig_miner_device_shares_accepted_total",
            "counter",
            "Shares of one device that the pool took.",
            lambda w: w.accepted_shares_total,
        ),
        one(
            "rig_miner_device_shares_rejected_total",
            "counter",
            "Shares of one device that the pool refused.",
            lambda w: w.rejected_shares_total,
        ),
        one(
            "rig_miner_device_shares_stale_total",
            "counter",
            "Shares of one device that came too late.",
            lambda w: w.stale_shares_total,
        ),
        one(
            "rig_miner_device_shares_invalid_total",
            "counter",
            "Shares of one device that the miner found wrong.",
            lambda w: w.invalid_shares_total,
        ),
        one(
            "rig_miner_device_hardware_errors_total",
            "counter",
            "Results of one device that the miner's own check found wrong.",
            lambda w: w.hardware_errors_total,
        ),
    ),
)

WORKERS: Section[ConnectedWorker] = Section(
    title="Miners by connected worker",
    keys=("miner", "worker"),
    told_by="miner",
    subjects=lambda s: (((w.miner, w.worker.name), w.worker) for w in s.inventory.workers),
    specs=(
        one(
            "rig_miner_worker_hashrate_hashes_per_second",
            "gauge",
            "What a proxy, or a pool of one's own, works out for a connected worker from its shares.",
            lambda w: w.hashes_per_second,
        ),
        one(
            "rig_miner_worker_shares_accepted_total",
            "counter",
            "Shares of a connected worker that were taken.",
            lambda w: w.accepted_shares_total,
        ),
        one(
            "rig_miner_worker_shares_rejected_total",
            "counter",
            "Shares of a connected worker that were refused.",
            lambda w: w.rejected_shares_total,
        ),
    ),
)

OTHER_WORKERS: Section[OtherWorkers] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: (((o.miner,), o) for o in s.inventory.other_workers),
    specs=(
        one(
            "rig_miner_workers_other",
            "gauge",
            "Connected workers beyond the fastest ones, which are shown by name: miners.workers_shown of each miner.",
            lambda o: o.names,
        ),
        one(
            "rig_miner_workers_other_hashrate_hashes_per_second",
            "gauge",
            "What they do together. Absent where one of them does not tell it.",
            lambda o: o.hashes_per_second,
        ),
    ),
)
