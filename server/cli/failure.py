"""How a command says that it could not do what it was asked."""


class Failure(Exception):
    """What went wrong and what to do about it, in one line; several causes take a line each. The exit code is 1."""
