"""A person's data: found, handed out and erased by the personal-data map. Requirements C6, C7."""
