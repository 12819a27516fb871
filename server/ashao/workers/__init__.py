"""Donors' machines: who they are, which job they get, when they are suspended."""
