//! The pages: one file a view, and the parts that views share.

mod components;
mod error;
mod errors;
mod jobs;
mod layout;
mod page_error;
mod scores;
mod statements;
mod time_range;
mod users;
mod view;

pub(crate) use error::ErrorView;
pub(crate) use errors::ErrorsView;
pub(crate) use jobs::JobsView;
pub(crate) use layout::{error_page, page};
pub(crate) use page_error::PageError;
pub(crate) use scores::ScoresView;
pub(crate) use statements::statements_page;
pub(crate) use users::UsersView;
pub(crate) use view::{PageContext, View};
