"""The logic of a worker: it never asks where it runs."""
