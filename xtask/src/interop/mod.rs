//! `cargo xtask interop`: the records of `whose` in the servers of other projects.
//!
//! The servers come from the package registries, pinned in `tests/interop`, and are installed into the
//! build folder. Each peer has a program in `tests/interop/src/bin` that sends to its server, reads the
//! server's own answers, and compares them with what was sent.

mod command;
mod comparison;
mod install;
mod peer;
mod server;

pub(crate) use command::run;
pub(crate) use comparison::beside_phoenix;
