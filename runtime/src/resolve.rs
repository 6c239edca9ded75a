//! Precedence: who wins where several layers say something. Stated here and nowhere else.
//!
//! From weakest to strongest: global, then isolated and fixed frames in whichever order they
//! nest, the innermost first, then what is explicit on the record.

use std::sync::Arc;

use crate::attribution::{Attribution, Who};
use crate::breadcrumb::{newest, Breadcrumb, Trail};
use crate::data::{self, Data};
use crate::frame::{Frame, GlobalLayer, Isolated, Recorded, Says, Slot};
use crate::identity::{SessionId, User};
use crate::source::Source;
use crate::stack::{frames, nodes, Frames, Node, Stack};
use crate::tags::Tags;
use crate::unattributed::Unattributed;

/// Whose a record is that says `explicit` itself, at a place with these frames.
pub(crate) fn resolve(explicit: Option<&Says>, frames: Frames<'_>) -> Attribution {
    let mut answer = local(explicit, frames.clone());
    let outside = frames.clone();
    GlobalLayer::of(outside, |global| global.read(|says| answer.hear(says)));
    let mut settled = answer.settle();
    if let Who::Unknown(why) = &mut settled.user {
        *why = Unattributed::at(frames);
    }
    settled
}

/// The breadcrumbs that an error at this place sees: those of all mutable frames around it.
pub(crate) fn breadcrumbs(frames: Frames<'_>, nearest: Option<&Isolated>) -> Vec<Arc<Breadcrumb>> {
    let own = frames.clone().filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(&isolated.trail),
        _ => None,
    });
    // A scope that is entered again inside itself is one layer.
    let mut trails: Vec<&Trail> = Vec::new();
    for trail in own {
        if !trails.iter().any(|other| std::ptr::eq(*other, trail)) {
            trails.push(trail);
        }
    }
    // The isolated scope around the entry of a span whose own stack holds none.
    if let Some(nearest) = nearest.filter(|_| trails.is_empty()) {
        trails.push(&nearest.trail);
    }
    GlobalLayer::of(frames, |global| {
        newest(trails.into_iter().chain([&global.trail]))
    })
}

/// Rule of late identification: a span that had no user (or session) when it was created, or only
/// the global one, takes at its close the one that its isolated scope has by then. A span that had
/// one keeps it, and a masked one stays masked.
pub(crate) fn settle(created: &mut Attribution, stack: &Stack) {
    let user_open = matches!(
        created.user,
        Who::Unknown(_) | Who::Known(_, Source::Global)
    );
    let session_open = matches!(created.session, None | Some((_, Source::Global)));
    if !(user_open || session_open) {
        return;
    }
    let Some(isolated) = nodes(stack).find(|node| is_isolated(&node.frame)) else {
        return;
    };
    let now = resolve(None, Frames::from(&**isolated));
    if session_open && now.session_source() == Some(Source::Isolation) {
        created.session.clone_from(&now.session);
    }
    if user_open && now.source() == Some(Source::Isolation) {
        created.user = now.user;
    }
}

/// What a span's stack must hold for its entering to change anything.
pub(crate) fn carries(frames: Frames<'_>) -> bool {
    names_where(frames, |_| true)
}

/// As [`carries`], but for what was recorded late on spans that named nobody at first.
pub(crate) fn carried_at_first(frames: Frames<'_>) -> bool {
    names_where(frames, |recorded| !recorded.names_late())
}

fn names_where(mut frames: Frames<'_>, counts: impl Fn(&Recorded) -> bool) -> bool {
    let names = |says: &Says| !says.user.is_unset() || says.session.is_some();
    frames.any(|frame| match frame {
        Frame::User(_) => true,
        Frame::Fixed(says) => names(says),
        Frame::Recorded(recorded) => counts(recorded) && recorded.read(names),
        Frame::Isolated(_) => true,
        Frame::Global(_) => false,
    })
}

/// How deep a captured stack may be before it is summed up.
const CAPTURED_FRAMES: u32 = 32;

/// A stack to be kept by a span, a task or a channel: past 32 frames it is summed up, with its
/// nearest isolated scope kept live, so that a worker that respawns itself for ever stays flat.
pub(crate) fn bounded(stack: Stack) -> Stack {
    match &stack {
        Some(node) if node.depth > CAPTURED_FRAMES => sum_up(&stack),
        _ => stack,
    }
}

fn sum_up(stack: &Stack) -> Stack {
    let nearest = nodes(stack).find(|node| is_isolated(&node.frame));
    let (inner, outer) = match nearest {
        Some(isolated) => (sum(&upto(stack, isolated)), sum(&isolated.parent)),
        None => (None, sum(stack)),
    };
    // What tests hook into is no attribution that a sum could hold: it stays as it is. There are
    // as many such frames as a test opened, never one a hop.
    let hooks: Vec<_> = nodes(stack)
        .filter(|node| match &node.frame {
            Frame::Global(_) => true,
            Frame::Isolated(isolated) => {
                isolated.tap.is_some()
                    && nearest.is_none_or(|nearest| nearest.serial() != node.serial())
            }
            Frame::User(_) | Frame::Fixed(_) | Frame::Recorded(_) => false,
        })
        .cloned()
        .collect();
    let mut summed = None;
    for hook in hooks.into_iter().rev() {
        summed = Some(hook.onto(summed));
    }
    if let Some(says) = outer {
        summed = Some(Node::new(Frame::Fixed(says.into()), summed));
    }
    if let Some(isolated) = nearest {
        summed = Some(isolated.onto(summed));
    }
    if let Some(says) = inner {
        summed = Some(Node::new(Frame::Fixed(says.into()), summed));
    }
    summed
}

/// The frames of `stack` that are inside `end`, as a stack of their own.
fn upto(stack: &Stack, end: &Node) -> Stack {
    let inside: Vec<_> = nodes(stack)
        .take_while(|node| node.serial() != end.serial())
        .collect();
    inside
        .into_iter()
        .rev()
        .fold(None, |stack, node| Some(node.onto(stack)))
}

fn sum(stack: &Stack) -> Option<Says> {
    let Attribution {
        user,
        session,
        tags,
        data,
    } = local(None, frames(stack)).settle();
    let (user, user_source) = match user {
        Who::Unknown(_) => (Slot::Unset, Source::Scope),
        Who::Masked(source) => (Slot::Masked, source),
        Who::Known(user, source) => (Slot::Set(user), source),
    };
    let (session, session_source) =
        session.map_or((None, Source::Scope), |(id, source)| (Some(id), source));
    let says = Says {
        user,
        session,
        tags,
        data,
        user_source,
        session_source,
    };
    (!says.is_nothing()).then_some(says)
}

fn is_isolated(frame: &Frame) -> bool {
    matches!(frame, Frame::Isolated(_))
}

/// The answer of everything but the global layer.
fn local(explicit: Option<&Says>, mut frames: Frames<'_>) -> Answer {
    let mut answer = Answer::default();
    if let Some(says) = explicit {
        answer.hear(says);
    }
    while let Some(frame) = frames.next() {
        match frame {
            Frame::User(user) => answer.hear_slot(Slot::Set(user), Source::Scope),
            Frame::Fixed(says) => answer.hear_if_trusted(says, false, &frames),
            Frame::Recorded(recorded) => recorded.read(|says| answer.hear(says)),
            Frame::Isolated(isolated) => {
                let remote = isolated.read(|vars| {
                    answer.hear(&vars.written);
                    vars.remote
                        .clone()
                        .map(|says| (says, !vars.written.user.is_unset()))
                });
                if let Some((says, named_beside)) = remote {
                    answer.hear_if_trusted(&says, named_beside, &frames);
                }
            }
            Frame::Global(_) => {}
        }
    }
    answer
}

/// Whether one of the frames names a user or a mask.
fn names_somebody(mut frames: Frames<'_>) -> bool {
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
#[derive(Default)]
struct Answer {
    /// The winner first, then what it may cover: decided when all of them are known, because a
    /// supplement takes its id, and with it its relation to those inside it, from further out.
    winner: Option<(User, Source)>,
    covered: Vec<(User, Source)>,
    end: Option<End>,
    session: Option<(SessionId, Source)>,
    tags: Tags,
    data: Option<Box<Data>>,
}

/// Why nothing further out can matter for the user.
enum End {
    Mask(Source),
    Replaced,
}

impl Answer {
    /// Hears a layer; one that speaks for another process is unset as soon as somebody is named
    /// outside it or beside it.
    fn hear_if_trusted(&mut self, says: &Says, named_beside: bool, outside: &Frames<'_>) {
        let remote = says.user_source == Source::Remote || says.session_source == Source::Remote;
        if remote && (named_beside || names_somebody(outside.clone())) {
            // A sum may hold a remote session beside a user that is not remote.
            let mut rest = says.clone();
            if says.user_source == Source::Remote {
                rest.user = Slot::Unset;
            }
            if says.session_source == Source::Remote {
                rest.session = None;
            }
            self.hear(&rest);
        } else {
            self.hear(says);
        }
    }

    fn hear(&mut self, says: &Says) {
        self.hear_slot(says.user.as_ref(), says.user_source);
        if self.session.is_none() {
            self.session = says.session.clone().map(|id| (id, says.session_source));
        }
        self.tags.fill_from(&says.tags);
        data::fill(&mut self.data, says.data.as_deref());
    }

    #[inline]
    fn hear_slot(&mut self, user: Slot<&User>, source: Source) {
        if self.end.is_none() {
            match user {
                Slot::Unset => {}
                Slot::Masked => self.end = Some(End::Mask(source)),
                Slot::Set(user) => self.hear_user(user, source),
            }
        }
    }

    fn hear_user(&mut self, user: &User, source: Source) {
        if let Some((inner, _)) = self.covered.last().or(self.winner.as_ref()) {
            // The usual end: somebody else further out, who is replaced whole.
            if inner.is_other_than(user) {
                self.end = Some(End::Replaced);
                return;
            }
            // A recursion under one user names it at every level: it has nothing to add.
            if user.is_only_id() && inner.user_id() == user.user_id() && !inner.is_supplement() {
                return;
            }
        }
        if user.user_id().is_none() && !user.is_supplement() {
            self.end = Some(End::Replaced);
        }
        let heard = (user.clone(), source);
        match self.winner {
            None => self.winner = Some(heard),
            Some(_) => self.covered.push(heard),
        }
    }

    /// Folds the users, outermost first: one that is a supplement, or has the id of the one that
    /// it covers, adds its fields to it; any other replaces it.
    fn settle(self) -> Attribution {
        let mut who = match self.end {
            Some(End::Mask(source)) => Who::Masked(source),
            Some(End::Replaced) | None => Who::default(),
        };
        for (user, source) in self.winner.into_iter().chain(self.covered).rev() {
            let user = match &who {
                Who::Known(covered, _) if user.adds_to(covered) => user.over(covered),
                Who::Masked(_) => user.replacing(),
                Who::Known(..) | Who::Unknown(_) => user,
            };
            who = Who::Known(user, source);
        }
        Attribution {
            user: who,
            session: self.session,
            tags: self.tags,
            data: self.data,
        }
    }
}
