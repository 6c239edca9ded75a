use whose::Source;

use super::stack::{Cells, Frame, Node, Stack, isolated, lay};
use super::{Answer, Flaw, ResolvedUser};
use crate::program::{ScopeData, UserSetting};

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
    empty_at_creation: bool,
    /// Whether the span had no user and no session at its creation.
    unidentified_at_creation: bool,
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
            empty_at_creation: true,
            unidentified_at_creation: true,
            entered_on: None,
            parent: None,
            is_held: true,
            entries: 0,
            open_children: 0,
            is_closed: false,
        }
    }

    /// The stack and the number of the creation of the span.
    pub(super) fn creation(&self) -> (Stack, u64) {
        (self.around.clone(), self.frame.number)
    }

    /// The stack inside the span.
    pub(super) fn stack(&self) -> Stack {
        self.around.iter().chain([&self.frame]).cloned().collect()
    }

    /// Applies the fields that the span has at its creation.
    pub(super) fn apply_fields(&mut self, data: ScopeData) {
        self.empty_at_creation = false;
        self.unidentified_at_creation = !sets_user(&data) && data.session.is_none();
        self.own.push(data);
    }

    /// Whether the node is the frame of this span, and the span had no data at its creation.
    pub(super) fn is_late(&self, node: &Node) -> bool {
        self.empty_at_creation && self.frame.number == node.number
    }

    /// Whether the node is the frame of this span, and only a late record can identify the span.
    pub(super) fn is_identified_late(&self, node: &Node) -> bool {
        self.unidentified_at_creation && self.frame.number == node.number
    }

    /// Applies fields that are recorded late. A late id covers the outer user of that moment.
    pub(super) fn record(&mut self, late: ScopeData, cells: &Cells, flaw: Option<Flaw>) {
        let now = cells.resolve(&self.around, &ScopeData::default(), flaw);
        if sets_user(&late) {
            self.by_frames.who = now.who;
        }
        record_late_data(&mut self.own, late);
    }

    pub(super) fn may_close(&self) -> bool {
        !self.is_closed && !self.is_held && self.entries == 0 && self.open_children == 0
    }

    /// The attribution of the span at its close. The data of the span itself wins.
    pub(super) fn finish(&self, cells: &Cells, flaw: Option<Flaw>) -> Answer {
        let mut answer = self.by_frames.clone();
        // A span without a parent may outlive the stack around it, so it keeps the attribution of
        // its creation.
        if self.is_frame && flaw != Some(Flaw::NoLateIdentification) {
            self.identify_late(&mut answer, cells, flaw);
        }
        if flaw != Some(Flaw::ExplicitLoses) {
            for data in &self.own {
                lay(&mut answer, data, Source::Explicit, flaw);
            }
        }
        answer
    }

    /// A span without a user, or with the global user only, takes the user recorded late on an
    /// outer span, or else the last user of its isolated scope. The same rule applies to the
    /// session.
    fn identify_late(&self, answer: &mut Answer, cells: &Cells, flaw: Option<Flaw>) {
        let mut current = cells.resolve(&self.around, &ScopeData::default(), flaw);
        if flaw == Some(Flaw::LateIgnoresSpans) {
            let is_fixed = |node: &&Node| !matches!(node.frame, Frame::OfSpan(_));
            let around: Stack = self.around.iter().filter(is_fixed).cloned().collect();
            current = cells.resolve(&around, &ScopeData::default(), flaw);
        }
        let takes_user = match flaw {
            Some(Flaw::LateOverridesUser) => answer.who != ResolvedUser::Anonymous,
            Some(Flaw::LateReplacesAnonymous) => {
                answer.who.is_open() || answer.who == ResolvedUser::Anonymous
            }
            _ => answer.who.is_open(),
        } && !self.own.iter().any(sets_user);
        let since = match flaw {
            Some(Flaw::LateTakesEarlier) => 0,
            _ => self.frame.number,
        };
        let given = self.removed(flaw, |cell| {
            let is_set = cells.isolated[cell].user != UserSetting::Unset;
            (is_set, cells.given[cell].user_since(since))
        });
        if takes_user {
            match (&current.who, given) {
                (ResolvedUser::Is(_, Source::Scope), _)
                | (ResolvedUser::Is(_, Source::Isolation) | ResolvedUser::Anonymous, None) => {
                    answer.who = current.who;
                }
                (_, Some(user_spec)) => {
                    answer.who = ResolvedUser::Is(user_spec.into(), Source::Isolation)
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
            answer.tags = current.tags;
            answer.extra = current.extra;
            answer.contexts = current.contexts;
        }
        if is_open(&answer.session) {
            if is_open(&current.session) {
                let given = self.removed(flaw, |cell| {
                    let is_set = cells.isolated[cell].session.is_some();
                    (is_set, cells.given[cell].session_since(since))
                });
                let given = given.map(|session| (session.into(), Source::Isolation));
                answer.session = given.or(answer.session.take());
            } else {
                answer.session = current.session;
            }
        }
    }

    /// The innermost value that an isolated scope around the span has removed. Stops at the first
    /// scope that still has a value.
    fn removed<T>(&self, flaw: Option<Flaw>, of: impl Fn(usize) -> (bool, Option<T>)) -> Option<T> {
        if flaw == Some(Flaw::LateForgetsCleared) {
            return None;
        }
        let around: Vec<usize> = isolated(&self.around).collect();
        for cell in around.into_iter().rev() {
            match of(cell) {
                (true, _) => return None,
                (false, Some(given)) => return Some(given),
                (false, None) => {}
            }
        }
        None
    }
}

/// Adds late data. A late user with another id replaces the earlier users, and a late user with the
/// same id adds its fields.
pub(super) fn record_late_data(own: &mut Vec<ScopeData>, late: ScopeData) {
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
