"""How a command says that it could not do what it was asked."""

from __future__ import annotations


class Failure(Exception):
    """What went wrong and what to do about it: a sentence for each cause, shown in a line each. The exit code is 1."""

    def __init__(self, *causes: str) -> None:
        super().__init__(*causes)
        self.causes = tuple(" ".join(cause.split()) for cause in causes)
