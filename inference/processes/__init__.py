"""Processes that answer for a model in this one's place, so that its lock on the interpreter keeps nobody waiting."""
