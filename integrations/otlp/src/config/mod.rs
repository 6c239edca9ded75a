//! The settings: what the builder says, then the environment, then the defaults.

mod endpoint;
mod exporters;
mod headers;
mod options;
mod pairs;
mod problems;
mod protocol;
mod public_url;
mod resource;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod variables;

pub(crate) use options::Options;
pub(crate) use problems::Problems;
pub use protocol::{Compression, Protocol};
pub(crate) use settings::{Export, Settings, SignalSettings};
#[cfg(feature = "tls")]
pub(crate) use tls::TlsFiles;
pub(crate) use variables::Variables;
