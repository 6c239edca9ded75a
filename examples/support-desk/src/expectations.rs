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

    fn without_user(&self) -> Self {
        Self {
            user: None,
            session: self.session.clone(),
        }
    }
}

/// Records of one label that a request must leave behind. The label is the name of a span, the
/// message of an event.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedRecords {
    pub(crate) label: &'static str,
    pub(crate) count: usize,
    pub(crate) owner: Owner,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedRequest {
    /// Whose the request is, and with it every record that `expected` does not list.
    pub(crate) owner: Owner,
    pub(crate) expected: Vec<ExpectedRecords>,
    /// The model server failed, which only one that is not ours does.
    pub(crate) unanswered: bool,
}

/// All requests, by their ids.
pub(crate) type Expectations = HashMap<String, ExpectedRequest>;

/// How a question ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    InvoiceExplained,
    InvoiceMissing,
    ModelFailed,
}

impl ExpectedRequest {
    /// A request of which no record is counted.
    pub(crate) fn new(owner: Owner) -> Self {
        Self {
            owner,
            expected: Vec::new(),
            unanswered: false,
        }
    }

    /// Expects records of the request's owner.
    fn expect(self, labels: &[(&'static str, usize)]) -> Self {
        let owner = self.owner.clone();
        self.expect_from(&owner, labels)
    }

    /// Expects records of somebody else, or of nobody.
    fn expect_from(mut self, owner: &Owner, labels: &[(&'static str, usize)]) -> Self {
        let expected = labels.iter().map(|&(label, count)| ExpectedRecords {
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
        Self::new(owner).expect(&[
            ("request", 1),
            ("looks for the account", 1),
            ("signed in", 1),
        ])
    }

    /// A login with an address that has no account.
    pub(crate) fn refused_login(owner: Owner) -> Self {
        Self::new(owner).expect(&[("request", 1), ("looks for the account", 1), ("error", 1)])
    }

    /// A question.
    pub(crate) fn chat(owner: Owner, outcome: Outcome) -> Self {
        let request = Self::new(owner).expect(&[("request", 1), ("asks", 1), ("triage", 1)]);
        if outcome == Outcome::ModelFailed {
            return request.unanswered();
        }
        let request = request.expect(&[("search", 1), ("read_source", 2), ("article found", 2)]);
        let request = match outcome {
            Outcome::InvoiceMissing => {
                let failed = [("billing", 1), ("find_invoice", 1), ("error", 1)];
                return request
                    .expect(&failed)
                    .expect(&[("complete", 1), ("gen_ai.usage", 1)]);
            }
            Outcome::InvoiceExplained => {
                request.expect(&[("billing", 1), ("find_invoice", 1), ("invoice found", 1)])
            }
            _ => request.expect(&[("answer", 1)]),
        };
        request.expect(&[
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
        let request = Self::new(work)
            .expect_from(&operator, &[("request", 1)])
            .expect(&[("reviews a case", 1), ("summarize", 1), ("complete", 1)]);
        match answered {
            true => request.expect(&[("gen_ai.usage", 1)]),
            false => request.unanswered(),
        }
    }

    /// A logout: what comes after it is nobody's. The span of the server is the user's, who was known
    /// while it was open.
    pub(crate) fn logout(owner: Owner) -> Self {
        let without_user = owner.without_user();
        Self::new(without_user)
            .expect_from(&owner, &[("request", 1), ("signs out", 1)])
            .expect(&[("signed out", 1)])
    }
}
