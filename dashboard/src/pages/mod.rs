//! The pages: one file a view, and the parts that views share.

mod components;
mod layout;
mod page_error;
mod statements;
mod users;
mod view;

pub(crate) use layout::{error_page, page};
pub(crate) use page_error::PageError;
pub(crate) use statements::statements_page;
pub(crate) use users::UsersView;
pub(crate) use view::{PageContext, View};
