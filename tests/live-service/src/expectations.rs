//! The expected user of each request and of each record.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use whose::UnattributedReason;

use crate::service::Forgotten;

/// A user of the service in one of its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) user: String,
    pub(crate) session: String,
}

/// The expectation of one request.
#[derive(Clone, Debug, Default)]
pub struct ExpectedRequest {
    /// The user of the request. `None` for an anonymous visitor.
    pub(crate) identity: Option<Identity>,
    /// The other user that a part of the work is for.
    pub(crate) on_behalf: Option<String>,
    /// Whether the request signs its user out.
    pub(crate) signs_out: bool,
}

/// The expected user and session of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The user, or the valid reasons for no user.
    pub(crate) user: Result<String, &'static [UnattributedReason]>,
    pub(crate) session: Option<String>,
}

const UNSET: &[UnattributedReason] = &[UnattributedReason::Unset];
const ANONYMOUS: &[UnattributedReason] = &[UnattributedReason::Anonymous];
const NO_SCOPE: &[UnattributedReason] = &[UnattributedReason::NoScope];

/// The spans that the servers open before the user is known.
pub(crate) const SERVER_SPANS: [&str; 2] = ["span request", "span rpc"];

/// The span of `AttributionLayer` around each of them.
pub(crate) const REQUEST_SPAN: &str = "span http.server";

/// Every step with records, except those of the connection pool.
pub const STEPS: [&str; 74] = [
    "about to panic",
    "anonymous",
    "answer of the stream",
    "answered",
    "arrived",
    "back from the guard",
    "back from the other",
    "background work",
    "blocking",
    "buffer done",
    "buffered call",
    "buffered response",
    "cache asked",
    "cache filled by its scope",
    "cache filled by its span",
    "called",
    "chunk",
    "chunk received",
    "computed",
    "crunch begins",
    "crunch item",
    "crunch left",
    "crunch on",
    "crunch part",
    "crunch right",
    "end of stream",
    "explicit",
    "finished processing request",
    "gave up",
    "guarded",
    "handled",
    "identified",
    "job by its scope",
    "job by its span",
    "jobs done",
    "joined all",
    "joined task",
    "log line",
    "login begins",
    "logout begins",
    "looked up",
    "model",
    "nested blocking",
    "nested task",
    "on behalf",
    "panics in a handler",
    "panics in a task",
    "refused",
    "refused by hand",
    "response failed",
    "rpc arrived",
    "rpc asked",
    "rpc identified",
    "rpc listened",
    "rpc streamed",
    "signed in",
    "signed out",
    "span charge",
    "span explicit",
    REQUEST_SPAN,
    "span joined",
    "span look_up",
    "span request",
    "span rpc",
    "span spawned",
    "spawned task",
    "spawned task joined",
    "sse event",
    "started processing request",
    "timed out",
    "waits for ever",
    "websocket closed",
    "websocket message",
    "websocket open",
];

/// The steps of the connection pool.
pub const POOL_STEPS: [&str; 3] = ["queried", "query", "span connection"];

/// The steps with an explicit user other than the user of the request.
const ON_BEHALF: [&str; 4] = ["on behalf", "guarded", "explicit", "span explicit"];

/// The steps before the service knows the user.
pub(crate) const BEFORE_LOGIN: [&str; 5] = [
    "started processing request",
    "arrived",
    "login begins",
    "query before login",
    "rpc arrived",
];

/// The steps after the logout cleared the user of the request. The span of the server is not among
/// the steps, because the span keeps the cleared user.
const AFTER_LOGOUT: [&str; 2] = ["signed out", "finished processing request"];

impl ExpectedRequest {
    /// The expected user and session of a record of that step.
    pub(crate) fn expected(&self, step: &str) -> Expected {
        let unattributed = |reasons| Expected {
            user: Err(reasons),
            session: None,
        };
        if BEFORE_LOGIN.contains(&step) {
            return unattributed(UNSET);
        }
        let mut expected = match &self.identity {
            Some(identity) => Expected {
                user: Ok(identity.user.clone()),
                session: Some(identity.session.clone()),
            },
            // A connection may open before and after the user is known to be anonymous.
            None if step == "span connection" => {
                unattributed(&[UnattributedReason::Unset, UnattributedReason::Anonymous])
            }
            None => unattributed(ANONYMOUS),
        };
        if self.signs_out && AFTER_LOGOUT.contains(&step) {
            expected.user = Err(UNSET);
        }
        if let Some(other) = self
            .on_behalf
            .as_ref()
            .filter(|_| ON_BEHALF.contains(&step))
        {
            expected.user = Ok(other.clone());
        }
        expected
    }

    /// As [`expected`](Self::expected), if the forgotten line of the service affects the step.
    pub(crate) fn expected_without(&self, forgotten: Forgotten, step: &str) -> Option<Expected> {
        let is_lost = match forgotten {
            Forgotten::AttributionLayer => true,
            Forgotten::TaskSpawn => [
                "background work",
                "looked up",
                "nested blocking",
                "nested task",
                "panics in a task",
                "span look_up",
                "span spawned",
                "spawned task",
            ]
            .contains(&step),
            Forgotten::JoinSetSpawn => ["joined task", "span joined"].contains(&step),
            Forgotten::JobScope | Forgotten::WorkerScope => step == "job by its scope",
            Forgotten::PoolScope => step.starts_with("crunch "),
        };
        let explicit = self
            .on_behalf
            .as_ref()
            .filter(|_| ON_BEHALF.contains(&step));
        is_lost.then(|| Expected {
            user: explicit.cloned().ok_or(NO_SCOPE),
            session: None,
        })
    }
}

/// The expectations of all requests, by id.
#[derive(Debug, Default)]
pub(crate) struct Expectations(Mutex<HashMap<String, ExpectedRequest>>);

impl Expectations {
    pub(crate) fn add(&self, request: &str, known: ExpectedRequest) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = requests.insert(request.to_owned(), known);
        assert!(before.is_none(), "two requests with the id {request}");
    }

    pub(crate) fn take(self) -> HashMap<String, ExpectedRequest> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
