"""What a session keeps about its sign-in, and by which name."""

# The StaffSession row: {"id": …, "key": session key, "seen": Unix time of its last update}
STAFF_SESSION = "staff_session"
# True once a second factor was shown in this session, or a trusted provider vouched for one.
SECOND_FACTOR = "second_factor"
# Keys of agency and connection, for a session of single sign-on. It reaches that agency alone.
SSO_AGENCY = "sso_agency"
SSO_CONNECTION = "sso_connection"
# What the provider must send back: {"connection", "state", "nonce", "verifier", "next", "at"}
SSO_PENDING = "sso_pending"
