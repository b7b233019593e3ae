"""What Prometheus is told at /metrics, and what is counted for it at the door."""
