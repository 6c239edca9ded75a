//! What the visitors know of their own requests: which records each must leave behind, and whose
//! they are. It is written down by hand, from what was sent; nothing here asks `whose`.

use std::collections::HashMap;

/// Whom a record must name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user: Option<String>,
    pub(crate) session: Option<String>,
}

impl Owner {
    pub(crate) fn new(user: Option<&str>, session: &str) -> Self {
        Self {
            user: user.map(str::to_owned),
            session: Some(session.to_owned()),
        }
    }

    fn nobody(&self) -> Self {
        Self {
            user: None,
            session: self.session.clone(),
        }
    }
}

/// Records of one label that a request must leave behind. The label is the name of a span, the
/// message of an event.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) label: &'static str,
    pub(crate) count: usize,
    pub(crate) owner: Owner,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Whose the request is, and with it every record that `expected` does not list.
    pub(crate) owner: Owner,
    pub(crate) expected: Vec<Expected>,
    /// The model server failed, which only one that is not ours does.
    pub(crate) unanswered: bool,
}

/// All requests, by their ids.
pub(crate) type Truth = HashMap<String, Known>;

/// How a question ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Answered,
    InvoiceExplained,
    InvoiceMissing,
    ModelFailed,
}

impl Known {
    /// A request of which no record is counted.
    pub(crate) fn new(owner: Owner) -> Self {
        Self {
            owner,
            expected: Vec::new(),
            unanswered: false,
        }
    }

    /// Expects records of the request's owner.
    fn leaves(self, labels: &[(&'static str, usize)]) -> Self {
        let owner = self.owner.clone();
        self.leaves_as(&owner, labels)
    }

    /// Expects records of somebody else, or of nobody.
    fn leaves_as(mut self, owner: &Owner, labels: &[(&'static str, usize)]) -> Self {
        let expected = labels.iter().map(|&(label, count)| Expected {
            label,
            count,
            owner: owner.clone(),
        });
        self.expected.extend(expected);
        self
    }

    /// How far the request came is not known, so only what is there can be right or wrong.
    fn unanswered(self) -> Self {
        Self {
            unanswered: true,
            ..self
        }
    }

    /// A login. The span of the server was opened before the user was known, and is the user's; so is,
    /// by a link, what was logged before.
    pub(crate) fn login(owner: Owner) -> Self {
        Self::new(owner).leaves(&[
            ("request", 1),
            ("looks for the account", 1),
            ("signed in", 1),
        ])
    }

    /// A login with an address that has no account.
    pub(crate) fn refused_login(owner: Owner) -> Self {
        Self::new(owner).leaves(&[("request", 1), ("looks for the account", 1), ("error", 1)])
    }

    /// A question.
    pub(crate) fn chat(owner: Owner, ending: Ending) -> Self {
        let known = Self::new(owner).leaves(&[("request", 1), ("asks", 1), ("triage", 1)]);
        if ending == Ending::ModelFailed {
            return known.unanswered();
        }
        let known = known.leaves(&[("search", 1), ("read_source", 2), ("article found", 2)]);
        let known = match ending {
            Ending::InvoiceMissing => {
                let failed = [("billing", 1), ("find_invoice", 1), ("error", 1)];
                return known
                    .leaves(&failed)
                    .leaves(&[("complete", 1), ("gen_ai.usage", 1)]);
            }
            Ending::InvoiceExplained => {
                known.leaves(&[("billing", 1), ("find_invoice", 1), ("invoice found", 1)])
            }
            _ => known.leaves(&[("answer", 1)]),
        };
        known.leaves(&[
            ("complete", 2),
            ("gen_ai.usage", 2),
            ("mail_transcript", 1),
            ("transcript mailed", 1),
            ("index_question", 1),
            ("question indexed", 1),
        ])
    }

    /// An operator's look into a visitor's case: the work is the operator's, in the session that is
    /// the case; the server's span stays in the session of the operator.
    pub(crate) fn review(operator: Owner, case: &str, answered: bool) -> Self {
        let work = Owner {
            session: Some(case.to_owned()),
            ..operator.clone()
        };
        let known = Self::new(work)
            .leaves_as(&operator, &[("request", 1)])
            .leaves(&[("reviews a case", 1), ("summarize", 1), ("complete", 1)]);
        match answered {
            true => known.leaves(&[("gen_ai.usage", 1)]),
            false => known.unanswered(),
        }
    }

    /// A logout: what comes after it is nobody's. The span of the server is the user's, who was known
    /// while it was open.
    pub(crate) fn logout(owner: Owner) -> Self {
        let nobody = owner.nobody();
        Self::new(nobody)
            .leaves_as(&owner, &[("request", 1), ("signs out", 1)])
            .leaves(&[("signed out", 1)])
    }
}
