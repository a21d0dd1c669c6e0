"""Cases at run time: their life, the attacks on it, its races."""
