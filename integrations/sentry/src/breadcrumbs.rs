//! Whose a breadcrumb is. Sentry keeps breadcrumbs on hubs, which tasks share.

use sentry_core::protocol::{Breadcrumb, Map, Value};
use whose::names::attribution::SCOPE_ID;
use whose::{AttributeValue, Attribution};

use crate::convert;

/// The key of the owner among the values of a breadcrumb. An event that is sent does not have it.
const OWNER: &str = "whose.owner";

/// The user, or else the request without a user; `None` outside every scope.
fn owner_of(attribution: &Attribution) -> Option<String> {
    if !convert::is_decided(attribution) {
        return None;
    }
    if let Some(user) = attribution.user() {
        let id = user.id().or(user.hash()).or(user.email());
        return Some(format!("user {}", id.unwrap_or_default()));
    }
    let mut owner = attribution.unattributed().map(|reason| reason.to_string());
    attribution.visit_attributes(|name, value| {
        if let (SCOPE_ID, AttributeValue::Str(id)) = (name, value) {
            owner = Some(format!("scope {id}"));
        }
    });
    owner
}

/// Notes whose the breadcrumb is.
pub(crate) fn stamp(data: &mut Map<String, Value>, attribution: &Attribution) {
    if let Some(owner) = owner_of(attribution) {
        data.insert(OWNER.into(), owner.into());
    }
}

/// Keeps the newest breadcrumbs of the event's own user, oldest first, and those outside every scope.
pub(crate) fn keep_own(crumbs: &mut Vec<Breadcrumb>, attribution: &Attribution, most: usize) {
    let owner = owner_of(attribution);
    crumbs.retain_mut(|crumb| match crumb.data.remove(OWNER) {
        Some(Value::String(of)) => owner.as_deref() == Some(&of),
        _ => true,
    });
    crumbs.sort_by_key(|crumb| crumb.timestamp);
    let surplus = crumbs.len().saturating_sub(most);
    crumbs.drain(..surplus);
}
