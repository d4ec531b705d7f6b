"""What Alembic runs: the steps, on the connection and in the transaction of `qmethod_studies.store.schema`."""

from alembic import context

from qmethod_studies.store.models import metadata
from qmethod_studies.store.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE)
context.run_migrations()
