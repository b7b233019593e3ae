"""From calls to model calls: the queue of each model, and how a batch is run."""
