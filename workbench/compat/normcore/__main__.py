"""``python -m workbench.compat.normcore``: normcore's own command line. Imports ``cli``."""

from workbench.compat.normcore.cli import run

if __name__ == "__main__":
    run()
