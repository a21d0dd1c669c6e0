"""Measuring the engine against Cedar's own: an agent swarm's rule sets, and the ratios that `bench` prints."""
