//! The names of fields on the wire: the names that this crate writes, and the names that it also reads.
//!
//! No other module spells such a name.

pub mod attribution;
pub mod evaluation;
pub mod exception;
pub mod feature_flag;
pub mod gen_ai;
pub mod http;
pub mod mcp;
pub mod monitor;
mod wire_name;

pub use wire_name::WireName;
