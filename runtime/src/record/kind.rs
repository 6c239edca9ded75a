use crate::names::mcp;

/// The operation of a span, in an application built on language models.
///
/// `#[whose::trace(kind = llm)]` sets the kind, and so does the field `gen_ai.operation.name`. A span with
/// `mcp.method.name = "tools/call"` is a [`Tool`](Kind::Tool).
///
/// ```
/// use whose::Kind;
///
/// #[whose::trace(kind = llm)]
/// fn complete() {}
///
/// let records = whose::testing::Recorder::start();
/// complete();
/// assert_eq!(records.span("complete").kind(), Some(Kind::Llm));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Decides the next step.
    Agent,
    /// Calls a language model.
    Llm,
    /// Runs a tool for an agent.
    Tool,
    /// Connects other steps.
    Chain,
    /// Retrieves documents or data.
    Retriever,
    /// Computes embeddings.
    Embedding,
    /// Any other unit of work.
    Task,
}

impl Kind {
    /// The name of the kind, as the macros write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Llm => "llm",
            Self::Tool => "tool",
            Self::Chain => "chain",
            Self::Retriever => "retriever",
            Self::Embedding => "embedding",
            Self::Task => "task",
        }
    }

    /// The kind with that [name](Self::as_str).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let kinds = [
            Self::Agent,
            Self::Llm,
            Self::Tool,
            Self::Chain,
            Self::Retriever,
            Self::Embedding,
            Self::Task,
        ];
        kinds.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The value of `gen_ai.operation.name` for the kind; `None` for [`Task`](Kind::Task).
    #[must_use]
    pub const fn operation(self) -> Option<&'static str> {
        match self {
            Self::Agent => Some("invoke_agent"),
            Self::Llm => Some("chat"),
            Self::Tool => Some("execute_tool"),
            Self::Chain => Some("invoke_workflow"),
            Self::Retriever => Some("retrieval"),
            Self::Embedding => Some("embeddings"),
            Self::Task => None,
        }
    }

    /// The kind for a value of `gen_ai.operation.name` (OpenTelemetry's semantic conventions for
    /// generative AI, "GenAI operation name").
    #[must_use]
    pub fn of_operation(operation: &str) -> Option<Self> {
        Some(match operation {
            "chat" | "text_completion" | "generate_content" => Self::Llm,
            "embeddings" => Self::Embedding,
            "execute_tool" => Self::Tool,
            "invoke_agent" | "create_agent" => Self::Agent,
            "invoke_workflow" => Self::Chain,
            "retrieval" => Self::Retriever,
            _ => return None,
        })
    }
}

impl Kind {
    /// The kind for a value of `mcp.method.name`.
    pub(crate) fn of_mcp_method(method: &str) -> Option<Self> {
        (method == mcp::TOOLS_CALL).then_some(Self::Tool)
    }

    /// The kind for a value of one of [`KIND_ALIASES`](crate::names::gen_ai::KIND_ALIASES), such as
    /// `LLM` or `generation`.
    pub(crate) fn of_alias(kind: &str) -> Option<Self> {
        const NAMES: [(&str, Kind); 7] = [
            ("agent", Kind::Agent),
            ("llm", Kind::Llm),
            ("generation", Kind::Llm),
            ("tool", Kind::Tool),
            ("chain", Kind::Chain),
            ("retriever", Kind::Retriever),
            ("embedding", Kind::Embedding),
        ];
        let known = NAMES
            .iter()
            .find(|(name, _)| kind.eq_ignore_ascii_case(name));
        known.map(|(_, kind)| *kind)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<str> for Kind {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Kind {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
