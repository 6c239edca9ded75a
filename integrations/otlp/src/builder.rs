//! The builder of a sink.

use std::fmt;
#[cfg(feature = "spool")]
use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Compression, Options, Problems, Protocol, Settings, Variables};
use crate::sink::OtlpSink;
use crate::start::Start;
use crate::startup;

/// A sink with the settings of the environment: the same as [`builder`]`().build()`.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let layer = whose::layer().with_sink(whose_otlp::sink());
/// tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn sink() -> OtlpSink {
    builder().build()
}

/// A builder with the settings of the environment.
///
/// ```
/// let sink = whose_otlp::builder().endpoint("http://localhost:6006").build();
/// # drop(sink);
/// ```
pub fn builder() -> OtlpBuilder {
    OtlpBuilder::default()
}

/// Builds an [`OtlpSink`].
///
/// A setting of the builder wins over the environment. A setting that cannot be used never fails the
/// build: one warning names all of them, as an event with the target `whose`, and the program goes on.
///
/// ```
/// use std::time::Duration;
///
/// let sink = whose_otlp::builder()
///     .endpoint("http://localhost:4318")
///     .header("authorization", "Bearer abc")
///     .compression(whose_otlp::Compression::Gzip)
///     .timeout(Duration::from_secs(5))
///     .build();
/// # drop(sink);
/// ```
#[derive(Clone, Default)]
#[must_use = "call `build`"]
pub struct OtlpBuilder {
    options: Options,
}

/// Shows no setting: a header can be a secret.
impl fmt::Debug for OtlpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpBuilder").finish_non_exhaustive()
    }
}

impl OtlpBuilder {
    /// Sets the endpoint of both signals, such as `http://localhost:4318`. OTLP over HTTP adds
    /// `/v1/traces` and `/v1/logs`.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.options.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the endpoint of spans, which is used as it is.
    pub fn traces_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.options.traces_endpoint = Some(endpoint.into());
        self
    }

    /// Sets the endpoint of log records, which is used as it is.
    pub fn logs_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.options.logs_endpoint = Some(endpoint.into());
        self
    }

    /// Sets the protocol.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.options.protocol = Some(protocol);
        self
    }

    /// Sets the compression.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.options.compression = Some(compression);
        self
    }

    /// Sets the time that the receiver has to answer one request. The default is 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Adds a header to every request, in addition to those of the environment. No warning and no
    /// `Debug` output shows the value.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.push((name.into(), value.into()));
        self
    }

    /// Adds an attribute to the resource, such as `service.namespace`. The service of the layer
    /// ([`Layer::with_service`](whose::Layer::with_service)) wins over this attribute, and this
    /// attribute over the environment.
    pub fn resource_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.resource.push((name.into(), value.into()));
        self
    }

    /// Sends no spans.
    pub fn without_traces(mut self) -> Self {
        self.options.without_traces = true;
        self
    }

    /// Sends no log records: neither events nor errors nor links.
    pub fn without_logs(mut self) -> Self {
        self.options.without_logs = true;
        self
    }

    /// Sets the most bytes of encoded records that wait in the queue of each signal. The default is
    /// 32 MiB, about 60,000 spans. A full queue drops and counts new records.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.queue_bytes = bytes;
        self
    }

    /// Sets the most records of a request. The default is 4,096. A request also has at most 2 MiB,
    /// unless a single record is larger.
    pub fn batch_records(mut self, records: u32) -> Self {
        self.options.limits.batch_records = records.max(1).into();
        self
    }

    /// Sets how long a record waits for others, to be sent together. The default is 1 second.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.options.limits.delay = delay;
        self
    }

    /// Writes the kind of a span also as OpenInference names it (`openinference.span.kind`), for
    /// Phoenix and Arize.
    pub fn openinference(mut self) -> Self {
        self.options.dialects.openinference = true;
        self
    }

    /// Writes each record to a file before it is sent, so that neither an outage of the receiver nor a
    /// kill of this process loses the record. [The crate](crate#the-spool) describes what holds.
    ///
    /// The file can be one of its own or the file of a [`Store`](whose_store::Store). One process at a
    /// time uses the spool of a file; a second one warns, and keeps its records in memory.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("spool.db");
    /// let sink = whose_otlp::builder().spool(&path).build();
    /// # drop(sink);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "spool")]
    #[cfg_attr(docsrs, doc(cfg(feature = "spool")))]
    pub fn spool(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.spool = Some(path.into());
        self
    }

    /// Sets the most bytes of encoded records that wait in the spool, of both signals together. The
    /// default is 1 GiB. Past it, the oldest records are dropped and counted.
    #[cfg(feature = "spool")]
    #[cfg_attr(docsrs, doc(cfg(feature = "spool")))]
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.options.spool_bytes = Some(bytes);
        self
    }

    /// Builds the sink, and starts a thread for each signal.
    #[must_use]
    pub fn build(self) -> OtlpSink {
        let mut problems = Problems::default();
        let variables = Variables::of_process(&mut problems);
        let settings = Settings::resolve(&self.options, &variables, &mut problems);
        let Settings {
            traces,
            logs,
            resource,
        } = settings;
        let start = Start::new(self.options.clone(), resource, &mut problems);
        let [traces, logs] = [traces, logs].map(|export| start.route(export, &mut problems));
        if let Some(warning) = problems.warning() {
            startup::warn_when_heard(warning);
        }
        OtlpSink::new(traces, logs, self.options.dialects)
    }
}
