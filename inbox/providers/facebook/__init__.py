"""Facebook Page: comments, private replies and the messages that follow them."""
