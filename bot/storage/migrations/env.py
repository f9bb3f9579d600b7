"""What Alembic runs: the migrations, on the connection and in the transaction of `bot.storage.schema`."""

from alembic import context

from bot.storage.moderation_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
