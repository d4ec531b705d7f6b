"""The definitions that responses belong to, as they were when people began; each edition is read once in a process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from qmethod_studies.definition import Study
from qmethod_studies.store.models import study_version
from qmethod_studies.store.plain import Link, Plain

_TEXT = Plain(select(study_version.c.definition).where(study_version.c.id == bindparam("number")))


class Definitions:
    """Definitions that were read. Threads may share them."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], Study] = {}

    def of_sort(self, link: Link, row: Any) -> Study:
        """The definition that a response belongs to, with what its sort is asked and nothing else.

        Parameters
        ----------
        link : Link
        row : Any
            Of `qmethod_studies.store.rows.WITH_VERSION`.
        """
        last = not row.assigned or row.condition == row.assigned[-1]
        return self._edition(link, row).for_sort(row.condition, first=row.position == 1, last=last)

    def whole(self, connection: Connection, row: Row[Any]) -> Study:
        """The whole definition, with all its conditions and questions."""
        return self._edition(Link.of(connection), row)

    def _edition(self, link: Link, row: Any) -> Study:
        key = (row.version_id, row.edition)
        if key not in self._read:
            found = _TEXT.one(link, {"number": row.version_id})
            self._read[key] = Study.model_validate_json("" if found is None else found.definition)
        return self._read[key]
