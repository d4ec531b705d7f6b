"""A database of an earlier version, on either kind.

``made_by_98300f2.sqlite3.xz`` was made by the code of that commit, with the helpers of its own tests: 20 people of the demonstration study. Two of
them declined, two are half way with a draft, two half way by personal links with placements that were undone, two are simulated, one withdrew; the
others submitted sorts with comments.
"""

from __future__ import annotations

import lzma
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlalchemy import MetaData, create_engine, event, select

from qmethod_studies.store.schema import configuration

OLD = Path(__file__).with_name("made_by_98300f2.sqlite3.xz")
TABLES = ("store", "study", "study_version", "invitation", "response", "consent", "placement", "answer", "comment", "event", "withdrawal")


def earlier(store_url: str, tmp_path: Path) -> str:
    """The address of a database with the tables of the first revision, and in them what the old one holds."""
    file = tmp_path / "old.sqlite3"
    file.write_bytes(lzma.decompress(OLD.read_bytes()))
    if store_url.startswith("sqlite"):
        return f"sqlite:///{file}"
    there, here = create_engine(f"sqlite:///{file}"), create_engine(store_url.replace("postgresql:", "postgresql+psycopg:"))
    with there.begin() as old, here.begin() as new:
        config = configuration()
        config.attributes["connection"] = new
        command.upgrade(config, "0001")
        tables = MetaData()
        event.listen(tables, "column_reflect", lambda _inspector, _table, column: column.update(type=column["type"].as_generic()))
        tables.reflect(new)
        for name in TABLES:
            for row in old.execute(select(tables.tables[name])).mappings():
                values = {key: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for key, value in row.items()}
                new.execute(tables.tables[name].insert().values({key: value for key, value in values.items() if value is not None}))
        for name in ("study", "study_version", "invitation", "response", "consent", "withdrawal"):
            new.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
    there.dispose()
    here.dispose()
    return store_url
