//! The values of a scope.

use std::mem::forget;
use std::panic::Location;

use serde::Serialize;

use crate::diagnostics::truncation::attribute;
use crate::frame::{Frame, Given, ScopeData, Slot};
#[cfg(feature = "tower")]
use crate::model::User;
use crate::model::{AsActor, AsId, AsText, AsUser, ConversationId, SessionId, Source, Tags};
use crate::scope::scope::{Scope, ScopeState};
use crate::user_code;
use crate::util::SetAt;

impl Scope {
    /// Sets the user; `None` sets nothing.
    #[inline]
    #[track_caller]
    pub fn user(self, user: impl AsUser) -> Self {
        let caller = Location::caller();
        if let ScopeState::Nothing = self.state {
            // Dropping an empty scope would be a function call.
            forget(self);
            return Self::of_user(&user);
        }
        match attribute(|| user.as_user()) {
            Some(user) => self.update(|data| {
                data.user = Slot::Set(user);
                data.user_set_at = SetAt::Call(caller);
            }),
            None => self,
        }
    }

    /// Sets the session; `None` sets nothing.
    #[track_caller]
    pub fn session(self, session: impl AsId) -> Self {
        let caller = Location::caller();
        attribute(|| {
            // Evaluate these first, because they run code of the application.
            let (id, previous) = (session.as_id(), session.previous_id());
            match id.filter(|id| !id.is_empty()) {
                Some(id) => self.update(|data| {
                    SessionId::put(&mut data.session, &id, previous);
                    data.session_set_at = SetAt::Call(caller);
                }),
                None => self,
            }
        })
    }

    /// As [`user`](Self::user), with the call site.
    #[cfg(feature = "tower")]
    pub(crate) fn with_user_at(self, user: User, set_at: &'static Location<'static>) -> Self {
        self.update(|data| {
            data.user = Slot::Set(user);
            data.user_set_at = SetAt::Call(set_at);
        })
    }

    /// As [`session`](Self::session), with the call site.
    #[cfg(feature = "tower")]
    pub(crate) fn with_session_at(
        self,
        session: SessionId,
        set_at: &'static Location<'static>,
    ) -> Self {
        self.update(|data| {
            data.session = Some(session);
            data.session_set_at = SetAt::Call(set_at);
        })
    }

    /// Sets the conversation; `None` sets nothing.
    #[track_caller]
    pub fn conversation(self, conversation: impl AsId) -> Self {
        let caller = Location::caller();
        match attribute(|| ConversationId::of(&conversation)) {
            Some(id) => self.made_at(caller).update(|data| {
                let values = data.data.get_or_insert_default();
                values.set_conversation(Some(id));
            }),
            None => self,
        }
    }

    /// Adds an actor, who acts for the actors and the user of the scope; `None` sets nothing.
    ///
    /// A scope that names another user than the scope outside also states who acts: the actors
    /// outside do not act for that user. A scope without a user, and a scope that names the same
    /// user again, add to the actors outside.
    ///
    /// ```
    /// whose::user("alice").actor("operator-2").in_scope(|| {
    ///     assert_eq!(whose::current().actor_id(), Some("operator-2"));
    ///     whose::user("bob").in_scope(|| assert_eq!(whose::current().actor_id(), None));
    /// });
    /// ```
    #[track_caller]
    pub fn actor(self, actor: impl AsActor) -> Self {
        let caller = Location::caller();
        match attribute(|| Some(actor.as_actor()?.into_owned())) {
            Some(actor) => self.made_at(caller).update(|data| data.add_actor(actor)),
            None => self,
        }
    }

    /// Adds a tag; `None` sets nothing. An invalid key is dropped and counted.
    #[track_caller]
    pub fn tag(self, key: impl AsRef<str>, value: impl AsText) -> Self {
        attribute(|| {
            // Evaluate these first, because they run code of the application.
            match (key.as_ref(), value.as_text()) {
                (key, Some(value)) if Tags::takes(key) => self.put_tag(key, &value),
                _ => self,
            }
        })
    }

    /// Sets a tag with a valid key. Not generic, so that the types of keys and values share the code.
    #[inline(never)]
    fn put_tag(self, key: &str, value: &str) -> Self {
        self.update(|data| data.tags.put(key, value))
    }

    /// Adds several tags.
    ///
    /// ```
    /// whose::Scope::new().tags([("plan", "pro"), ("region", "eu-1")]).in_scope(|| {
    ///     assert_eq!(whose::current().tag("region"), Some("eu-1"));
    /// });
    /// ```
    #[track_caller]
    pub fn tags<K: AsRef<str>, V: AsText>(self, tags: impl IntoIterator<Item = (K, V)>) -> Self {
        let caller = Location::caller();
        attribute(|| self.add_tags(caller, Tags::collect(tags)))
    }

    /// Adds an extra value, which is serialised now. A value that cannot be serialised is left out
    /// and counted.
    ///
    /// ```
    /// whose::Scope::new().extra("cart", ["book", "pen"]).in_scope(|| {
    ///     assert_eq!(whose::current().extra("cart").unwrap()[0], "book");
    /// });
    /// ```
    #[track_caller]
    pub fn extra(self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        let caller = Location::caller();
        attribute(|| match user_code::to_bounded_json(&value) {
            Some(value) => self.made_at(caller).update(|data| {
                let values = data.data.get_or_insert_default();
                values.set_extra(key.as_ref(), Some(value));
            }),
            None => self,
        })
    }

    /// Adds a context, a map of values under a name, which is serialised now.
    ///
    /// ```
    /// let app = serde_json::json!({ "version": "1.2" });
    /// whose::Scope::new().context("app", app).in_scope(|| {
    ///     assert_eq!(whose::current().context("app").unwrap()["version"], "1.2");
    /// });
    /// ```
    #[track_caller]
    pub fn context(self, name: impl AsRef<str>, value: impl Serialize) -> Self {
        let caller = Location::caller();
        attribute(|| match user_code::to_context(&value) {
            Some(value) => self.made_at(caller).update(|data| {
                let values = data.data.get_or_insert_default();
                values.set_context(name.as_ref(), Some(value));
            }),
            None => self,
        })
    }

    fn add_tags(self, caller: &'static Location<'static>, tags: Tags) -> Self {
        if tags.is_empty() {
            return self;
        }
        self.made_at(caller).update(|data| data.tags.extend(tags))
    }

    /// Marks the values of the scope as sent by another process that the application trusts.
    ///
    /// The user then applies ([`Source::Remote`]) only while no scope outside has a user and no
    /// write into the scope sets one: an identity from outside never overrides an authenticated
    /// identity. A session and actors follow the same rule. Set user, session and actors before this
    /// call.
    ///
    /// ```
    /// use whose::{Scope, Source};
    ///
    /// let from_header = Scope::isolated().user("alice").remote();
    /// from_header.in_scope(|| {
    ///     assert_eq!(whose::current().user_source(), Some(Source::Remote));
    ///     whose::set_user("bob"); // authenticated here
    ///     assert_eq!(whose::current().user_id(), Some("bob"));
    /// });
    /// ```
    pub fn remote(self) -> Self {
        if let Some(Frame::Isolated(isolated)) = self.frame() {
            let _ = isolated.write(|vars| {
                let written =
                    std::mem::replace(&mut vars.written, ScopeData::empty(Source::Isolation));
                vars.remote = Some(written.with_source(Source::Remote));
                // The user is from another process, so no user was given to the scope here.
                vars.given = Given::default();
                vars.identified = None;
            });
            return self;
        }
        match &self.state {
            ScopeState::Frame(_) | ScopeState::Added(_) => {
                self.update(|data| *data = data.clone().with_source(Source::Remote))
            }
            // An empty scope has no value to mark. A captured scope keeps its sources.
            ScopeState::Nothing | ScopeState::Captured(_) => self,
        }
    }

    #[track_caller]
    pub(crate) fn into_anonymous(self) -> Self {
        let caller = Location::caller();
        self.update(|data| {
            data.user = Slot::Anonymous;
            data.user_set_at = SetAt::Call(caller);
        })
    }
}
