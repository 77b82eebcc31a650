"""The status of a result that is still to come."""

PENDING = "pending"
