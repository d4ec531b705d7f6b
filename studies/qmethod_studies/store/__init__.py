"""The store: studies, respondents and their sorts, in SQLite or PostgreSQL. Knows no web.

An act is kept before it is called saved, once however often it is sent, and all that hangs on a response goes with it when it is withdrawn.
What makes and reads backups is imported when it is first used: few commands need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qmethod_studies.store.counting import Counts, Sorts
from qmethod_studies.store.engine import DEFAULT_URL, is_there, keys_file, without_password
from qmethod_studies.store.keyring import Keys
from qmethod_studies.store.people import Given, Person
from qmethod_studies.store.repository import Store
from qmethod_studies.store.stages import missing, stages
from qmethod_studies.store.values import (
    AccessKind,
    AlreadyInvited,
    Begun,
    Consent,
    Damaged,
    Entry,
    Event,
    Gone,
    Handle,
    Incomplete,
    Invitation,
    Known,
    NotOpen,
    Opened,
    Response,
    Result,
    Saved,
    StudySummary,
    Submitted,
    Taken,
    Unavailable,
    UsedUp,
)

if TYPE_CHECKING:
    from qmethod_studies.store.archive import Header
    from qmethod_studies.store.backing_up import Backup, backup
    from qmethod_studies.store.key_copy import read_keys, write_keys
    from qmethod_studies.store.restoring import Restored, check_backup, restore, study_in

__all__ = [
    "DEFAULT_URL",
    "AccessKind",
    "AlreadyInvited",
    "Backup",
    "Begun",
    "Consent",
    "Counts",
    "Damaged",
    "Entry",
    "Event",
    "Given",
    "Gone",
    "Handle",
    "Header",
    "Incomplete",
    "Invitation",
    "Keys",
    "Known",
    "NotOpen",
    "Opened",
    "Person",
    "Response",
    "Restored",
    "Result",
    "Saved",
    "Sorts",
    "Store",
    "StudySummary",
    "Submitted",
    "Taken",
    "Unavailable",
    "UsedUp",
    "backup",
    "check_backup",
    "is_there",
    "keys_file",
    "missing",
    "read_keys",
    "restore",
    "stages",
    "study_in",
    "without_password",
    "write_keys",
]

_OF_BACKUPS = {
    **dict.fromkeys(("Backup", "backup"), "backing_up"),
    **dict.fromkeys(("Restored", "check_backup", "restore", "study_in"), "restoring"),
    **dict.fromkeys(("read_keys", "write_keys"), "key_copy"),
    "Header": "archive",
}


def __getattr__(name: str) -> Any:
    if name in _OF_BACKUPS:
        return getattr(import_module(f"{__name__}.{_OF_BACKUPS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
