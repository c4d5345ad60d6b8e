"""From a condition that holds to what a person is told: once, and not of what follows from something else."""
