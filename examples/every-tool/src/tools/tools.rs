use std::error::Error;
use std::sync::Arc;

use live_service::ObservationRecorder;

use crate::tools::lines::Lines;
use crate::tools::opentelemetry::OpenTelemetry;
use crate::tools::otlp::Otlp;
use crate::tools::sentry::Sentry;
use crate::tools::shown::Shown;
use crate::tools::text::Text;

/// Every tool of the program.
pub(crate) struct Tools {
    recorder: Arc<ObservationRecorder>,
    pub(crate) opentelemetry: OpenTelemetry,
    pub(crate) otlp: Otlp,
    pub(crate) lines: Lines,
    pub(crate) text: Text,
    sentry: Sentry,
}

impl Tools {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            recorder: Arc::default(),
            opentelemetry: OpenTelemetry::start(),
            otlp: Otlp::start()?,
            lines: Lines::start()?,
            text: Text::default(),
            sentry: Sentry::start(),
        })
    }

    pub(crate) fn recorder(&self) -> &Arc<ObservationRecorder> {
        &self.recorder
    }

    /// What each tool has shown since the last call.
    pub(crate) fn take(&self) -> Result<Vec<Shown>, Box<dyn Error>> {
        let mut shown = vec![Shown::new("records of whose", self.recorder.take())];
        shown.extend(self.opentelemetry.take()?);
        shown.extend(self.otlp.take()?);
        shown.push(Shown::new("JSON lines", self.lines.take()?));
        shown.push(Shown::new("fmt, JSON", self.text.take()?));
        shown.extend(self.sentry.take());
        Ok(shown)
    }
}
