//! What a task knows of its own user.

use std::sync::Arc;

use super::request::{Request, Says, Slot, tick};
use super::who::Who;

/// How many frames a program opens before it starts again with none: a captured stack that is
/// deeper is summed up, and is another stack from then on.
const DEEPEST: u32 = 24;

#[derive(Debug)]
enum Frame {
    Fixed(Says),
    Isolated(Arc<Request>),
}

/// A frame, and the frames outside.
#[derive(Debug)]
struct Place {
    token: u64,
    depth: u32,
    frame: Frame,
    outer: Option<Arc<Place>>,
}

impl Place {
    fn says(&self) -> Says {
        match &self.frame {
            Frame::Fixed(says) => *says,
            Frame::Isolated(request) => request.says(),
        }
    }

    fn request(&self) -> Option<&Arc<Request>> {
        match &self.frame {
            Frame::Fixed(_) => None,
            Frame::Isolated(request) => Some(request),
        }
    }
}

/// The frames of a task. The task passes them on as plain values, and never asks `whose` for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    top: Option<Arc<Place>>,
    /// Where a write goes.
    target: Option<Arc<Request>>,
}

impl Truth {
    fn with_frame(&self, frame: Frame) -> Self {
        Self {
            target: match &frame {
                Frame::Fixed(_) => self.target.clone(),
                Frame::Isolated(request) => Some(request.clone()),
            },
            top: Some(Arc::new(Place {
                token: tick(),
                depth: self.depth() + 1,
                frame,
                outer: self.top.clone(),
            })),
        }
    }

    /// Inside a fixed scope.
    pub(super) fn with(&self, says: Says) -> Self {
        self.with_frame(Frame::Fixed(says))
    }

    /// Inside a new isolated scope.
    pub(super) fn isolated(&self) -> (Self, Arc<Request>) {
        let request = Arc::new(Request::new(tick()));
        (self.with_frame(Frame::Isolated(request.clone())), request)
    }

    /// What `Scope::current()` carries.
    pub(super) fn captured(&self) -> Self {
        Self {
            top: self.top.clone(),
            target: self.nearest().cloned(),
        }
    }

    /// Whether the innermost frame is the same one.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.top, &other.top) {
            (Some(top), Some(other)) => Arc::ptr_eq(top, other),
            (None, None) => true,
            _ => false,
        }
    }

    fn depth(&self) -> u32 {
        self.top.as_ref().map_or(0, |place| place.depth)
    }

    pub(super) fn is_deep(&self) -> bool {
        self.depth() >= DEEPEST
    }

    /// The frames, innermost first.
    fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::successors(self.top.as_deref(), |place| place.outer.as_deref())
    }

    fn requests(&self) -> impl Iterator<Item = &Arc<Request>> {
        self.places().filter_map(Place::request)
    }

    fn nearest(&self) -> Option<&Arc<Request>> {
        self.requests().next()
    }

    /// The isolated scope that a write changes.
    pub(super) fn target(&self) -> Option<&Arc<Request>> {
        self.target.as_ref()
    }

    /// Before another thread sees the frames.
    pub(super) fn seal(&self) {
        self.requests().for_each(|request| request.seal());
    }

    fn user(&self) -> Slot {
        let mut slots = self.places().map(|place| place.says().user);
        slots.find(|slot| *slot != Slot::Unset).unwrap_or_default()
    }

    pub(super) fn who(&self) -> Who {
        let first = |of: fn(Says) -> u32| {
            let mut said = self.places().map(|place| of(place.says()));
            said.find(|number| *number != 0).unwrap_or(0)
        };
        Who {
            user: match self.user() {
                Slot::User(user) => user,
                Slot::Unset | Slot::Nobody => 0,
            },
            session: first(|says| says.session),
            tag: first(|says| says.tag),
        }
    }

    /// Whether a frame names a user or a session, now or later.
    fn names(&self) -> bool {
        self.places().any(|place| match &place.frame {
            Frame::Fixed(says) => says.user != Slot::Unset || says.session != 0,
            Frame::Isolated(_) => true,
        })
    }

    fn holds(&self, token: u64) -> bool {
        self.places().any(|place| place.token == token)
    }

    /// Inside a span that was created with these frames, by the table of `resolve/entry.rs`; `None`
    /// where another thread decides meanwhile whether a request still runs.
    pub(super) fn entered(&self, span: &Self, is_one_thread: bool) -> Option<Self> {
        let changes_nothing = match &span.top {
            None => true,
            Some(top) => !span.names() || self.holds(top.token),
        };
        if changes_nothing {
            return Some(self.clone());
        }
        let is_here = |theirs: &Arc<Request>| self.requests().any(|it| Arc::ptr_eq(it, theirs));
        let gives_way = match span.nearest() {
            Some(theirs) if !is_here(theirs) => {
                let (here, names_fixed) = self.apart_from(span);
                if (here.is_some() || names_fixed) && !is_one_thread {
                    return None;
                }
                match (theirs.is_open(), here) {
                    (true, _) => false,
                    (false, None) => names_fixed,
                    (false, Some(here)) => here.is_open() || theirs.number < here.number,
                }
            }
            _ => false,
        };
        Some(match gives_way {
            true => self.clone(),
            false => Self {
                top: span.top.clone(),
                target: span.nearest().or(self.target.as_ref()).cloned(),
            },
        })
    }

    /// The innermost request, and whether a fixed frame names a user, as far out as the first frame
    /// that is around the span too.
    fn apart_from(&self, span: &Self) -> (Option<&Request>, bool) {
        let apart = || self.places().take_while(|place| !span.holds(place.token));
        let names =
            |place: &Place| matches!(&place.frame, Frame::Fixed(it) if it.user != Slot::Unset);
        let here = apart().find_map(|place| place.request());
        (here.map(|request| &**request), apart().any(names))
    }

    /// What becomes of a span at its close that was created with these frames, when the clock showed
    /// `since`, as `created`.
    pub(super) fn late(&self, created: Who, since: u64, was_masked: bool) -> Who {
        let now = self.who();
        let session = match (created.session, now.session) {
            (0, 0) => self
                .lost(|says| says.session != 0, |it| it.session_lost_since(since))
                .unwrap_or(0),
            (0, session) | (session, _) => session,
        };
        let user = match created.user {
            0 if was_masked => 0,
            0 => self
                .lost(
                    |says| says.user != Slot::Unset,
                    |it| it.user_lost_since(since),
                )
                .unwrap_or(now.user),
            user => user,
        };
        Who {
            user,
            session,
            ..created
        }
    }

    /// What the isolated scopes lost, as far out as the first one that still says something.
    fn lost(
        &self,
        is_said: impl Fn(Says) -> bool,
        lost: impl Fn(&Request) -> Option<u32>,
    ) -> Option<u32> {
        self.requests()
            .map(|request| (is_said(request.says()), lost(request)))
            .find(|(is_said, lost)| *is_said || lost.is_some())
            .and_then(|(is_said, lost)| lost.filter(|_| !is_said))
    }

    /// Whether a span that is created here may be identified until its close.
    pub(super) fn can_be_late(&self) -> bool {
        let who = self.who();
        (who.session == 0 || who.user == 0) && self.nearest().is_some()
    }

    pub(super) fn is_masked(&self) -> bool {
        self.user() == Slot::Nobody
    }
}
