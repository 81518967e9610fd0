"""The gate put to the test: systems made faulty on purpose, each of which it must stop."""
