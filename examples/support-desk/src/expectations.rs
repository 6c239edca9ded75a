//! The expected records of each request, and their owners. The visitors derive them from the
//! requests that they sent; only the name of the server span comes from `whose`.

use std::collections::HashMap;

use whose::names::http::SERVER_SPAN;

/// The user, the session, the conversation and the operator of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) conversation: Option<String>,
    /// The operator who acts for the user.
    pub(crate) operator: Option<String>,
}

impl Owner {
    pub(crate) fn new(user: Option<&str>, session: &str) -> Self {
        Self {
            user: user.map(str::to_owned),
            session: Some(session.to_owned()),
            conversation: None,
            operator: None,
        }
    }

    fn without_user(&self) -> Self {
        Self {
            user: None,
            ..self.clone()
        }
    }

    fn acted_for_by(&self, operator: &str) -> Self {
        Self {
            operator: Some(operator.to_owned()),
            ..self.clone()
        }
    }

    fn in_conversation(&self, conversation: &str) -> Self {
        Self {
            conversation: Some(conversation.to_owned()),
            ..self.clone()
        }
    }
}

/// Records with one label. The label is the name of a span or the message of an event.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedRecords {
    pub(crate) label: &'static str,
    pub(crate) count: usize,
    pub(crate) owner: Owner,
}

/// One request that was sent.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedRequest {
    /// The owner of the request, and of every record that `expected` does not list.
    pub(crate) owner: Owner,
    pub(crate) expected: Vec<ExpectedRecords>,
    /// Whether the model server failed. Only an external one does.
    pub(crate) unanswered: bool,
}

/// All requests by id.
pub(crate) type Expectations = HashMap<String, ExpectedRequest>;

/// The outcome of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    InvoiceExplained,
    InvoiceMissing,
    ModelFailed,
}

impl ExpectedRequest {
    /// A request without expected records.
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

    /// Expects records of another owner.
    fn expect_from(mut self, owner: &Owner, labels: &[(&'static str, usize)]) -> Self {
        let expected = labels.iter().map(|&(label, count)| ExpectedRecords {
            label,
            count,
            owner: owner.clone(),
        });
        self.expected.extend(expected);
        self
    }

    /// Marks a request that the model server failed. Later records of the request are unknown.
    fn mark_unanswered(self) -> Self {
        Self {
            unanswered: true,
            ..self
        }
    }

    /// A login. The server span takes the user at its close; a link attributes the earlier event to
    /// the user.
    pub(crate) fn login(owner: Owner) -> Self {
        Self::new(owner).expect(&[
            (SERVER_SPAN, 1),
            ("looks for the account", 1),
            ("signed in", 1),
        ])
    }

    /// A login with an unknown address.
    pub(crate) fn refused_login(owner: Owner) -> Self {
        Self::new(owner).expect(&[(SERVER_SPAN, 1), ("looks for the account", 1), ("error", 1)])
    }

    /// A question in a conversation. The server span is opened before the conversation is known.
    pub(crate) fn chat(owner: &Owner, conversation: &str, outcome: Outcome) -> Self {
        let request = Self::new(owner.in_conversation(conversation))
            .expect_from(owner, &[(SERVER_SPAN, 1)])
            .expect(&[("asks", 1), ("triage", 1)]);
        if outcome == Outcome::ModelFailed {
            return request.mark_unanswered();
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
            ("gen_ai.evaluation.result", 1),
            ("mail_transcript", 1),
            ("transcript mailed", 1),
            ("index_question", 1),
            ("question indexed", 1),
        ])
    }

    /// An operator's review of a case: the records have the user and the session of the case, and the
    /// operator acts. The server span keeps the session of the operator's visit.
    pub(crate) fn review(operator: &str, visit: &str, case: &Owner, answered: bool) -> Self {
        let work = case.acted_for_by(operator);
        let server = Owner::new(case.user.as_deref(), visit);
        // An unknown visitor identifies no request, so nothing states who acts for its span.
        let server = match case.user {
            Some(_) => server.acted_for_by(operator),
            None => server,
        };
        let request = Self::new(work)
            .expect_from(&server, &[(SERVER_SPAN, 1)])
            .expect(&[("reviews a case", 1), ("summarize", 1), ("complete", 1)]);
        match answered {
            true => request.expect(&[("gen_ai.usage", 1)]),
            false => request.mark_unanswered(),
        }
    }

    /// A logout. Later records have no user. The server span keeps the user, who was known while it
    /// was open.
    pub(crate) fn logout(owner: Owner) -> Self {
        let without_user = owner.without_user();
        Self::new(without_user)
            .expect_from(&owner, &[(SERVER_SPAN, 1), ("signs out", 1)])
            .expect(&[("signed out", 1)])
    }
}
