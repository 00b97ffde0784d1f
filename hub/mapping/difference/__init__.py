"""What two sets of maps make of the same messages: resource by resource, path by path, grouped by the rules that did it."""
