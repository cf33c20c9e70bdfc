//! Everything in memory, under one lock: for tests, trials and the simulator.

mod blobs;
mod records;

pub use blobs::MemoryBlobs;
pub use records::MemoryRecords;
