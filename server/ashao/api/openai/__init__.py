"""Others' clients: the OpenAI format, with API keys, over the same jobs."""
