//! The ways in which a user gets around a request.

use tracing::{Instrument as _, info_span};
use whose::{Scope, ScopeExt as _};

use super::Work;
use super::owner::Owner;

#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// `.with_scope(..)` around the future.
    WithScope,
    /// An attribute on an asynchronous function.
    WithUser,
    /// An attribute that makes a span.
    Trace,
    /// `set_user` in an isolated scope, after the request's span was opened.
    Login,
    /// A span made in a scope that has ended when the span is entered.
    Instrument,
}

impl Way {
    pub(super) const ALL: [Self; 5] = [
        Self::WithScope,
        Self::WithUser,
        Self::Trace,
        Self::Login,
        Self::Instrument,
    ];
}

impl Work {
    /// Does some work for `owner`, inside work for whoever this is for.
    pub(super) async fn serve(&mut self, owner: Owner, way: Way) {
        let scope = owner.scope();
        let expected = owner.to_string();
        let part = self.part_for(owner.clone());
        let work = async move {
            part.log(way);
            let mut rng = part.rng.clone();
            part.run(rng.usize(2..6)).await;
        };
        match way {
            Way::WithScope => work.with_scope(scope).await,
            Way::WithUser => with_user(&owner, work).await,
            Way::Trace => traced(&owner.user, &owner.session, &expected, work).await,
            Way::Login => self.login(&owner, work).await,
            Way::Instrument => {
                let span = scope.in_scope(|| info_span!("task", expected));
                self.yield_some().await;
                work.instrument(span).await;
            }
        }
    }

    async fn login(&mut self, owner: &Owner, work: impl Future<Output = ()>) {
        let expected = self.owner.identified_late(owner).to_string();
        let login = async {
            let span = info_span!("server", expected);
            async {
                self.log("before the login");
                self.yield_some().await;
                whose::set_user(&owner.user);
                whose::set_session(&owner.session);
                work.await;
            }
            .instrument(span)
            .await;
        };
        login.with_scope(Scope::isolated()).await;
    }
}

#[whose::with_user(owner.user, session = owner.session)]
async fn with_user(owner: &Owner, work: impl Future<Output = ()>) {
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
