"""Data requests: what people may ask about their data, from the intake to the answer. C6."""
