"""Models: formats, cards, signatures, engines and the service that predicts. Knows no GraphQL and no HTTP."""
