"""The estimator converted to ONNX, proved to answer as the estimator does, and kept for the next start."""
