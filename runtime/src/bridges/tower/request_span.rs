//! The scope and the span of a request, and how the request ends.

use std::mem::replace;
use std::panic::Location;

use http::StatusCode;
use tracing::Span;

use crate::layer::end_span;
use crate::names::http::{CANCELED, ERROR_TYPE, OTHER_ERROR, PANIC, STATUS_CODE};
use crate::scope::Prepared;

/// The side of a request. A status from 400 to 499 is a failure on the side of the client alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Server,
    Client,
}

/// The phase of a request, which decides how a drop of the request is recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// The response, or more of its body, has been asked for. A drop is a cancellation.
    Waiting,
    /// A poll is running. A drop is the end of a panic.
    Polling,
    /// A part of the body was taken, which may be the last one that the receiver needs. A drop is
    /// the end of a complete request.
    Idle,
    /// The end is recorded already.
    Ended,
}

/// The scope and the span of a request. Ends the span once: at the end of the request, or when the
/// request is dropped before.
#[derive(Debug)]
pub(super) struct RequestSpan {
    around: Prepared,
    /// Where the application made the layer.
    made_at: &'static Location<'static>,
    side: Side,
    phase: Phase,
    is_failed: bool,
}

impl RequestSpan {
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
        self.begin_poll();
        let response = self.around.run(call);
        self.wait();
        response
    }

    /// Enters the phase [`Polling`](Phase::Polling).
    pub(super) fn begin_poll(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Polling;
        }
    }

    /// Enters the phase [`Waiting`](Phase::Waiting).
    pub(super) fn wait(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Waiting;
        }
    }

    /// Enters the phase [`Idle`](Phase::Idle).
    pub(super) fn pause(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Idle;
        }
    }

    /// Records the status of the response, whose body follows.
    pub(super) fn record_status(&mut self, status: StatusCode) {
        self.span().record(STATUS_CODE.name, status.as_u16());
        let is_failure = match self.side {
            Side::Server => status.is_server_error(),
            Side::Client => status.is_client_error() || status.is_server_error(),
        };
        if is_failure {
            self.fail(status.as_str());
        }
        self.pause();
    }

    /// Records a failure of the service or of the body, and ends the span. Records the type `E` of the
    /// error, and not its text, which may contain data of a user.
    pub(super) fn fail_with<E>(&mut self) {
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

    /// Ends the span: the duration of the record ends here.
    pub(super) fn end(&mut self) {
        if replace(&mut self.phase, Phase::Ended) != Phase::Ended {
            end_span(self.span(), self.is_failed, self.made_at);
        }
    }
}

impl Drop for RequestSpan {
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
