//! Compares the records with the expectations of the clients.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use whose::{ScopeId, TraceId, UnattributedReason};

use crate::expectations::{BEFORE_LOGIN, Expected, ExpectedRequest, SERVER_SPANS};
use crate::observation::Observation;
use crate::service::Forgotten;

/// The result of a comparison.
#[derive(Debug, Default)]
pub struct Audit {
    /// Records with the right user and session.
    pub right: usize,
    /// Records without a user for an expected reason, by reason.
    pub missing: BTreeMap<UnattributedReason, usize>,
    /// Records without a user, rightly, in a tool that shows no reasons.
    pub unattributed: usize,
    /// Records with the user or the session of another request.
    pub wrong: Vec<String>,
    /// Records that lost their user or session, or have an unexpected reason.
    pub unexplained: Vec<String>,
    /// Records before the login that a link attributes to the right user.
    pub linked: usize,
    /// Records outside every request, rightly without a user.
    pub outside: usize,
    /// The steps that made the records.
    pub steps: BTreeSet<String>,
}

impl Audit {
    /// Compares every observation of a run.
    pub fn of(
        observations: &[Observation],
        known: &HashMap<String, ExpectedRequest>,
        forgotten: Option<Forgotten>,
    ) -> Self {
        Self::in_traces(observations, &Traces::of(observations), known, forgotten)
    }

    /// As [`of`](Self::of), where other observations tell the request of each trace: a tool for logs
    /// shows no spans.
    pub fn in_traces(
        observations: &[Observation],
        traces: &Traces,
        known: &HashMap<String, ExpectedRequest>,
        forgotten: Option<Forgotten>,
    ) -> Self {
        let links = links(observations);
        let mut audit = Self::default();
        for observation in observations
            .iter()
            .filter(|observation| !observation.is_link)
        {
            let by_trace = || {
                observation
                    .trace
                    .and_then(|trace| traces.0.get(&trace).map(|request| &**request))
            };
            match observation.request.as_deref().or_else(by_trace) {
                Some(request) => {
                    // A part of the service adds its name to the id of the request that it serves.
                    let (id, _) = request.split_once('/').unwrap_or((request, ""));
                    match known.get(id) {
                        Some(known) => {
                            audit.compare(observation, known, forgotten);
                            audit.compare_links(observation, known, &links);
                        }
                        None => audit
                            .wrong
                            .push(format!("no such request: {observation:?}")),
                    }
                }
                None => audit.compare_outside(observation),
            }
        }
        audit
    }

    fn compare(
        &mut self,
        observation: &Observation,
        known: &ExpectedRequest,
        forgotten: Option<Forgotten>,
    ) {
        if !observation.is_own {
            return self.compare_library_record(observation, known);
        }
        self.steps.insert(observation.step.clone());
        let full = known.expected(&observation.step);
        let lost =
            forgotten.and_then(|forgotten| known.expected_without(forgotten, &observation.step));
        let is_expected = |expected: &Expected| fits(observation, expected);
        if is_expected(&full) || lost.as_ref().is_some_and(is_expected) {
            match (&observation.user, observation.reason) {
                (_, Some(reason)) => *self.missing.entry(reason).or_default() += 1,
                (Some(_), None) => self.right += 1,
                (None, None) => self.unattributed += 1,
            }
            return;
        }
        let expected = lost.as_ref().unwrap_or(&full);
        let description = format!("expected {expected:?}, found {observation:?}");
        match has_other_user(observation, &full) {
            true => self.wrong.push(description),
            false => self.unexplained.push(description),
        }
    }

    /// Compares the user that a link gives to the record with the user of the request. Each record
    /// before the login has a link.
    fn compare_links(
        &mut self,
        observation: &Observation,
        known: &ExpectedRequest,
        links: &Links<'_>,
    ) {
        let scope = observation.scope.filter(|_| observation.user.is_none());
        let users = scope.and_then(|scope| links.get(&scope));
        let identity = known.identity.as_ref().map(|identity| &*identity.user);
        match users.map_or(&[][..], |users| users) {
            // One link for the user, and one link for the session that is set later.
            users if !users.is_empty() && users.iter().all(|user| identity == Some(*user)) => {
                self.linked += usize::from(BEFORE_LOGIN.contains(&&*observation.step));
            }
            [] if identity.is_none()
                || scope.is_none()
                || !BEFORE_LOGIN.contains(&&*observation.step) => {}
            [] => self.unexplained.push(format!("no link: {observation:?}")),
            users => self
                .wrong
                .push(format!("linked to {users:?}: {observation:?}")),
        }
    }

    /// A library makes records before and after the login, so both expectations are valid.
    fn compare_library_record(&mut self, observation: &Observation, known: &ExpectedRequest) {
        let identity = known.identity.as_ref();
        let user = identity.map(|identity| &*identity.user);
        let session = identity.map(|identity| &*identity.session);
        let is_right = observation
            .user
            .as_deref()
            .is_none_or(|id| Some(id) == user)
            && observation
                .session
                .as_deref()
                .is_none_or(|id| Some(id) == session);
        if !is_right {
            self.wrong
                .push(format!("expected {identity:?}, found {observation:?}"));
        }
    }

    fn compare_outside(&mut self, observation: &Observation) {
        // A library opens the span of a connection inside a request. The span is not a frame.
        if !observation.is_own && observation.step.starts_with("span ") {
            return;
        }
        let is_unattributed = observation.user.is_none() && observation.session.is_none();
        match (is_unattributed, observation.reason) {
            (true, Some(UnattributedReason::NoScope)) => self.outside += 1,
            (true, None) if !observation.has_reasons => self.outside += 1,
            (true, _) if observation.is_own => {
                self.unexplained.push(format!("outside: {observation:?}"))
            }
            (true, _) => {}
            (false, _) => self.wrong.push(format!("outside: {observation:?}")),
        }
    }
}

fn fits(observation: &Observation, expected: &Expected) -> bool {
    let user = match (&expected.user, &observation.user, observation.reason) {
        (Ok(user), Some(id), _) => user == id,
        (Err(reasons), None, Some(reason)) => reasons.contains(&reason),
        (Err(_), None, None) => !observation.has_reasons,
        _ => false,
    };
    user && expected.session == observation.session
}

fn has_other_user(observation: &Observation, expected: &Expected) -> bool {
    let is_other =
        |id: &Option<String>, right: Option<&String>| id.is_some() && id.as_ref() != right;
    is_other(&observation.user, expected.user.as_ref().ok())
        || is_other(&observation.session, expected.session.as_ref())
}

/// The request of each trace, which is the request of the server span at the root of the trace. A
/// trace may also have records of other requests, because a pooled connection keeps the span of the
/// first request.
#[derive(Clone, Debug, Default)]
pub struct Traces(HashMap<TraceId, String>);

impl Traces {
    /// The traces of the server spans among the observations.
    #[must_use]
    pub fn of(observations: &[Observation]) -> Self {
        let of_server = |observation: &&Observation| SERVER_SPANS.contains(&&*observation.step);
        let servers = observations.iter().filter(of_server);
        let request = |server: &Observation| Some((server.trace?, server.request.clone()?));
        Self(servers.filter_map(request).collect())
    }
}

type Links<'a> = HashMap<ScopeId, Vec<&'a str>>;

/// The users whom the links give to each scope.
fn links(observations: &[Observation]) -> Links<'_> {
    let mut links = Links::new();
    for observation in observations
        .iter()
        .filter(|observation| observation.is_link)
    {
        if let (Some(scope), Some(user)) = (observation.scope, &observation.user) {
            links.entry(scope).or_default().push(user);
        }
    }
    links
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.values().sum::<usize>() + self.unattributed;
        let wrong = self.wrong.len();
        write!(f, "right {}, missing {missing}, wrong {wrong}", self.right)?;
        for (reason, count) in &self.missing {
            write!(f, "; {reason} {count}")?;
        }
        write!(f, "; linked {}", self.linked)
    }
}
