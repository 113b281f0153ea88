"""The register of incidents and its clock. Requirement C12."""
