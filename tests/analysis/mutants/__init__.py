"""A check of the soundness checks: known bugs are put into the encoding, one at a time, and each must be noticed."""
