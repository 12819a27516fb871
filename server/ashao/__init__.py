"""ashao: people-powered LLM inference; see README.md for the tour."""
