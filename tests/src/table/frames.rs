use tracing::info_span;
use whose::{Scope, User};

use super::FrameKind::{self, Fixed, Global, Isolated, Record, Remote, Report, Span};
use super::UserSetting::{self, Anonymous};
use super::harness::{fields, tag};
use crate::program;
use crate::runner::scope;

/// Runs `then` inside a layer with this user.
pub fn with_user(layer: FrameKind, setting: UserSetting, then: impl FnOnce()) {
    let user = setting.user();
    match layer {
        Global => {
            match setting {
                Anonymous => whose::global().set_anonymous(),
                _ => whose::global().set_user(user),
            }
            then();
        }
        Isolated => Scope::isolated().in_scope(|| {
            match setting {
                Anonymous => whose::set_anonymous(),
                _ => whose::set_user(user),
            }
            then();
        }),
        Remote => Scope::new()
            .user(user)
            .tag("by", "a peer")
            .remote()
            .in_scope(then),
        Fixed if setting == Anonymous => whose::anonymous().in_scope(then),
        Fixed => whose::user(user).in_scope(then),
        Span => in_span_of(&user, then),
        Record | Report => then(),
    }
}

/// Runs `then` inside a span with the fields of this user.
pub(super) fn in_span_of(user: &Option<User>, then: impl FnOnce()) {
    let (id, email, segment) = fields(user);
    info_span!(
        "around",
        user.id = id,
        user.email = email,
        user.segment = segment
    )
    .in_scope(then);
}

/// Runs `then` inside a layer with this session.
pub fn with_session(layer: FrameKind, session: Option<&str>, then: impl FnOnce()) {
    match (layer, session) {
        (Global, session) => {
            if let Some(id) = session {
                whose::global().set_session(id);
            }
            then();
        }
        (Isolated, session) => Scope::isolated().in_scope(|| {
            if let Some(id) = session {
                whose::set_session(id);
            }
            then();
        }),
        (Fixed, session) => whose::session(session).in_scope(then),
        (Span, session) => info_span!("around", session.id = session).in_scope(then),
        (Remote | Record | Report, _) => then(),
    }
}

/// Runs `then` inside a layer with this conversation.
pub fn with_conversation(layer: FrameKind, conversation: Option<&str>, then: impl FnOnce()) {
    match layer {
        Global => {
            if let Some(id) = conversation {
                whose::global().set_conversation(id);
            }
            then();
        }
        Isolated => Scope::isolated().in_scope(|| {
            if let Some(id) = conversation {
                whose::set_conversation(id);
            }
            then();
        }),
        Fixed => whose::conversation(conversation).in_scope(then),
        Remote => whose::conversation(conversation).remote().in_scope(then),
        Span => info_span!("around", gen_ai.conversation.id = conversation).in_scope(then),
        Record | Report => then(),
    }
}

/// Runs `then` inside a layer with these tags. A span can have the tags `k`, `o` and `i`.
pub fn with_tags(layer: FrameKind, tags: &[(&'static str, &'static str)], then: impl FnOnce()) {
    let each = tags.iter().copied();
    match layer {
        Global => {
            each.for_each(|(key, value)| whose::global().set_tag(key, value));
            then();
        }
        Isolated => Scope::isolated().in_scope(|| {
            whose::set_tags(each);
            then();
        }),
        Fixed => Scope::new().tags(each).in_scope(then),
        Remote => Scope::new().tags(each).remote().in_scope(then),
        Span => {
            let [k, o, i] = ["k", "o", "i"].map(|key| tag(tags, key));
            info_span!("around", tag.k = k, tag.o = o, tag.i = i).in_scope(then);
        }
        Record | Report => then(),
    }
}

/// Runs `then` inside a layer with these tags, extra and contexts, if the layer supports them.
pub fn with_data(layer: FrameKind, data: &program::ScopeData, then: impl FnOnce()) {
    match layer {
        Global => {
            for (key, value) in &data.tags {
                whose::global().set_tag(key, value);
            }
            for (key, value) in &data.extra {
                whose::global().set_extra(key, value);
            }
            for (name, fields) in &data.contexts {
                whose::global().set_context(name, fields);
            }
            then();
        }
        Isolated => Scope::isolated().in_scope(|| {
            whose::set_tags(&data.tags);
            for (key, value) in &data.extra {
                whose::set_extra(key, value);
            }
            for (name, fields) in &data.contexts {
                whose::set_context(name, fields);
            }
            then();
        }),
        Fixed => scope(Scope::new(), data).in_scope(then),
        Remote => scope(Scope::new(), data).remote().in_scope(then),
        Span => info_span!("around").in_scope(then),
        Record | Report => then(),
    }
}
