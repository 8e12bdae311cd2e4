"""The stores: one module for each kind of place that keeps files by their paths."""
