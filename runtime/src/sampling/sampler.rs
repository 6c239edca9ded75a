use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::model::AsId;
use crate::record::{Kind, Record, RecordType, Status};
use crate::sampling::rate::Rate;

/// Chooses the records that a sink receives, by their trace.
///
/// Use a sampler where a sink cannot take every record, or where every record costs too much. The
/// decision is made at the sink, when the record is finished: an error and a slow span are kept
/// although nobody could know before. A kept record carries a [weight](Record::weight), the number
/// of records that it stands for, so that sums over the records stay right: the store counts weights,
/// and not records.
///
/// From strongest to weakest:
///
/// 1. Always kept, with weight 1: links, scores, check-ins of jobs, and model calls, unless
///    [`sample_model_calls`](Self::sample_model_calls). Then what the rules `keep_*` name.
/// 2. The rate of the user, then the rate of the kind, then [`rate`](Self::rate), which is 1 by
///    default.
///
/// A rate keeps or leaves out a trace as a whole, in every process. A record without a trace, such as
/// an event outside every span, is kept at random.
///
/// ```
/// use std::time::Duration;
/// use whose::{Kind, Sampler};
/// # use std::sync::Arc;
/// # struct MySink;
/// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
///
/// let sampled = Sampler::new()
///     .rate(0.1)
///     .rate_for_kind(Kind::Agent, 0.5)
///     .keep_users(["vip"])
///     .keep_errors()
///     .keep_slower_than(Duration::from_secs(1))
///     .sample(MySink);
/// let layer = whose::layer().with_sink(sampled);
/// # drop(layer);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a sampler samples the records of a sink: `.sample(sink)`"]
pub struct Sampler {
    rate: Rate,
    kinds: Vec<(Kind, Rate)>,
    users: HashMap<String, Rate>,
    sessions: HashSet<String>,
    keeps_errors: bool,
    slower_than: Option<Duration>,
    samples_model_calls: bool,
}

impl Default for Sampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Sampler {
    /// A sampler that keeps every record.
    pub fn new() -> Self {
        Self {
            rate: Rate::ALL,
            kinds: Vec::new(),
            users: HashMap::new(),
            sessions: HashSet::new(),
            keeps_errors: false,
            slower_than: None,
            samples_model_calls: false,
        }
    }

    /// Sets the share of the traces that are kept, from 0 to 1. A rate outside becomes the nearest
    /// one, and its call site is warned about once; so it is for every rate.
    #[track_caller]
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = Rate::new(rate);
        self
    }

    /// Sets the rate of the spans of one [kind](Record::kind).
    #[track_caller]
    pub fn rate_for_kind(mut self, kind: Kind, rate: f64) -> Self {
        self.kinds.retain(|(known, _)| *known != kind);
        self.kinds.push((kind, Rate::new(rate)));
        self
    }

    /// Sets the rate of the records of one user.
    ///
    /// Where a [`Policy`](crate::Policy) replaces the id, `user_id` is the
    /// [pseudonym](crate::PolicyKey::pseudonym). A record from before the login of a user has no
    /// user yet.
    #[track_caller]
    pub fn rate_for_user(mut self, user_id: impl AsId, rate: f64) -> Self {
        let rate = Rate::new(rate);
        if let Some(id) = user_id.as_id() {
            self.users.insert(id.to_string(), rate);
        }
        self
    }

    /// Keeps every record of these users: a rate of 1 for each.
    pub fn keep_users(mut self, user_ids: impl IntoIterator<Item = impl AsId>) -> Self {
        for id in user_ids {
            self = self.rate_for_user(id, 1.0);
        }
        self
    }

    /// Keeps every record of these sessions.
    pub fn keep_sessions(mut self, session_ids: impl IntoIterator<Item = impl AsId>) -> Self {
        for id in session_ids {
            self.sessions.extend(id.as_id().map(|id| id.to_string()));
        }
        self
    }

    /// Keeps every error and every failed span, also where their trace is left out.
    pub fn keep_errors(mut self) -> Self {
        self.keeps_errors = true;
        self
    }

    /// Keeps every span that was open for longer, also where its trace is left out.
    pub fn keep_slower_than(mut self, duration: Duration) -> Self {
        self.slower_than = Some(duration);
        self
    }

    /// Samples model calls like other records.
    ///
    /// By default every record with [model usage](Record::model_usage) is kept, so that costs are
    /// exact. With this setting costs are estimates.
    pub fn sample_model_calls(mut self) -> Self {
        self.samples_model_calls = true;
        self
    }

    /// The rate of a record.
    pub(super) fn rate_of(&self, record: &Record) -> Rate {
        if self.rate == Rate::ALL && self.kinds.is_empty() && self.users.is_empty() {
            return Rate::ALL;
        }
        let general = || self.rate_of_kind(record).unwrap_or(self.rate);
        let rate = self.rate_of_user(record).unwrap_or_else(general);
        match rate != Rate::ALL && self.always_keeps(record) {
            true => Rate::ALL,
            false => rate,
        }
    }

    fn rate_of_user(&self, record: &Record) -> Option<Rate> {
        if self.users.is_empty() {
            return None;
        }
        let user = record.user_id().or_else(|| record.user_hash())?;
        self.users.get(user).copied()
    }

    fn rate_of_kind(&self, record: &Record) -> Option<Rate> {
        if self.kinds.is_empty() {
            return None;
        }
        let kind = record.kind()?;
        let mut kinds = self.kinds.iter();
        kinds
            .find(|(known, _)| *known == kind)
            .map(|(_, rate)| *rate)
    }

    fn always_keeps(&self, record: &Record) -> bool {
        let is_error =
            || record.record_type() == RecordType::Error || record.status() == Status::Error;
        let is_slow = || {
            let slower_than = self.slower_than.zip(record.duration());
            slower_than.is_some_and(|(limit, duration)| duration > limit)
        };
        let is_of_session = || {
            let session = record.session_id();
            session.is_some_and(|session| self.sessions.contains(session))
        };
        record.record_type() == RecordType::Link
            || (self.keeps_errors && is_error())
            || is_slow()
            || (!self.sessions.is_empty() && is_of_session())
            || (!self.samples_model_calls && record.model_usage().is_some())
            || record.check_in().is_some()
            || record.score().is_some()
    }
}
