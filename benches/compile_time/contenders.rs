//! Who takes part.

/// One attribute that is measured.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Its short name, which is also its crate's folder.
    pub(crate) name: &'static str,
    /// The attribute, with `USER` for the expression that says who the user is. Its `, err` is
    /// left out on a function that returns no `Result`.
    attribute: Option<&'static str>,
    /// The name of the form of `tracing::instrument` that says as much: with the user, or
    /// without one.
    pub(crate) rival: &'static str,
}

/// Whose build time must not be above its rival's.
pub(crate) const OURS: &str = "whose-user";

/// Who has no attribute.
pub(crate) const PLAIN: &str = "plain";

/// Everyone, in the order of the table.
pub(crate) const CONTENDERS: [Contender; 8] = [
    Contender {
        name: PLAIN,
        attribute: None,
        rival: "instrument",
    },
    Contender {
        name: OURS,
        attribute: Some("#[whose::trace(user_id = USER)]"),
        rival: "instrument-user",
    },
    Contender {
        name: "instrument-user",
        attribute: Some("#[tracing::instrument(skip_all, fields(user_id = %USER))]"),
        rival: "instrument-user",
    },
    Contender {
        name: "whose-err",
        attribute: Some("#[whose::trace(user_id = USER, err)]"),
        rival: "instrument-err",
    },
    Contender {
        name: "instrument-err",
        attribute: Some("#[tracing::instrument(skip_all, fields(user_id = %USER), err)]"),
        rival: "instrument-err",
    },
    Contender {
        name: "whose",
        attribute: Some("#[whose::trace]"),
        rival: "instrument",
    },
    Contender {
        name: "instrument",
        attribute: Some("#[tracing::instrument(skip_all)]"),
        rival: "instrument",
    },
    Contender {
        name: "fastrace",
        attribute: Some("#[fastrace::trace]"),
        rival: "instrument",
    },
];

impl Contender {
    /// The name of its crate, which must not be that of a dependency.
    pub(crate) fn package(&self) -> String {
        format!("contender-{}", self.name)
    }

    /// The attribute for a function in which the expression `user` is the user's id, and which
    /// returns a `Result` if it is `fallible`.
    pub(crate) fn attribute(&self, user: &str, fallible: bool) -> String {
        let attribute = self.attribute.unwrap_or_default().replace("USER", user);
        if fallible {
            attribute
        } else {
            attribute.replace(", err", "")
        }
    }

    /// What the table calls it.
    pub(crate) fn title(&self) -> String {
        match self.attribute {
            None => "no attribute".into(),
            Some(_) => format!("`{}`", self.attribute("user_id", true)),
        }
    }
}
