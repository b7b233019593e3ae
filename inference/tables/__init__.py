"""Files of rows, read and written in chunks: one format a file, and the list of them."""
