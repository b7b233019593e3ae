"""Plans: an operation compiled once, then read from a request's bytes and answered in bytes, column by column.

`find` remembers documents with their plans, `compile` makes plans, `read` turns requests into columns, `run` asks the
models, `write` turns columns into JSON. A plan holds only what it can do exactly as the reference lane, which is
Strawberry and graphql-core as they are; the rest is answered there.
"""
