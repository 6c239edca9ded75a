//! Visits every part of a record that can hold content of the application. Rules and the scrubber
//! share this one list, so that neither can miss a part.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::error::fingerprint_of;
use crate::model::{Actor, ActorKind, Attribution, Breadcrumb, ResolvedUser, Value};
use crate::names::{attribution, exception, feature_flag, gen_ai, monitor};
use crate::policy::names::Name;
use crate::record::{Message, Record, RecordType};
use crate::util::Revision;

const MESSAGE: Name<'_> = Name("message", "");
const CAUSES: Name<'_> = Name(exception::ERROR_CAUSES, "");
const BACKTRACE: Name<'_> = Name(exception::ERROR_BACKTRACE, "");
const ERROR_TYPE: Name<'_> = Name(exception::ERROR_TYPE.name, "");
const ACTOR_ID: Name<'_> = Name(attribution::ACTOR_ID, "");
const EXTRA: &str = "extra.";
const CONTEXT: &str = "context.";
const CRUMB: &str = "breadcrumb.";
const FLAG: &str = feature_flag::ON_RECORD;
const CRUMB_MESSAGE: Name<'_> = Name(CRUMB, "message");

/// An action on the values of a record, by their names. A text that can appear under several names
/// is treated under all of them.
pub(crate) trait Treatment {
    /// The revision of a text.
    fn text(&self, names: &[Name<'_>], text: &str) -> Revision<String>;
    /// The revision of a field or an attribute.
    fn value(&self, names: &[Name<'_>], value: &Value) -> Revision<Value>;
    /// The revision of the value at `path`, and of the values inside.
    fn json(&self, path: &mut String, value: &Json) -> Revision<Json>;
}

/// Applies the treatment to every part of a record except the identity of user and session.
pub(crate) fn revise(record: &mut Record, by: &dyn Treatment) {
    revise_attribution(&mut record.attribution, by);
    let error_field = record.error.as_ref().and_then(|error| error.field);
    let evaluated = evaluated_flag(record);
    let is_check_in = record.name == monitor::CHECK_IN_EVENT;
    let agents = acting_agents(record);
    for_each_left(&mut record.fields, |(name, value)| {
        if is_agent_name(name) && value.as_str().is_some_and(|id| is_one_of(&agents, id)) {
            return by.value(&[Name("", name), ACTOR_ID], value).apply_to(value);
        }
        let names = [Name("", name), MESSAGE];
        if let Some(flag) = evaluated.as_deref().filter(|_| is_flag_result(name)) {
            return by
                .value(&[names[0], Name(FLAG, flag)], value)
                .apply_to(value);
        }
        // In a field that reports an error, the value is a message.
        let is_error_of_run = is_check_in && *name == monitor::ERROR.name;
        let names = if error_field == Some(name) || is_error_of_run {
            &names[..]
        } else {
            &names[..1]
        };
        by.value(names, value).apply_to(value)
    });
    for_each_left(&mut record.usage_inside, |(name, value)| {
        by.value(&[Name("", name)], value).apply_to(value)
    });
    revise_message(record, error_field, by);
    revise_error(record, error_field, by);
    for_each_left(&mut record.breadcrumbs, |crumb| {
        // Replace the breadcrumb of the record only: the scope keeps its own.
        revised_breadcrumb(crumb, by).map(Arc::new).apply_to(crumb)
    });
}

/// The key of the flag, if the record is the event of an evaluation.
fn evaluated_flag(record: &Record) -> Option<String> {
    if record.name != feature_flag::EVENT {
        return None;
    }
    Some(record.field(feature_flag::KEY.name)?.as_str()?.to_owned())
}

/// The agents that act for the user. The layer copies the name of one into a field of a model call, and
/// the attribute `trace` into a field of its span.
fn acting_agents(record: &Record) -> Vec<Actor> {
    let mut fields = record.fields.iter();
    if !fields.any(|(name, _)| is_agent_name(name)) {
        return Vec::new();
    }
    let is_agent = |actor: &&Actor| actor.kind() == ActorKind::Agent;
    record.actors().filter(is_agent).cloned().collect()
}

fn is_agent_name(field: &str) -> bool {
    gen_ai::AGENT.spellings().any(|name| name == field)
}

fn is_one_of(agents: &[Actor], name: &str) -> bool {
    agents.iter().any(|agent| agent.id() == name)
}

fn is_flag_result(name: &str) -> bool {
    [feature_flag::VARIANT.name, feature_flag::VALUE.name].contains(&name)
}

fn for_each_left<T>(values: &mut Vec<T>, is_left: impl FnMut(&mut T) -> bool) {
    if !values.is_empty() {
        values.retain_mut(is_left);
    }
}

pub(crate) fn revise_attribution(attribution: &mut Attribution, by: &dyn Treatment) {
    if let ResolvedUser::Known(user, _) = &mut attribution.user {
        user.revise_attrs(|key, value| by.value(&[Name(attribution::USER_ATTRS, key)], value));
        if user.is_empty() {
            attribution.user = ResolvedUser::withheld();
        }
    }
    attribution
        .tags
        .revise(|key, value| by.text(&[Name(attribution::TAG, key)], value));
    if let Some(data) = &mut attribution.data {
        let extra = |key: &str, value: &Json| by.json(&mut format!("{EXTRA}{key}"), value);
        let context = |name: &str, value: &Json| match value {
            Json::Object(map) => revised_map(map, |key, value| match value {
                // A context that was too long to be kept as a map: the text is the whole context.
                Json::String(text) if key == "value" && text.starts_with('{') => {
                    by.json(&mut format!("{CONTEXT}{name}"), value)
                }
                _ => by.json(&mut format!("{CONTEXT}{name}.{key}"), value),
            })
            .map(Json::Object),
            other => by.json(&mut format!("{CONTEXT}{name}"), other),
        };
        data.revise(extra, context);
        if data.is_empty() {
            attribution.data = None;
        }
    }
}

/// Revises the message. Where a log line reported the error, the message is the text of a field.
fn revise_message(record: &mut Record, error_field: Option<&'static str>, by: &dyn Treatment) {
    let Some(message) = record.message.get() else {
        return;
    };
    let is_error = record.record_type == RecordType::Error;
    let left = match error_field.filter(|_| is_error) {
        Some(field) => by.text(&[MESSAGE, Name("", field)], message),
        None => by.text(&[MESSAGE], message),
    };
    match left {
        Revision::Keep => return,
        Revision::Remove => record.message = Message::default(),
        Revision::Replace(left) => record.message = left.into(),
    }
    // Recompute the fingerprint. Otherwise a guess of the message could be confirmed by it.
    if let Some(error) = &mut record.error {
        if error.fingerprint.is_some() && !error.is_fingerprint_given {
            let message = record.message.get().unwrap_or_default();
            error.fingerprint = Some(fingerprint_of(message, error));
        }
    }
}

fn revise_error(record: &mut Record, error_field: Option<&'static str>, by: &dyn Treatment) {
    let Some(error) = &mut record.error else {
        return;
    };
    let names = [MESSAGE, CAUSES, Name("", error_field.unwrap_or_default())];
    let names = &names[..2 + usize::from(error_field.is_some())];
    for_each_left(&mut error.causes, |cause| {
        by.text(names, cause).map(Into::into).apply_to(cause)
    });
    for_each_left(&mut error.flags, |flag| {
        // Replace the flag of the record only: the scope keeps its own.
        let left = by.value(&[Name(FLAG, flag.key())], flag.value());
        let left = left.map(|value| Arc::new((**flag).clone().with_value(value)));
        left.apply_to(flag)
    });
    if let Some(backtrace) = &error.backtrace {
        let left = by.text(&[BACKTRACE], backtrace);
        left.map(Into::into).apply_to_option(&mut error.backtrace);
    }
    if let Some(error_type) = &error.error_type {
        let left = by.text(&[ERROR_TYPE], error_type);
        left.map(Into::into).apply_to_option(&mut error.error_type);
    }
}

/// The revision of a breadcrumb. A breadcrumb without any content left is removed.
fn revised_breadcrumb(crumb: &Breadcrumb, by: &dyn Treatment) -> Revision<Breadcrumb> {
    let part = |part, text: Option<&str>| {
        text.map_or(Revision::Keep, |text| by.text(&[Name(CRUMB, part)], text))
    };
    let message = match crumb.error_field() {
        // The text of the error, which the event held in this field.
        Some(field) if crumb.data(field).is_none() => {
            by.text(&[CRUMB_MESSAGE, Name(CRUMB, field)], crumb.message())
        }
        _ => by.text(&[CRUMB_MESSAGE], crumb.message()),
    };
    let category = part("category", crumb.category());
    let breadcrumb_type = part("type", crumb.breadcrumb_type());
    let data = revised_map(crumb.all_data(), |key, value| match value {
        Json::String(text) if crumb.error_field() == Some(key) => by
            .text(&[Name(CRUMB, key), CRUMB_MESSAGE], text)
            .map(Json::String),
        _ => by.json(&mut format!("{CRUMB}{key}"), value),
    });
    if message.is_keep() && category.is_keep() && breadcrumb_type.is_keep() && data.is_keep() {
        return Revision::Keep;
    }
    let mut left = crumb.clone();
    let parts = left.parts_mut();
    if !message.map(Into::into).apply_to(parts.message) {
        *parts.message = Box::default();
    }
    let boxed = |text: Revision<String>| text.map(String::into_boxed_str);
    boxed(category).apply_to_option(parts.category);
    boxed(breadcrumb_type).apply_to_option(parts.breadcrumb_type);
    if !data.apply_to(parts.data) {
        parts.data.clear();
    }
    // A type alone carries no information.
    if parts.message.is_empty() && parts.category.is_none() && parts.data.is_empty() {
        return Revision::Remove;
    }
    Revision::Replace(left)
}

/// The revision of a map whose keys are names. A map with no value left is removed.
fn revised_map(
    map: &Map<String, Json>,
    revise: impl Fn(&str, &Json) -> Revision<Json>,
) -> Revision<Map<String, Json>> {
    let revisions: Vec<_> = map.iter().map(|(key, value)| revise(key, value)).collect();
    if revisions.iter().all(Revision::is_keep) {
        return Revision::Keep;
    }
    let mut left = map.clone();
    let mut revisions = revisions.into_iter();
    left.retain(|_, value| revisions.next().is_none_or(|it| it.apply_to(value)));
    if left.is_empty() {
        return Revision::Remove;
    }
    Revision::Replace(left)
}

/// Calls `f` with the path of the value under `key`.
pub(crate) fn with_key<R>(path: &mut String, key: &str, f: impl FnOnce(&mut String) -> R) -> R {
    let length = path.len();
    path.push('.');
    path.push_str(key);
    let result = f(path);
    path.truncate(length);
    result
}
