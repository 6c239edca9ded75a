//! The frames that a task expects on its stack.

use std::sync::Arc;

use super::ids::RecordIds;
use super::isolated_scope::{IsolatedScope, ScopeData, UserSetting, next_tick};

/// The number of frames that a program opens before it starts again with none: a deeper captured
/// stack is flattened and gets another stack id.
const MAX_DEPTH: u32 = 24;

#[derive(Debug)]
enum Frame {
    Fixed(ScopeData),
    Isolated(Arc<IsolatedScope>),
}

/// A frame and its outer frames.
#[derive(Debug)]
struct Node {
    frame_id: u64,
    depth: u32,
    frame: Frame,
    outer: Option<Arc<Node>>,
}

impl Node {
    fn data(&self) -> ScopeData {
        match &self.frame {
            Frame::Fixed(data) => *data,
            Frame::Isolated(isolated_scope) => isolated_scope.data(),
        }
    }

    fn isolated_scope(&self) -> Option<&Arc<IsolatedScope>> {
        match &self.frame {
            Frame::Fixed(_) => None,
            Frame::Isolated(isolated_scope) => Some(isolated_scope),
        }
    }
}

/// The frames of a task. The task passes them on as plain values and never reads them from `whose`.
#[derive(Clone, Debug, Default)]
pub(super) struct ExpectedFrames {
    top: Option<Arc<Node>>,
    /// The isolated scope that a write changes.
    target: Option<Arc<IsolatedScope>>,
}

impl ExpectedFrames {
    fn with_frame(&self, frame: Frame) -> Self {
        Self {
            target: match &frame {
                Frame::Fixed(_) => self.target.clone(),
                Frame::Isolated(isolated_scope) => Some(isolated_scope.clone()),
            },
            top: Some(Arc::new(Node {
                frame_id: next_tick(),
                depth: self.depth() + 1,
                frame,
                outer: self.top.clone(),
            })),
        }
    }

    /// The frames inside a fixed scope.
    pub(super) fn with(&self, data: ScopeData) -> Self {
        self.with_frame(Frame::Fixed(data))
    }

    /// The frames inside a new isolated scope.
    pub(super) fn isolated(&self) -> (Self, Arc<IsolatedScope>) {
        let isolated_scope = Arc::new(IsolatedScope::new(next_tick()));
        (
            self.with_frame(Frame::Isolated(isolated_scope.clone())),
            isolated_scope,
        )
    }

    /// The frames that `Scope::current()` carries.
    pub(super) fn captured(&self) -> Self {
        Self {
            top: self.top.clone(),
            target: self.nearest().cloned(),
        }
    }

    /// Whether the innermost frames are identical.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.top, &other.top) {
            (Some(top), Some(other)) => Arc::ptr_eq(top, other),
            (None, None) => true,
            _ => false,
        }
    }

    fn depth(&self) -> u32 {
        self.top.as_ref().map_or(0, |node| node.depth)
    }

    pub(super) fn is_deep(&self) -> bool {
        self.depth() >= MAX_DEPTH
    }

    /// The frames, innermost first.
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.top.as_deref(), |node| node.outer.as_deref())
    }

    fn isolated_scopes(&self) -> impl Iterator<Item = &Arc<IsolatedScope>> {
        self.nodes().filter_map(Node::isolated_scope)
    }

    fn nearest(&self) -> Option<&Arc<IsolatedScope>> {
        self.isolated_scopes().next()
    }

    /// The isolated scope that a write changes.
    pub(super) fn target(&self) -> Option<&Arc<IsolatedScope>> {
        self.target.as_ref()
    }

    /// Seals the isolated scopes before another thread reads the frames.
    pub(super) fn seal(&self) {
        self.isolated_scopes()
            .for_each(|isolated_scope| isolated_scope.seal());
    }

    fn user(&self) -> UserSetting {
        let mut slots = self.nodes().map(|node| node.data().user);
        slots
            .find(|slot| *slot != UserSetting::Unset)
            .unwrap_or_default()
    }

    pub(super) fn ids(&self) -> RecordIds {
        let first = |of: fn(ScopeData) -> u32| {
            let mut numbers = self.nodes().map(|node| of(node.data()));
            numbers.find(|number| *number != 0).unwrap_or(0)
        };
        RecordIds {
            user: match self.user() {
                UserSetting::User(user) => user,
                UserSetting::Unset | UserSetting::Anonymous => 0,
            },
            session: first(|data| data.session),
            tag: first(|data| data.tag),
        }
    }

    /// Whether a frame sets a user or a session, now or later.
    fn names(&self) -> bool {
        self.nodes().any(|node| match &node.frame {
            Frame::Fixed(data) => data.user != UserSetting::Unset || data.session != 0,
            Frame::Isolated(_) => true,
        })
    }

    fn holds(&self, frame_id: u64) -> bool {
        self.nodes().any(|node| node.frame_id == frame_id)
    }

    /// The frames inside a span created with `span`, by the table of `resolve/entry.rs`. Returns
    /// `None` if another thread decides whether a request is still open.
    pub(super) fn entered(&self, span: &Self, is_one_thread: bool) -> Option<Self> {
        let changes_nothing = match &span.top {
            None => true,
            Some(top) => !span.names() || self.holds(top.frame_id),
        };
        if changes_nothing {
            return Some(self.clone());
        }
        let is_here = |theirs: &Arc<IsolatedScope>| {
            self.isolated_scopes()
                .any(|scope| Arc::ptr_eq(scope, theirs))
        };
        let gives_way = match span.nearest() {
            Some(theirs) if !is_here(theirs) => {
                let (here, names_fixed) = self.not_shared_with(span);
                if (here.is_some() || names_fixed) && !is_one_thread {
                    return None;
                }
                match (theirs.is_open(), here) {
                    (true, _) => false,
                    (false, None) => names_fixed,
                    (false, Some(here)) => here.is_open() || theirs.number < here.number,
                }
            }
            _ => false,
        };
        Some(match gives_way {
            true => self.clone(),
            false => Self {
                top: span.top.clone(),
                target: span.nearest().or(self.target.as_ref()).cloned(),
            },
        })
    }

    /// The innermost isolated scope, and whether a fixed frame sets a user, among the frames that
    /// the span does not share.
    fn not_shared_with(&self, span: &Self) -> (Option<&IsolatedScope>, bool) {
        let apart = || self.nodes().take_while(|node| !span.holds(node.frame_id));
        let names = |node: &Node| match &node.frame {
            Frame::Fixed(data) => data.user != UserSetting::Unset,
            Frame::Isolated(_) => false,
        };
        let here = apart().find_map(|node| node.isolated_scope());
        (
            here.map(|isolated_scope| &**isolated_scope),
            apart().any(names),
        )
    }

    /// The identity of a span at its close. The span was created with these frames and the identity
    /// `created`, at the tick `since`.
    pub(super) fn late(&self, created: RecordIds, since: u64, was_anonymous: bool) -> RecordIds {
        let now = self.ids();
        let session = match (created.session, now.session) {
            (0, 0) => self
                .lost(
                    |data| data.session != 0,
                    |scope| scope.session_lost_since(since),
                )
                .unwrap_or(0),
            (0, session) | (session, _) => session,
        };
        let user = match created.user {
            0 if was_anonymous => 0,
            0 => self
                .lost(
                    |data| data.user != UserSetting::Unset,
                    |scope| scope.user_lost_since(since),
                )
                .unwrap_or(now.user),
            user => user,
        };
        RecordIds {
            user,
            session,
            ..created
        }
    }

    /// The values that the isolated scopes lost, up to the first scope that still has a value.
    fn lost(
        &self,
        has_value: impl Fn(ScopeData) -> bool,
        lost: impl Fn(&IsolatedScope) -> Option<u32>,
    ) -> Option<u32> {
        self.isolated_scopes()
            .map(|isolated_scope| (has_value(isolated_scope.data()), lost(isolated_scope)))
            .find(|(has_value, lost)| *has_value || lost.is_some())
            .and_then(|(has_value, lost)| lost.filter(|_| !has_value))
    }

    /// Whether a span created here can be identified until its close.
    pub(super) fn can_be_late(&self) -> bool {
        let ids = self.ids();
        (ids.session == 0 || ids.user == 0) && self.nearest().is_some()
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.user() == UserSetting::Anonymous
    }
}
