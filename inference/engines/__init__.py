"""What computes a model's answers: the estimator itself, called plainly or leanly, or its conversion to ONNX."""
