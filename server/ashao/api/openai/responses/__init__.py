"""OpenAI's Responses: answers are made of items, and streams of named events."""
