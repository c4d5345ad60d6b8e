"""Energy, tariffs and what else belongs to power."""
