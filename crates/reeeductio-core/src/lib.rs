//! The client without I/O: key derivation, sealing, signing and verifying.
