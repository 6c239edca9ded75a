//! The names of calls of the Model Context Protocol (MCP).
//!
//! The names follow OpenTelemetry's semantic conventions for MCP, which are in development since version
//! [`CONVENTIONS`]. They are read: this crate makes no MCP call itself. The name of the tool of a call
//! is [`gen_ai::TOOL`](crate::names::gen_ai::TOOL), and the name of a prompt is
//! [`gen_ai::PROMPT_NAME`](crate::names::gen_ai::PROMPT_NAME).

use crate::names::wire_name::wire_names;
use crate::names::WireName;

/// The version of the semantic conventions that added MCP.
pub const CONVENTIONS: &str = "1.39.0";

/// The value of [`METHOD`] for a call of a tool.
pub const TOOLS_CALL: &str = "tools/call";

wire_names! {
    /// The method of the request or notification, such as `tools/call` or `resources/read`.
    METHOD = "mcp.method.name";
    /// The session of the transport. Do not set this name: MCP has no sessions from the protocol
    /// revision 2026-07-28 on. The name is read in records of older peers, and is no session of a user.
    SESSION_ID = "mcp.session.id";
    /// The revision of the protocol, such as `2025-06-18`.
    PROTOCOL_VERSION = "mcp.protocol.version";
    /// The URI of the resource that the request reads.
    RESOURCE_URI = "mcp.resource.uri";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_the_prefix_of_the_protocol() {
        let mut spellings = ALL.iter().flat_map(|name| name.spellings());
        assert!(spellings.all(|name| name.starts_with("mcp.")));
        assert!(!CONVENTIONS.is_empty());
    }
}
