"""`calder bench`: what the hub does in a second, each figure beside the limit that was measured in the same run."""
