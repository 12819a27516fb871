"""Which texts an answer may be: grammars from JSON schemas, and what is left of one after a prefix.

`schema.py` makes a grammar of a JSON schema, `machine.py` follows a text through it, `gbnf.py`
prints it for engines.
"""
