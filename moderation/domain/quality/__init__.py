"""How good moderation is: samples, blind second looks, rates with intervals, agreement, drift."""
