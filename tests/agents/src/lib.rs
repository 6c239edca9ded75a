//! Agents of other libraries, and a server that answers as the model providers do.
//!
//! The server knows from each prompt which customer asked, and writes down what the answer cost. The
//! tests compare that ledger with the answer of the store.

mod agents;
mod ledger;
mod server;

pub use agents::{Desk, ask_anthropic, ask_async_openai, ask_rig, ask_rig_with_hook, stream_rig};
pub use ledger::{Call, Ledger};
pub use server::ModelServer;
