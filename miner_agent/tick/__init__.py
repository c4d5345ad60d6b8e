"""From one look at every source to one snapshot of the rig. Pure, but for the pipeline that asks."""
