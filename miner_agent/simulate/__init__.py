"""A rig that does not exist: its cards, miners and meter answer as real ones do, and fail by a script."""
