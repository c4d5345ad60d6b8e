"""This machine: processors, memory, disks, board sensors."""
