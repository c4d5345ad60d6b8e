"""What a coin's chain pays: rewards, networks, pools, quotes."""
