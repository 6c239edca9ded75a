//! The macros over tokens, in process: no compiler is started.

mod blocks;
mod derives;
mod expansion;
mod messages;
mod mistakes;
mod snapshots;
mod support;
mod unreached;
