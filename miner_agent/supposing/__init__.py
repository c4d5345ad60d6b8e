"""What profit would be if inputs were others, computed for who asks on a page by a process that ends with it."""
