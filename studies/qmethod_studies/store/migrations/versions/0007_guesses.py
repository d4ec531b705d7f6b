"""How many wrong access codes came from a network of late, for all processes of a server."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "guess",
        sa.Column("mark", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("wrong", "at", "until", "gone")),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_guess")),
    )
    op.create_index(op.f("ix_guess_gone"), "guess", ["gone"])
