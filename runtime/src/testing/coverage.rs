//! The share of a test's records that have a user.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::UnattributedReason;
use crate::record::{Record, RecordType};
use crate::util::CallSite;

/// The share of records that have a user, and the call sites of the others; [`coverage`](super::coverage()) and
/// [`Recorder::coverage`](super::Recorder::coverage) return one.
///
/// Counts spans, events and errors as the command `whose coverage` does: an
/// [`anonymous`](crate::anonymous) record counts as a record with a user, and a record that was
/// made before the login does not.
///
/// ```
/// let records = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| tracing::info!("has a user"));
/// tracing::info!("has none");
///
/// let coverage = records.coverage();
/// assert_eq!(coverage.share(), 0.5);
/// assert_eq!(coverage.call_sites_without_user()[0].call_site.unwrap().file, file!());
/// coverage.assert_at_least(50.0);
/// ```
///
/// ```should_panic
/// let records = whose::testing::Recorder::start();
/// tracing::info!("has no user");
/// records.coverage().assert_at_least(98.0); // the message contains this file and line 2
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    records: usize,
    without_user: usize,
    sites: Vec<CallSiteWithoutUser>,
}

/// A call site with records without a user; see [`Coverage::call_sites_without_user`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSiteWithoutUser {
    /// Whether the records are spans, events or errors.
    pub record_type: RecordType,
    /// The name of the span, or of the call site.
    pub name: String,
    /// The target, usually the path of the module.
    pub target: String,
    /// The file and the line.
    pub call_site: Option<CallSite>,
    /// The number of records of the call site.
    pub records: usize,
    /// The number of records without a user, by reason. Anonymous records are not among them.
    pub without_user: BTreeMap<UnattributedReason, usize>,
}

/// What identifies a call site.
type Key<'a> = (Option<(&'a str, u32)>, &'a str, &'a str, &'static str);

impl Coverage {
    pub(super) fn of<'a>(records: impl Iterator<Item = &'a Record>) -> Self {
        let mut sites: BTreeMap<Key<'a>, CallSiteWithoutUser> = BTreeMap::new();
        let mut coverage = Self::default();
        for record in records.filter(|record| record.record_type() != RecordType::Link) {
            let call_site = record.call_site();
            let key = (
                call_site.map(|site| (site.file, site.line)),
                record.target(),
                record.name(),
                record.record_type().as_str(),
            );
            let site = sites.entry(key).or_insert_with(|| CallSiteWithoutUser {
                record_type: record.record_type(),
                name: record.name().to_owned(),
                target: record.target().to_owned(),
                call_site,
                records: 0,
                without_user: BTreeMap::new(),
            });
            site.records += 1;
            coverage.records += 1;
            let reason = record.unattributed();
            if let Some(reason) = reason.filter(|reason| *reason != UnattributedReason::Anonymous) {
                *site.without_user.entry(reason).or_default() += 1;
                coverage.without_user += 1;
            }
        }
        coverage.sites = sites.into_values().collect();
        coverage.sites.retain(|site| !site.without_user.is_empty());
        // Keeps the order by file and line among equals.
        coverage
            .sites
            .sort_by_key(|site| std::cmp::Reverse(site.count_without_user()));
        coverage
    }

    /// The number of records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// The number of records without a user, except for anonymous ones.
    #[must_use]
    pub fn without_user(&self) -> usize {
        self.without_user
    }

    /// The share of records that have a user or are anonymous: 0 to 1, and 0 without records.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // No test has 2^53 records.
    pub fn share(&self) -> f64 {
        match self.records {
            0 => 0.0,
            records => (records - self.without_user) as f64 / records as f64,
        }
    }

    /// The call sites with records without a user, those with the most first.
    #[must_use]
    pub fn call_sites_without_user(&self) -> &[CallSiteWithoutUser] {
        &self.sites
    }

    /// Fails the test if less than `percent` per cent of the records have a user or are anonymous.
    ///
    /// # Panics
    /// Panics if the share is smaller, with the call sites without a user and advice in the message.
    /// Panics if there is no record, and if `percent` is not from 0 to 100.
    #[track_caller]
    pub fn assert_at_least(&self, percent: f64) {
        // Far below the share of one record, so that 98.1 % of 1,000 are 981 despite rounding.
        const TOLERANCE: f64 = 1e-9;
        assert!(
            (0.0..=100.0).contains(&percent),
            "{percent} is no percentage: the share is from 0 to 100 per cent"
        );
        assert!(
            self.records > 0,
            "there is no record, and a check of nothing fails: keep the recorder while the code runs"
        );
        if self.share() * 100.0 + TOLERANCE < percent {
            panic!("{percent} per cent are required: {self}");
        }
    }
}

impl CallSiteWithoutUser {
    fn count_without_user(&self) -> usize {
        self.without_user.values().sum()
    }
}

/// The share, the call sites without a user, one a line, and advice for each reason.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded down, so that a share below the required one never looks equal.
        let covered = self.records - self.without_user;
        let hundredths = covered * 10_000 / self.records.max(1);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        write!(f, "{whole}")?;
        if rest > 0 {
            write!(f, ".{rest:02}")?;
        }
        let records = self.records;
        write!(f, "% of {records} records have a user or are anonymous")?;
        for site in &self.sites {
            write!(f, "\n  {site}")?;
        }
        let reasons = UnattributedReason::ALL.into_iter();
        let occurs = |reason: &UnattributedReason| {
            let mut sites = self.sites.iter();
            sites.any(|site| site.without_user.contains_key(reason))
        };
        for reason in reasons.filter(occurs) {
            write!(f, "\n{reason}: {}", reason.advice())?;
        }
        Ok(())
    }
}

impl fmt::Display for CallSiteWithoutUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.record_type.as_str())?;
        // The name that `tracing` gives an event repeats the call site.
        if !self.name.starts_with("event ") {
            write!(f, " `{}`", self.name.escape_debug())?;
        }
        match self.call_site {
            Some(call_site) => write!(f, " at {call_site}")?,
            None => write!(f, " of {}", self.target)?,
        }
        write!(
            f,
            ": {} of {} without a user (",
            self.count_without_user(),
            self.records
        )?;
        for (index, (reason, records)) in self.without_user.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{reason} {records}")?;
        }
        f.write_str(")")
    }
}
