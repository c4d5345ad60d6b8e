"""Reads a mining rig, exports what it read, and keeps its log."""

__version__ = "0.1.0"
