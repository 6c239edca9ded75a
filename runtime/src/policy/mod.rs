//! What of a record reaches the sinks.

mod action;
mod apply;
mod key;
mod network;
mod pattern;
mod redacted;
mod scrub;

pub(crate) use action::{Action, MASK};
pub use key::{PolicyKey, PolicyKeyError};
pub(crate) use pattern::Pattern;
pub use redacted::Redacted;
pub use scrub::Scrubber;

use crate::names;

/// What of a record reaches the sinks: it runs once for each record, before any of them.
///
/// A rule names a field, or several by `*`, and says what is done to its value. **The last rule
/// that names a field decides**; a field that no rule names stays as it is.
///
/// | names | what they are |
/// |---|---|
/// | `user.id`, `user.email`, `user.name`, `user.full_name`, `user.ip_address`, `user.segment` | the user; also fields of these names that are told of nobody |
/// | `user.attrs.<key>` | the user's attributes |
/// | `session.id` | the session |
/// | `tag.<key>` | tags |
/// | `extra.<key>` | extra values |
/// | `context.<name>.<key>` | the values of contexts |
/// | `breadcrumb.<key>` | the values of breadcrumbs |
/// | `message` | the message of an event, error or breadcrumb, what a span failed with, and the causes of an error |
/// | `input`, `input.<argument>`, `output` | what the macros capture |
/// | anything else | the field of a span or event that has this name |
///
/// ```
/// use whose::{Policy, PolicyKey};
/// # use std::sync::Arc;
/// # struct MySink;
/// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
/// # fn secret() -> Vec<u8> { vec![7; 32] }
///
/// let key = PolicyKey::new("k1", secret())?;
/// let policy = Policy::new()
///     .pseudonymise("user.id", &key)
///     .drop("user.email")
///     .mask("user.*name")
///     .truncate_ip("user.ip_address")
///     .drop("user.attrs.*")
///     .keep("user.attrs.plan");
/// let layer = whose::layer().with_policy(policy).with_sink(MySink);
/// # Ok::<(), whose::PolicyKeyError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a policy holds for the layer that it is given to: `whose::layer().with_policy(..)`"]
pub struct Policy {
    rules: Vec<Rule>,
    scrubber: Option<Scrubber>,
}

#[derive(Clone, Debug)]
struct Rule {
    names: Pattern,
    /// `None` keeps the value.
    action: Option<Action>,
}

impl Policy {
    /// The policy that keeps everything: `whose` collects nothing that was not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the ids of user and session; everything else of the user is dropped.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// let policy = whose::Policy::ids_only().keep("user.segment");
    /// # let _ = policy;
    /// ```
    pub fn ids_only() -> Self {
        Self::new().drop("user.*").keep(names::USER_ID)
    }

    /// Keeps pseudonyms of user and session; everything else of the user is dropped.
    ///
    /// The records of one user still group together: by [`User::hash`](crate::User::hash), which
    /// is [`PolicyKey::pseudonym`] of the id.
    pub fn pseudonymous(key: &PolicyKey) -> Self {
        Self::new()
            .drop("user.*")
            .pseudonymise(names::USER_ID, key)
            .pseudonymise("session.*", key)
    }

    /// Keeps the values: takes out what an earlier rule says of these names.
    pub fn keep(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), None)
    }

    /// Takes the values out of the record.
    pub fn drop(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), Some(Action::Drop))
    }

    /// Puts `[masked]` in the place of the values: that there was one is all that can be seen.
    pub fn mask(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), Some(Action::Mask))
    }

    /// Keeps the network of an IP address: `/24` of IPv4 (also of one that is written as IPv6),
    /// `/48` of IPv6. What is no address cannot be truncated, and is dropped.
    pub fn truncate_ip(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), Some(Action::TruncateIp))
    }

    /// Puts the key's pseudonym in the place of the values. That of a `user.id` becomes
    /// [`User::hash`](crate::User::hash), and the user has no id any more.
    pub fn pseudonymise(self, names: impl AsRef<str>, key: &PolicyKey) -> Self {
        self.rule(names.as_ref(), Some(Action::Pseudonymise(key.clone())))
    }

    /// Also searches free text for secrets and personal data, after the rules.
    pub fn with_scrubber(mut self, scrubber: Scrubber) -> Self {
        self.scrubber = Some(scrubber);
        self
    }

    fn rule(mut self, names: &str, action: Option<Action>) -> Self {
        let names = Pattern::new(names);
        // One that can never decide any more would be asked for every record.
        self.rules.retain(|rule| rule.names != names);
        self.rules.push(Rule { names, action });
        self
    }

    /// What is done to the value called `prefix` followed by `key`; `None` keeps it.
    pub(crate) fn action(&self, prefix: &str, key: &str) -> Option<&Action> {
        let mut rules = self.rules.iter().rev();
        rules
            .find(|rule| rule.names.matches(prefix, key))?
            .action
            .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(policy: &Policy, name: &str) -> &'static str {
        match policy.action("", name) {
            None => "keep",
            Some(Action::Drop) => "drop",
            Some(Action::Mask) => "mask",
            Some(Action::TruncateIp) => "truncate",
            Some(Action::Pseudonymise(_)) => "pseudonymise",
        }
    }

    #[test]
    fn the_last_rule_that_names_a_field_decides() {
        let policy = Policy::new()
            .keep("a.b")
            .drop("a.*")
            .mask("a.c*")
            .keep("a.cd");
        assert_eq!(
            ["a.b", "a.c", "a.ce", "a.cd", "b"].map(|name| of(&policy, name)),
            ["drop", "mask", "mask", "keep", "keep"]
        );
        // The same names again: the later place counts.
        assert_eq!(of(&policy.keep("a.b"), "a.b"), "keep");
    }

    #[test]
    fn the_presets_do_as_they_say() {
        let names = [
            "user.id",
            "session.id",
            "user.email",
            "user.ip_address",
            "user.attrs.plan",
            "user.anything",
            "tag.plan",
            "message",
        ];
        let key = PolicyKey::new("k1", [7; 32]).unwrap();
        assert_eq!(
            names.map(|name| of(&Policy::ids_only(), name)),
            ["keep", "keep", "drop", "drop", "drop", "drop", "keep", "keep"]
        );
        assert_eq!(
            names.map(|name| of(&Policy::pseudonymous(&key), name)),
            [
                "pseudonymise",
                "pseudonymise",
                "drop",
                "drop",
                "drop",
                "drop",
                "keep",
                "keep"
            ]
        );
        assert!(names.iter().all(|name| of(&Policy::new(), name) == "keep"));
    }
}
