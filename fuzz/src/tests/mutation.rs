//! Mutations of seeds, the same in every run.

/// Bytes that decoders give a meaning.
const TELLING: &[u8] = b"\0\n \"%+-./:=@[]_{|}0Az\x7f\x80\xff";
/// Words that decoders give a meaning.
const WORDS: &[&str] = &[
    "{self}",
    "{any}",
    "{other}",
    "{...}",
    "null",
    "true",
    "-1",
    "9223372036854775807",
    "18446744073709551616",
    "1e999",
    "\\u0000",
    "../",
    "AAAA",
    "==",
    "é",
    "@a",
    "@s",
];
/// Changes made to one seed at most.
const CHANGES: u64 = 4;
/// A mutation is no longer than this.
const LONGEST: usize = 1 << 14;

/// Makes mutations; numbers by `SplitMix64`.
pub(super) struct Mutator(u64);

impl Mutator {
    /// Each name has mutations of its own.
    pub(super) fn new(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(1, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)),
        )
    }

    /// A seed with a few changes.
    pub(super) fn mutation(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.pick(seeds).cloned().unwrap_or_default();
        for _ in 0..=self.below(CHANGES) {
            self.change(&mut bytes, seeds);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.index(bytes.len() + 1);
        let end = (at + self.index(16)).min(bytes.len());
        match self.below(8) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, bytes[at..end].repeat(3))),
            3 => bytes.insert(at, self.pick(TELLING).copied().unwrap_or_default()),
            4 => drop(bytes.splice(at..end, self.pick(WORDS).unwrap_or(&"").bytes())),
            5 => {
                let other = self.pick(seeds).cloned().unwrap_or_default();
                let from = self.index(other.len() + 1);
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            6 => {
                let bit = self.below(8);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            _ => {
                let telling = self.pick(TELLING).copied().unwrap_or_default();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = telling;
                }
            }
        }
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.index(all.len().max(1)))
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or_default()
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}
