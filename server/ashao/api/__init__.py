"""The front door: parse, call one function, answer."""
