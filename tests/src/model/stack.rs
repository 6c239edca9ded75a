use whose::Source;

use super::data::lay_data;
use super::trail::Trail;
use super::{Answer, Flaw, Who};
use crate::program::{Claim, Explicit, FIELD_TAG, Person, Says, Text};

/// A place on a stack. Every entry of a scope is a node of its own, told by its number.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) number: u64,
    pub(super) frame: Frame,
}

#[derive(Clone, Debug)]
pub(super) enum Frame {
    Fixed(Says),
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
    pub(super) global: Says,
    pub(super) isolated: Vec<Says>,
    /// Whether each of them is open: the place that opened it is not left yet.
    pub(super) is_open: Vec<bool>,
    /// The user and the session that each of them was given last.
    pub(super) given: Vec<Given>,
    /// The user that each of them was given first, with the first session beside that user.
    pub(super) identified: Vec<Option<Identified>>,
    /// The breadcrumbs of the global layer.
    pub(super) global_trail: Trail,
    /// The breadcrumbs of every isolated scope.
    pub(super) trails: Vec<Trail>,
    /// What holds inside each span, first to last.
    pub(super) spans: Vec<Vec<Says>>,
}

/// What an isolated scope was given, also where that was taken out again.
#[derive(Debug, Default)]
pub(super) struct Given {
    user: Option<(Person, u64)>,
    session: Option<(Text, u64)>,
}

impl Given {
    /// Takes over what the scope says now.
    pub(super) fn update(&mut self, says: &Says, number: u64, flaw: Option<Flaw>) {
        let is_kept = flaw == Some(Flaw::LateTakesFirst) && self.user.is_some();
        match &says.user {
            Claim::Is(person) if !says.remote && !is_kept => {
                self.user = Some((person.clone(), number));
            }
            _ => {}
        }
        self.session = says.session.map(|id| (id, number)).or(self.session);
    }

    /// The user that was given after that number.
    pub(super) fn user_since(&self, number: u64) -> Option<&Person> {
        let (person, at) = self.user.as_ref()?;
        (*at > number).then_some(person)
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
    person: Person,
    session: Option<Text>,
}

impl Identified {
    /// Takes over what the scope says now.
    pub(super) fn update(this: &mut Option<Self>, says: &Says, number: u64, flaw: Option<Flaw>) {
        let Claim::Is(person) = &says.user else {
            return;
        };
        if says.remote {
            return;
        }
        if flaw == Some(Flaw::LinkTakesLast) {
            *this = None;
        }
        let first = this.get_or_insert_with(|| Self {
            number,
            person: person.clone(),
            session: None,
        });
        let is_same = first.person == *person || flaw == Some(Flaw::LinkTakesAnySession);
        if first.session.is_none() && is_same {
            first.session = says.session;
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let session = self.session.map(|id| (id.into(), Source::Isolation));
        Answer {
            who: Who::Is((&self.person).into(), Source::Isolation),
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
    pub(super) fn resolve(&self, stack: &[Node], explicit: &Says, flaw: Option<Flaw>) -> Answer {
        let mut answer = Answer::default();
        lay(&mut answer, &self.global, Source::Global, flaw);
        let mut somebody_outside = false;
        for node in stack {
            let (mut says, source) = match &node.frame {
                Frame::Isolated(cell) => (self.isolated[*cell].clone(), Source::Isolation),
                Frame::Fixed(says) => (says.clone(), Source::Scope),
                Frame::OfSpan(span) => {
                    for says in &self.spans[*span] {
                        somebody_outside |= says.user != Claim::Unset;
                        lay(&mut answer, says, Source::Scope, flaw);
                    }
                    continue;
                }
            };
            // One named by a peer is as unset inside a frame that names one or masks.
            if says.remote && somebody_outside && flaw != Some(Flaw::RemoteWins) {
                says.user = Claim::Unset;
                if flaw == Some(Flaw::RemoteLosesData) {
                    says = Says::default();
                }
            }
            somebody_outside |= says.user != Claim::Unset;
            lay(&mut answer, &says, source, flaw);
        }
        if flaw != Some(Flaw::ExplicitLoses) {
            lay(&mut answer, explicit, Source::Explicit, flaw);
        }
        answer
    }

    /// Whether a stack holds a user, a mask, a session or an isolated scope.
    pub(super) fn is_worth_entering(&self, stack: &[Node], flaw: Option<Flaw>) -> bool {
        let names = |says: &Says| {
            let is_named = says.user != Claim::Unset || says.session.is_some();
            is_named || flaw == Some(Flaw::DataIsWorthEntering)
        };
        stack.iter().any(|node| match &node.frame {
            Frame::Isolated(_) => true,
            Frame::Fixed(says) => names(says),
            Frame::OfSpan(span) => self.spans[*span].iter().any(names),
        })
    }
}

/// Lays a layer over what is answered so far.
pub(super) fn lay(answer: &mut Answer, says: &Says, source: Source, flaw: Option<Flaw>) {
    match &says.user {
        Claim::Unset => {}
        Claim::Mask if flaw == Some(Flaw::MaskInherits) => {}
        Claim::Mask => {
            answer.who = Who::Anonymous;
            if flaw == Some(Flaw::MaskHidesData) {
                forget_data(answer);
            }
        }
        Claim::Is(person) => {
            // A peer names users alone: the rest of what its scope says is like any other.
            let source = if says.remote { Source::Remote } else { source };
            answer.who = answer.who.covered_by(person, source, flaw);
            if flaw == Some(Flaw::UserDropsSession) {
                answer.session = None;
            }
            if flaw == Some(Flaw::UserDropsData) {
                forget_data(answer);
            }
        }
    }
    if let Some(session) = says.session {
        answer.session = Some((session.into(), source));
    }
    lay_data(answer, says, flaw);
}

fn forget_data(answer: &mut Answer) {
    answer.tags.clear();
    answer.extra.clear();
    answer.contexts.clear();
}

impl From<&Explicit> for Says {
    /// An email beside no id names nobody.
    fn from(explicit: &Explicit) -> Self {
        let person = |id| Person {
            id: Some(id),
            email: explicit.email,
            ..Person::default()
        };
        Self {
            user: explicit
                .user_id
                .map_or(Claim::Unset, |id| Claim::Is(person(id))),
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
