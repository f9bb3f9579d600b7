"""What members were told of their place in line, and until when pictures are kept that reached nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.BigInteger()  # microseconds since 1970, UTC

    op.add_column("jobs", sa.Column("kept_until", moment))
    op.add_column("jobs", sa.Column("told_ahead", sa.Integer()))
    op.add_column("jobs", sa.Column("told_at", moment))
