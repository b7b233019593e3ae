"""GraphQL: signatures and outputs become Strawberry types and a schema; errors are dressed as GraphQL errors."""
