//! Test rigs: a server process on a free port, clients that speak raw HTTP, temporary folders.
