"""An index of visits: to know whether a page was visited minutes ago no other act is read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the index."""
    visits = sa.text("act = 'visit'")
    op.create_index("ix_event_visit", "event", ["response_id", "at"], sqlite_where=visits, postgresql_where=visits)
