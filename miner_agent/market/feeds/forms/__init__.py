"""What several feeds read alike."""
