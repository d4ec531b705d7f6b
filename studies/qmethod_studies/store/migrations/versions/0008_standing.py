"""Two indexes for whoever asks how a study stands; no act of somebody who sorts touches either.

One is of people who do not exist: to know that there are none nobody else is looked at. The other is of the sorts that were sent: the latest are
found without the others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_person_simulated", "person", ["study_id"], sqlite_where=sa.text("simulated = 1"), postgresql_where=sa.text("simulated"))
    sent = sa.text("submitted IS NOT NULL")
    op.create_index("ix_response_sent", "response", ["version_id", "submitted"], sqlite_where=sent, postgresql_where=sent)
