//! Authentication.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::task::yield_now;

use super::id::header;
use super::{Id, Shared, log, pool};

/// A signed-in user.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) user: String,
    pub(super) session: String,
}

/// The tokens of the signed-in users.
#[derive(Debug, Default)]
pub(super) struct Accounts(Mutex<HashMap<String, Account>>);

impl Accounts {
    /// The user of the token of a request. The lookup awaits, as a database query does.
    pub(super) async fn of(&self, headers: &HeaderMap) -> Option<Account> {
        yield_now().await;
        self.get(header(headers, "authorization")?)
    }

    pub(super) fn get(&self, token: &str) -> Option<Account> {
        self.tokens().get(token).cloned()
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The middleware that identifies the user during the request.
pub(super) async fn authenticate(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let id = Id::of(request.headers());
    log(&id, "arrived");
    if request.uri().path() == "/pool/before-login" {
        pool::query_before_login(&shared, &id).await;
    }
    match shared.accounts.of(request.headers()).await {
        Some(account) => {
            whose::set_user(&account.user);
            whose::set_session(&account.session);
            log(&id, "identified");
        }
        None => {
            whose::set_anonymous();
            log(&id, "anonymous");
        }
    }
    next.run(request).await
}

/// Signs in and returns the token.
pub(super) async fn login(
    State(shared): State<Arc<Shared>>,
    id: Id,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    let name = |key| Some(header(&headers, key)?.to_owned());
    let account = name("x-user").zip(name("x-session"));
    let (user, session) = account.ok_or(StatusCode::BAD_REQUEST)?;
    log(&id, "login begins");
    yield_now().await;
    whose::set_user(&user);
    whose::set_session(&session);
    log(&id, "signed in");
    let token = format!("{:032x}", fastrand::u128(..));
    let account = Account { user, session };
    shared.accounts.tokens().insert(token.clone(), account);
    Ok(token)
}

/// Signs out.
pub(super) async fn logout(State(shared): State<Arc<Shared>>, id: Id, headers: HeaderMap) {
    log(&id, "logout begins");
    let token = header(&headers, "authorization").unwrap_or_default();
    shared.accounts.tokens().remove(token);
    whose::clear_user();
    yield_now().await;
    log(&id, "signed out");
}

/// Does work for another user. The session stays that of the user of the request.
pub(super) async fn on_behalf(id: Id, headers: HeaderMap) {
    let other = header(&headers, "x-on-behalf").unwrap_or_default();
    log(&id, "handled");
    as_other(&id, other).await;
    log(&id, "back from the other");
    guarded(&id, other);
    log(&id, "back from the guard");
    explicit(&id, other).await;
}

#[whose::with_user(other)]
async fn as_other(id: &Id, other: &str) {
    log(id, "on behalf");
    yield_now().await;
    log(id, "on behalf");
}

fn guarded(id: &Id, other: &str) {
    whose::guard!(user = other);
    log(id, "guarded");
}

#[whose::trace(user_id = other, fields(request = id.as_str()))]
async fn explicit(id: &Id, other: &str) {
    yield_now().await;
    log(id, "explicit");
}
