"""Tools as text: how a model is told of them, how it calls one, and how its words are read again.

A call is a part of the answer's text, so that another machine can go on in the midst of it; only
who speaks to a program tells calls and words apart. The form is that of Hermes and Qwen, which many
models know, and which any model can be told.
"""
