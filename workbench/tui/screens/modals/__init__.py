"""Windows that lie over a screen and wait for an answer."""
