//! Lookup of keys by name.

use super::spec::{Key, KeyGroup, KeySpec, Macro};
use super::table::KEYS;
use crate::diag::nearest;

impl Key {
    pub(crate) fn spec(self) -> &'static KeySpec {
        // A test checks that the table has every key.
        KEYS.iter()
            .find(|spec| spec.key == self)
            .unwrap_or(&KEYS[0])
    }

    /// Returns whether the key gives the scope content.
    pub(crate) fn is_of_scope(self) -> bool {
        // The agent is an actor of the scope.
        self == Self::Agent || self.spec().group == KeyGroup::Scope
    }

    /// Returns whether the key describes the user.
    pub(crate) fn is_of_user(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::UserId
                | Self::Email
                | Self::Username
                | Self::FullName
                | Self::IpAddress
                | Self::Segment
                | Self::Attrs
        )
    }
}

/// Returns the key with that name in `mac`; only `with_user` has the name `id`, and only `monitor` has
/// the keys of a job, because `#[with_user(max)]` takes the argument `max`.
pub(crate) fn lookup(mac: Macro, name: &str) -> Option<&'static KeySpec> {
    if name == "id" && mac == Macro::WithUser {
        return Some(Key::UserId.spec());
    }
    KEYS.iter()
        .filter(|spec| spec.group != KeyGroup::Job || mac == Macro::Monitor)
        .find(|spec| spec.names.contains(&name))
}

/// Returns the names of the keys that `mac` accepts.
pub(crate) fn names(mac: Macro) -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter(move |spec| spec.group.is_for(mac))
        .flat_map(|spec| spec.names.iter().copied())
}

/// Returns advice for a name that is not a key of `mac`.
pub(crate) fn advice(mac: Macro, name: &str) -> String {
    let known = match name {
        "id" => Some("write `user_id = ..` for a user, `session_id = ..` for a session"),
        "ret" => Some("write `output`, or `output(level = \"info\")` for a log event as well"),
        "properties" => Some("write `fields(name = EXPR, ..)`"),
        "skip_all" => Some("remove it: arguments are recorded only with `input`"),
        _ => None,
    };
    match (known, nearest(name, names(mac))) {
        (Some(known), _) => known.to_owned(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            let names: Vec<&str> = names(mac).collect();
            format!("the keys of `{}` are {}", mac.name(), names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_are_unique() {
        for spec in &KEYS {
            assert_eq!(spec.key.spec().names, spec.names);
            let mac = match spec.group {
                KeyGroup::Job => Macro::Monitor,
                _ => Macro::Trace,
            };
            for name in spec.names {
                assert_eq!(lookup(mac, name).map(|s| s.key), Some(spec.key));
            }
            assert!(spec.usage.starts_with(spec.names[0]));
        }
    }

    #[test]
    fn id_is_a_key_of_with_user_only() {
        assert_eq!(
            lookup(Macro::WithUser, "id").map(|s| s.key),
            Some(Key::UserId)
        );
        assert!(lookup(Macro::Trace, "id").is_none());
        assert!(lookup(Macro::WithSession, "id").is_none());
        assert!(lookup(Macro::Guard, "id").is_none());
    }

    #[test]
    fn keys_of_a_job_are_keys_of_monitor_only() {
        assert_eq!(
            names(Macro::Monitor).collect::<Vec<_>>(),
            ["crate", "name", "every", "max"]
        );
        assert!(lookup(Macro::WithUser, "max").is_none());
    }

    #[test]
    fn advice_names_only_keys_of_the_macro() {
        assert_eq!(advice(Macro::Trace, "kimd"), "did you mean `kind`?");
        assert!(advice(Macro::Guard, "kimd").starts_with("the keys of `guard!` are user, from"));
        assert!(!advice(Macro::Guard, "kimd").contains("kind"));
        assert!(advice(Macro::Trace, "ret").starts_with("write `output`, or"));
    }
}
