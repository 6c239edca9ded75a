//! The dialects: what each backend names differently.

/// A backend's own names, written beside OpenTelemetry's names.
///
/// Every backend here also reads `user.id` and `session.id`, which are always written. Choose a
/// dialect for what those names do not cover: the kind of a span, the tokens, input and output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenInference, the names of Arize Phoenix: `openinference.span.kind`, `llm.model_name`,
    /// `llm.token_count.*`, `input.value`, `output.value`.
    OpenInference,
    /// Langfuse: `langfuse.user.id`, `langfuse.session.id`, `langfuse.observation.*`.
    Langfuse,
    /// MLflow: `mlflow.trace.user`, `mlflow.trace.session`, `mlflow.spanType`, `mlflow.spanInputs`,
    /// `mlflow.spanOutputs`.
    MLflow,
}
