//! Links: records that name the user of an isolated scope whose earlier records had no user.

use tracing::dispatcher;

use crate::diagnostics::{warnings, Limits};
use crate::frame::{Frame, Identified, Isolated, RecordObserver};
use crate::layer::lookup;
use crate::model::{Attribution, ResolvedUser, Source};
use crate::record::{Record, RecordType, SpanContext};
use crate::stack::{self, Frames};

/// Notes a record at a place with these frames. A record without a user needs a link once its
/// isolated scope is identified.
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
        // Another thread has identified the scope meanwhile, before this record was noted.
        if isolated.takes_link() {
            let observers = frames.observers();
            warnings::defer(move || record(&isolated, observers));
        }
    }
}

/// Records a link where the scope was just given its first user, or its first session or actors after
/// that.
#[inline]
pub(crate) fn note_write(isolated: &Isolated) {
    if isolated.takes_link() || isolated.takes_later_link() {
        record(isolated, stack::with_frames(|frames| frames.observers()));
    }
}

/// Records the link of a scope, also for the observers of the place that needs the link.
#[cold]
fn record(isolated: &Isolated, mut observers: Vec<RecordObserver>) {
    let (identified, set_at) =
        isolated.read(|vars| (vars.identified.clone(), vars.written.user_set_at));
    let Some(identified) = identified else {
        return;
    };
    isolated.note_link(&identified);
    let Identified {
        user,
        session,
        mut actors,
        time,
    } = identified;
    let mut attribution = Attribution {
        user: ResolvedUser::Known(user, Source::Isolation),
        session: session.map(|session| (session, Source::Isolation)),
        ..Attribution::default()
    };
    actors.truncate(Limits::ACTORS);
    attribution.set_actors(actors);
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
                call_site: set_at.call_site(),
                linked: Some(isolated.id),
                attribution: attribution.clone(),
                // A record that starts later is not from before the login, and may be from after the
                // logout.
                ..Record::empty(RecordType::Link, time, SpanContext::default())
            };
            core.pipeline()
                .deliver_link(record.into(), observers.clone());
        }
    });
}
