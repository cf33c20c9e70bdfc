//! The async rEEEductio client.
