//! Who may see the pages: tokens, hosts, origins, and the headers that bind a browser.

mod access_error;
mod access_policy;
mod access_token;
mod failed_attempts;
mod guard;
mod hosts;
mod keyring;
mod origin;
mod permission;
mod refused_body;
mod request_auth;
mod retry_after;
mod security_headers;
mod sign_in;
mod viewer;

pub use access_error::InvalidToken;
pub(crate) use access_policy::AccessPolicy;
pub use access_token::AccessToken;
pub(crate) use guard::guard;
pub(crate) use hosts::Hosts;
pub(crate) use keyring::Keyring;
pub(crate) use permission::Permission;
#[cfg(feature = "ingest")]
pub(crate) use refused_body::discard;
pub(crate) use request_auth::bearer;
pub(crate) use retry_after::with_retry_after;
pub(crate) use sign_in::{sign_in, sign_in_page, sign_out};
pub(crate) use viewer::Viewer;
