//! The conditions of a search.

use super::value_test::ValueTest;

/// What a [`SearchCondition`] looks at: a value of a [`RecordRow`](crate::RecordRow), or of its user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchField {
    /// The id of the user, also of a user who was identified later.
    User,
    /// The id of the session, also of one that was identified later.
    Session,
    /// The id of the conversation.
    Conversation,
    /// The id of an actor, at any place of the chain.
    Actor,
    /// The kind of a span, in any case.
    Kind,
    /// `span`, `event` or `error`, in any case.
    Type,
    /// The level, in any case.
    Level,
    /// The name of the span, or of the call site.
    Name,
    /// The target.
    Target,
    /// The model of a model call.
    Model,
    /// The provider of the model.
    Provider,
    /// The agent of a model call.
    Agent,
    /// The tool of a model call.
    Tool,
    /// The name of the service.
    Service,
    /// The source of the user, in any case.
    Source,
    /// Why there is no user, in any case.
    Reason,
    /// `true` for an error and for a span that failed, else `false`.
    Failed,
    /// The fingerprint of an error, in hexadecimal digits.
    Fingerprint,
    /// The trace id, in hexadecimal digits.
    Trace,
    /// The tag with this key.
    Tag(String),
    /// The field of the record with this key.
    Field(String),
    /// The attribute of the user with this key, or one of `email`, `username`, `full_name`,
    /// `ip_address` and `segment`.
    UserAttribute(String),
    /// The duration of a span, in nanoseconds.
    Duration,
    /// The cost of a model call, in US dollars.
    Cost,
    /// The input and output tokens of a model call.
    Tokens,
}

/// One condition of a [`SearchFilter`](super::SearchFilter).
///
/// ```
/// use whose_store::{Queries, Query, Reader, SearchCondition, SearchField, SearchFilter, ValueTest};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # let _store = whose_store::init(&path)?;
/// whose::user("alice").tag("plan", "pro").in_scope(|| tracing::warn!("the refund is late"));
/// whose::user("bob").tag("plan", "free").in_scope(|| tracing::info!("no refund"));
/// whose::flush(std::time::Duration::from_secs(5));
///
/// let is = |field, value: &str| SearchCondition::field(field, ValueTest::Is(value.into()));
/// let filter = SearchFilter::all()
///     .with(SearchCondition::words("refund"))
///     .with(is(SearchField::Tag("plan".into()), "pro"))
///     .with(is(SearchField::Level, "info").negated());
/// let found = Reader::open(&path)?.search(&filter, &Query::new())?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!((found.len(), found[0].user.as_deref()), (1, Some("alice")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "pass it to `SearchFilter::with`"]
pub struct SearchCondition {
    pub(super) subject: Subject,
    pub(super) is_negated: bool,
}

/// What a condition demands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    /// Words in the texts of the record, in the syntax of [`SearchFilter::new`](super::SearchFilter::new).
    Words(String),
    Value(SearchField, ValueTest),
}

impl SearchCondition {
    /// The texts of the record contain these words: see [`SearchFilter`](super::SearchFilter).
    pub fn words(words: impl Into<String>) -> Self {
        Self {
            subject: Subject::Words(words.into()),
            is_negated: false,
        }
    }

    /// The value of a field fulfils a test.
    pub fn field(field: SearchField, test: ValueTest) -> Self {
        Self {
            subject: Subject::Value(field, test),
            is_negated: false,
        }
    }

    /// The records that do not fulfil this condition, such as those without the value.
    pub fn negated(mut self) -> Self {
        self.is_negated = !self.is_negated;
        self
    }
}
