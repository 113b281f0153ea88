"""Taking a brand on: one document, one verb; a wizard, a command and the API in front of it."""
