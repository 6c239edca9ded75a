//! The table of precedence: the winner of two layers and its source.
//!
//! The table covers two layers and is independent of the reference model.

mod actors;
mod frames;
mod harness;

use whose::{Source, User};

use crate::model::{ResolvedUser, UserFields};

pub use actors::{Acting, acting, with_acting};
pub use frames::{with_conversation, with_data, with_session, with_tags, with_user};
pub use harness::{ExplicitData, Harness};

/// A layer, from the outermost frames to the record itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FrameKind {
    /// The global frame.
    Global,
    /// An isolated scope.
    Isolated,
    /// A fixed scope marked as remote.
    Remote,
    /// A fixed scope.
    Fixed,
    /// The fields of a span around the record.
    Span,
    /// The fields of the record itself.
    Record,
    /// The explicit data of an error report.
    Report,
}
use FrameKind::{Fixed, Global, Isolated, Record, Remote, Report, Span};

impl FrameKind {
    /// Whether the layer supports extra and contexts.
    #[must_use]
    pub const fn has_data(self) -> bool {
        !matches!(self, Span | Record)
    }

    /// Whether the layer supports an actor: fields do not.
    #[must_use]
    pub const fn has_actor(self) -> bool {
        !matches!(self, Span | Record)
    }

    /// Whether the layer is a frame around the record.
    #[must_use]
    pub const fn is_around(self) -> bool {
        !matches!(self, Record | Report)
    }

    /// The source of the data of this layer.
    #[must_use]
    pub const fn source(self) -> Source {
        match self {
            Global => Source::Global,
            Isolated => Source::Isolation,
            Remote => Source::Remote,
            Fixed | Span => Source::Scope,
            Record | Report => Source::Explicit,
        }
    }

    /// Whether the layer supports this user case: fields support no anonymous user and no
    /// supplement, a report supports no anonymous user, and neither does a remote scope.
    #[must_use]
    pub fn can(self, setting: UserSetting) -> bool {
        match setting {
            UserSetting::Anonymous => !matches!(self, Span | Record | Remote | Report),
            UserSetting::Beta => !matches!(self, Span | Record),
            UserSetting::Nothing | UserSetting::Ann | UserSetting::AnnGold | UserSetting::Bob => {
                true
            }
        }
    }
}

/// Every outer layer with every possible inner layer.
pub fn pairs() -> impl Iterator<Item = (FrameKind, FrameKind)> {
    [Global, Isolated, Remote, Fixed, Span]
        .into_iter()
        .flat_map(|outer| {
            [Isolated, Remote, Fixed, Span, Record, Report].map(|inner| (outer, inner))
        })
}

/// The user setting of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UserSetting {
    /// Unset.
    Nothing,
    /// Anonymous.
    Anonymous,
    /// The user "ann" with her email address.
    Ann,
    /// The user "ann" with a segment. The same id makes it a supplement of `Ann`.
    AnnGold,
    /// Another user.
    Bob,
    /// A segment without an id, marked as a supplement.
    Beta,
}
use UserSetting::{Ann, AnnGold, Anonymous, Beta, Bob, Nothing};

impl UserSetting {
    /// Every user setting.
    pub const ALL: [Self; 6] = [Nothing, Anonymous, Ann, AnnGold, Bob, Beta];

    /// The user, if the setting has one.
    #[must_use]
    pub fn user(self) -> Option<User> {
        match self {
            Nothing | Anonymous => None,
            Ann => Some(User::new("ann").with_email("ann@x")),
            AnnGold => Some(User::new("ann").with_segment("gold")),
            Bob => Some(User::new("bob")),
            Beta => Some(User::without_id().with_segment("beta").supplement()),
        }
    }
}

/// The winner of the table for the user.
#[must_use]
pub fn winner(outer: (FrameKind, UserSetting), inner: (FrameKind, UserSetting)) -> ResolvedUser {
    let (outer_layer, outer_says) = outer;
    let (inner_layer, inner_says) = inner;
    // A remote user counts as unset inside a non-global layer with a user or an anonymous setting.
    let unset = inner_says == Nothing
        || (inner_layer == Remote && outer_layer != Global && outer_says != Nothing);
    if unset {
        return match outer_says {
            Nothing => ResolvedUser::Unknown,
            Anonymous => ResolvedUser::Anonymous,
            setting => ResolvedUser::Is(shown(setting), outer_layer.source()),
        };
    }
    let known = match (outer_says, inner_says) {
        (_, Anonymous) => return ResolvedUser::Anonymous,
        // A supplement adds its fields to the outer user.
        (Ann, AnnGold) => UserFields {
            segment: Some("gold".into()),
            ..shown(Ann)
        },
        (Ann | Bob, Beta) => UserFields {
            segment: Some("beta".into()),
            ..shown(outer_says)
        },
        (AnnGold, Ann) => UserFields {
            segment: Some("gold".into()),
            ..shown(Ann)
        },
        (AnnGold, Beta) => UserFields {
            segment: Some("beta".into()),
            ..shown(AnnGold)
        },
        // Any other user replaces.
        (_, setting) => shown(setting),
    };
    ResolvedUser::Is(known, inner_layer.source())
}

fn shown(setting: UserSetting) -> UserFields {
    let text = |text: &str| Some(text.to_owned());
    match setting {
        Nothing | Anonymous => UserFields::default(),
        Ann => UserFields {
            id: text("ann"),
            email: text("ann@x"),
            ..UserFields::default()
        },
        AnnGold => UserFields {
            id: text("ann"),
            segment: text("gold"),
            ..UserFields::default()
        },
        Bob => UserFields {
            id: text("bob"),
            ..UserFields::default()
        },
        Beta => UserFields {
            segment: text("beta"),
            ..UserFields::default()
        },
    }
}
