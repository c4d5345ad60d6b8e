"""One pool a file: what to ask it for, and what its answers tell. ``payouts.pool_list`` knows them all."""
