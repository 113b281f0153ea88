"""The end of a brand: what it holds, the archive, what stands in the way, the erasure. Requirement T6."""
