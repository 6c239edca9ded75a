pub(crate) mod breadcrumb_hooks;
pub(crate) mod deliver;
pub(crate) mod flag_settings;
#[cfg(feature = "fmt")]
pub(crate) mod kept_identity;
pub(crate) mod message_content;
pub(crate) mod pipeline;
pub(crate) mod processors;
pub(crate) mod required_user;
pub(crate) mod shutdown;
pub(crate) mod sink_list;
pub(crate) mod sink_stats;
pub(crate) mod source_stats;
pub(crate) mod strict;

#[cfg(feature = "fmt")]
pub(crate) use kept_identity::{are_lines_expected, expect_lines, KeptIdentity};
pub use message_content::MessageContent;
pub(crate) use pipeline::Pipeline;
#[cfg(feature = "fmt")]
pub(crate) use processors::{LogLine, Processors};
pub use shutdown::{flush, shutdown, shutdown_guard, ShutdownGuard};
pub use sink_stats::{sinks, SinkStats};
