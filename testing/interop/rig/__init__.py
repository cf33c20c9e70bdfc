"""The base of the tests: the server as a process, spaces with members, plain signed requests."""
