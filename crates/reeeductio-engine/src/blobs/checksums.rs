//! The corruption checksums of a blob's chunks.

use xxhash_rust::xxh3::Xxh3;

use super::CHUNK;

/// XXH3 of every full chunk and of the rest: what a blob's record holds, so that downloads can tell bytes
/// that changed on the disk.
#[derive(Default)]
pub struct BlobChecksums {
    finished: Vec<u8>,
    current: Xxh3,
    in_current: u64,
}

impl BlobChecksums {
    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(CHUNK - self.in_current).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.current.update(now);
            self.in_current += now.len() as u64;
            if self.in_current == CHUNK {
                self.close_chunk();
            }
            bytes = later;
        }
    }

    /// Returns the checksums for the record.
    pub fn finish(mut self) -> Vec<u8> {
        if self.in_current > 0 {
            self.close_chunk();
        }
        self.finished
    }

    fn close_chunk(&mut self) {
        self.finished
            .extend_from_slice(&self.current.digest().to_be_bytes());
        self.current.reset();
        self.in_current = 0;
    }
}

impl std::fmt::Debug for BlobChecksums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobChecksums")
            .field("chunks", &(self.finished.len() / 8))
            .finish_non_exhaustive()
    }
}
