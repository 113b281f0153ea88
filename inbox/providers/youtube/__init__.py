"""YouTube: comments under the videos of a channel; the network is asked, it brings nothing."""
