//! Fuzzes `format1`.
#![cfg_attr(fuzzing, no_main)]

reeeductio_fuzz::target!(format1);
