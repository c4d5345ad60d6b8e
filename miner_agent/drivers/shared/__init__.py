"""What several drivers read alike."""
