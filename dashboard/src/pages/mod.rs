//! The pages: one file a view, and the parts that views share.

mod attribution;
mod components;
mod conversation;
mod health;
mod layout;
mod live;
mod page_error;
mod paging;
mod person;
mod record;
mod replay;
mod sessions;
mod statements;
mod unattributed;
mod users;
mod view;

pub(crate) use attribution::AttributionView;
pub(crate) use conversation::ConversationView;
pub(crate) use health::HealthView;
pub(crate) use layout::{error_page, page};
pub(crate) use live::{LiveView, live_records};
pub(crate) use page_error::PageError;
pub(crate) use person::PersonView;
pub(crate) use record::RecordView;
pub(crate) use replay::{SessionView, TraceView};
pub(crate) use sessions::SessionsView;
pub(crate) use statements::statements_page;
pub(crate) use unattributed::UnattributedView;
pub(crate) use users::UsersView;
pub(crate) use view::{PageContext, TextView, View};
