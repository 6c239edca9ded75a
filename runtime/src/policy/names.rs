//! The names that rules can have, and the detection of names that match no value.

use crate::names::{attribution, gen_ai};
use std::fmt;

/// The name of a value in two parts: the container, and the key in the container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a>(pub(crate) &'a str, pub(crate) &'a str);

/// Why a [`Policy`](crate::Policy) is not valid.
///
/// [`Layer::with_policy`](crate::Layer::with_policy) returns the error.
///
/// ```
/// use whose::{Policy, PolicyError};
///
/// let error = whose::layer().with_policy(Policy::new().drop("usr.email")).unwrap_err();
/// assert!(error.to_string().contains("did you mean `user.email`?"));
/// # let PolicyError::UnknownName { name, nearest } = error else { unreachable!() };
/// # assert_eq!((&*name, nearest.as_deref()), ("usr.email", Some("user.email")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The name of a rule, or of an exception of the scrubber, matches no value of a record.
    ///
    /// Such a rule would have no effect and let private values out.
    UnknownName {
        /// The name that the rule was given.
        name: Box<str>,
        /// The most similar valid name.
        nearest: Option<Box<str>>,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::UnknownName { name, nearest } = self;
        if name.trim().is_empty() {
            return f.write_str("the name of a rule is empty: `*` matches every value");
        }
        write!(f, "the rule for `{name}` matches no value of a record")?;
        if let Some(nearest) = nearest {
            write!(f, ": did you mean `{nearest}`?")?;
        } else if let Some((space, _)) = name.split_once('.') {
            write!(f, ": valid names are")?;
            for (number, known) in members(space).iter().enumerate() {
                let comma = if number == 0 { "" } else { "," };
                write!(f, "{comma} `{space}.{known}`")?;
            }
            f.write_str(".")?;
        }
        write!(
            f,
            " For a field of your own with this name, write the pattern `{name}*`."
        )
    }
}

impl std::error::Error for PolicyError {}

const USER: [&str; 7] = [
    "id",
    "email",
    "name",
    "full_name",
    "ip_address",
    "segment",
    "attrs",
];
const SESSION: [&str; 2] = ["id", "previous_id"];

/// The first segments of the reserved names. All other names are fields of the application.
const SPACES: [&str; 9] = [
    "user",
    "session",
    "tag",
    "extra",
    "context",
    "breadcrumb",
    "message",
    "input",
    "output",
];

/// Words that are common field names, although they differ in one letter from a reserved segment:
/// `content.type`.
const WORDS: [&str; 5] = ["content", "uber", "use", "used", "uses"];

/// Whether the name is part of the identity of a record. A rule has to spell such a name in full.
pub(crate) fn is_id(name: &str) -> bool {
    [
        attribution::USER_ID,
        attribution::SESSION_ID,
        attribution::SESSION_PREVIOUS_ID,
        gen_ai::CONVERSATION_ID.name,
        attribution::ACTOR_ID,
    ]
    .contains(&name)
}

/// Checks that a value can have the name. Patterns and free names are always valid.
pub(crate) fn known(name: &str) -> Result<(), PolicyError> {
    let unknown = |nearest: Option<String>| {
        Err(PolicyError::UnknownName {
            name: name.into(),
            nearest: nearest.map(Into::into),
        })
    };
    if name.trim().is_empty() {
        return unknown(None);
    }
    let (first, rest) = match name.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    if first.contains('*') {
        return Ok(());
    }
    if !SPACES.contains(&first) {
        return match nearest_space(first, rest.is_some()) {
            Some(space) => unknown(Some(match rest {
                Some(rest) => format!("{space}.{}", nearest_member(space, rest).unwrap_or(rest)),
                None => space.to_owned(),
            })),
            None => Ok(()),
        };
    }
    let members = members(first);
    let Some(member) = rest.filter(|_| !members.is_empty()) else {
        return Ok(());
    };
    let (member, below) = match member.split_once('.') {
        Some((member, below)) => (member, Some(below)),
        None => (member, None),
    };
    let is_known = members.contains(&member) && (below.is_none() || member == "attrs");
    if is_known || member.contains('*') {
        return Ok(());
    }
    let nearest = nearest_member(first, member).map(|nearest| match below {
        Some(below) if nearest == "attrs" => format!("{first}.{nearest}.{below}"),
        _ => format!("{first}.{nearest}"),
    });
    unknown(nearest)
}

/// The valid members of a user and of a session. Every other name is free.
fn members(space: &str) -> &'static [&'static str] {
    match space {
        "user" => &USER,
        "session" => &SESSION,
        _ => &[],
    }
}

/// The reserved segment that `first` differs from by one typing error: a letter that is missing,
/// wrong, superfluous, or swapped with the next. A plural alone is a valid field (`messages`); a
/// plural with a member is not (`tags.plan`).
fn nearest_space(first: &str, has_more: bool) -> Option<&'static str> {
    let lower = first.trim().to_lowercase();
    if WORDS.contains(&lower.as_str()) {
        return None;
    }
    SPACES.into_iter().find(|space| {
        let is_plural = lower.strip_suffix('s') == Some(space);
        // Too many words differ in one letter from a segment of three letters: `tax`.
        let is_near = space.len() > 3 && is_one_mistake(&lower, space);
        lower == *space || (is_plural && has_more) || (is_near && !is_plural)
    })
}

/// The member that is most similar to `member`.
fn nearest_member(space: &str, member: &str) -> Option<&'static str> {
    let lower = member.trim().to_lowercase();
    let known = members(space).iter().copied();
    let is_same = |known: &&str| known.replace('_', "") == lower.replace(['_', '-'], "");
    known
        .clone()
        .find(is_same)
        .or_else(|| known.clone().find(|known| is_one_mistake(&lower, known)))
        .filter(|_| lower != "ip")
        .or_else(|| known.clone().find(|known| known.starts_with(&lower)))
        .or_else(|| known.clone().find(|known| lower.ends_with(known)))
        .or_else(|| known.clone().find(|known| known.ends_with(&lower)))
}

/// Whether the words differ by one letter: inserted, missing, replaced, or swapped with the next.
fn is_one_mistake(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, a @ ..], b) if a == b => true,
        (a, [_, b @ ..]) if a == b => true,
        ([a1, a2, a @ ..], [b1, b2, b @ ..]) => a1 == b2 && a2 == b1 && a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(name: &str) -> Option<String> {
        match known(name) {
            Err(PolicyError::UnknownName { nearest, .. }) => nearest.map(String::from),
            Ok(()) => panic!("{name} is taken"),
        }
    }

    #[test]
    fn mistaken_name_is_rejected_with_nearest_name() {
        for (name, expected) in [
            ("usr.email", "user.email"),
            ("user.emial", "user.email"),
            ("user.mail", "user.email"),
            ("user.e-mail", "user.email"),
            ("user.ip", "user.ip_address"),
            ("user.username", "user.name"),
            ("user.fullname", "user.full_name"),
            ("user.Email", "user.email"),
            ("User.email", "user.email"),
            ("users.email", "user.email"),
            ("usre.emial", "user.email"),
            ("user.attr.plan", "user.attrs.plan"),
            ("user.address", "user.ip_address"),
            ("usr", "user"),
            ("usr.*", "user.*"),
            ("sesion.id", "session.id"),
            ("session.previous", "session.previous_id"),
            ("tags.plan", "tag.plan"),
            ("Tag.plan", "tag.plan"),
            ("extras.card", "extra.card"),
            ("contexts.app", "context.app"),
            ("breadcrumbs.step", "breadcrumb.step"),
            ("mesage", "message"),
            (" message", "message"),
            ("ouptut", "output"),
        ] {
            assert_eq!(nearest(name).as_deref(), Some(expected), "{name}");
        }
        for name in ["user.phone", "session.user", "user.email.domain"] {
            assert!(known(name).is_err(), "{name}");
        }
        assert_eq!(nearest(""), None);
    }

    #[test]
    fn free_name_or_pattern_is_accepted() {
        for name in [
            "card",
            "*",
            "*.card*",
            "extra.card*",
            "user.*",
            "user.*name",
            "user.phone*",
            "user.attrs.plan",
            "user.attrs",
            "user",
            "session",
            "tag",
            "tag.customer*",
            "message",
            "messages",
            "input",
            "input.question",
            "inputs",
            "users",
            "content",
            "content.type",
            "tax.rate",
            "version",
            "client.address",
            "gen_ai.prompt",
            "error.causes",
            "http.url",
            "user_id",
            "context.app.key",
            "breadcrumb.user.email",
            "use",
            "email",
            "id",
        ] {
            assert_eq!(known(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn error_message_suggests_fix() {
        let shown = |name| known(name).unwrap_err().to_string();
        assert_eq!(
            shown("usr.email"),
            "the rule for `usr.email` matches no value of a record: did you mean `user.email`? \
             For a field of your own with this name, write the pattern `usr.email*`."
        );
        assert!(
            shown("session.user").contains("valid names are `session.id`, `session.previous_id`.")
        );
        assert!(shown("").contains("`*`"));
    }
}
