use crate::model::{field_names, Value};
use crate::policy::action::Action;
use crate::policy::content::{self, Treatment};
use crate::policy::key::PolicyKey;
use crate::policy::names::{is_id, known, Name, PolicyError};
use crate::policy::pattern::Pattern;
use crate::policy::scrub::Scrubber;
use crate::record::Record;
use crate::util::Revision;

/// What of a record reaches the sinks: it runs once for each record, before any of them.
///
/// A rule names a value, or several by `*`, and says what is done to them. **The last rule that
/// names a value decides**; a value that no rule names stays as it is.
///
/// # Names
///
/// | names | what they are |
/// |---|---|
/// | `user.id`, `user.email`, `user.name`, `user.full_name`, `user.ip_address`, `user.segment` | the user; also fields of these names that are told of nobody |
/// | `user.attrs.<key>` | the user's attributes |
/// | `session.id`, `session.previous_id` | the session, and the one that it goes on from, which a rule for `session.id` names too |
/// | `tag.<key>` | tags |
/// | `extra.<key>` | extra values |
/// | `context.<name>.<key>` | the values of contexts |
/// | `breadcrumb.<key>` | the values of breadcrumbs |
/// | `breadcrumb.message`, `breadcrumb.category`, `breadcrumb.type` | the texts of breadcrumbs |
/// | `message` | the message of an event or error, what a span failed with, and the text and the causes of an error wherever they stand |
/// | `error.type`, `error.causes`, `error.backtrace` | what else is known of an error |
/// | `input`, `input.<argument>`, `output` | what the macros capture |
/// | anything else | the field of a span or event that has this name |
///
/// A name is a path, with a dot between its segments; the keys inside of a value go on with it
/// (`extra.payment.card.number`), and the elements of a list have the name of the list. One rule of
/// names holds for all of them:
///
/// - A rule names what is inside, too: `extra.payment` names `extra.payment.card`, and `user`
///   everything of the user.
/// - A rule names the end of a path, too: `card` names the field `card`, `breadcrumb.card` and
///   `extra.payment.card`, and `user.email` names `breadcrumb.user.email`. Two sorts of names have
///   to be written from their beginning on: those of the ids of user and session, so that no rule
///   for a field `id` takes the users away, and those that [`keep`](Self::keep) lets through, since
///   what gets out by accident does not come back.
/// - The text of an error that a log line tells of in a field (`error!(err = %e, "declined")`) is
///   `message`, and is named by the field as well: one rule takes it out wherever it stands.
///
/// After `drop("*")` the structure of a record is left, which no rule names: type, times, trace,
/// kind, level and status; what the code is called (names of spans, targets, files, the path of
/// spans of an error); the fingerprint of an error, which is made anew of what is left of the
/// message; the number of the isolated scope, where there is no user; the
/// [`Service`](crate::Service).
///
/// A name that no value can have (`usr.email`, `user.emial`) is a [`PolicyError`] where the policy
/// is given to the layer.
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
#[must_use = "a policy holds for the layer that it is given to: `whose::layer().with_policy(..)`"]
pub struct Policy {
    rules: Vec<Rule>,
    scrubber: Option<Scrubber>,
    /// The first name that names nothing.
    flaw: Option<PolicyError>,
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

    /// Keeps the ids of user and session; everything else of the user is dropped, wherever it
    /// stands.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// let policy = whose::Policy::ids_only().keep("user.segment");
    /// # let _ = policy;
    /// ```
    pub fn ids_only() -> Self {
        Self::new().drop("user.*").keep(field_names::USER_ID)
    }

    /// Keeps pseudonyms of user and session; everything else of the user is dropped, wherever it
    /// stands.
    ///
    /// The records of one user still group together: by [`User::hash`](crate::User::hash), which
    /// is [`PolicyKey::pseudonym`] of the id.
    pub fn pseudonymous(key: &PolicyKey) -> Self {
        Self::new()
            .drop("user.*")
            .pseudonymise(field_names::USER_ID, key)
            .pseudonymise("session.*", key)
    }

    /// Keeps the values: takes out what an earlier rule says of these names, which have to be
    /// whole: `keep("plan")` keeps a field, and no `user.attrs.plan`.
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

    /// Also searches texts for secrets and personal data, after the rules.
    pub fn with_scrubber(mut self, scrubber: Scrubber) -> Self {
        self.scrubber = Some(scrubber);
        self
    }

    fn rule(mut self, names: &str, action: Option<Action>) -> Self {
        self.flaw = self.flaw.or_else(|| known(names).err());
        let names = Pattern::new(names);
        // One that can never decide any more would be asked for every record: only the same
        // action reaches as far.
        self.rules
            .retain(|rule| rule.names != names || rule.action.is_some() && action.is_none());
        self.rules.push(Rule { names, action });
        self
    }

    /// The policy, if all of its names can be those of values.
    pub(crate) fn checked(self) -> Result<Self, PolicyError> {
        let scrubbers = self.scrubber.as_ref().and_then(Scrubber::flaw);
        match self.flaw.as_ref().or(scrubbers) {
            Some(flaw) => Err(flaw.clone()),
            None => Ok(self),
        }
    }

    /// What searches the texts.
    #[cfg(feature = "fmt")]
    pub(crate) fn scrubber(&self) -> Option<&Scrubber> {
        self.scrubber.as_ref()
    }

    pub(crate) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Leaves of a record what the policy lets through.
    pub(crate) fn apply(&self, record: &mut Record) {
        if self.has_rules() {
            self.apply_to_identity(&mut record.attribution);
            content::revise(record, self);
        }
        if let Some(scrubber) = &self.scrubber {
            content::revise(record, scrubber);
            scrubber.revise_target(record);
        }
    }

    /// What is done to a value of these names; `None` keeps it.
    pub(crate) fn action(&self, names: &[Name<'_>]) -> Option<&Action> {
        self.action_of(self.last_rule(names))
    }

    pub(crate) fn action_of(&self, rule: Option<usize>) -> Option<&Action> {
        self.rules.get(rule?)?.action.as_ref()
    }

    /// The last rule that names a value of one of these names.
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
        // The same names again: the later place counts.
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
            .action(&[Name(field_names::TAG, "user.id")])
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
