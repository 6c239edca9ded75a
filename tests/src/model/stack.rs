use whose::Source;

use super::breadcrumbs::FrameBreadcrumbs;
use super::data::lay_data;
use super::{Answer, Flaw, ResolvedUser};
use crate::program::{Explicit, FIELD_TAG, ScopeData, Text, UserSetting, UserSpec};

/// A place on a stack. Every entry of a scope is a node of its own, told by its number.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) number: u64,
    pub(super) frame: Frame,
}

#[derive(Clone, Debug)]
pub(super) enum Frame {
    Fixed(ScopeData),
    /// An isolated scope, by the number of its cell.
    Isolated(usize),
    /// What is said on a span, at first or later, by the number of the span.
    OfSpan(usize),
}

/// The nodes, outermost first.
pub(super) type Stack = Vec<Node>;

/// The mutable frames: the global layer, and every isolated scope there has been.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pub(super) global: ScopeData,
    pub(super) isolated: Vec<ScopeData>,
    /// Whether each of them is open: the place that opened it is not left yet.
    pub(super) is_open: Vec<bool>,
    /// The user and the session that each of them was given last.
    pub(super) given: Vec<Given>,
    /// The user that each of them was given first, with the first session beside that user.
    pub(super) identified: Vec<Option<Identified>>,
    /// The breadcrumbs of the global layer.
    pub(super) global_trail: FrameBreadcrumbs,
    /// The breadcrumbs of every isolated scope.
    pub(super) trails: Vec<FrameBreadcrumbs>,
    /// What holds inside each span, first to last.
    pub(super) spans: Vec<Vec<ScopeData>>,
}

/// What an isolated scope was given, also where that was taken out again.
#[derive(Debug, Default)]
pub(super) struct Given {
    user: Option<(UserSpec, u64)>,
    session: Option<(Text, u64)>,
}

impl Given {
    /// Takes over what the scope says now.
    pub(super) fn update(&mut self, data: &ScopeData, number: u64, flaw: Option<Flaw>) {
        let is_kept = flaw == Some(Flaw::LateTakesFirst) && self.user.is_some();
        match &data.user {
            UserSetting::Is(user_spec) if !data.remote && !is_kept => {
                self.user = Some((user_spec.clone(), number));
            }
            _ => {}
        }
        self.session = data.session.map(|id| (id, number)).or(self.session);
    }

    /// The user that was given after that number.
    pub(super) fn user_since(&self, number: u64) -> Option<&UserSpec> {
        let (user_spec, at) = self.user.as_ref()?;
        (*at > number).then_some(user_spec)
    }

    /// The session that was given after that number.
    pub(super) fn session_since(&self, number: u64) -> Option<Text> {
        let (id, at) = self.session?;
        (at > number).then_some(id)
    }
}

/// Who an isolated scope turned out to be.
#[derive(Clone, Debug)]
pub(super) struct Identified {
    /// When the user was given.
    pub(super) number: u64,
    user_spec: UserSpec,
    session: Option<Text>,
}

impl Identified {
    /// Takes over what the scope says now.
    pub(super) fn update(
        this: &mut Option<Self>,
        data: &ScopeData,
        number: u64,
        flaw: Option<Flaw>,
    ) {
        let UserSetting::Is(user_spec) = &data.user else {
            return;
        };
        if data.remote {
            return;
        }
        if flaw == Some(Flaw::LinkTakesLast) {
            *this = None;
        }
        let first = this.get_or_insert_with(|| Self {
            number,
            user_spec: user_spec.clone(),
            session: None,
        });
        let is_same = first.user_spec == *user_spec || flaw == Some(Flaw::LinkTakesAnySession);
        if first.session.is_none() && is_same {
            first.session = data.session;
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let session = self.session.map(|id| (id.into(), Source::Isolation));
        Answer {
            who: ResolvedUser::Is((&self.user_spec).into(), Source::Isolation),
            session,
            ..Answer::default()
        }
    }
}

/// The innermost isolated scope of a stack.
pub(super) fn nearest_isolated(stack: &Stack) -> Option<usize> {
    isolated(stack).last()
}

pub(super) fn isolated(stack: &Stack) -> impl Iterator<Item = usize> {
    stack.iter().filter_map(|node| match node.frame {
        Frame::Isolated(cell) => Some(cell),
        Frame::Fixed(_) | Frame::OfSpan(_) => None,
    })
}

/// Whether a node of that number is on the stack.
pub(super) fn holds(stack: &Stack, number: u64) -> bool {
    stack.iter().any(|node| node.number == number)
}

impl Cells {
    /// Whose a record with this said on itself is, under this stack: every layer in turn covers
    /// what the layers outside it say.
    pub(super) fn resolve(
        &self,
        stack: &[Node],
        explicit: &ScopeData,
        flaw: Option<Flaw>,
    ) -> Answer {
        let mut answer = Answer::default();
        lay(&mut answer, &self.global, Source::Global, flaw);
        let mut somebody_outside = false;
        for node in stack {
            let (mut data, source) = match &node.frame {
                Frame::Isolated(cell) => (self.isolated[*cell].clone(), Source::Isolation),
                Frame::Fixed(data) => (data.clone(), Source::Scope),
                Frame::OfSpan(span) => {
                    for data in &self.spans[*span] {
                        somebody_outside |= data.user != UserSetting::Unset;
                        lay(&mut answer, data, Source::Scope, flaw);
                    }
                    continue;
                }
            };
            // One named by a peer is as unset inside a frame that names one or masks.
            if data.remote && somebody_outside && flaw != Some(Flaw::RemoteWins) {
                data.user = UserSetting::Unset;
                if flaw == Some(Flaw::RemoteLosesData) {
                    data = ScopeData::default();
                }
            }
            somebody_outside |= data.user != UserSetting::Unset;
            lay(&mut answer, &data, source, flaw);
        }
        if flaw != Some(Flaw::ExplicitLoses) {
            lay(&mut answer, explicit, Source::Explicit, flaw);
        }
        answer
    }

    /// Whether a stack holds a user, a mask, a session or an isolated scope.
    pub(super) fn is_worth_entering(&self, stack: &[Node], flaw: Option<Flaw>) -> bool {
        let names = |data: &ScopeData| {
            let is_named = data.user != UserSetting::Unset || data.session.is_some();
            is_named || flaw == Some(Flaw::DataIsWorthEntering)
        };
        stack.iter().any(|node| match &node.frame {
            Frame::Isolated(_) => true,
            Frame::Fixed(data) => names(data),
            Frame::OfSpan(span) => self.spans[*span].iter().any(names),
        })
    }
}

/// Lays a layer over what is answered so far.
pub(super) fn lay(answer: &mut Answer, data: &ScopeData, source: Source, flaw: Option<Flaw>) {
    match &data.user {
        UserSetting::Unset => {}
        UserSetting::Anonymous if flaw == Some(Flaw::MaskInherits) => {}
        UserSetting::Anonymous => {
            answer.who = ResolvedUser::Anonymous;
            if flaw == Some(Flaw::MaskHidesData) {
                forget_data(answer);
            }
        }
        UserSetting::Is(user_spec) => {
            // A peer names users alone: the rest of what its scope says is like any other.
            let source = if data.remote { Source::Remote } else { source };
            answer.who = answer.who.covered_by(user_spec, source, flaw);
            if flaw == Some(Flaw::UserDropsSession) {
                answer.session = None;
            }
            if flaw == Some(Flaw::UserDropsData) {
                forget_data(answer);
            }
        }
    }
    if let Some(session) = data.session {
        answer.session = Some((session.into(), source));
    }
    lay_data(answer, data, flaw);
}

fn forget_data(answer: &mut Answer) {
    answer.tags.clear();
    answer.extra.clear();
    answer.contexts.clear();
}

impl From<&Explicit> for ScopeData {
    /// An email beside no id names nobody.
    fn from(explicit: &Explicit) -> Self {
        let user_spec = |id| UserSpec {
            id: Some(id),
            email: explicit.email,
            ..UserSpec::default()
        };
        Self {
            user: explicit
                .user_id
                .map_or(UserSetting::Unset, |id| UserSetting::Is(user_spec(id))),
            session: explicit.session_id,
            tags: explicit
                .tag
                .map(|tag| (FIELD_TAG, tag))
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }
}
