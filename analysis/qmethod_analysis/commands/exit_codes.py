"""What the command's exit status means."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of ``qmethod``."""

    OK = 0
    BAD_INPUT = 2
    """The data, the recipe or the way the command was called; the message on stderr says what to do."""
