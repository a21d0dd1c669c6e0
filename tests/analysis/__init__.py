"""The analyses: what they prove holds of random worlds, what they show is what both engines answer."""
