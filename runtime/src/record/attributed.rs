//! The attribution of a record.

use serde_json::Value as Json;

use crate::model::{Actor, Attribution, ScopeId, Source, UnattributedReason, User};
use crate::record::record::Record;
use crate::util::CallSite;

impl Record {
    /// The user, the session and the tags of the record, with their sources.
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

    /// The pseudonym that a [`Policy`](crate::Policy) wrote in place of the id of the user.
    #[must_use]
    pub fn user_hash(&self) -> Option<&str> {
        self.user()?.hash()
    }

    /// The id of the session.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.attribution.session_id()
    }

    /// The id of the session that the session continues: see
    /// [`Session::with_previous_id`](crate::Session::with_previous_id).
    #[must_use]
    pub fn previous_session_id(&self) -> Option<&str> {
        self.attribution.previous_session_id()
    }

    /// The kind of frame that set the user; `None` without a user.
    #[must_use]
    pub fn user_source(&self) -> Option<Source> {
        self.attribution.user_source()
    }

    /// Why the record has no user; `None` with a user.
    #[must_use]
    pub fn unattributed(&self) -> Option<UnattributedReason> {
        self.attribution.unattributed()
    }

    /// The isolated scope of a record without a user, or of a [link](crate::RecordType::Link).
    ///
    /// A request makes records before its user is known, and these records do not change. When
    /// their isolated scope is first given a user, the layer makes one record of type
    /// [`RecordType::Link`](crate::RecordType::Link). The link carries the same scope id, the user,
    /// the session, the actors, and the time of the write. A store joins both by the scope id, and assigns the
    /// user to the records that started before the link. Where the scope is given a session or
    /// actors after its user, another link carries all of them.
    ///
    /// No other scope of any process has the same id.
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

    /// The kind of frame that set the session; `None` without a session.
    #[must_use]
    pub fn session_source(&self) -> Option<Source> {
        self.attribution.session_source()
    }

    /// The call site that set the user, or made the scope anonymous; `None` if neither was set.
    ///
    /// Use the call site to find the code that set an unexpected user. A user that is set on the record
    /// itself has the call site of the record.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// let (scope, line) = (whose::user("alice"), line!());
    /// scope.in_scope(|| tracing::info!("hello"));
    /// assert_eq!(rec.events()[0].user_call_site().map(|site| site.line), Some(line));
    /// ```
    #[must_use]
    pub fn user_call_site(&self) -> Option<CallSite> {
        match self.user_source() {
            Some(Source::Explicit) => self.call_site,
            _ => self.attribution.user_call_site(),
        }
    }

    /// The call site that set the session: see [`user_call_site`](Self::user_call_site).
    #[must_use]
    pub fn session_call_site(&self) -> Option<CallSite> {
        match self.session_source() {
            Some(Source::Explicit) => self.call_site,
            _ => self.attribution.session_call_site(),
        }
    }

    /// The id of the conversation: see [`conversation`](crate::conversation()).
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.attribution.conversation_id()
    }

    /// Who acted for the user: the innermost [`Actor`]; `None` if the user acted.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.attribution.actor()
    }

    /// The id of the [`actor`](Self::actor).
    #[must_use]
    pub fn actor_id(&self) -> Option<&str> {
        self.attribution.actor_id()
    }

    /// The chain of actors, innermost first: each actor acted for the next one, and the last actor
    /// acted for the user.
    pub fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.attribution.actors()
    }

    /// The kind of frame that set the [`actor`](Self::actor); `None` without an actor.
    #[must_use]
    pub fn actor_source(&self) -> Option<Source> {
        self.attribution.actor_source()
    }

    /// The value of a tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.attribution.tag(key)
    }

    /// The tags, ordered by key.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attribution.tags()
    }

    /// An extra value: see [`set_extra`](crate::set_extra).
    #[must_use]
    pub fn extra(&self, key: &str) -> Option<&Json> {
        self.attribution.extra(key)
    }

    /// The extra values, ordered by key.
    pub fn extras(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.attribution.extras()
    }

    /// A context, which is a JSON object: see [`set_context`](crate::set_context).
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&Json> {
        self.attribution.context(name)
    }

    /// The contexts, ordered by name.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.attribution.contexts()
    }
}
