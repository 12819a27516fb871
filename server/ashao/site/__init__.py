"""The pages and models as files."""
