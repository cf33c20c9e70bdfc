//! The published Python client against our server.
