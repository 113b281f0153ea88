"""Training and measuring of moderation models, on data that the operator brings.

Only ``fit`` needs scikit-learn; workers and web processes never import it.
"""
