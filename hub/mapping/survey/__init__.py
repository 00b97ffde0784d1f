"""What a corpus of messages says about a set of maps: fields that nothing reads, rules that never fire, elements that nothing fills."""
