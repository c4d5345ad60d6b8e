"""What is done once and by hand: finding miners, recording their answers, saying what is wrong."""
