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
    /// The address can be reached from other machines, and the server has no token for reading.
    TokenRequired {
        /// The address as it was given.
        address: String,
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
            Self::TokenRequired { address } => write!(
                f,
                "{address} can be reached from other machines, and the pages show the activity of \
                 persons: set a token with --token or WHOSE_TOKEN (`openssl rand -hex 32` makes one), \
                 or listen on 127.0.0.1"
            ),
            Self::Io(error) => write!(f, "the server stopped: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Address { source, .. } | Self::Io(source) => Some(source),
            Self::TokenRequired { .. } => None,
        }
    }
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
