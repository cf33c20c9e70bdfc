//! Fuzzes `evidence`.
#![cfg_attr(fuzzing, no_main)]

reeeductio_fuzz::target!(evidence);
