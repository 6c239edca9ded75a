use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::User;

use super::FrameKind;
use crate::model::Answer;
use crate::program::ScopeData;
use crate::runner::{AnswerSink, Numbered, report};

/// Collects the attributions of the records of one test.
#[derive(Debug)]
pub struct Harness {
    dispatch: Dispatch,
    collected: Arc<AnswerSink>,
    next: AtomicU64,
}

impl Harness {
    /// A harness with its own subscriber.
    #[must_use]
    pub fn new() -> Self {
        let collected = Arc::new(AnswerSink::default());
        let layer = whose::layer().with_sink(Arc::clone(&collected));
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
        Self {
            dispatch,
            collected,
            next: AtomicU64::new(0),
        }
    }

    /// Runs a case under its own global frame.
    pub fn case(&self, case: impl FnOnce()) {
        with_default(&self.dispatch, || {
            let _global = whose::testing::isolate_global();
            case();
        });
    }

    /// Emits an event, a span and an error, and returns their attributions. For [`FrameKind::Record`],
    /// the event and the span carry `explicit`, and no error is emitted. For [`FrameKind::Report`],
    /// only an error is emitted, and it carries `explicit`. For every other layer, the records
    /// carry no explicit data.
    ///
    /// # Panics
    /// If a record is missing.
    #[must_use]
    pub fn emit(
        &self,
        inner: FrameKind,
        explicit: &ExplicitData<'_>,
    ) -> Vec<(&'static str, Answer)> {
        let nothing = ExplicitData::default();
        let (on_record, on_error) = match inner {
            FrameKind::Record => (Some(explicit), None),
            FrameKind::Report => (None, Some(explicit)),
            _ => (Some(&nothing), Some(&nothing)),
        };
        let n = self.next.fetch_add(3, Ordering::Relaxed);
        if let Some(explicit) = on_record {
            with_fields(n, explicit);
        }
        if let Some(explicit) = on_error {
            explicit.report(n + 2);
        }
        let mut records = self.collected.take().records;
        let names = [(n, "event"), (n + 1, "span"), (n + 2, "error")];
        let is_emitted = |n| if n == names[2].0 { on_error } else { on_record }.is_some();
        let emitted = names.into_iter().filter(|(n, _)| is_emitted(*n));
        emitted
            .map(|(n, name)| match records.remove(&n) {
                Some(answer) => (name, answer),
                None => panic!("no record of the {name}"),
            })
            .collect()
    }

    /// Reports an error without explicit data and returns its attribution.
    ///
    /// # Panics
    /// If the record is missing.
    #[must_use]
    pub fn error(&self) -> Answer {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        ExplicitData::default().report(n);
        match self.collected.take().records.remove(&n) {
            Some(answer) => answer,
            None => panic!("no record of the error"),
        }
    }
}

/// The explicit data of a record.
#[derive(Debug, Default)]
pub struct ExplicitData<'a> {
    /// The user.
    pub user: Option<User>,
    /// The session.
    pub session: Option<&'a str>,
    /// The conversation.
    pub conversation: Option<&'a str>,
    /// The actor. Only an error can have one.
    pub actor: Option<&'a str>,
    /// The tags. As fields: `k`, `o` and `i`.
    pub tags: &'a [(&'static str, &'static str)],
    /// Extra and contexts. Only an error can have them.
    pub data: ScopeData,
}

impl ExplicitData<'_> {
    fn report(&self, n: u64) {
        let mut data = self.data.clone();
        data.tags.extend(self.tags.iter().copied());
        let error = Numbered(n);
        let explicit = whose::error(&error)
            .user(&self.user)
            .session(self.session)
            .conversation(self.conversation)
            .actor(self.actor);
        report(explicit, &data);
    }
}

/// The value of a tag for a field.
pub(super) fn tag(tags: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    tags.iter()
        .find(|(other, _)| *other == key)
        .map(|(_, value)| *value)
}

fn with_fields(n: u64, explicit: &ExplicitData<'_>) {
    let ExplicitData {
        session,
        conversation,
        tags,
        ..
    } = explicit;
    let (id, email, segment) = fields(&explicit.user);
    let [k, o, i] = ["k", "o", "i"].map(|key| tag(tags, key));
    info!(
        n,
        user.id = id,
        user.email = email,
        user.segment = segment,
        session.id = session,
        gen_ai.conversation.id = conversation,
        tag.k = k,
        tag.o = o,
        tag.i = i,
        "event"
    );
    let span = info_span!(
        "span",
        n = n + 1,
        user.id = id,
        user.email = email,
        user.segment = segment,
        session.id = session,
        gen_ai.conversation.id = conversation,
        tag.k = k,
        tag.o = o,
        tag.i = i
    );
    drop(span);
}

impl Default for Harness {
    fn default() -> Self {
        Self::new()
    }
}

/// The values of the user fields of a record.
pub(super) fn fields(user: &Option<User>) -> (Option<&str>, Option<&str>, Option<&str>) {
    let user = user.as_ref();
    (
        user.and_then(User::id),
        user.and_then(User::email),
        user.and_then(User::segment),
    )
}
