use whose::Source;

use super::actors::{cover_actors, merge_actors};
use super::breadcrumbs::FrameBreadcrumbs;
use super::data::merge_data;
use super::{Answer, Flaw, ResolvedUser};
use crate::program::{ActorSpec, Explicit, FIELD_TAG, ScopeData, Text, UserSetting, UserSpec};

/// A node of a stack. Every entry of a scope is a node with its own number.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) number: u64,
    pub(super) frame: Frame,
}

#[derive(Clone, Debug)]
pub(super) enum Frame {
    Fixed(Box<ScopeData>),
    /// An isolated scope, by the number of its cell.
    Isolated(usize),
    /// The data of the span with that number, from its creation or recorded late.
    OfSpan(usize),
}

/// The nodes, outermost first.
pub(super) type Stack = Vec<Node>;

/// The mutable frames: the global frame and every isolated scope so far.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pub(super) global: ScopeData,
    pub(super) isolated: Vec<ScopeData>,
    /// Whether each isolated scope is open: the place that opened it has not exited.
    pub(super) is_open: Vec<bool>,
    /// The last user and session that each isolated scope was given.
    pub(super) given: Vec<Given>,
    /// The first user that each isolated scope was given, with the first session beside that user.
    pub(super) identified: Vec<Option<Identified>>,
    /// The breadcrumbs of the global frame.
    pub(super) global_breadcrumbs: FrameBreadcrumbs,
    /// The breadcrumbs of every isolated scope.
    pub(super) breadcrumbs: Vec<FrameBreadcrumbs>,
    /// The data that applies inside each span, first to last.
    pub(super) spans: Vec<Vec<ScopeData>>,
}

/// The last values that an isolated scope was given, including removed ones.
#[derive(Debug, Default)]
pub(super) struct Given {
    user: Option<(UserSpec, Vec<ActorSpec>, u64)>,
    session: Option<(Text, u64)>,
}

impl Given {
    /// Updates the values from the current data of the scope.
    pub(super) fn update(&mut self, data: &ScopeData, number: u64, flaw: Option<Flaw>) {
        let is_kept = flaw == Some(Flaw::LateTakesFirst) && self.user.is_some();
        match &data.user {
            UserSetting::Is(user_spec) if !data.remote && !is_kept => {
                self.user = Some((user_spec.clone(), data.actors.clone(), number));
            }
            _ => {}
        }
        self.session = data.session.map(|id| (id, number)).or(self.session);
    }

    /// The user that was given after that number, and the actors beside the user.
    pub(super) fn user_since(&self, number: u64) -> Option<(&UserSpec, &[ActorSpec])> {
        let (user_spec, actors, given_at) = self.user.as_ref()?;
        (*given_at > number).then_some((user_spec, actors))
    }

    /// The session that was given after that number.
    pub(super) fn session_since(&self, number: u64) -> Option<Text> {
        let (id, given_at) = self.session?;
        (given_at > number).then_some(id)
    }
}

/// The identity that links give to an isolated scope.
#[derive(Clone, Debug)]
pub(super) struct Identified {
    /// The number at which the user was given.
    pub(super) number: u64,
    user_spec: UserSpec,
    session: Option<Text>,
    /// Who acts for the user.
    actors: Vec<ActorSpec>,
}

impl Identified {
    /// Updates the identity from the current data of the scope.
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
            actors: Vec::new(),
        });
        let is_same_actor = first.user_spec == *user_spec || flaw == Some(Flaw::LinkTakesAnyActor);
        if first.actors.is_empty() && is_same_actor && flaw != Some(Flaw::LinkLosesActor) {
            first.actors.clone_from(&data.actors);
        }
        let is_same = first.user_spec == *user_spec || flaw == Some(Flaw::LinkTakesAnySession);
        if first.session.is_none() && is_same {
            first.session = data.session;
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let session = self.session.map(|id| (id.into(), Source::Isolation));
        let actors = ScopeData {
            actors: self.actors.clone(),
            ..ScopeData::default()
        };
        let mut answer = Answer::default();
        merge_over(&mut answer, &actors, Source::Isolation, None);
        Answer {
            user: ResolvedUser::Is((&self.user_spec).into(), Source::Isolation),
            session,
            ..answer.into_read()
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
pub(super) fn contains(stack: &Stack, number: u64) -> bool {
    stack.iter().any(|node| node.number == number)
}

impl Cells {
    /// The attribution of a record with this explicit data under this stack: every frame covers the
    /// data of the frames outside it.
    pub(super) fn resolve(
        &self,
        stack: &[Node],
        explicit: &ScopeData,
        flaw: Option<Flaw>,
    ) -> Answer {
        let mut answer = Answer::default();
        merge_over(&mut answer, &self.global, Source::Global, flaw);
        self.merge_nodes(&mut answer, stack, flaw);
        if flaw != Some(Flaw::ExplicitLoses) {
            merge_over(&mut answer, explicit, Source::Explicit, flaw);
        }
        answer
    }

    /// Merges frames over the outer answer, outermost first.
    pub(super) fn merge_nodes(&self, answer: &mut Answer, nodes: &[Node], flaw: Option<Flaw>) {
        let mut has_outer_user = false;
        for node in nodes {
            let (mut data, source) = match &node.frame {
                Frame::Isolated(cell) => (self.isolated[*cell].clone(), Source::Isolation),
                Frame::Fixed(data) => (ScopeData::clone(data), Source::Scope),
                Frame::OfSpan(span) => {
                    for data in &self.spans[*span] {
                        has_outer_user |= data.user != UserSetting::Unset;
                        merge_over(answer, data, Source::Scope, flaw);
                    }
                    continue;
                }
            };
            // A remote user counts as unset inside a frame with a user or an anonymous setting.
            if data.remote && has_outer_user && flaw != Some(Flaw::RemoteWins) {
                data.user = UserSetting::Unset;
                if !data.actors_written && flaw != Some(Flaw::RemoteActorCounts) {
                    data.actors.clear();
                }
                if flaw == Some(Flaw::RemoteLosesData) {
                    data = ScopeData::default();
                }
            }
            has_outer_user |= data.user != UserSetting::Unset;
            merge_over(answer, &data, source, flaw);
        }
    }

    /// Whether a stack contains a user, an anonymous setting, a session or an isolated scope.
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

/// Merges the data of a frame over the outer answer.
pub(super) fn merge_over(
    answer: &mut Answer,
    data: &ScopeData,
    source: Source,
    flaw: Option<Flaw>,
) {
    cover_actors(answer, &data.user, flaw);
    merge_actors(answer, data, source, flaw);
    match &data.user {
        UserSetting::Unset => {}
        UserSetting::Anonymous if flaw == Some(Flaw::MaskInherits) => {}
        UserSetting::Anonymous => {
            answer.user = ResolvedUser::Anonymous;
            if flaw == Some(Flaw::MaskHidesData) {
                clear_data(answer);
            }
        }
        UserSetting::Is(user_spec) => {
            // Only the user of a remote scope ranks lower. The rest of its data merges as usual.
            let source = if data.remote { Source::Remote } else { source };
            answer.user = answer.user.covered_by(user_spec, source, flaw);
            if flaw == Some(Flaw::UserDropsSession) {
                answer.session = None;
            }
            if flaw == Some(Flaw::UserDropsConversation) {
                answer.conversation = None;
            }
            if flaw == Some(Flaw::UserDropsData) {
                clear_data(answer);
            }
        }
    }
    if let Some(session) = data.session {
        answer.session = Some((session.into(), source));
        if flaw == Some(Flaw::SessionDropsConversation) {
            answer.conversation = None;
        }
    }
    let keeps_outer = flaw == Some(Flaw::OuterConversationWins) && answer.conversation.is_some();
    if let Some(conversation) = data.conversation.filter(|_| !keeps_outer) {
        answer.conversation = Some(conversation.into());
    }
    merge_data(answer, data, flaw);
}

fn clear_data(answer: &mut Answer) {
    answer.tags.clear();
    answer.extra.clear();
    answer.contexts.clear();
}

impl From<&Explicit> for ScopeData {
    /// An email without an id sets no user.
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
            conversation: explicit.conversation_id,
            tags: explicit
                .tag
                .map(|tag| (FIELD_TAG, tag))
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }
}
