"""Several processes that serve one port, and the one above them that starts, watches, replaces and stops them."""
