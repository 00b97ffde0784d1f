"""A parsed search as SQL: fragments of sql/search.sql put together."""
