//! The pages: one file a view, and the parts that views share.

mod attribution;
mod components;
mod error;
mod errors;
mod health;
mod jobs;
mod layout;
mod live;
mod page_error;
mod scores;
mod statements;
mod time_range;
mod unattributed;
mod users;
mod view;

pub(crate) use attribution::AttributionView;
pub(crate) use error::ErrorView;
pub(crate) use errors::ErrorsView;
pub(crate) use health::HealthView;
pub(crate) use jobs::JobsView;
pub(crate) use layout::{error_page, page};
pub(crate) use live::{LiveView, live_records};
pub(crate) use page_error::PageError;
pub(crate) use scores::ScoresView;
pub(crate) use statements::statements_page;
pub(crate) use unattributed::UnattributedView;
pub(crate) use users::UsersView;
pub(crate) use view::{PageContext, View};
