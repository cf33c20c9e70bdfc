//! Fuzzes `object_name`.
#![cfg_attr(fuzzing, no_main)]

reeeductio_fuzz::target!(object_name);
