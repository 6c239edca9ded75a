//! Links: who an isolated scope turned out to be whose first records had no user.

use tracing::dispatcher;

use crate::diagnostics::warnings;
use crate::frame::{Frame, Identified, Isolated, RecordObserver};
use crate::layer::lookup;
use crate::model::{Attribution, ResolvedUser, Source};
use crate::record::{Record, RecordType, SpanContext};
use crate::stack::{self, Frames};
use crate::util::CallSite;

/// A record was made at a place with these frames: where it has no user, its isolated scope wants a
/// link.
#[inline]
pub(crate) fn note_record(attribution: &Attribution, frames: Frames<'_>) {
    if attribution.scope_id().is_some() {
        note_gap(frames);
    }
}

#[cold]
fn note_gap(frames: Frames<'_>) {
    let isolated = frames.clone().find_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.shared().clone()),
        _ => None,
    });
    if let Some(isolated) = isolated {
        isolated.note_gap();
        // Another thread has identified the scope meanwhile, and found no record without a user.
        if isolated.takes_link() {
            let observers = frames.observers();
            warnings::defer(move || record(&isolated, observers));
        }
    }
}

/// The scope may have been given its first user, or its first session after that.
#[inline]
pub(crate) fn note_write(isolated: &Isolated) {
    if isolated.takes_link() || isolated.takes_session_link() {
        record(isolated, stack::with_frames(|frames| frames.observers()));
    }
}

/// Records the link of a scope, also for those who listen where the link was found to be wanted.
#[cold]
fn record(isolated: &Isolated, mut observers: Vec<RecordObserver>) {
    let (identified, set_at) = isolated.read(|vars| (vars.identified.clone(), vars.user_set_at));
    let Some(Identified {
        user,
        session,
        time,
    }) = identified
    else {
        return;
    };
    if session.is_some() {
        isolated.note_session_link();
    }
    let attribution = Attribution {
        user: ResolvedUser::Known(user, Source::Isolation),
        session: session.map(|session| (session, Source::Isolation)),
        ..Attribution::default()
    };
    if let Some(own) = &isolated.observer {
        if !observers.iter().any(|observer| observer.is_same(own)) {
            observers.push(own.clone());
        }
    }
    dispatcher::get_default(|dispatch| {
        if let Some(core) = lookup::core_of(dispatch) {
            let record = Record {
                name: "link",
                target: "whose",
                call_site: set_at.map(CallSite::from),
                linked: Some(isolated.id),
                attribution: attribution.clone(),
                // What started after that is not before the login, but perhaps after the logout.
                ..Record::empty(RecordType::Link, time, SpanContext::default())
            };
            core.pipeline()
                .deliver_link(record.into(), observers.clone());
        }
    });
}
