//! The list of targets, and how a program is made of one.

use std::io;

/// A property of a decoder.
pub type Check = fn(&[u8]);

macro_rules! list {
    ($($name:ident)*) => {
        /// Every target by name.
        pub const TARGETS: &[(&str, Check)] = &[$((stringify!($name), crate::$name::check)),*];
    };
}

list! {
    admin answer api authority capability chain challenge config credentials data_entry encoding evidence format1 frame id link
    message object_name opaque path pattern query range request seal session state_entry stream token topic
}

/// Runs a property on files: what the fuzzer found, without the fuzzer.
pub fn replay(check: Check, files: impl IntoIterator<Item = String>) -> io::Result<()> {
    for file in files {
        check(&std::fs::read(file)?);
    }
    Ok(())
}

/// Makes a program of a target: with the fuzzer when cargo-fuzz builds it, else one that takes files.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| reeeductio_fuzz::$name::check(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            reeeductio_fuzz::replay(reeeductio_fuzz::$name::check, std::env::args().skip(1))
        }
    };
}
