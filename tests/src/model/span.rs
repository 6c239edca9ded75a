use whose::Source;

use super::stack::{Cells, Frame, Node, Stack, isolated, merge_over};
use super::{Answer, Chain, Flaw, ResolvedUser};
use crate::program::{ActorSpec, ScopeData, UserSetting};

/// A span: its stack, its own data, and the handles that keep it open.
#[derive(Debug)]
pub(super) struct Span {
    /// Whether the span is a frame. A span with `parent: None` is not.
    pub(super) is_frame: bool,
    /// The stack that was current at the creation of the span.
    around: Stack,
    /// The frame of the span, for everything inside the span.
    frame: Node,
    /// The data of the fields of the span, first to last.
    own: Vec<ScopeData>,
    /// The attribution from the frames around the span.
    by_frames: Answer,
    /// Whether the span had no data at its creation.
    was_empty: bool,
    /// Whether the span had no user and no session at its creation.
    was_unidentified: bool,
    /// The stack of the last entry before the span was identified.
    pub(super) entered_on: Option<Vec<u64>>,
    pub(super) parent: Option<usize>,
    pub(super) is_held: bool,
    pub(super) entries: u32,
    pub(super) open_children: u32,
    pub(super) is_closed: bool,
}

impl Span {
    pub(super) fn new(around: Stack, frame: Node, cells: &Cells, flaw: Option<Flaw>) -> Self {
        let by_frames = cells.resolve(&around, &ScopeData::default(), flaw);
        Self {
            is_frame: true,
            around,
            frame,
            own: Vec::new(),
            by_frames,
            was_empty: true,
            was_unidentified: true,
            entered_on: None,
            parent: None,
            is_held: true,
            entries: 0,
            open_children: 0,
            is_closed: false,
        }
    }

    /// The stack at the creation of the span, and the number of the creation.
    pub(super) fn creation(&self) -> (Stack, u64) {
        (self.around.clone(), self.frame.number)
    }

    /// The stack inside the span.
    pub(super) fn stack(&self) -> Stack {
        self.around.iter().chain([&self.frame]).cloned().collect()
    }

    /// Applies the fields that the span has at its creation.
    pub(super) fn set_initial(&mut self, data: ScopeData) {
        self.was_empty = false;
        self.was_unidentified = !sets_user(&data) && data.session.is_none();
        self.own.push(data);
    }

    /// Whether the node is the frame of this span, and the span had no data at its creation.
    pub(super) fn is_filled_late(&self, node: &Node) -> bool {
        self.was_empty && self.frame.number == node.number
    }

    /// Whether the node is the frame of this span, and the span had no user and no session at its
    /// creation.
    pub(super) fn is_identified_late(&self, node: &Node) -> bool {
        self.was_unidentified && self.frame.number == node.number
    }

    /// Applies fields that are recorded late. A late id covers the user that the frames around the
    /// span have at that time.
    pub(super) fn record(&mut self, late: ScopeData, cells: &Cells, flaw: Option<Flaw>) {
        let now = cells.resolve(&self.around, &ScopeData::default(), flaw);
        if sets_user(&late) {
            self.by_frames.user = now.user;
            if flaw != Some(Flaw::LateRecordKeepsChain) {
                self.by_frames.actors = now.actors;
            }
        }
        record_over(&mut self.own, late);
    }

    pub(super) fn may_close(&self) -> bool {
        !self.is_closed && !self.is_held && self.entries == 0 && self.open_children == 0
    }

    /// The attribution of the span at its close. The data of the span itself wins.
    pub(super) fn finish(&self, cells: &Cells, flaw: Option<Flaw>) -> Answer {
        let mut answer = self.by_frames.clone();
        // A span without a parent is attributed at its creation: the span may outlive the stack
        // around it.
        if self.is_frame && flaw != Some(Flaw::NoLateIdentification) {
            self.identify_late(&mut answer, cells, flaw);
        }
        if flaw != Some(Flaw::ExplicitLoses) {
            for data in &self.own {
                merge_over(&mut answer, data, Source::Explicit, flaw);
            }
        }
        answer
    }

    /// Late identification. A span without a user, or with only the global user, takes the user
    /// that was recorded since on a span around the span. If no such user exists, the span takes
    /// the last user that its isolated scope was given. The session follows the same rule.
    fn identify_late(&self, answer: &mut Answer, cells: &Cells, flaw: Option<Flaw>) {
        let mut by_now = cells.resolve(&self.around, &ScopeData::default(), flaw);
        if flaw == Some(Flaw::LateIgnoresSpans) {
            let is_fixed = |node: &&Node| !matches!(node.frame, Frame::OfSpan(_));
            let around: Stack = self.around.iter().filter(is_fixed).cloned().collect();
            by_now = cells.resolve(&around, &ScopeData::default(), flaw);
        }
        let takes_user = match flaw {
            Some(Flaw::LateOverridesUser) => answer.user != ResolvedUser::Anonymous,
            Some(Flaw::LateReplacesAnonymous) => {
                answer.user.is_open() || answer.user == ResolvedUser::Anonymous
            }
            _ => answer.user.is_open(),
        } && !self.own.iter().any(sets_user);
        let since = match flaw {
            Some(Flaw::LateTakesEarlier) => 0,
            _ => self.frame.number,
        };
        let given = self.given(flaw, |cell| {
            let has_value = cells.isolated[cell].user != UserSetting::Unset;
            (has_value, cells.given[cell].user_since(since))
        });
        if flaw == Some(Flaw::LateTakesChain) {
            answer.actors = by_now.actors.clone();
        }
        if takes_user {
            match (&by_now.user, given) {
                (ResolvedUser::Is(_, Source::Scope), _)
                | (ResolvedUser::Is(_, Source::Isolation) | ResolvedUser::Anonymous, None) => {
                    answer.user = by_now.user;
                    if flaw != Some(Flaw::LateUserWithoutActors) {
                        answer.actors = by_now.actors;
                    }
                }
                (_, Some((cell, (user_spec, actors)))) => {
                    answer.user = ResolvedUser::Is(user_spec.into(), Source::Isolation);
                    if flaw != Some(Flaw::GivenUserWithoutActors) {
                        answer.actors = self.given_chain(cell, actors, cells, flaw);
                    }
                }
                (_, None) => {}
            }
        }
        let is_open = |session: &Option<(String, Source)>| {
            session
                .as_ref()
                .is_none_or(|(_, source)| *source == Source::Global)
        };
        if flaw == Some(Flaw::LateTakesData) {
            answer.tags = by_now.tags;
            answer.extra = by_now.extra;
            answer.contexts = by_now.contexts;
        }
        if is_open(&answer.session) {
            if is_open(&by_now.session) {
                let given = self.given(flaw, |cell| {
                    let has_value = cells.isolated[cell].session.is_some();
                    (has_value, cells.given[cell].session_since(since))
                });
                let given = given.map(|(_, session)| (session.into(), Source::Isolation));
                answer.session = given.or(answer.session.take());
            } else {
                answer.session = by_now.session;
            }
        }
    }

    /// Who acts for a user that the isolated scope was given and lost again: the actors beside the
    /// user, and the actors of the frames inside the scope. Frames outside the scope do not count.
    fn given_chain(
        &self,
        cell: usize,
        actors: &[ActorSpec],
        cells: &Cells,
        flaw: Option<Flaw>,
    ) -> Chain {
        let is_scope =
            |node: &Node| matches!(node.frame, Frame::Isolated(isolated) if isolated == cell);
        let scope = self.around.iter().rposition(is_scope);
        let inside = scope.map_or(&[][..], |scope| &self.around[scope + 1..]);
        let given = ScopeData {
            actors: actors.to_vec(),
            ..ScopeData::default()
        };
        let mut answer = Answer::default();
        if flaw == Some(Flaw::GivenUserAddsOuterActors) {
            let outside = scope.map_or(&[][..], |scope| &self.around[..scope]);
            cells.merge_nodes(&mut answer, outside, flaw);
        }
        merge_over(&mut answer, &given, Source::Isolation, flaw);
        cells.merge_nodes(&mut answer, inside, flaw);
        answer.actors
    }

    /// The value that an isolated scope around the span was given and lost again, innermost first,
    /// with the scope. The search ends at the first scope that still has a value.
    fn given<T>(
        &self,
        flaw: Option<Flaw>,
        of: impl Fn(usize) -> (bool, Option<T>),
    ) -> Option<(usize, T)> {
        if flaw == Some(Flaw::LateForgetsCleared) {
            return None;
        }
        let around: Vec<usize> = isolated(&self.around).collect();
        for cell in around.into_iter().rev() {
            match of(cell) {
                (true, _) => return None,
                (false, Some(given)) => return Some((cell, given)),
                (false, None) => {}
            }
        }
        None
    }
}

/// Adds late data to the data of a span. A late user replaces an earlier user with another id and
/// supplements an earlier user with the same id.
pub(super) fn record_over(own: &mut Vec<ScopeData>, late: ScopeData) {
    if let UserSetting::Is(now) = &late.user {
        for before in own.iter_mut() {
            if matches!(&before.user, UserSetting::Is(user_spec) if user_spec.id != now.id) {
                before.user = UserSetting::Unset;
            }
        }
    }
    own.push(late);
}

fn sets_user(data: &ScopeData) -> bool {
    data.user != UserSetting::Unset
}
