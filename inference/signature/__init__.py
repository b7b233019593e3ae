"""What a model takes: inferred from estimator, card and sample; rows are checked by it and laid out as it says."""
