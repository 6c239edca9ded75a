//! Compares the records with the expectations of the clients.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use whose::{ScopeId, TraceId, UnattributedReason};

use crate::expectations::{BEFORE_LOGIN, Expected, ExpectedRequest, SERVER_SPANS};
use crate::recorder::Observation;
use crate::service::Forgotten;

/// The result of a comparison.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// Records with the right user and session.
    pub(crate) right: usize,
    /// Records without a user for an expected reason, by reason.
    pub(crate) missing: BTreeMap<UnattributedReason, usize>,
    /// Records with the user or the session of another request.
    pub(crate) wrong: Vec<String>,
    /// Records that lost their user or session, or have an unexpected reason.
    pub(crate) unexplained: Vec<String>,
    /// Records before the login that a link attributes to the right user.
    pub(crate) linked: usize,
    /// Records outside every request, rightly without a user.
    pub(crate) outside: usize,
    /// The steps that made the records.
    pub(crate) steps: BTreeSet<String>,
}

impl Audit {
    /// Compares every observation of one run.
    pub(crate) fn of(
        observations: &[Observation],
        known: &HashMap<String, ExpectedRequest>,
        forgotten: Option<Forgotten>,
    ) -> Self {
        let traces = traces(observations);
        let links = links(observations);
        let mut audit = Self::default();
        for one in observations.iter().filter(|one| !one.is_link) {
            let by_trace = || one.trace.and_then(|trace| traces.get(&trace).copied());
            match one.request.as_deref().or_else(by_trace) {
                Some(request) => {
                    // A part of the service adds its name to the id of the request that it serves.
                    let (id, _) = request.split_once('/').unwrap_or((request, ""));
                    match known.get(id) {
                        Some(known) => {
                            audit.compare(one, known, forgotten);
                            audit.compare_links(one, known, &links);
                        }
                        None => audit.wrong.push(format!("no such request: {one:?}")),
                    }
                }
                None => audit.compare_outside(one),
            }
        }
        audit
    }

    fn compare(
        &mut self,
        one: &Observation,
        known: &ExpectedRequest,
        forgotten: Option<Forgotten>,
    ) {
        if !one.is_own {
            return self.compare_of_library(one, known);
        }
        self.steps.insert(one.step.clone());
        let full = known.expected(&one.step);
        let lost = forgotten.and_then(|forgotten| known.expected_without(forgotten, &one.step));
        let is_as = |expected: &Expected| fits(one, expected);
        if is_as(&full) || lost.as_ref().is_some_and(is_as) {
            match one.why {
                None => self.right += 1,
                Some(why) => *self.missing.entry(why).or_default() += 1,
            }
            return;
        }
        let expected = lost.as_ref().unwrap_or(&full);
        let description = format!("{expected:?} was to be, {one:?} is");
        match is_of_somebody_else(one, &full) {
            true => self.wrong.push(description),
            false => self.unexplained.push(description),
        }
    }

    /// Compares the user that a link gives to the record with the user of the request. Each record
    /// before the login has a link.
    fn compare_links(&mut self, one: &Observation, known: &ExpectedRequest, links: &Links<'_>) {
        let scope = one.scope.filter(|_| one.user.is_none());
        let users = scope.and_then(|scope| links.get(&scope));
        let asks = known.who.as_ref().map(|who| &*who.user);
        match users.map_or(&[][..], |users| users) {
            // One link for the user, and one for the session set later.
            users if !users.is_empty() && users.iter().all(|user| asks == Some(*user)) => {
                self.linked += usize::from(BEFORE_LOGIN.contains(&&*one.step));
            }
            [] if asks.is_none() || scope.is_none() || !BEFORE_LOGIN.contains(&&*one.step) => {}
            [] => self.unexplained.push(format!("no link: {one:?}")),
            users => self.wrong.push(format!("linked to {users:?}: {one:?}")),
        }
    }

    /// A library makes records before and after the login, so both expectations are valid.
    fn compare_of_library(&mut self, one: &Observation, known: &ExpectedRequest) {
        let asks = known.who.as_ref();
        let user = asks.map(|who| &*who.user);
        let session = asks.map(|who| &*who.session);
        let is_right = one.user.as_deref().is_none_or(|it| Some(it) == user)
            && one.session.as_deref().is_none_or(|it| Some(it) == session);
        if !is_right {
            self.wrong.push(format!("{asks:?} asks, {one:?} is"));
        }
    }

    fn compare_outside(&mut self, one: &Observation) {
        // The span of a connection that a library opens inside a request, and that is no frame.
        if !one.is_own && one.step.starts_with("span ") {
            return;
        }
        let is_nobodys = one.user.is_none() && one.session.is_none();
        match (is_nobodys, one.why) {
            (true, Some(UnattributedReason::NoScope)) => self.outside += 1,
            (true, _) if one.is_own => self.unexplained.push(format!("outside: {one:?}")),
            (true, _) => {}
            (false, _) => self.wrong.push(format!("outside: {one:?}")),
        }
    }
}

fn fits(one: &Observation, expected: &Expected) -> bool {
    let user = match (&expected.user, &one.user, one.why) {
        (Ok(user), Some(it), _) => user == it,
        (Err(reasons), None, Some(why)) => reasons.contains(&why),
        _ => false,
    };
    user && expected.session == one.session
}

fn is_of_somebody_else(one: &Observation, expected: &Expected) -> bool {
    let is_other =
        |it: &Option<String>, right: Option<&String>| it.is_some() && it.as_ref() != right;
    is_other(&one.user, expected.user.as_ref().ok())
        || is_other(&one.session, expected.session.as_ref())
}

/// The request of each trace: the one of the server's span that the trace begins with. A trace may
/// have records of other requests as well, since a pooled connection keeps the span of the first.
fn traces(observations: &[Observation]) -> HashMap<TraceId, &str> {
    let of_server = |one: &&Observation| SERVER_SPANS.contains(&&*one.step);
    let servers = observations.iter().filter(of_server);
    servers
        .filter_map(|one| Some((one.trace?, one.request.as_deref()?)))
        .collect()
}

type Links<'a> = HashMap<ScopeId, Vec<&'a str>>;

/// The users whom the links give to each scope.
fn links(observations: &[Observation]) -> Links<'_> {
    let mut links = Links::new();
    for one in observations.iter().filter(|one| one.is_link) {
        if let (Some(scope), Some(user)) = (one.scope, &one.user) {
            links.entry(scope).or_default().push(user);
        }
    }
    links
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing: usize = self.missing.values().sum();
        let wrong = self.wrong.len();
        write!(f, "right {}, missing {missing}, wrong {wrong}", self.right)?;
        for (why, count) in &self.missing {
            write!(f, "; {why} {count}")?;
        }
        write!(f, "; linked {}", self.linked)
    }
}
