//! Why a server did not start.

use std::fmt;
use std::io;

use whose_store::StoreError;

/// Why a [`Server`](super::Server) did not start, or stopped.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The store cannot be read.
    Store(StoreError),
    /// The address cannot be used.
    Address {
        /// The address as it was given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The server stopped.
    Io(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Address { address, source } => {
                write!(f, "the server cannot listen on {address}: {source}")
            }
            Self::Io(error) => write!(f, "the server stopped: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Address { source, .. } | Self::Io(source) => Some(source),
        }
    }
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
