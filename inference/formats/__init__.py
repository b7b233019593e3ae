"""How artifacts are read: one loader a file, and the list of them."""
