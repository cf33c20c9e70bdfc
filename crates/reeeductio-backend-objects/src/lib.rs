//! Blob bytes on object stores: memory and folder.
