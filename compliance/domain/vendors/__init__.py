"""The register of vendors, what it blocks, and where a brand's data go. Requirements C9, C11."""
