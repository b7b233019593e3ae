"""The estimator's own arithmetic without what surrounds it: checks, frames, thread pools. Proved equal at the start."""
