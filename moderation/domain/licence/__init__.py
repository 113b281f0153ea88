"""The licence to hide spam and scam without a person: earned by measurement, lost by it."""
