"""What reads the devices of this machine: one collector a file, raw answer and pure parse apart."""
