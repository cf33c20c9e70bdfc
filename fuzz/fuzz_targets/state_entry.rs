//! Fuzzes `state_entry`.
#![cfg_attr(fuzzing, no_main)]

reeeductio_fuzz::target!(state_entry);
