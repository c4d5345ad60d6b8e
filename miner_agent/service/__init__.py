"""The agent as a service: loops, clocks, signals, and word to systemd."""
