"""``python -m qmethod`` is the command ``qmethod``."""

from qmethod_analysis.commands.cli import main

if __name__ == "__main__":
    main(prog_name="qmethod")
