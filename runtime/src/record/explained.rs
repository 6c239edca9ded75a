//! The explanation of a record.

use crate::model::{ExplainedFrame, ExplainedValue, Explanation, FrameKind, Outcome, Source};
use crate::record::record::Record;
use crate::util::CallSite;

impl Record {
    /// Explains the record: the frames that decided its user, its session and its actors.
    ///
    /// A record keeps the values that won, and their call sites. The frames that lost are known only
    /// where the record is made: see [`explain`](crate::explain).
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// whose::user("alice").in_scope(|| tracing::info!("hello"));
    ///
    /// let why = rec.events()[0].explained();
    /// let frame = why.decided("user").unwrap();
    /// assert_eq!(frame.kind(), whose::FrameKind::Scope);
    /// assert_eq!(frame.call_site().unwrap().file, file!());
    /// ```
    #[must_use]
    pub fn explained(&self) -> Explanation {
        let mut frames = Frames(Vec::new());
        let user_site = self.user_call_site();
        if let Some(source) = self.user_source() {
            let id = self.user_id().unwrap_or_default();
            frames.add(source, user_site, "user", id, Outcome::Wins);
        } else if let Some(source) = self.attribution.anonymous_source() {
            let value = frames.add(source, user_site, "user", "", Outcome::Wins);
            value.is_anonymous = true;
        }
        if let (Some(source), Some(id)) = (self.session_source(), self.session_id()) {
            let site = self.session_call_site();
            frames.add(source, site, "session", id, Outcome::Wins);
        }
        for (at, chained) in self.attribution.chained_actors().iter().enumerate() {
            let outcome = match at {
                0 => Outcome::Wins,
                _ => Outcome::Adds,
            };
            frames.add(chained.source, None, "actor", chained.actor.id(), outcome);
        }
        let mut frames = frames.0;
        frames.sort_by_key(|(source, _)| std::cmp::Reverse(*source));
        Explanation {
            frames: frames.into_iter().map(|(_, frame)| frame).collect(),
            unattributed: self.unattributed(),
        }
    }
}

/// The frames by their source.
struct Frames(Vec<(Source, ExplainedFrame)>);

impl Frames {
    fn add(
        &mut self,
        source: Source,
        call_site: Option<CallSite>,
        name: &str,
        id: &str,
        outcome: Outcome,
    ) -> &mut ExplainedValue {
        let known = self
            .0
            .iter()
            .position(|(known, frame)| *known == source && frame.call_site == call_site);
        let at = known.unwrap_or_else(|| {
            let frame = ExplainedFrame {
                kind: FrameKind::of(source),
                call_site,
                values: Vec::new(),
            };
            self.0.push((source, frame));
            self.0.len() - 1
        });
        let values = &mut self.0[at].1.values;
        values.push(ExplainedValue {
            name: name.into(),
            value: id.into(),
            is_anonymous: false,
            outcome,
            call_site,
        });
        let last = values.len() - 1;
        &mut values[last]
    }
}
