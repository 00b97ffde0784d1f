"""What the stores share, since both speak SQL: the queries that read, how a search becomes one, and rows as values."""
