//! The rEEEductio server: HTTP routes, the stream, configuration and wiring.
