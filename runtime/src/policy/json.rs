//! Rules for the values inside JSON.

use serde_json::{Map, Value as Json};

use crate::diagnostics::truncate::CUT;
use crate::policy::action::Action;
use crate::policy::content::with_key;
use crate::policy::json_text::JsonText;
use crate::policy::names::Name;
use crate::policy::rules::Policy;
use crate::util::Revision;

impl Policy {
    /// The revision of the value at `path`. A rule for an object or a list applies to the whole
    /// value, unless another rule applies to something inside.
    pub(crate) fn revise_json(&self, path: &mut String, value: &Json) -> Revision<Json> {
        let rule = self.last_rule(&[Name("", path)]);
        let action = self.action_of(rule);
        match (value, action) {
            (Json::Object(_) | Json::Array(_), Some(action))
                if !self.differs_inside(path, rule, value) =>
            {
                on_whole(action, value)
            }
            (Json::Object(map), _) => self.revise_object(path, map),
            (Json::Array(list), _) => self.revise_list(path, list),
            (_, Some(action)) => on_whole(action, value),
            (Json::String(text), None) => self.revise_text_of_json(path, text),
            (_, None) => Revision::Keep,
        }
    }

    /// The revision of a text that may be JSON that was too long or too deep to be kept as a value.
    /// The rules apply inside the text as they do inside a value.
    fn revise_text_of_json(&self, path: &mut String, text: &str) -> Revision<Json> {
        match JsonText::of(text) {
            JsonText::Whole(value) => {
                let left = self.revise_json(path, &value);
                left.map(|left| Json::String(left.to_string()))
            }
            JsonText::Cut { head, has_rest } => match self.revise_json(path, &head) {
                // The truncated part could hold anything.
                Revision::Keep if has_rest => Revision::Replace(head),
                left => left,
            }
            .map(|left| Json::String(format!("{left}{CUT}"))),
            // Any named value could be inside.
            JsonText::TooDeep => Revision::Remove,
            JsonText::Other => Revision::Keep,
        }
    }

    /// Whether another rule applies to anything inside the value.
    fn differs_inside(&self, path: &mut String, rule: Option<usize>, value: &Json) -> bool {
        match value {
            Json::Object(map) => map.iter().any(|(key, value)| {
                with_key(path, key, |path| {
                    let differs = self.last_rule(&[Name("", path)]) != rule;
                    differs || self.differs_inside(path, rule, value)
                })
            }),
            Json::Array(list) => list
                .iter()
                .any(|value| self.differs_inside(path, rule, value)),
            _ => false,
        }
    }

    fn revise_object(&self, path: &mut String, map: &Map<String, Json>) -> Revision<Json> {
        let revise = |(key, value): (&String, &Json)| {
            with_key(path, key, |path| self.revise_json(path, value))
        };
        let left = left_of(
            map.iter().map(revise).collect(),
            || map.clone(),
            |map, f| {
                map.retain(|_, value| f(value));
                map.is_empty()
            },
        );
        left.map(Json::Object)
    }

    fn revise_list(&self, path: &mut String, list: &[Json]) -> Revision<Json> {
        let revise = |value| self.revise_json(path, value);
        let left = left_of(
            list.iter().map(revise).collect(),
            || list.to_vec(),
            |list, f| {
                list.retain_mut(f);
                list.is_empty()
            },
        );
        left.map(Json::Array)
    }
}

/// The revision of an object or a list: removed if nothing inside is left.
fn left_of<T>(
    revisions: Vec<Revision<Json>>,
    copy: impl FnOnce() -> T,
    retain: impl FnOnce(&mut T, &mut dyn FnMut(&mut Json) -> bool) -> bool,
) -> Revision<T> {
    if revisions.iter().all(Revision::is_keep) {
        return Revision::Keep;
    }
    let mut left = copy();
    let mut revisions = revisions.into_iter();
    let is_empty = retain(&mut left, &mut |value| {
        revisions.next().is_none_or(|it| it.apply_to(value))
    });
    if is_empty {
        return Revision::Remove;
    }
    Revision::Replace(left)
}

/// Applies the action to a whole value. A value other than a text counts as its JSON.
fn on_whole(action: &Action, value: &Json) -> Revision<Json> {
    let left = match value {
        Json::String(text) => action.on(text),
        other => action.on(&other.to_string()),
    };
    Revision::of(left.map(Json::String))
}
