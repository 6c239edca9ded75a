//! The pages: one file a view, and the parts that views share.

mod accesses;
mod components;
mod forget;
mod layout;
mod page_error;
mod sign_in;
mod statements;
mod users;
mod view;

pub(crate) use accesses::AccessesView;
pub(crate) use forget::{forget_page, receipt_page, refused_page};
pub(crate) use layout::{error_page, page};
pub(crate) use page_error::PageError;
pub(crate) use sign_in::{moved_page, sign_in_page};
pub(crate) use statements::statements_page;
pub(crate) use users::UsersView;
pub(crate) use view::{PageContext, View};
