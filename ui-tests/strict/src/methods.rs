//! Methods, and those of traits.

use core::future::ready;
use core::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use whose::{with_session, with_user};

use crate::functions::user;

/// Somebody who works.
#[derive(Debug, Default)]
pub struct Agent {
    /// For whom.
    pub user: String,
    /// How often.
    pub calls: u32,
}

impl Agent {
    /// By reference.
    #[must_use]
    #[with_user(self.user)]
    pub fn name(&self) -> &str {
        &self.user
    }

    /// By a reference that changes it.
    #[whose::trace(user = self.user, fields(calls = self.calls), input, output)]
    pub async fn call(&mut self, more: u32) -> &mut u32 {
        ready(()).await;
        self.calls = self.calls.saturating_add(more);
        &mut self.calls
    }

    /// By value.
    #[must_use]
    #[whose::trace(user = self.user)]
    pub fn into_name(self) -> String {
        self.user
    }

    /// Shared.
    #[with_session(self.calls, user = self.user)]
    pub async fn shared(self: Arc<Self>) -> Option<String> {
        ready(()).await;
        user()
    }
}

/// What can be done.
pub trait Tool {
    /// Its name.
    fn name(&self) -> String;

    /// At once, by default.
    #[with_user(from = self.name())]
    fn run(&self) -> Option<String> {
        user()
    }

    /// Later.
    fn run_later(&self, text: &str) -> impl Future<Output = Result<usize, String>> + Send;
}

impl Tool for Agent {
    fn name(&self) -> String {
        self.user.clone()
    }

    #[whose::trace(user_id = self.user, input, output, err)]
    async fn run_later(&self, text: &str) -> Result<usize, String> {
        ready(()).await;
        if text.is_empty() {
            return Err(user().unwrap_or_default());
        }
        Ok(text.len())
    }
}

/// What can be done by somebody who is only known as a trait.
#[async_trait]
pub trait Dynamic: Send + Sync {
    /// Without an attribute in the implementation.
    #[with_user("default")]
    async fn defaulted(&self) -> Option<String> {
        ready(()).await;
        user()
    }

    /// With one.
    async fn traced(&mut self, (text, size): (&str, usize)) -> Result<usize, String>;

    /// With a future that is given and polled later.
    async fn later(&self) -> Result<Pin<Box<dyn Future<Output = Option<String>> + Send>>, String>;
}

#[async_trait]
impl Dynamic for Agent {
    #[whose::trace(user = self.user, session = text, input, output, err)]
    async fn traced(&mut self, (text, size): (&str, usize)) -> Result<usize, String> {
        ready(()).await;
        self.calls = self.calls.saturating_add(1);
        if text.is_empty() {
            return Err(user().unwrap_or_default());
        }
        Ok(text.len().saturating_add(size))
    }

    #[whose::trace(user = self.user, err)]
    async fn later(&self) -> Result<Pin<Box<dyn Future<Output = Option<String>> + Send>>, String> {
        ready(()).await;
        if self.user.is_empty() {
            return Err("nobody".to_owned());
        }
        Ok(Box::pin(async { user() }))
    }
}
