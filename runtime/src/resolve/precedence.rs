//! Precedence: who wins where several layers say something. Stated here and nowhere else.
//!
//! From weakest to strongest: global, then isolated and fixed frames in whichever order they
//! nest, the innermost first, then what is explicit on the record.

use crate::frame::{Frame, ScopeData, Slot};
use crate::model::{self, Attribution, ResolvedUser, Source, Tags, User};
use crate::resolve::reason::reason_at;
use crate::stack::{frames, Frames, Stack};

/// Whose a record is that says `explicit` itself, at a place with these frames.
pub(crate) fn resolve(explicit: Option<&ScopeData>, frames: Frames<'_>) -> Attribution {
    let mut at = Attribution::default();
    resolve_to(&mut at, explicit, frames);
    at
}

/// As [`resolve`], written to its place: an answer is large.
pub(crate) fn resolve_to(at: &mut Attribution, explicit: Option<&ScopeData>, frames: Frames<'_>) {
    let mut answer = Resolver::new(at);
    answer.visit_all(explicit, frames.clone());
    frames
        .clone()
        .with_global(|global| global.read(|says| answer.visit(says)));
    answer.finish();
    if let ResolvedUser::Unknown(gap) = &mut at.user {
        *gap = reason_at(frames);
    }
}

/// What the frames of a stack say together.
pub(crate) fn flatten(stack: &Stack) -> Option<ScopeData> {
    let mut at = Attribution::default();
    let mut answer = Resolver::new(&mut at);
    answer.visit_all(None, frames(stack));
    answer.finish();
    let Attribution {
        user,
        session,
        tags,
        data,
    } = at;
    let (user, user_source) = match user {
        ResolvedUser::Unknown(_) => (Slot::Unset, Source::Scope),
        ResolvedUser::Anonymous(source) => (Slot::Anonymous, source),
        ResolvedUser::Known(user, source) => (Slot::Set(user), source),
    };
    let (session, session_source) =
        session.map_or((None, Source::Scope), |(id, source)| (Some(id), source));
    let says = ScopeData {
        user,
        session,
        tags,
        data,
        user_source,
        session_source,
    };
    (!says.is_nothing()).then_some(says)
}

/// Whether one of the frames names a user or a mask.
fn any_sets_user(mut frames: Frames<'_>) -> bool {
    frames.any(|frame| match frame {
        Frame::User(_) => true,
        Frame::Fixed(says) => !says.user.is_unset(),
        Frame::Recorded(recorded) => recorded.read(|says| !says.user.is_unset()),
        Frame::Isolated(isolated) => isolated.read(|vars| {
            !vars.written.user.is_unset()
                || vars
                    .remote
                    .as_ref()
                    .is_some_and(|says| !says.user.is_unset())
        }),
        Frame::Global(_) => false,
    })
}

/// What was heard so far, from the innermost layer outwards.
struct Resolver<'a> {
    /// The user in it is the winner.
    at: &'a mut Attribution,
    /// What the winner may cover: decided when all of them are known, because a supplement takes its
    /// id, and with it its relation to those inside it, from further out.
    covered: Option<Vec<(User, Source)>>,
    end: Option<End>,
}

/// Why nothing further out can matter for the user.
enum End {
    Mask(Source),
    Replaced,
}

impl<'a> Resolver<'a> {
    #[inline(always)]
    fn new(at: &'a mut Attribution) -> Self {
        at.user = ResolvedUser::default();
        at.session = None;
        at.tags = Tags::default();
        at.data = None;
        Self {
            at,
            covered: None,
            end: None,
        }
    }

    /// Hears everything but the global layer.
    #[inline(always)]
    fn visit_all(&mut self, explicit: Option<&ScopeData>, mut frames: Frames<'_>) {
        if let Some(says) = explicit {
            self.visit(says);
        }
        while let Some(frame) = frames.next() {
            match frame {
                Frame::User(user) => self.visit_slot(Slot::Set(user), Source::Scope),
                Frame::Fixed(says) => self.visit_if_trusted(says, false, &frames),
                Frame::Recorded(recorded) => recorded.read(|says| self.visit(says)),
                Frame::Isolated(isolated) => {
                    let remote = isolated.read(|vars| {
                        self.visit(&vars.written);
                        vars.remote
                            .clone()
                            .map(|says| (says, !vars.written.user.is_unset()))
                    });
                    if let Some((says, named_beside)) = remote {
                        self.visit_if_trusted(&says, named_beside, &frames);
                    }
                }
                Frame::Global(_) => {}
            }
        }
    }

    /// Hears a layer; one that speaks for another process is unset as soon as somebody is named
    /// outside it or beside it.
    fn visit_if_trusted(&mut self, says: &ScopeData, named_beside: bool, outside: &Frames<'_>) {
        let remote = says.user_source == Source::Remote || says.session_source == Source::Remote;
        if remote && (named_beside || any_sets_user(outside.clone())) {
            // A sum may hold a remote session beside a user that is not remote.
            let mut rest = says.clone();
            if says.user_source == Source::Remote {
                rest.user = Slot::Unset;
            }
            if says.session_source == Source::Remote {
                rest.session = None;
            }
            self.visit(&rest);
        } else {
            self.visit(says);
        }
    }

    fn visit(&mut self, says: &ScopeData) {
        self.visit_slot(says.user.as_ref(), says.user_source);
        if self.at.session.is_none() {
            if let Some(id) = &says.session {
                self.at.session = Some((id.clone(), says.session_source));
            }
        }
        self.at.tags.merge_missing(&says.tags);
        model::merge_missing_data(&mut self.at.data, says.data.as_deref());
    }

    #[inline]
    fn visit_slot(&mut self, user: Slot<&User>, source: Source) {
        if self.end.is_none() {
            match user {
                Slot::Unset => {}
                Slot::Anonymous => self.end = Some(End::Mask(source)),
                Slot::Set(user) => self.visit_user(user, source),
            }
        }
    }

    #[inline(always)]
    fn visit_user(&mut self, user: &User, source: Source) {
        let is_covered = matches!(self.at.user, ResolvedUser::Known(..));
        if is_covered && !self.can_add(user) {
            return;
        }
        if user.user_id().is_none() && !user.is_supplement() {
            self.end = Some(End::Replaced);
        }
        if is_covered {
            let covered = self.covered.get_or_insert_default();
            covered.push((user.clone(), source));
        } else {
            self.at.user = ResolvedUser::Known(user.clone(), source);
        }
    }

    /// Whether a user whom somebody inside covers can have anything to add.
    fn can_add(&mut self, user: &User) -> bool {
        let covered = self.covered.as_ref();
        let last = covered.and_then(|covered| Some(&covered.last()?.0));
        let Some(inner) = last.or_else(|| self.at.user()) else {
            return true;
        };
        // The usual end: somebody else further out, who is replaced whole.
        if inner.is_other_than(user) {
            self.end = Some(End::Replaced);
            return false;
        }
        // A recursion under one user names it at every level: it has nothing to add.
        !(user.is_only_id() && inner.user_id() == user.user_id() && !inner.is_supplement())
    }

    /// Folds the users, outermost first: one that is a supplement, or has the id of the one that
    /// it covers, adds its fields to it; any other replaces it.
    #[inline]
    fn finish(&mut self) {
        // Mostly there is one user, who covers nobody.
        let is_masked = matches!(self.end, Some(End::Mask(_)));
        if is_masked || self.covered.is_some() {
            self.fold();
        }
    }

    fn fold(&mut self) {
        let outermost = match self.end.take() {
            Some(End::Mask(source)) => ResolvedUser::Anonymous(source),
            Some(End::Replaced) | None => ResolvedUser::default(),
        };
        let winner = match std::mem::take(&mut self.at.user) {
            ResolvedUser::Known(user, source) => Some((user, source)),
            ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_) => None,
        };
        let covered = self.covered.take().into_iter().flatten();
        let users = winner.into_iter().chain(covered).rev();
        self.at.user = users.fold(outermost, |who, (user, source)| {
            let user = match &who {
                ResolvedUser::Known(covered, _) if user.adds_to(covered) => user.over(covered),
                ResolvedUser::Anonymous(_) => user.replacing(),
                ResolvedUser::Known(..) | ResolvedUser::Unknown(_) => user,
            };
            ResolvedUser::Known(user, source)
        });
    }
}
