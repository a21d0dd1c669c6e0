"""A check of the checks: known bugs are put into the engine, one at a time, and the suite must notice each."""
