//! The ways to make a user current around a request.

use tracing::{Instrument as _, info_span};
use whose::{Scope, ScopeExt as _};

use super::Work;
use super::expected_user::ExpectedUser;

#[derive(Clone, Copy, Debug)]
pub(super) enum EntryMethod {
    /// `.with_scope(..)` around the future.
    WithScope,
    /// An attribute on an asynchronous function.
    WithUser,
    /// An attribute that creates a span.
    Trace,
    /// `set_user` in an isolated scope, after the span of the request opens.
    Login,
    /// A span created in a scope that ends before the span is entered.
    Instrument,
}

impl EntryMethod {
    pub(super) const ALL: [Self; 5] = [
        Self::WithScope,
        Self::WithUser,
        Self::Trace,
        Self::Login,
        Self::Instrument,
    ];
}

impl Work {
    /// Does some work for `expected_user`, inside the work of another user.
    pub(super) async fn serve(&mut self, expected_user: ExpectedUser, method: EntryMethod) {
        let scope = expected_user.scope();
        let expected = expected_user.to_string();
        let part = self.part_for(expected_user.clone());
        let work = async move {
            part.log(method);
            let mut rng = part.rng.clone();
            part.run(rng.usize(2..6)).await;
        };
        match method {
            EntryMethod::WithScope => work.with_scope(scope).await,
            EntryMethod::WithUser => with_user(&expected_user, work).await,
            EntryMethod::Trace => {
                traced(&expected_user.user, &expected_user.session, &expected, work).await
            }
            EntryMethod::Login => self.login(&expected_user, work).await,
            EntryMethod::Instrument => {
                let span = scope.in_scope(|| info_span!("task", expected));
                self.yield_some().await;
                work.instrument(span).await;
            }
        }
    }

    async fn login(&mut self, expected_user: &ExpectedUser, work: impl Future<Output = ()>) {
        let expected = self
            .expected_user
            .identified_late(expected_user)
            .to_string();
        let login = async {
            let span = info_span!("server", expected);
            async {
                self.log("before the login");
                self.yield_some().await;
                whose::set_user(&expected_user.user);
                whose::set_session(&expected_user.session);
                work.await;
            }
            .instrument(span)
            .await;
        };
        login.with_scope(Scope::isolated()).await;
    }
}

#[whose::with_user(expected_user.user, session = expected_user.session)]
async fn with_user(expected_user: &ExpectedUser, work: impl Future<Output = ()>) {
    work.await;
}

#[whose::trace(user_id, session_id, fields(expected = %expected))]
async fn traced(
    user_id: &Option<String>,
    session_id: &Option<String>,
    expected: &str,
    work: impl Future<Output = ()>,
) {
    tokio::task::yield_now().await;
    work.await;
}
