//! Inherent methods and trait methods.

use core::future::ready;
use core::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use whose::{with_session, with_user};

use crate::functions::user;

/// An agent that works for a user.
#[derive(Debug, Default)]
pub struct Agent {
    /// The user.
    pub user: String,
    /// The number of calls.
    pub calls: u32,
}

impl Agent {
    /// A method by reference.
    #[must_use]
    #[with_user(self.user)]
    pub fn name(&self) -> &str {
        &self.user
    }

    /// A method by mutable reference.
    #[whose::trace(user = self.user, fields(calls = self.calls), input, output)]
    pub async fn call(&mut self, more: u32) -> &mut u32 {
        ready(()).await;
        self.calls = self.calls.saturating_add(more);
        &mut self.calls
    }

    /// A method by value.
    #[must_use]
    #[whose::trace(user = self.user)]
    pub fn into_name(self) -> String {
        self.user
    }

    /// A method by `Arc`.
    #[with_session(self.calls, user = self.user)]
    pub async fn shared(self: Arc<Self>) -> Option<String> {
        ready(()).await;
        user()
    }
}

/// A tool with `async fn` in the trait.
pub trait Tool {
    /// The name of the tool.
    fn name(&self) -> String;

    /// A sync default method.
    #[with_user(from = self.name())]
    fn run(&self) -> Option<String> {
        user()
    }

    /// An async method.
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

/// A tool for use as a trait object.
#[async_trait]
pub trait Dynamic: Send + Sync {
    /// A method without an attribute in the implementation.
    #[with_user("default")]
    async fn defaulted(&self) -> Option<String> {
        ready(()).await;
        user()
    }

    /// A method with an attribute in the implementation.
    async fn traced(&mut self, (text, size): (&str, usize)) -> Result<usize, String>;

    /// A method whose output is a future.
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
