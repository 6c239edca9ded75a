//! The contenders.

/// An attribute that is measured.
#[derive(Debug)]
pub(crate) struct Contender {
    /// The short name, which is also the folder of its crate.
    pub(crate) name: &'static str,
    /// The attribute, with `USER` in place of the user's expression. A function that does not
    /// return a `Result` gets the attribute without `, err`.
    attribute: Option<&'static str>,
    /// The name of the equivalent form of `tracing::instrument`: with or without a user.
    pub(crate) rival: &'static str,
}

/// The contender whose build time must not exceed that of its rival.
pub(crate) const OURS: &str = "whose-user";

/// The contender without an attribute.
pub(crate) const PLAIN: &str = "plain";

/// All contenders, in the order of the table.
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
    /// Returns the name of its crate, which must differ from every dependency.
    pub(crate) fn package(&self) -> String {
        format!("contender-{}", self.name)
    }

    /// Returns the attribute for a function whose user id is the expression `user`; a `fallible`
    /// function returns a `Result`.
    pub(crate) fn attribute(&self, user: &str, fallible: bool) -> String {
        let attribute = self.attribute.unwrap_or_default().replace("USER", user);
        if fallible {
            attribute
        } else {
            attribute.replace(", err", "")
        }
    }

    /// Returns the title in the table.
    pub(crate) fn title(&self) -> String {
        match self.attribute {
            None => "no attribute".into(),
            Some(_) => format!("`{}`", self.attribute("user_id", true)),
        }
    }
}
