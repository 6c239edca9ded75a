//! The parts that views share.

mod badges;
mod chat;
mod class_filter;
mod empty;
mod facts;
mod key_pager;
mod pager;
mod record_table;
mod share_bar;
mod source;
mod stacked_bar;
mod table;
mod timeline;
mod trend;
mod value;

pub(super) use badges::{class_badge, record_href, session_link, source_badge, subject, user_link};
pub(super) use chat::chat;
pub(super) use class_filter::{class_chips, class_filter, shown_classes, with_classes};
pub(super) use empty::empty_state;
pub(super) use facts::facts;
pub(super) use key_pager::{key_pager, without_page};
pub(super) use pager::{PAGE_ROWS, list_pager, pager};
pub(super) use record_table::record_table;
pub(super) use share_bar::share_bar;
pub(super) use source::{reason_class, source_class, source_legend, source_of};
pub(super) use stacked_bar::{BarPart, stacked_bar, text as bar_text};
pub(super) use table::Table;
pub(super) use timeline::{TimelineOf, timeline};
pub(super) use trend::{TREND_PARTS, bars, chart, day_bars, line};
pub(super) use value::Value;
