"""The end of a brand: its tables, the archive, what stands in the way, the erasure. T6."""
