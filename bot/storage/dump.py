"""What to run for a backup of a PostgreSQL database, and to restore it: PostgreSQL's own programs."""

import shlex

from sqlalchemy.engine import make_url


def dump_command(url: str, file: str) -> str:
    """`pg_dump`, for a shell, without the password."""
    return shlex.join(
        ["pg_dump", "--format=custom", "--no-owner", f"--file={file}", f"--dbname={_without_password(url)}"]
    )


def restore_command(url: str, file: str) -> str:
    """`pg_restore` into an empty database: all of it, or nothing."""
    options = ["--no-owner", "--single-transaction", "--exit-on-error", f"--dbname={_without_password(url)}"]
    return shlex.join(["pg_restore", *options, file])


def _without_password(url: str) -> str:
    address = make_url(url).set(drivername="postgresql").difference_update_query(("password",))
    return address._replace(password=None).render_as_string(hide_password=False)
