"""Pure calculations: what goes in and what comes out carries its unit in its name."""
