"""What is on air: scenes, layers, feeds, destinations, the wanted state."""
