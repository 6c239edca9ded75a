use whose::{Actor, Scope, Source};

use super::FrameKind::{self, Fixed, Global, Isolated, Record, Remote, Report, Span};
use super::UserSetting::{self, Anonymous, Beta, Nothing};
use super::frames::in_span_of;

/// The user and the actor of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Acting {
    /// The user.
    pub setting: UserSetting,
    /// The actor.
    pub actor: Option<&'static str>,
}

/// The actors that the table gives, innermost first, with their sources.
#[must_use]
pub fn acting(
    outer: (FrameKind, Acting),
    inner: (FrameKind, Acting),
) -> Vec<(&'static str, Source)> {
    let (outer_layer, outer_says) = outer;
    let (inner_layer, inner_says) = inner;
    let of = |layer: FrameKind, says: Acting| says.actor.map(|actor| (actor, layer.source()));
    let outer_actor = of(outer_layer, outer_says);
    let inner_actor = of(inner_layer, inner_says);
    // The actor of a remote layer counts where a user of that layer would count.
    if inner_layer == Remote && outer_layer != Global && outer_says.setting != Nothing {
        return outer_actor.into_iter().collect();
    }
    let adds = match (outer_says.setting, inner_says.setting) {
        (_, Nothing) => true,
        (_, Anonymous) | (Anonymous, _) => false,
        // A supplement adds to every user, and to no user.
        (_, Beta) => true,
        // Nobody, or a user without an id, is not the user who is named inside.
        (Nothing | Beta, _) => false,
        (outer, inner) => {
            let id =
                |setting: UserSetting| setting.user().and_then(|it| it.id().map(str::to_owned));
            id(outer) == id(inner)
        }
    };
    let outer_actor = outer_actor.filter(|_| adds);
    inner_actor.into_iter().chain(outer_actor).collect()
}

/// Runs `then` inside a layer with this user and this actor.
pub fn with_acting(layer: FrameKind, acting: Acting, then: impl FnOnce()) {
    let user = acting.setting.user();
    let actor = acting.actor.map(Actor::agent);
    match layer {
        Global => {
            match acting.setting {
                Anonymous => whose::global().set_anonymous(),
                _ => whose::global().set_user(user),
            }
            whose::global().set_actor(actor);
            then();
        }
        Isolated => Scope::isolated().in_scope(|| {
            match acting.setting {
                Anonymous => whose::set_anonymous(),
                _ => whose::set_user(user),
            }
            whose::set_actor(actor);
            then();
        }),
        Remote => Scope::new()
            .user(user)
            .actor(actor)
            .tag("by", "a peer")
            .remote()
            .in_scope(then),
        Fixed if acting.setting == Anonymous => whose::anonymous().actor(actor).in_scope(then),
        Fixed => whose::user(user).actor(actor).in_scope(then),
        Span => in_span_of(&user, then),
        Record | Report => then(),
    }
}
