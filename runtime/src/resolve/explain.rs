//! Explains an attribution: lets the resolver visit the frames, and notes the values that the resolver
//! takes of each.

use crate::frame::{ScopeData, SetAtCall, Slot};
use crate::model::{
    Actor, Attribution, ConversationId, ExplainedFrame, ExplainedValue, Explanation, FrameKind,
    Outcome, ResolvedUser, SessionId, User,
};
use crate::resolve::levels::{visit_frames, visit_global, Level, LevelVisitor};
use crate::resolve::precedence::{End, Resolver};
use crate::resolve::reason::reason_at;
use crate::stack::Frames;
use crate::util::{CallSite, SetAt};

/// Explains the attribution of these frames.
pub(crate) fn explain(frames: Frames<'_>) -> Explanation {
    let mut attribution = Attribution::default();
    let mut explainer = Explainer {
        resolver: Resolver::new(&mut attribution),
        frames: Vec::new(),
    };
    visit_frames(&mut explainer, None, frames.clone());
    visit_global(&mut explainer, frames.clone());
    explainer.resolver.finish();
    let mut explained = explainer.frames;
    settle_actors(&mut explained, attribution.actors());
    let unattributed = match attribution.user {
        ResolvedUser::Unknown(_) => Some(reason_at(frames).reason),
        _ => attribution.unattributed(),
    };
    Explanation {
        frames: explained,
        unattributed,
    }
}

/// The chain consists of the innermost actors, as the resolver left them. An actor who is named again
/// by the frame outside is in the chain once.
fn settle_actors<'a>(frames: &mut [ExplainedFrame], chain: impl Iterator<Item = &'a Actor>) {
    let values = frames.iter_mut().flat_map(|frame| &mut frame.values);
    let actors = values.filter(|value| &*value.name == "actor");
    let mut chain = chain.enumerate().peekable();
    for actor in actors {
        let in_chain = chain.next_if(|(_, chained)| chained.id() == &*actor.value);
        actor.outcome = match in_chain {
            Some((0, _)) => Outcome::Wins,
            Some(_) => Outcome::Adds,
            None => Outcome::Hidden,
        };
    }
}

struct Explainer<'a> {
    resolver: Resolver<'a>,
    frames: Vec<ExplainedFrame>,
}

/// What the resolver knows of the user before a level.
#[derive(Clone, Copy)]
struct Before {
    end: Option<End>,
    is_known: bool,
}

impl Explainer<'_> {
    fn before(&self) -> Before {
        Before {
            end: self.resolver.end,
            is_known: matches!(self.resolver.attribution.user, ResolvedUser::Known(..)),
        }
    }

    /// What the resolver did with the user of the level that it has just visited.
    fn outcome_of_user(&self, before: Before) -> Outcome {
        let is_anonymous = matches!(self.resolver.end, Some(End::Anonymous(_)));
        match (before.end, self.resolver.end) {
            (Some(_), _) | (None, Some(End::Replaced)) => Outcome::Hidden,
            _ if before.is_known && is_anonymous => Outcome::Hidden,
            _ if before.is_known => Outcome::Adds,
            _ => Outcome::Wins,
        }
    }

    fn values(&self, data: &ScopeData) -> Vec<ExplainedValue> {
        let attribution = &*self.resolver.attribution;
        let mut values = Vec::new();
        let outcome = |is_set| match is_set {
            true => Outcome::Hidden,
            false => Outcome::Wins,
        };
        if let Some(session) = &data.session {
            let outcome = outcome(attribution.session.is_some());
            let mut session = value("session", SessionId::as_str(session), outcome);
            session.call_site = data.session_set_at.call_site();
            values.push(session);
        }
        if let Some(more) = data.data.as_deref() {
            if let Some(conversation) = more.conversation() {
                let outcome = outcome(attribution.conversation_id().is_some());
                let id = ConversationId::as_str(conversation);
                values.push(value("conversation", id, outcome));
            }
            for actor in more.actors() {
                // Settled when the chain is known.
                values.push(value("actor", actor.actor.id(), Outcome::Hidden));
            }
            for (key, _) in more.extras() {
                let outcome = outcome(attribution.extra(key).is_some());
                values.push(value(&format!("extra.{key}"), "", outcome));
            }
            for (name, _) in more.contexts() {
                let outcome = match attribution.context(name) {
                    Some(_) => Outcome::Adds,
                    None => Outcome::Wins,
                };
                values.push(value(&format!("context.{name}"), "", outcome));
            }
        }
        for (key, text) in data.tags.iter() {
            let outcome = outcome(attribution.tag(key).is_some());
            values.push(value(&format!("tag.{key}"), text, outcome));
        }
        values
    }

    fn push(&mut self, kind: FrameKind, made_at: Option<CallSite>, values: Vec<ExplainedValue>) {
        // An isolated scope can be given a user later, so it is worth a line.
        if !values.is_empty() || kind == FrameKind::Isolated {
            self.frames.push(ExplainedFrame {
                kind,
                call_site: made_at,
                values,
            });
        }
    }
}

impl LevelVisitor for Explainer<'_> {
    fn visit_user(&mut self, user: &User, set_at: SetAtCall) {
        let before = self.before();
        self.resolver.visit_user(user, set_at);
        let call_site = set_at.map(CallSite::from);
        let outcome = self.outcome_of_user(before);
        let mut user = value("user", user.id().unwrap_or_default(), outcome);
        user.call_site = call_site;
        self.push(FrameKind::Scope, call_site, vec![user]);
    }

    fn visit(&mut self, level: Level<'_>, data: &ScopeData) {
        let before = self.before();
        let mut values = self.values(data);
        self.resolver.visit(level, data);
        let user = match &data.user {
            Slot::Unset => None,
            Slot::Anonymous => Some((true, "")),
            Slot::Set(user) => Some((false, user.id().unwrap_or_default())),
        };
        if let Some((is_anonymous, id)) = user {
            let mut user = value("user", id, self.outcome_of_user(before));
            user.is_anonymous = is_anonymous;
            user.call_site = data.user_set_at.call_site();
            values.insert(0, user);
        }
        let (kind, made_at) = match level {
            Level::Explicit => (FrameKind::Record, data.made_at),
            Level::Fixed => (FrameKind::Scope, made_at(data)),
            Level::Span => (FrameKind::Span, data.made_at),
            Level::Isolated(isolated) => (FrameKind::Isolated, SetAt::Call(isolated.opened_at)),
            Level::Remote => (FrameKind::Remote, made_at(data)),
            Level::Global => (FrameKind::Global, SetAt::Unknown),
        };
        self.push(kind, made_at.call_site(), values);
    }

    fn skip_remote(&mut self, data: &ScopeData) {
        let mut values = Vec::new();
        if let Slot::Set(user) = &data.user {
            let id = user.id().unwrap_or_default();
            values.push(value("user", id, Outcome::Hidden));
        }
        if let Some(session) = &data.session {
            values.push(value("session", session.as_str(), Outcome::Hidden));
        }
        self.push(FrameKind::Remote, made_at(data).call_site(), values);
    }
}

/// Where a scope was made. A scope that names a user or a session first keeps the call site there.
fn made_at(data: &ScopeData) -> SetAt {
    match data {
        ScopeData {
            made_at: SetAt::Unknown,
            user,
            session,
            ..
        } => match (user, session) {
            (Slot::Unset, Some(_)) => data.session_set_at,
            (Slot::Unset, None) => SetAt::Unknown,
            (Slot::Set(_) | Slot::Anonymous, _) => data.user_set_at,
        },
        data => data.made_at,
    }
}

fn value(name: &str, value: &str, outcome: Outcome) -> ExplainedValue {
    ExplainedValue {
        name: name.into(),
        value: value.into(),
        is_anonymous: false,
        outcome,
        call_site: None,
    }
}
