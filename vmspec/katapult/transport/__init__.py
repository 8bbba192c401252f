"""Sending requests: the drivers, the rate limiter and cancellation."""
