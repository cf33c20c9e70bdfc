//! Fuzzes `data_entry`.
#![cfg_attr(fuzzing, no_main)]

reeeductio_fuzz::target!(data_entry);
