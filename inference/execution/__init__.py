"""Where a model's batches run when they take too long for the event loop: in threads or in processes of their own."""
