//! Precedence between the levels of attribution.
//!
//! From weakest to strongest: the global level; isolated and fixed frames in the order in which they
//! nest, innermost strongest; the explicit data of the record.

use crate::frame::{Frame, ScopeData, Slot};
use crate::model::{self, Attribution, ChainedActor, ResolvedUser, Source, Tags, User};
use crate::resolve::actors::{any_remote, ActorChain};
use crate::resolve::reason::reason_at;
use crate::stack::Frames;

/// Resolves the attribution of a record with the data `explicit` and these frames.
pub(crate) fn resolve(explicit: Option<&ScopeData>, frames: Frames<'_>) -> Attribution {
    let mut attribution = Attribution::default();
    resolve_to(&mut attribution, explicit, frames);
    attribution
}

/// As [`resolve`], in place, because an attribution is large.
pub(crate) fn resolve_to(
    attribution: &mut Attribution,
    explicit: Option<&ScopeData>,
    frames: Frames<'_>,
) {
    let mut resolver = Resolver::new(attribution);
    resolver.visit_all(explicit, frames.clone());
    frames
        .clone()
        .with_global(|global| global.read(|data| resolver.visit(data)));
    resolver.finish();
    if let ResolvedUser::Unknown(gap) = &mut attribution.user {
        *gap = reason_at(frames);
    }
}

/// Whether a trusted peer named the user, the session or an actor of the data.
pub(super) fn is_remote(data: &ScopeData) -> bool {
    data.user_source == Source::Remote
        || data.session_source == Source::Remote
        || any_remote(data.actors())
}

/// Whether one of the frames names a user or is anonymous.
pub(super) fn any_sets_user(mut frames: Frames<'_>) -> bool {
    frames.any(|frame| match frame {
        Frame::User(_) => true,
        Frame::Fixed(data) => !data.user.is_unset(),
        Frame::Span(span_identity) => span_identity.read(|data| !data.user.is_unset()),
        Frame::Isolated(isolated) => isolated.read(|state| {
            !state.written.user.is_unset()
                || state
                    .remote
                    .as_ref()
                    .is_some_and(|data| !data.user.is_unset())
        }),
        Frame::Global(_) => false,
    })
}

/// The attribution of the levels that were visited so far, innermost first.
pub(super) struct Resolver<'a> {
    /// The user of this attribution is the innermost user.
    attribution: &'a mut Attribution,
    /// The users outside the innermost user that can add fields. [`finish`](Self::finish) merges them when
    /// all are known, because a supplement takes its id from a user further out.
    covered: Option<Vec<(User, Source)>>,
    /// `None` until a frame has an actor, which few frames have.
    actors: Option<Box<ActorChain>>,
    end: Option<End>,
    /// Whether a frame outside the visited frames has a user.
    pub(super) has_user_outside: bool,
}

/// Why no level further out can change the user.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// The last level is anonymous.
    Anonymous(Source),
    /// The user of the last level has no id, and replaces all users outside.
    Replaces,
    /// A user further in replaces the user of the last level.
    Replaced,
}

impl<'a> Resolver<'a> {
    #[inline(always)]
    pub(super) fn new(attribution: &'a mut Attribution) -> Self {
        attribution.user = ResolvedUser::default();
        attribution.session = None;
        attribution.tags = Tags::default();
        attribution.data = None;
        Self {
            attribution,
            covered: None,
            actors: None,
            end: None,
            has_user_outside: false,
        }
    }

    /// Visits every level except the global level.
    #[inline(always)]
    pub(super) fn visit_all(&mut self, explicit: Option<&ScopeData>, mut frames: Frames<'_>) {
        if let Some(data) = explicit {
            self.visit(data);
        }
        while let Some(frame) = frames.next() {
            match frame {
                Frame::User(user) => {
                    let settles = self.actors.is_some() && self.end.is_none();
                    self.visit_slot(Slot::Set(user), Source::Scope);
                    if settles {
                        self.settle_actors(&[], true);
                    }
                }
                Frame::Fixed(data) => self.visit_maybe_remote(data, false, &frames),
                Frame::Span(span_identity) => span_identity.read(|data| self.visit(data)),
                Frame::Isolated(isolated) => {
                    let remote = isolated.read(|state| {
                        self.visit(&state.written);
                        state
                            .remote
                            .clone()
                            .map(|data| (data, !state.written.user.is_unset()))
                    });
                    if let Some((data, has_user_beside)) = remote {
                        self.visit_maybe_remote(&data, has_user_beside, &frames);
                    }
                }
                Frame::Global(_) => {}
            }
        }
    }

    /// Visits data. The remote user, session and actors of the data count only if no other user is
    /// outside or beside them.
    fn visit_maybe_remote(
        &mut self,
        data: &ScopeData,
        has_user_beside: bool,
        outside: &Frames<'_>,
    ) {
        let has_user_outside =
            |this: &Self| this.has_user_outside || any_sets_user(outside.clone());
        if is_remote(data) && (has_user_beside || has_user_outside(self)) {
            // A flattened frame can hold a remote session, or remote actors, beside a user that is not
            // remote.
            let mut without_remote = data.clone();
            if data.user_source == Source::Remote {
                without_remote.user = Slot::Unset;
            }
            if data.session_source == Source::Remote {
                without_remote.session = None;
            }
            without_remote.remove_remote_actors();
            self.visit(&without_remote);
        } else {
            self.visit(data);
        }
    }

    fn visit(&mut self, data: &ScopeData) {
        let was_open = self.end.is_none();
        self.visit_slot(data.user.as_ref(), data.user_source);
        if was_open && (self.actors.is_some() || !data.actors().is_empty()) {
            self.settle_actors(data.actors(), !data.user.is_unset());
        }
        if self.attribution.session.is_none() {
            if let Some(id) = &data.session {
                self.attribution.session = Some((id.clone(), data.session_source));
            }
        }
        self.attribution.tags.merge_missing(&data.tags);
        model::merge_missing_data(&mut self.attribution.data, data.data.as_deref());
    }

    #[inline]
    fn visit_slot(&mut self, user: Slot<&User>, source: Source) {
        if self.end.is_none() {
            match user {
                Slot::Unset => {}
                Slot::Anonymous => self.end = Some(End::Anonymous(source)),
                Slot::Set(user) => self.visit_user(user, source),
            }
        }
    }

    #[inline(always)]
    fn visit_user(&mut self, user: &User, source: Source) {
        let is_covered = matches!(self.attribution.user, ResolvedUser::Known(..));
        if is_covered && !self.can_add(user) {
            return;
        }
        if user.user_id().is_none() && !user.is_supplement() {
            self.end = Some(End::Replaces);
        }
        if is_covered {
            let covered = self.covered.get_or_insert_default();
            covered.push((user.clone(), source));
        } else {
            self.attribution.user = ResolvedUser::Known(user.clone(), source);
        }
    }

    /// Whether a covered user can add fields to the users inside.
    fn can_add(&mut self, user: &User) -> bool {
        let covered = self.covered.as_ref();
        let last = covered.and_then(|covered| Some(&covered.last()?.0));
        let Some(inner) = last.or_else(|| self.attribution.user()) else {
            return true;
        };
        // Another user further out is replaced as a whole.
        if inner.is_other_than(user) {
            self.end = Some(End::Replaced);
            return false;
        }
        // A recursion under one user names the same id at every level, which adds nothing.
        !(user.is_only_id() && inner.user_id() == user.user_id() && !inner.is_supplement())
    }

    /// How many users were visited that are not replaced.
    fn users(&self) -> usize {
        let covered = self.covered.as_ref().map_or(0, Vec::len);
        covered + usize::from(self.attribution.user().is_some())
    }

    /// Adds the actors of the level that was visited last. No level further in has ended the users.
    #[cold]
    fn settle_actors(&mut self, actors: &[ChainedActor], has_user: bool) {
        let users = self.users();
        let chain = self.actors.get_or_insert_default();
        match self.end {
            // The level belongs to a user, or to nobody, that a user further in replaces.
            Some(End::Replaced) => drop(chain.split_off_outside(users)),
            Some(End::Anonymous(_)) if users > 0 => drop(chain.split_off_outside(users)),
            _ => {
                chain.extend(actors);
                if has_user {
                    chain.note_user(users);
                }
            }
        }
    }

    /// The frame outside a flattened frame, without its actors in the chain.
    pub(super) fn take_outside(&mut self) -> ScopeData {
        let users = self.users();
        let mut outside = ScopeData::empty(Source::Scope);
        if self.end.is_some() {
            if users > 0 {
                outside.user = Slot::Anonymous;
            }
        } else if let Some(chain) = &mut self.actors {
            outside.set_actors(chain.split_off_outside(users));
        }
        outside
    }

    /// Writes the chain of actors to the attribution.
    #[cold]
    fn finish_actors(&mut self, mut chain: ActorChain) {
        let covered = self.covered.iter().flatten().map(|(user, _)| user);
        let users: Vec<_> = self.attribution.user().into_iter().chain(covered).collect();
        chain.end_at_users(&users);
        self.attribution.set_actors(chain.into_actors());
    }

    /// Merges the users, outermost first. A supplement, or a user with the same id, adds its fields to the
    /// user outside. Any other user replaces the user outside.
    #[inline]
    pub(super) fn finish(&mut self) {
        if let Some(chain) = self.actors.take() {
            self.finish_actors(*chain);
        }
        // Mostly there is one user, and nothing to merge.
        let is_anonymous = matches!(self.end, Some(End::Anonymous(_)));
        if is_anonymous || self.covered.is_some() {
            self.fold();
        }
    }

    fn fold(&mut self) {
        let outermost = match self.end.take() {
            Some(End::Anonymous(source)) => ResolvedUser::Anonymous(source),
            Some(End::Replaces | End::Replaced) | None => ResolvedUser::default(),
        };
        let winner = match std::mem::take(&mut self.attribution.user) {
            ResolvedUser::Known(user, source) => Some((user, source)),
            ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_) => None,
        };
        let covered = self.covered.take().into_iter().flatten();
        let users = winner.into_iter().chain(covered).rev();
        self.attribution.user = users.fold(outermost, |outer, (user, source)| {
            let user = match &outer {
                ResolvedUser::Known(covered, _) if user.adds_to(covered) => user.over(covered),
                ResolvedUser::Anonymous(_) => user.replacing(),
                ResolvedUser::Known(..) | ResolvedUser::Unknown(_) => user,
            };
            ResolvedUser::Known(user, source)
        });
    }
}
