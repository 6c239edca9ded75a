//! Whose a record is.

use serde_json::Value as Json;

use crate::model::{Attribution, ScopeId, Source, UnattributedReason, User};
use crate::record::record::Record;

impl Record {
    /// Whose the record is, and where each part of the answer came from.
    #[must_use]
    pub fn attribution(&self) -> &Attribution {
        &self.attribution
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.attribution.user()
    }

    /// The id of the user.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.attribution.user_id()
    }

    /// The pseudonym of the user, where a [`Policy`](crate::Policy) has put one in the place of
    /// the id.
    #[must_use]
    pub fn user_hash(&self) -> Option<&str> {
        self.user()?.hash()
    }

    /// The id of the session.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.attribution.session_id()
    }

    /// The id of the session that the session goes on from: see
    /// [`Session::with_previous_id`](crate::Session::with_previous_id).
    #[must_use]
    pub fn previous_session_id(&self) -> Option<&str> {
        self.attribution.previous_session_id()
    }

    /// Where the user came from.
    #[must_use]
    pub fn user_source(&self) -> Option<Source> {
        self.attribution.user_source()
    }

    /// Why the record has no user; `None` where it has one.
    #[must_use]
    pub fn unattributed(&self) -> Option<UnattributedReason> {
        self.attribution.unattributed()
    }

    /// The isolated scope of a record that has no user, or that a [link](crate::RecordType::Link) tells of.
    ///
    /// A request makes records before it knows its user. They stay as they are. When their scope is
    /// first given a user, one record of type [`RecordType::Link`](crate::RecordType::Link) carries
    /// that user, the session, the time of that and the same scope id: a query joins both, and
    /// takes the records that started before. Where the scope is given its session after its user, a
    /// second link carries both. No other scope of any
    /// process has the id.
    ///
    /// ```
    /// use whose::{RecordType, Scope};
    ///
    /// let rec = whose::testing::Recorder::start();
    /// Scope::isolated().in_scope(|| {
    ///     tracing::info!("started processing request");
    ///     whose::set_user("alice");
    /// });
    /// let records = rec.records();
    /// let (event, link) = (&records[0], &records[1]);
    /// assert_eq!(event.user_id(), None);
    /// assert_eq!((link.record_type(), link.user_id()), (RecordType::Link, Some("alice")));
    /// assert!(event.scope_id().is_some() && event.scope_id() == link.scope_id());
    /// ```
    #[must_use]
    pub fn scope_id(&self) -> Option<ScopeId> {
        self.linked.or_else(|| self.attribution.scope_id())
    }

    /// Where the session came from.
    #[must_use]
    pub fn session_source(&self) -> Option<Source> {
        self.attribution.session_source()
    }

    /// A tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.attribution.tag(key)
    }

    /// The tags, in the order of their keys.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attribution.tags()
    }

    /// An extra value: see [`set_extra`](crate::set_extra).
    #[must_use]
    pub fn extra(&self, key: &str) -> Option<&Json> {
        self.attribution.extra(key)
    }

    /// The extra values, in the order of their keys.
    pub fn extras(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.attribution.extras()
    }

    /// A context, which is an object: see [`set_context`](crate::set_context).
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&Json> {
        self.attribution.context(name)
    }

    /// The contexts, in the order of their names.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.attribution.contexts()
    }
}
