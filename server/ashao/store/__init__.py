"""Connections to the stores: the Redis-protocol one, embedded or not, and the database."""
