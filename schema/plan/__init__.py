"""Plans: an operation compiled once, then read from a request's bytes and answered in bytes, column by column.

`find` remembers documents with their plans, `variables` says what is read anew for each request, `compile` makes of
the rest what is asked and how it is written, `read` turns requests into columns, `run` asks the models, `write` turns
columns into JSON. A plan holds only what it can do exactly as the reference lane, which is Strawberry and graphql-core
as they are; the rest is answered there.
"""
