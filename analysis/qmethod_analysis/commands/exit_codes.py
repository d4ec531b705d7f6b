"""What the command's exit status means."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of ``qmethod``; `MEANINGS` has each in a sentence."""

    OK = 0
    FAULT = 1
    BAD_INPUT = 2
    ENVIRONMENT = 3
    STOPPED = 130
    """128 and the number of the signal that Ctrl+C sends, as shells count."""
    NOBODY_READS = 141
    """128 and the number of SIGPIPE."""


MEANINGS = {
    ExitCode.OK: "all went well",
    ExitCode.FAULT: "a fault of the program: please report what it printed",
    ExitCode.BAD_INPUT: "what was given cannot be used: the call, data, recipe or study",
    ExitCode.ENVIRONMENT: "the machine refused: a permission, room, a port, a database",
    ExitCode.STOPPED: "stopped with Ctrl+C",
    ExitCode.NOBODY_READS: "whoever read the output went away, as head does",
}
"""All of them, for the help and the documentation."""
