//! The pages: one file a view, and the parts that views share.

mod attribution;
mod components;
mod health;
mod layout;
mod live;
mod page_error;
mod search;
mod search_box;
mod search_facets;
mod search_table;
mod statements;
mod unattributed;
mod users;
mod view;

pub(crate) use attribution::AttributionView;
pub(crate) use health::HealthView;
pub(crate) use layout::{error_page, page};
pub(crate) use live::{LiveView, live_records};
pub(crate) use page_error::PageError;
pub(crate) use search::SearchView;
pub(crate) use statements::statements_page;
pub(crate) use unattributed::UnattributedView;
pub(crate) use users::UsersView;
pub(crate) use view::{PageContext, View};
