//! What each record has to have, computed from the number of its request alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use whose::names::http::{PATH, SERVER_SPAN};
use whose::{Actor, Record, RecordType};
use whose_tests::recorder::recorder;

/// The text that begins the message of a panic of the service.
pub(crate) const MARK: &str = "load ";
const USERS: u32 = 50;
const OPERATORS: u32 = 5;

/// One run of the service.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) name: &'static str,
    emitted: &'static AtomicUsize,
}

static MANY: AtomicUsize = AtomicUsize::new(0);
static ONE: AtomicUsize = AtomicUsize::new(0);

impl Run {
    pub(crate) const MANY: Self = Self {
        name: "many",
        emitted: &MANY,
    };
    pub(crate) const ONE: Self = Self {
        name: "one",
        emitted: &ONE,
    };

    /// Notes that the service has made records.
    pub(crate) fn emits(self, records: usize) {
        self.emitted.fetch_add(records, SeqCst);
    }

    pub(crate) fn emitted(self) -> usize {
        self.emitted.load(SeqCst)
    }
}

/// The place of a record in the work of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// After the login.
    Own,
    /// In an agent that acts for the user.
    Agent,
    /// In the request, before the login or after the logout.
    Unknown,
    /// In a task that carries nothing.
    Uncarried,
    /// In a job for the next customer, inside the request.
    Other,
}

impl Step {
    const ALL: [Self; 5] = [
        Self::Own,
        Self::Agent,
        Self::Unknown,
        Self::Uncarried,
        Self::Other,
    ];

    /// The key of a record: the run, the step and the number of the request.
    pub(crate) fn key(self, run: Run, request: u32) -> String {
        format!("{MARK}{}:{self:?}:{request}", run.name)
    }

    fn of_key(key: &str, run: Run) -> Option<(Self, u32)> {
        let mut parts = key.strip_prefix(MARK)?.split(':');
        let (name, step, request) = (parts.next()?, parts.next()?, parts.next()?);
        let step = Self::ALL.into_iter().find(|it| format!("{it:?}") == step)?;
        (name == run.name).then_some((step, request.parse().ok()?))
    }
}

pub(crate) fn customer(request: u32) -> String {
    format!("customer-{}", request % USERS)
}

/// Every third customer acts without an operator.
pub(crate) fn operator(request: u32) -> Option<String> {
    (!request.is_multiple_of(3)).then(|| format!("operator-{}", request % OPERATORS))
}

pub(crate) fn session(request: u32) -> String {
    format!("session-{request}")
}

pub(crate) fn planner(request: u32) -> String {
    format!("planner-{request}")
}

pub(crate) fn clerk(request: u32) -> String {
    format!("clerk-{request}")
}

/// What a record states, or has to state.
#[derive(Debug, Default, PartialEq)]
struct Facts {
    user: Option<String>,
    actors: Vec<String>,
    session: Option<String>,
    /// The value of the flag of the request; only errors have flags.
    flag: Option<String>,
    /// The agent of a model call.
    agent: Option<String>,
    /// The line of the service that sets the user.
    site: Option<&'static str>,
}

/// The lines of the service that set the user of a step.
fn setting_lines(step: Step) -> &'static [&'static str] {
    match step {
        Step::Own | Step::Agent => &[
            "whose::set_user(customer(request));",
            "#[whose::with_user(from = customer, actor = operator, identify)]",
        ],
        Step::Other => &["whose::set_user(customer(request + 1));"],
        Step::Unknown | Step::Uncarried => &[],
    }
}

/// The line of the service at the call site that set the user.
fn setting_line(record: &Record) -> Option<&'static str> {
    let site = record.user_call_site()?;
    let is_of_service = site.file.ends_with("operators_under_load/service.rs");
    let mut lines = include_str!("service.rs").lines();
    let line = lines.nth(site.line as usize - 1).filter(|_| is_of_service);
    Some(line.map_or(site.file, str::trim))
}

impl Facts {
    fn expected(record: &Record, step: Step, request: u32) -> Self {
        let own = || (Some(customer(request)), operator(request));
        let (user, mut actors) = match step {
            Step::Own | Step::Agent => own(),
            Step::Other => (Some(customer(request + 1)), Some(clerk(request))),
            Step::Unknown | Step::Uncarried => (None, None),
        };
        let agent = (step == Step::Agent).then(|| planner(request));
        let is_carried = step != Step::Uncarried;
        let is_error = record.record_type() == RecordType::Error;
        Self {
            user,
            actors: agent.clone().into_iter().chain(actors.take()).collect(),
            session: is_carried.then(|| session(request)),
            flag: (is_carried && is_error).then(|| request.to_string()),
            agent: agent.filter(|_| record.model_usage().is_some()),
            // Any of the lines that can set the user.
            site: setting_line(record)
                .filter(|line| setting_lines(step).contains(line))
                .or(setting_lines(step).first().copied()),
        }
    }

    fn of(record: &Record) -> Self {
        let flag =
            |(key, value): (&str, &whose::Value)| (key == "request").then(|| value.to_string());
        let usage = record.model_usage();
        let agent = usage.and_then(|_| record.field("gen_ai.agent.name")?.as_str());
        Self {
            user: record.user_id().map(str::to_owned),
            actors: record.actors().map(Actor::id).map(str::to_owned).collect(),
            session: record.session_id().map(str::to_owned),
            flag: record.flags().find_map(flag),
            agent: agent.map(str::to_owned),
            site: setting_line(record),
        }
    }
}

/// How a value compares with the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Right,
    Missing,
    Wrong,
}

/// The comparison of all records of a run.
#[derive(Default)]
pub(crate) struct Audit {
    /// The spans of requests.
    pub(crate) spans: usize,
    /// The other records of the service.
    pub(crate) records: usize,
    /// The errors that have to have a flag.
    pub(crate) flags: usize,
    pub(crate) counts: BTreeMap<String, BTreeMap<Verdict, usize>>,
    /// The first faults.
    pub(crate) faults: Vec<String>,
}

impl Audit {
    pub(crate) fn of(run: Run) -> Self {
        let mut audit = Self::default();
        for record in recorder().records() {
            if let Some(request) = request_of_span(&record, run) {
                audit.spans += 1;
                audit.compare("span of request", &record, Step::Own, request);
            } else if let Some((step, request)) = key_of(&record, run) {
                audit.records += 1;
                audit.compare("record", &record, step, request);
            }
        }
        audit
    }

    fn compare(&mut self, of: &str, record: &Record, step: Step, request: u32) {
        let (is, wanted) = (Facts::of(record), Facts::expected(record, step, request));
        let verdict = |is_right, is_empty| match (is_right, is_empty) {
            (true, _) => Verdict::Right,
            (false, true) => Verdict::Missing,
            (false, false) => Verdict::Wrong,
        };
        let parts = [
            ("user", verdict(is.user == wanted.user, is.user.is_none())),
            (
                "actors",
                verdict(is.actors == wanted.actors, is.actors.is_empty()),
            ),
            (
                "session",
                verdict(is.session == wanted.session, is.session.is_none()),
            ),
            ("flag", verdict(is.flag == wanted.flag, is.flag.is_none())),
            (
                "agent",
                verdict(is.agent == wanted.agent, is.agent.is_none()),
            ),
            (
                "call site of user",
                verdict(is.site == wanted.site, is.site.is_none()),
            ),
        ];
        for (part, verdict) in parts {
            let counts = self.counts.entry(format!("{of}: {part}")).or_default();
            *counts.entry(verdict).or_default() += 1;
        }
        self.flags += usize::from(wanted.flag.is_some());
        if is != wanted && self.faults.len() < 10 {
            let (name, path) = (record.name(), record.field(PATH.name));
            let fault = format!("{name} {path:?} {step:?} {request}: {is:?}, not {wanted:?}");
            self.faults.push(fault);
        }
    }
}

/// How many spans of requests have closed.
pub(crate) fn closed_requests(run: Run) -> usize {
    let records = recorder().records();
    let spans = records
        .iter()
        .filter_map(|record| request_of_span(record, run));
    spans.count()
}

/// The number of the request, if the record is the span of a request.
fn request_of_span(record: &Record, run: Run) -> Option<u32> {
    let path = record
        .field(PATH.name)
        .filter(|_| record.name() == SERVER_SPAN);
    let mut parts = path?.as_str()?.split('/').skip(1);
    let name = parts.next()?;
    parts.nth(1)?.parse().ok().filter(|_| name == run.name)
}

/// The key of the record: a field of its own, the model, the job, or the message of the panic.
fn key_of(record: &Record, run: Run) -> Option<(Step, u32)> {
    let field = record.field("key").and_then(|key| key.as_str());
    let model = record.model_usage().map(|usage| usage.model);
    let job = record.check_in().map(|check_in| check_in.monitor);
    let mut keys = [field, model, job, record.message()].into_iter();
    keys.find_map(|key| Step::of_key(key?, run))
}
