"""Every dashboard, a file each."""

from tools.panels.device_board import DEVICE
from tools.panels.fleet_board import FLEET
from tools.panels.miners_board import MINING
from tools.panels.panel import Board
from tools.panels.rig_board import ONE

BOARDS: tuple[Board, ...] = (FLEET, ONE, DEVICE, MINING)
