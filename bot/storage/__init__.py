"""The jobs table, the ledger and kept pictures: the only importer of SQLAlchemy."""
