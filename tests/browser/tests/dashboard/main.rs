//! The pages of `whose serve` in Chromium, driven through ChromeDriver as a person would use them.
//!
//! The example's service fills the store, and the command serves it; both are processes of their own.
//! The list of pages is read from the navigation, so a new view is covered at once.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod accessibility;
mod browser;
mod driver;
mod hostile;
mod keyboard;
mod pages;
mod server;
mod sign_out;
mod theme;
mod together;
mod without_javascript;
