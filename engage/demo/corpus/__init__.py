"""What people write to the demo brands over two weeks: invented by us, German and English."""

from engage.demo.corpus.loading import BRANDS, Entry, FollowUp, Media, Person, Post, load, posts

__all__ = ["BRANDS", "Entry", "FollowUp", "Media", "Person", "Post", "load", "posts"]
