"""The demonstration model: what it recites, how it learns to, and how it becomes a WebLLM model."""
