//! Precedence between the levels of attribution.
//!
//! From weakest to strongest: the global level; isolated and fixed frames in the order in which they
//! nest, innermost strongest; the explicit data of the record.

use crate::frame::{ScopeData, SetAtCall, Slot};
use crate::model::{self, Attribution, ChainedActor, ResolvedUser, Source, Tags, User};
use crate::resolve::actors::ActorChain;
use crate::resolve::levels::{visit_frames, visit_global, Level, LevelVisitor};
use crate::resolve::reason::reason_at;
use crate::stack::Frames;
use crate::util::SetAt;

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
    visit_frames(&mut resolver, explicit, frames.clone());
    visit_global(&mut resolver, frames.clone());
    resolver.finish();
    if let ResolvedUser::Unknown(gap) = &mut attribution.user {
        *gap = reason_at(frames);
    }
}

/// The attribution of the levels that were visited so far, innermost first.
pub(super) struct Resolver<'a> {
    /// The user of this attribution is the innermost user.
    pub(super) attribution: &'a mut Attribution,
    /// `None` for most stacks. One pointer, so that the resolver is not copied in memory.
    merge: Option<Box<Merge>>,
    pub(super) end: Option<End>,
    /// Whether a frame outside the visited frames has a user.
    pub(super) has_user_outside: bool,
}

/// What [`Resolver::finish`] merges when all levels are known.
#[derive(Default)]
struct Merge {
    /// The users outside the innermost user that can add fields. A supplement takes its id from a user
    /// further out.
    covered: Vec<(User, Source)>,
    /// `None` until a frame has an actor, which few frames have.
    actors: Option<ActorChain>,
}

/// Why no level further out can change the user.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    /// The last level is anonymous.
    Anonymous(Source),
    /// The user of the last level has no id, and replaces all users outside.
    Replaces,
    /// A user further in replaces the user of the last level.
    Replaced,
}

impl LevelVisitor for Resolver<'_> {
    #[inline(always)]
    fn visit_user(&mut self, user: &User, set_at: SetAtCall) {
        let set_at = set_at.map_or(SetAt::Unknown, SetAt::Call);
        let settles = self.has_actors() && self.end.is_none();
        self.visit_slot(Slot::Set(user), Source::Scope, set_at);
        if settles {
            self.settle_actors(&[], true);
        }
    }

    fn visit(&mut self, _: Level<'_>, data: &ScopeData) {
        self.visit_data(data);
    }

    fn has_user_outside(&self) -> bool {
        self.has_user_outside
    }
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
            merge: None,
            end: None,
            has_user_outside: false,
        }
    }

    pub(super) fn visit_data(&mut self, data: &ScopeData) {
        let was_open = self.end.is_none();
        self.visit_slot(data.user.as_ref(), data.user_source, data.user_set_at);
        if was_open && (self.has_actors() || !data.actors().is_empty()) {
            self.settle_actors(data.actors(), !data.user.is_unset());
        }
        if self.attribution.session.is_none() {
            if let Some(id) = &data.session {
                self.attribution.session = Some((id.clone(), data.session_source));
                self.attribution.session_set_at = data.session_set_at;
            }
        }
        self.attribution.tags.merge_missing(&data.tags);
        model::merge_missing_data(&mut self.attribution.data, data.data.as_deref());
    }

    #[inline]
    fn visit_slot(&mut self, user: Slot<&User>, source: Source, set_at: SetAt) {
        if self.end.is_none() {
            match user {
                Slot::Unset => {}
                Slot::Anonymous => {
                    self.end = Some(End::Anonymous(source));
                    if matches!(self.attribution.user, ResolvedUser::Unknown(_)) {
                        self.attribution.user_set_at = set_at;
                    }
                }
                Slot::Set(user) => self.visit_set_user(user, source, set_at),
            }
        }
    }

    #[inline(always)]
    fn visit_set_user(&mut self, user: &User, source: Source, set_at: SetAt) {
        let is_covered = matches!(self.attribution.user, ResolvedUser::Known(..));
        if is_covered && !self.can_add(user) {
            return;
        }
        if user.user_id().is_none() && !user.is_supplement() {
            self.end = Some(End::Replaces);
        }
        if is_covered {
            let merge = self.merge.get_or_insert_default();
            merge.covered.push((user.clone(), source));
        } else {
            self.attribution.user.set_known(user, source);
            self.attribution.user_set_at = set_at;
        }
    }

    /// Whether a covered user can add fields to the users inside.
    fn can_add(&mut self, user: &User) -> bool {
        let last = self.covered().last().map(|(user, _)| user);
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

    /// Whether a visited frame has an actor.
    #[inline]
    fn has_actors(&self) -> bool {
        self.merge
            .as_ref()
            .is_some_and(|merge| merge.actors.is_some())
    }

    fn covered(&self) -> &[(User, Source)] {
        self.merge.as_ref().map_or(&[], |merge| &merge.covered)
    }

    /// How many users were visited that are not replaced.
    fn users(&self) -> usize {
        self.covered().len() + usize::from(self.attribution.user().is_some())
    }

    /// Adds the actors of the level that was visited last. No level further in has ended the users.
    #[cold]
    fn settle_actors(&mut self, actors: &[ChainedActor], has_user: bool) {
        let users = self.users();
        let merge = self.merge.get_or_insert_default();
        let chain = merge.actors.get_or_insert_default();
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
        } else if let Some(chain) = self.merge.as_mut().and_then(|it| it.actors.as_mut()) {
            outside.set_actors(chain.split_off_outside(users));
        }
        outside
    }

    /// Merges the users, outermost first. A supplement, or a user with the same id, adds its fields to the
    /// user outside. Any other user replaces the user outside.
    #[inline(always)]
    pub(super) fn finish(self) {
        // Mostly there is one user, and nothing to merge.
        if self.merge.is_some() || matches!(self.end, Some(End::Anonymous(_))) {
            let merge = self.merge.unwrap_or_default();
            merge.finish(self.attribution, self.end);
        }
    }
}

impl Merge {
    #[inline(never)]
    fn finish(self, attribution: &mut Attribution, end: Option<End>) {
        if let Some(chain) = self.actors {
            finish_actors(attribution, &self.covered, chain);
        }
        if !self.covered.is_empty() || matches!(end, Some(End::Anonymous(_))) {
            fold(attribution, self.covered, end);
        }
    }
}

/// Writes the chain of actors to the attribution.
fn finish_actors(attribution: &mut Attribution, covered: &[(User, Source)], mut chain: ActorChain) {
    let covered = covered.iter().map(|(user, _)| user);
    let users: Vec<_> = attribution.user().into_iter().chain(covered).collect();
    chain.end_at_users(&users);
    attribution.set_actors(chain.into_actors());
}

fn fold(attribution: &mut Attribution, covered: Vec<(User, Source)>, end: Option<End>) {
    let outermost = match end {
        Some(End::Anonymous(source)) => ResolvedUser::Anonymous(source),
        Some(End::Replaces | End::Replaced) | None => ResolvedUser::default(),
    };
    let winner = match std::mem::take(&mut attribution.user) {
        ResolvedUser::Known(user, source) => Some((user, source)),
        ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_) => None,
    };
    let users = winner.into_iter().chain(covered).rev();
    attribution.user = users.fold(outermost, |outer, (user, source)| {
        let user = match &outer {
            ResolvedUser::Known(covered, _) if user.adds_to(covered) => user.over(covered),
            ResolvedUser::Anonymous(_) => user.replacing(),
            ResolvedUser::Known(..) | ResolvedUser::Unknown(_) => user,
        };
        ResolvedUser::Known(user, source)
    });
}
