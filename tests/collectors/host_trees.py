"""A ``/sys`` and a ``/proc`` of an invented machine."""

from pathlib import Path

from miner_agent.collectors.host.machine import HostCollector
from miner_agent.model.readings import HostReading
from tests.collectors.test_rapl import Powercap

MEMINFO = """\
MemTotal:       16384000 kB
MemFree:         2048000 kB
MemAvailable:   12288000 kB
Buffers:          102400 kB
Cached:          4096000 kB
SReclaimable:     204800 kB
Shmem:             10240 kB
Active:          3000000 kB
Inactive:        2000000 kB
SwapTotal:       8192000 kB
SwapFree:        8182000 kB
"""
STAT = """\
cpu  {user} 0 0 {idle} 0 0 0 0 0 0
cpu0 {user} 0 0 {idle} 0 0 0 0 0 0
btime 1767000000
"""


class Machine:
    """A ``/sys`` and a ``/proc``, and a clock."""

    def __init__(self, root: Path) -> None:
        self.now = 1000.0
        self.sysfs, self.procfs = root / "sys", root / "proc"
        self.powercap = Powercap(self.sysfs)
        (self.procfs / "self").mkdir(parents=True)
        (self.procfs / "meminfo").write_text(MEMINFO)
        (self.procfs / "vmstat").write_text("pswpin 0\npswpout 0\n")
        (self.procfs / "loadavg").write_text("1.50 0.75 0.25 2/345 6789\n")
        (self.procfs / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Example CPU  9000\n")
        (self.procfs / "filesystems").write_text("nodev\tproc\n\text4\n")
        (self.procfs / "self/mountinfo").write_text("")
        self.spend(user=0, idle=0)

    def spend(self, *, user: int, idle: int) -> None:
        """Hundredths of a second since the machine started."""
        (self.procfs / "stat").write_text(STAT.format(user=user, idle=idle))

    def chip(self, number: int, name: str, **files: str) -> None:
        directory = self.sysfs / f"class/hwmon/hwmon{number}"
        directory.mkdir(parents=True)
        for file, text in {"name": name, **files}.items():
            (directory / file).write_text(f"{text}\n")

    def sit(self, number: int, place: str, **files: str) -> None:
        """Put a chip of that number on a device."""
        device = self.sysfs / "devices/pci0000:00" / place
        device.mkdir(parents=True)
        for file, text in files.items():
            (device / file).write_text(f"{text}\n")
        (self.sysfs / f"class/hwmon/hwmon{number}/device").symlink_to(device)

    def collector(self) -> HostCollector:
        return HostCollector(sysfs=self.sysfs, procfs=self.procfs, monotonic=lambda: self.now)

    def tick(self, collector: HostCollector, seconds: float = 10.0) -> HostReading:
        self.now += seconds
        return collector.parse(collector.read(disk_deadline_seconds=5.0))
