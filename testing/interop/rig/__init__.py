"""What the tests stand on: the server as a process, spaces with members, plain signed requests."""
