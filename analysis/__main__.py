"""``python -m analysis`` is the command ``qmethod``."""

from analysis.cli import main

if __name__ == "__main__":
    main(prog_name="qmethod")
