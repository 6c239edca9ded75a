//! The scope and the span of a request, and how the request ends.

use std::mem::replace;
use std::panic::Location;

use http::StatusCode;
use tracing::Span;

use crate::layer::end_span;
use crate::names::http::{CANCELED, ERROR_TYPE, OTHER_ERROR, PANIC, STATUS_CODE};
use crate::scope::Prepared;

/// The side of a request. A response that says "your request is wrong" is a failure of the client
/// alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Server,
    Client,
}

/// What a drop of the request means now.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// The response, or more of its body, has been asked for: nobody waits for it any more.
    Waiting,
    /// A poll is running: it panicked.
    Polling,
    /// A part of the body was taken, and it may have been the last that was needed.
    Idle,
    Ended,
}

/// The scope and the span of a request. Ends the span once: at the end of the request, or when it is
/// dropped before.
#[derive(Debug)]
pub(super) struct Outcome {
    around: Prepared,
    /// Where the application made the layer.
    made_at: &'static Location<'static>,
    side: Side,
    phase: Phase,
    is_failed: bool,
}

impl Outcome {
    pub(super) fn new(around: Prepared, side: Side, made_at: &'static Location<'static>) -> Self {
        Self {
            around,
            made_at,
            side,
            phase: Phase::Waiting,
            is_failed: false,
        }
    }

    /// The scope and the span, for the future and then for the body.
    pub(super) fn around(&self) -> Prepared {
        self.around.clone()
    }

    fn span(&self) -> &Span {
        self.around.span()
    }

    /// Calls the inner service, inside the scope and the span.
    pub(super) fn call<R>(&mut self, call: impl FnOnce() -> R) -> R {
        self.polls();
        let response = self.around.run(call);
        self.waits();
        response
    }

    /// A poll begins: if the request is dropped before the poll returns, it panicked.
    pub(super) fn polls(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Polling;
        }
    }

    /// Something is still to come: if the request is dropped now, it is canceled.
    pub(super) fn waits(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Waiting;
        }
    }

    /// Everything may have come: the request is complete if it is dropped now.
    pub(super) fn may_end(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Idle;
        }
    }

    /// The head of the response is there.
    pub(super) fn responds(&mut self, status: StatusCode) {
        self.span().record(STATUS_CODE.name, status.as_u16());
        let is_failure = match self.side {
            Side::Server => status.is_server_error(),
            Side::Client => status.is_client_error() || status.is_server_error(),
        };
        if is_failure {
            self.fail(status.as_str());
        }
        self.may_end();
    }

    /// The service or the body failed, with an error of the type `E`. The text of the error may
    /// contain anything, so it is not recorded.
    pub(super) fn fails_with<E>(&mut self) {
        let name = std::any::type_name::<E>();
        // A name with `dyn` in it identifies no error type.
        self.fail(if name.contains("dyn ") {
            OTHER_ERROR
        } else {
            name
        });
        self.end();
    }

    /// Keeps the first failure of the request.
    fn fail(&mut self, error_type: &str) {
        if !replace(&mut self.is_failed, true) {
            self.span().record(ERROR_TYPE.name, error_type);
        }
    }

    /// Everything has come: the duration ends here.
    pub(super) fn end(&mut self) {
        if replace(&mut self.phase, Phase::Ended) != Phase::Ended {
            end_span(self.span(), self.is_failed, self.made_at);
        }
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        match self.phase {
            Phase::Waiting => {
                self.span().record(CANCELED.name, true);
            }
            Phase::Polling => self.fail(PANIC),
            Phase::Idle | Phase::Ended => {}
        }
        self.end();
    }
}
