"""Instagram: comments on the posts, reels and ads of a professional account."""
