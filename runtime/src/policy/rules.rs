use crate::model::{Attribution, Value};
use crate::names::attribution;
use crate::policy::action::Action;
use crate::policy::content::{self, Treatment};
use crate::policy::key::PolicyKey;
use crate::policy::names::{is_id, known, Name, PolicyError};
use crate::policy::pattern::Pattern;
use crate::policy::scrub::Scrubber;
use crate::record::Record;
use crate::util::Revision;

/// Rules that decide which values of a record the sinks receive.
///
/// A policy runs once for each record, before any sink. A rule matches values by name and keeps,
/// drops, masks, truncates or pseudonymises them. **The last rule that matches a value decides.** A
/// value that no rule matches stays unchanged.
///
/// Pass the policy to [`Layer::with_policy`](crate::Layer::with_policy).
///
/// # Names
///
/// | name | value |
/// |---|---|
/// | `user.id`, `user.email`, `user.name`, `user.full_name`, `user.ip_address`, `user.segment` | the parts of the user; also fields of spans and events with these names that did not become a user |
/// | `user.attrs.<key>` | an attribute of the user |
/// | `session.id`, `session.previous_id` | the session, and the session that it continues. A rule for `session.id` matches both |
/// | `gen_ai.conversation.id` | the conversation |
/// | `whose.actor.id` | the ids of the actors, also where an agent is the field `gen_ai.agent.name`. A rule for `user.id` matches the actors of kind [`User`](crate::ActorKind::User) too |
/// | `tag.<key>` | a tag |
/// | `extra.<key>` | an extra value |
/// | `context.<name>.<key>` | a value of a context |
/// | `breadcrumb.<key>` | a value of a breadcrumb |
/// | `breadcrumb.message`, `breadcrumb.category`, `breadcrumb.type` | a text of a breadcrumb |
/// | `flag.evaluation.<key>` | the value of a feature flag: on an error, in a field, and in the event of its evaluation |
/// | `message` | the message of an event or error, the error of a failed span or run, and the text and the causes of an error in every place that holds them |
/// | `error.type`, `error.causes`, `error.backtrace` | the details of an error |
/// | `input`, `input.<argument>`, `output` | the values that the macros capture |
/// | any other name | the field of a span or event with this name |
///
/// A name is a path with dots between its segments. The path continues with the keys inside a value
/// (`extra.payment.card.number`). The elements of a list have the name of the list. These rules
/// apply to all names:
///
/// - A rule also matches the values inside: `extra.payment` matches `extra.payment.card`, and
///   `user` matches all parts of the user.
/// - A rule also matches the end of a path: `card` matches the field `card`, `breadcrumb.card` and
///   `extra.payment.card`, and `user.email` matches `breadcrumb.user.email`.
/// - Two kinds of rules need the name from its beginning: rules for the ids of user and session, so
///   that a rule for a field `id` does not remove the users, and [`keep`](Self::keep), so that no
///   value gets out by accident.
/// - The text of an error in a field of a log line (`error!(err = %e, "declined")`) has two names,
///   `message` and the name of the field. One rule removes the text in every place.
///
/// No rule matches the structure of a record, so `drop("*")` keeps: the type, the times, the trace,
/// the kind, the level and the status; the names in the code (spans, targets, files, the span path
/// of an error); the fingerprint of an error, recomputed from the remaining message; the id of
/// the isolated scope of a record without a user; and the [`Service`](crate::Service).
///
/// A name that no value can have (`usr.email`, `user.emial`) is a [`PolicyError`] when the policy
/// is passed to the layer.
///
/// ```
/// use whose::{Policy, PolicyKey};
/// # use std::sync::Arc;
/// # struct MySink;
/// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
/// # fn secret() -> Vec<u8> { vec![7; 32] }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let key = PolicyKey::new("k1", secret())?;
/// let policy = Policy::new()
///     .pseudonymise("user.id", &key)
///     .drop("user.email")
///     .mask("user.*name")
///     .truncate_ip("user.ip_address")
///     .drop("user.attrs.*")
///     .keep("user.attrs.plan")
///     .drop("card");
/// let layer = whose::layer().with_policy(policy)?.with_sink(MySink);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "pass the policy to a layer: `whose::layer().with_policy(..)`"]
pub struct Policy {
    rules: Vec<Rule>,
    scrubber: Option<Scrubber>,
    /// The first invalid name.
    flaw: Option<PolicyError>,
}

#[derive(Clone, Debug)]
struct Rule {
    names: Pattern,
    /// `None` keeps the value.
    action: Option<Action>,
}

impl Policy {
    /// A policy without rules, which keeps every value.
    pub fn new() -> Self {
        Self::default()
    }

    /// A policy that keeps the ids of user and session, and drops all other parts of the user.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// let policy = whose::Policy::ids_only().keep("user.segment");
    /// # let _ = policy;
    /// ```
    pub fn ids_only() -> Self {
        Self::new()
            .drop(attribution::ANY_OF_USER)
            .keep(attribution::USER_ID)
    }

    /// A policy that replaces the ids of user and session by pseudonyms, and drops all other parts
    /// of the user.
    ///
    /// The records of one user still have a common key: [`User::hash`](crate::User::hash), which
    /// equals [`PolicyKey::pseudonym`] of the id.
    ///
    /// ```
    /// use whose::{Policy, PolicyKey};
    ///
    /// # fn secret() -> Vec<u8> { vec![7; 32] }
    /// let key = PolicyKey::new("k1", secret())?;
    /// let layer = whose::layer().with_policy(Policy::pseudonymous(&key))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pseudonymous(key: &PolicyKey) -> Self {
        Self::new()
            .drop(attribution::ANY_OF_USER)
            .pseudonymise(attribution::USER_ID, key)
            .pseudonymise(attribution::ANY_OF_SESSION, key)
    }

    /// Keeps the matching values, also where an earlier rule matches them.
    ///
    /// `keep` needs the full name: `keep("plan")` keeps the field `plan`, and not
    /// `user.attrs.plan`.
    pub fn keep(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), None)
    }

    /// Removes the matching values from the record.
    pub fn drop(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), Some(Action::Drop))
    }

    /// Replaces the matching values by `[masked]`. The record still shows that there was a value.
    pub fn mask(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), Some(Action::Mask))
    }

    /// Reduces the matching IP addresses to their network: `/24` for IPv4 (also in IPv6 notation),
    /// `/48` for IPv6. Drops a value that is not an IP address.
    pub fn truncate_ip(self, names: impl AsRef<str>) -> Self {
        self.rule(names.as_ref(), Some(Action::TruncateIp))
    }

    /// Replaces the matching values by pseudonyms of `key`.
    ///
    /// The pseudonym of `user.id` becomes [`User::hash`](crate::User::hash), and the user then has
    /// no id.
    pub fn pseudonymise(self, names: impl AsRef<str>, key: &PolicyKey) -> Self {
        self.rule(names.as_ref(), Some(Action::Pseudonymise(key.clone())))
    }

    /// Adds a scrubber, which searches texts for secrets and personal data after the rules have
    /// run.
    pub fn with_scrubber(mut self, scrubber: Scrubber) -> Self {
        self.scrubber = Some(scrubber);
        self
    }

    fn rule(mut self, names: &str, action: Option<Action>) -> Self {
        self.flaw = self.flaw.or_else(|| known(names).err());
        let names = Pattern::new(names);
        // Remove an earlier rule that can never decide, because every record would evaluate it.
        // Only the same action covers the same values.
        self.rules
            .retain(|rule| rule.names != names || rule.action.is_some() && action.is_none());
        self.rules.push(Rule { names, action });
        self
    }

    /// Returns the policy if all of its names are valid.
    pub(crate) fn checked(self) -> Result<Self, PolicyError> {
        let scrubbers = self.scrubber.as_ref().and_then(Scrubber::flaw);
        match self.flaw.as_ref().or(scrubbers) {
            Some(flaw) => Err(flaw.clone()),
            None => Ok(self),
        }
    }

    /// The scrubber.
    #[cfg(feature = "fmt")]
    pub(crate) fn scrubber(&self) -> Option<&Scrubber> {
        self.scrubber.as_ref()
    }

    pub(crate) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Applies the policy to a record.
    pub(crate) fn apply(&self, record: &mut Record) {
        if self.has_rules() {
            // The fields may hold an actor, who is told apart by the id.
            content::revise(record, self);
            self.apply_to_identity(&mut record.attribution);
        }
        if let Some(scrubber) = &self.scrubber {
            content::revise(record, scrubber);
            scrubber.revise_target(record);
        }
    }

    /// Applies the policy to an attribution alone.
    pub(crate) fn apply_to_attribution(&self, attribution: &mut Attribution) {
        if self.has_rules() {
            content::revise_attribution(attribution, self);
            self.apply_to_identity(attribution);
        }
        if let Some(scrubber) = &self.scrubber {
            content::revise_attribution(attribution, scrubber);
        }
    }

    /// The action for a value with these names; `None` keeps the value.
    pub(crate) fn action(&self, names: &[Name<'_>]) -> Option<&Action> {
        self.action_of(self.last_rule(names))
    }

    pub(crate) fn action_of(&self, rule: Option<usize>) -> Option<&Action> {
        self.rules.get(rule?)?.action.as_ref()
    }

    /// The index of the last rule that matches one of these names.
    pub(crate) fn last_rule(&self, names: &[Name<'_>]) -> Option<usize> {
        let is_named = |rule: &Rule| names.iter().any(|name| rule.is_of(*name));
        self.rules.iter().rposition(is_named)
    }
}

impl Rule {
    fn is_of(&self, Name(prefix, key): Name<'_>) -> bool {
        let is_id = match (prefix, key) {
            (name, "") | ("", name) => is_id(name),
            _ => false,
        };
        if is_id || self.action.is_none() {
            self.names.is_of(prefix, key)
        } else {
            self.names.reaches(prefix, key)
        }
    }
}

impl Treatment for Policy {
    fn text(&self, names: &[Name<'_>], text: &str) -> Revision<String> {
        self.action(names)
            .map_or(Revision::Keep, |action| Revision::of(action.on(text)))
    }

    fn value(&self, names: &[Name<'_>], value: &Value) -> Revision<Value> {
        self.action(names)
            .map_or(Revision::Keep, |action| action.on_value(value))
    }

    fn json(&self, path: &mut String, value: &serde_json::Value) -> Revision<serde_json::Value> {
        self.revise_json(path, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(policy: &Policy, name: &str) -> &'static str {
        match policy.action(&[Name("", name)]) {
            None => "keep",
            Some(Action::Drop) => "drop",
            Some(Action::Mask) => "mask",
            Some(Action::TruncateIp) => "truncate",
            Some(Action::Pseudonymise(_)) => "pseudonymise",
        }
    }

    #[test]
    fn last_rule_for_field_wins() {
        let policy = Policy::new()
            .keep("a.b")
            .drop("a.*")
            .mask("a.c*")
            .keep("a.cd");
        assert_eq!(
            ["a.b", "a.c", "a.ce", "a.cd", "b"].map(|name| of(&policy, name)),
            ["drop", "mask", "mask", "keep", "keep"]
        );
        // The same names again: the later rule replaces the earlier one.
        assert_eq!(of(&policy.keep("a.b"), "a.b"), "keep");
    }

    #[test]
    fn keep_rule_still_drops_suffix_matches() {
        let policy = Policy::new().drop("card").keep("card");
        assert_eq!(
            ["card", "extra.card"].map(|name| of(&policy, name)),
            ["keep", "drop"]
        );
    }

    #[test]
    fn rule_for_field_id_keeps_user_and_session_ids() {
        let policy = Policy::new().drop("id").drop("previous_id");
        for name in ["user.id", "session.id", "session.previous_id"] {
            assert_eq!(of(&policy, name), "keep", "{name}");
        }
        for name in ["id", "extra.id", "breadcrumb.user.id"] {
            assert_eq!(of(&policy, name), "drop", "{name}");
        }
        let policy = Policy::new().drop("user.id");
        assert!(policy
            .action(&[Name(attribution::TAG, "user.id")])
            .is_some());
        let policy = Policy::new().drop("user").mask("*.id");
        assert_eq!(of(&policy, "user.id"), "mask");
        assert_eq!(of(&Policy::new().drop("user"), "user.id"), "drop");
    }

    #[test]
    fn presets_apply_documented_rules() {
        let names = [
            "user.id",
            "session.id",
            "user.email",
            "user.ip_address",
            "user.attrs.plan",
            "user.anything",
            "tag.plan",
            "message",
            "breadcrumb.user.email",
        ];
        let key = PolicyKey::new("k1", [7; 32]).unwrap();
        assert_eq!(
            names.map(|name| of(&Policy::ids_only(), name)),
            ["keep", "keep", "drop", "drop", "drop", "drop", "keep", "keep", "drop"]
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
                "keep",
                "drop"
            ]
        );
        assert!(names.iter().all(|name| of(&Policy::new(), name) == "keep"));
    }
}
