"""Anthropic's Messages format, with API keys, over the same jobs."""
